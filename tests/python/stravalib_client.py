"""stravalib, unchanged but for its address, against the simulated Strava: it signs in, uploads a file and waits for it,
meets the duplicate, changes the activity, reads lists and streams, sets the weight and renews its tokens.

Usage: stravalib_client.py WEB CLIENT_ID CLIENT_SECRET ATHLETE GEAR FIT_FILE
"""

import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import simulator

web, client_id, client_secret, athlete, gear, fit_file = sys.argv[1:]
assert simulator, "without it other computers could be reached"
os.environ["STRAVA_CLIENT_ID"], os.environ["STRAVA_CLIENT_SECRET"] = client_id, client_secret
# Its documentation says to set these two only with an access token at hand.
os.environ["SILENCE_TOKEN_WARNINGS"] = "true"

try:
    import requests
    from stravalib import Client, exc
except ImportError:
    print("skipped")
    sys.exit()


class Simulated(requests.Session):
    """Every address of the real site becomes the simulator's."""

    def request(self, method, url, *rest, **named):
        real = "https://www.strava.com"
        assert url.startswith(real), url
        return super().request(method, web + url[len(real) :], *rest, **named)


class Stay(urllib.request.HTTPRedirectHandler):
    """The address of the application is not opened: the code in it is what counts."""

    def redirect_request(self, *_):
        return None


SCOPES = ["read", "profile:read_all", "profile:write", "activity:read_all", "activity:write"]
session = Simulated()
client = Client(requests_session=session)


def code():
    page = client.authorization_url(
        client_id=int(client_id), redirect_uri="http://localhost:8282/authorized", scope=SCOPES, state="s1"
    )
    page = web + page[len("https://www.strava.com") :]
    html = urllib.request.urlopen(page).read().decode()
    request = html.split('name="request" value="')[1].split('"')[0]
    fields = [("request", request), ("athlete", athlete), ("authorized", "1")] + [("scope", it) for it in SCOPES]
    try:
        urllib.request.build_opener(Stay).open(f"{web}/oauth/authorize", urllib.parse.urlencode(fields).encode())
    except urllib.error.HTTPError as redirect:
        address = urllib.parse.urlsplit(redirect.headers["Location"])
        return urllib.parse.parse_qs(address.query)["code"][0]
    raise AssertionError("the page did not send the browser on")


tokens = client.exchange_code_for_token(client_id=int(client_id), client_secret=client_secret, code=code())
client.refresh_token, client.token_expires = tokens["refresh_token"], tokens["expires_at"]
assert client.get_athlete().weight == 77.0
assert [bike.id for bike in client.get_athlete().bikes] == [gear]

with open(fit_file, "rb") as file:
    upload = client.upload_activity(file, "fit", name="Ride", external_id="ours-1")
    activity = upload.wait(timeout=20, poll_interval=0.01)
with open(fit_file, "rb") as file:
    try:
        client.upload_activity(file, "fit", external_id="ours-2").wait(timeout=20, poll_interval=0.01)
        raise AssertionError("a duplicate is refused")
    except exc.ActivityUploadFailed as error:
        assert "duplicate of activity" in str(error), error

client.update_activity(activity.id, name="Climb", sport_type="GravelRide", gear_id=gear, trainer=True)
(listed,) = client.get_activities(after="2020-01-01T00:00:00Z")
assert (listed.name, listed.external_id) == ("Climb", "ours-1.fit"), listed
detail = client.get_activity(listed.id)
assert detail.gear.id == gear and detail.elapsed_time == 1800, detail
streams = client.get_activity_streams(listed.id, types=["time", "watts", "heartrate", "temp"])
assert len(streams["time"].data) == 31 and "temp" not in streams, streams
assert client.update_athlete(weight=71.25).weight == 71.25

client.token_expires = time.time() - 1
assert client.get_athlete().weight == 71.25
try:
    client.get_activity(1)
    raise AssertionError("there is no such activity")
except exc.ObjectNotFound:
    pass
