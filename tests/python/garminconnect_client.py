"""garminconnect, unchanged but for its addresses and pauses, against the simulated Garmin Connect: every way to sign
in that it has, codes, upload, tokens.

Usage: garminconnect_client.py BASE FIT_FILE FOLDER
"""

import importlib
import inspect
import io
import json
import logging
import sys
import zipfile
from pathlib import Path

import garminconnect
from garminconnect import (
    Garmin,
    GarminConnectAuthenticationError,
    GarminConnectConnectionError,
    GarminConnectTooManyRequestsError,
)
from simulator import PASSWORD, Simulator, refused

base, fit_file, folder = sys.argv[1:]
simulator = Simulator(base)
# It logs each strategy that fails; here they fail on purpose.
logging.getLogger("garminconnect").setLevel(logging.CRITICAL)

TOKEN_URL = f"{base}/di-oauth2-service/oauth/token"
# Up to 0.3.4 or so `client` is one module; later it is a package, and the pauses live in its `sso`.
client_module = importlib.import_module("garminconnect.client")
try:
    pauses = importlib.import_module("garminconnect.client.sso")
except ModuleNotFoundError:
    pauses = client_module
for name in dir(pauses):
    if name.endswith(("_DELAY_MIN_S", "_DELAY_MAX_S")):
        setattr(pauses, name, 0.0)
if hasattr(client_module, "DI_TOKEN_URL"):
    client_module.DI_TOKEN_URL = TOKEN_URL


def new_client(email=None, password=None, **named):
    if "retry_attempts" in inspect.signature(Garmin.__init__).parameters:
        named["retry_attempts"] = 0
    garmin = Garmin(email, password, **named)
    for name in ("_sso", "_connect", "_connectapi"):
        assert hasattr(garmin.client, name), f"garminconnect has no {name} any more"
        setattr(garmin.client, name, base)
    if hasattr(garmin.client, "_di_token_url"):
        garmin.client._di_token_url = TOKEN_URL
    return garmin


def flows(email):
    """The ways by which this account was signed in, in order."""
    return [it["flow"] for it in simulator.state()["logins"] if it["email"] == email and it["outcome"] == "success"]


# A wrong password is refused.
plain = "plain@example.org"
simulator.add_user(plain)
refused(lambda: new_client(plain, "guess").login(), GarminConnectAuthenticationError)

# The HTML widget, with an authenticator's code; the mobile interface is blocked.
totp = "totp@example.org"
simulator.add_user(totp, "totp")
simulator.fault("mobile_login", "rate_limited", sticky=True)
garmin = new_client(totp, PASSWORD, prompt_mfa=lambda: simulator.code(totp))
garmin.login()
assert flows(totp) == ["widget"], flows(totp)
assert garmin.full_name == "Sam Rider" and garmin.unit_system == "metric"

# The same, with a wrong code first.
garmin = new_client(totp, PASSWORD, return_on_mfa=True)
outcome, session = garmin.login()
assert outcome == "needs_mfa"
refused(lambda: garmin.resume_login(session, simulator.wrong_code(totp)), GarminConnectAuthenticationError)
garmin.resume_login(session, simulator.code(totp))
assert garmin.full_name == "Sam Rider"

# The portal's interface, with an e-mailed code; the widget is blocked too.
mail = "mail@example.org"
simulator.add_user(mail, "email")
simulator.fault("widget_page", "blocked427", sticky=True)
garmin = new_client(mail, PASSWORD, return_on_mfa=True)
outcome, session = garmin.login()
assert outcome == "needs_mfa"
refused(lambda: garmin.resume_login(session, simulator.wrong_code(mail)), GarminConnectAuthenticationError)
garmin.resume_login(session, simulator.code(mail))
assert flows(mail) == ["portal"], flows(mail)
assert garmin.full_name == "Sam Rider"

# Everything blocked: it says so, and no password was looked at.
simulator.fault("portal_login", "rate_limited", sticky=True)
refused(
    lambda: new_client(plain, PASSWORD).login(),
    GarminConnectTooManyRequestsError,
    GarminConnectConnectionError,
)
assert flows(plain) == []
simulator.clear_faults()

# Nothing blocked: the first way that the simulator lets in. Versions before 0.3.16 do not load the mobile page first.
garmin = new_client(plain, PASSWORD)
garmin.login(folder)
assert len(flows(plain)) == 1

# Upload, and again: a duplicate.
result = garmin.upload_activity(fit_file)["detailedImportResult"]
assert result["successes"] == [] and result["failures"] == [], result
error = refused(lambda: garmin.upload_activity(fit_file), GarminConnectConnectionError)
assert "409" in str(error), error

# List, rename, download, delete.
(activity,) = garmin.get_activities(0, 20)
assert activity["startTimeGMT"] == "2025-10-09 08:53:20", activity
assert activity["activityType"]["typeKey"] == "indoor_cycling", activity
activity_id = activity["activityId"]
garmin.set_activity_name(activity_id, "Renamed")
assert garmin.get_activities(0, 20)[0]["activityName"] == "Renamed"
original = garmin.download_activity(activity_id, Garmin.ActivityDownloadFormat.ORIGINAL)
with zipfile.ZipFile(io.BytesIO(original)) as archive:
    assert archive.read(f"{activity_id}_ACTIVITY.fit") == Path(fit_file).read_bytes()

# The saved tokens resume without a password; an expired access token is refreshed, and the rotated pair is saved.
store = Path(folder) / "garmin_tokens.json"
saved = json.loads(store.read_text())
assert sorted(saved) == ["di_client_id", "di_refresh_token", "di_token"]
resumed = new_client()
resumed.login(folder)
assert len(flows(plain)) == 1, "resuming must not sign in"
simulator.expire_access_tokens()
assert len(resumed.get_activities(0, 20)) == 1
renewed = json.loads(store.read_text())
assert renewed["di_refresh_token"] != saved["di_refresh_token"]
assert renewed["di_token"] != saved["di_token"]
assert simulator.state()["refreshes"] == 1

resumed.delete_activity(activity_id)
assert resumed.get_activities(0, 20) == []

# The only breaches are known ones of older versions.
allowed = (
    "Mobile sign-in: no SESSION cookie of the sign-in page",
    "Mobile sign-in: an unknown SESSION cookie",
    "sign-in: no Accept-Language",
    "widget code: the Referer is not the code page",
    "widget sign-in: GET /sso/embed was left out",
)
breaches = [breach for breach in simulator.state()["violations"] if breach not in allowed]
assert breaches == [], breaches
print(garminconnect.__name__, "passed")
