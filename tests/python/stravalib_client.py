"""stravalib, unchanged but for its address, against the simulated Strava: it signs in, uploads a file and waits for it,
meets the duplicate, changes the activity, reads lists, activities, streams and laps, sets the weight and renews its tokens.

Usage: stravalib_client.py WEB CLIENT_ID CLIENT_SECRET ATHLETE GEAR FIT_FILE RECORDED

RECORDED is a JSON file: what the athlete recorded in 2019, as a list of {"id", "start", "sport_type", "elapsed_time",
"moving_time", "distance", "laps", "streams"}.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import simulator

web, client_id, client_secret, athlete, gear, fit_file, recorded = sys.argv[1:]
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


def plain(value):
    """A value of a stream as JSON has it."""
    return list(value.root) if hasattr(value, "root") else value


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

with open(recorded) as file:
    recorded = json.load(file)
# 31 in all are more than a page of this size.
listed = list(client.get_activities(after="2019-01-01T00:00:00Z", before="2019-12-31T00:00:00Z", limit=100))
assert [it.id for it in listed] == [it["id"] for it in recorded], "the oldest first, each once"
KEYS = ["time", "distance", "latlng", "heartrate", "cadence", "watts", "moving"]
for truth in recorded[:8]:
    whole = client.get_activity(truth["id"])
    told = (int(whole.elapsed_time), int(whole.moving_time), float(whole.distance))
    assert told == (truth["elapsed_time"], truth["moving_time"], truth["distance"]), whole
    assert whole.sport_type == truth["sport_type"] and int(whole.start_date.timestamp()) == truth["start"], whole
    assert len(whole.laps) == len(list(client.get_activity_laps(truth["id"]))) == truth["laps"], whole
    if not truth["streams"]:
        try:
            client.get_activity_streams(truth["id"], types=KEYS)
            raise AssertionError("there are no streams")
        except exc.ObjectNotFound:
            continue
    streams = client.get_activity_streams(truth["id"], types=KEYS)
    assert {key: list(map(plain, stream.data)) for key, stream in streams.items()} == {
        key: row for key, row in truth["streams"].items() if key in KEYS
    }, truth["sport_type"]

client.token_expires = time.time() - 1
assert client.get_athlete().weight == 71.25
try:
    client.get_activity(1)
    raise AssertionError("there is no such activity")
except exc.ObjectNotFound:
    pass
