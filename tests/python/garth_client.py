"""garth 0.8.0, unchanged, against the simulated Garmin Connect: sign-in, codes, OAuth1, upload, renewal.

garth builds `https://<host>.garmin.com` addresses. They are led to the simulator on plain HTTP; for OAuth1 this happens
before signing, because the address is part of what is signed.

Usage: garth_client.py BASE FIT_FILE FOLDER
"""

import sys
from pathlib import Path

import garth
import requests
from garth.exc import GarthHTTPError
from requests.adapters import HTTPAdapter
from simulator import PASSWORD, Simulator, refused

base, fit_file, folder = sys.argv[1:]
simulator = Simulator(base)


def local(url):
    """The simulator's address in place of `https://<any>.garmin.com`."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{base}{slash}{path}" if scheme == "https" and host.endswith(".garmin.com") else url


class LocalAdapter(HTTPAdapter):
    def send(self, request, **named):
        request = request.copy()
        request.url = local(request.url)
        # The proxies were chosen for the address before.
        named["proxies"] = {}
        return super().send(request, **named)


class LocalOAuth1Session(garth.sso.GarminOAuth1Session):
    signed = None

    def request(self, method, url, **named):
        answer = super().request(method, local(url), **named)
        LocalOAuth1Session.signed = answer.request
        return answer


garth.sso.GarminOAuth1Session = LocalOAuth1Session
garth.sso.OAUTH_CONSUMER_URL = f"{base}/oauth_consumer.json"


def new_client():
    client = garth.Client()
    client.sess.mount("https://", LocalAdapter())
    return client


# A wrong password is refused.
simulator.add_user("plain@example.org")
refused(lambda: new_client().login("plain@example.org", "guess"), GarthHTTPError)

# A right one signs in, and the account can be used.
client = new_client()
client.login("plain@example.org", PASSWORD)
assert client.oauth1_token.mfa_token is None
assert client.username == "plain@example.org", client.username

# What was signed cannot be sent again, nor changed.
replayed = requests.Session().send(LocalOAuth1Session.signed)
assert replayed.status_code == 401 and "nonce" in replayed.text, replayed.text
client.refresh_oauth2()
changed = LocalOAuth1Session.signed.copy()
changed.headers["Authorization"] = changed.headers["Authorization"].decode().replace('oauth_nonce="', 'oauth_nonce="1')
changed = requests.Session().send(changed)
assert changed.status_code == 401 and "signature" in changed.text, changed.text

# An authenticator's code: asked for by a prompt.
simulator.add_user("totp@example.org", "totp")
client = new_client()
client.login("totp@example.org", PASSWORD, prompt_mfa=lambda: simulator.code("totp@example.org"))
assert client.oauth1_token.mfa_token.startswith("MFA-")

# An e-mailed code: the first is wrong, the second right, in the same session.
email = "mail@example.org"
simulator.add_user(email, "email")
client = new_client()
outcome, session = client.login(email, PASSWORD, return_on_mfa=True)
assert outcome == "needs_mfa"
refused(lambda: client.resume_login(session, simulator.wrong_code(email)), GarthHTTPError)
client.resume_login(session, simulator.code(email))
assert client.username == email

# Upload, and again: a duplicate.
with open(fit_file, "rb") as file:
    result = client.upload(file)["detailedImportResult"]
assert result["successes"] == [] and result["failures"] == [], result
assert result["fileSize"] == Path(fit_file).stat().st_size


def upload_again():
    with open(fit_file, "rb") as file:
        client.upload(file)


error = refused(upload_again, GarthHTTPError)
answer = error.error.response
assert answer.status_code == 409, answer
assert answer.json()["detailedImportResult"]["failures"][0]["messages"][0]["code"] == 202

# The list holds it.
listed = client.connectapi("/activitylist-service/activities/search/activities", params={"limit": 5})
assert [activity["activityType"]["typeKey"] for activity in listed] == ["indoor_cycling"], listed

# Saved, resumed by another client, and renewed with the OAuth1 token when the bearer has run out.
client.dump(folder)
resumed = new_client()
resumed.load(folder)
resumed.sess.mount("https://", LocalAdapter())
assert resumed.username == email
before = str(resumed.oauth2_token)
resumed.oauth2_token.expires_at = 0
assert len(resumed.connectapi("/activitylist-service/activities/search/activities")) == 1
assert str(resumed.oauth2_token) != before

# The only breaches are the two requests above that were meant to be.
breaches = simulator.state()["violations"]
assert len(breaches) == 2 and all(breach.startswith("OAuth1: ") for breach in breaches), breaches
