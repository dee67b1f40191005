"""withings-sync 6.1.0, unchanged but for its addresses, against the simulated Withings: it signs in by the code that a
person copies from the browser, renews its tokens, reads the height and the measurements, and writes them as JSON.

Usage: withings_sync_client.py ACCOUNT API USERID FOLDER FIRST_DAY

FOLDER holds withings_app.json; what was read lies there afterwards as read.json.
"""

import builtins
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

import simulator

account, api, userid, folder, first_day = sys.argv[1:]
assert simulator, "without it other computers could be reached"
# It reads its arguments when it is loaded.
sys.argv = ["withings-sync", "--config-folder", folder, "--no-upload", "--to-json", "--output", f"{folder}/read"]
sys.argv += ["--fromdate", first_day, "--features", "BLOOD_PRESSURE"]

from withings_sync import sync, withings2

for name, address in {
    "AUTHORIZE_URL": f"{account}/oauth2_user/authorize2",
    "TOKEN_URL": f"{api}/v2/oauth2",
    "GETMEAS_URL": f"{api}/measure?action=getmeas",
}.items():
    assert hasattr(withings2, name), f"withings-sync has no {name} any more"
    setattr(withings2, name, address)


class Stay(urllib.request.HTTPRedirectHandler):
    """The address of the application is not opened: the code in it is what counts."""

    def redirect_request(self, *_):
        return None


def copied_code(_question):
    """What the person copies out of the browser, who allowed the reading on Withings' page."""
    page = f"{withings2.AUTHORIZE_URL}?" + urllib.parse.urlencode(
        {
            "response_type": "code",
            "client_id": application["client_id"],
            "state": "OK",
            "scope": "user.metrics",
            "redirect_uri": application["callback_url"],
        }
    )
    html = urllib.request.urlopen(page).read().decode()
    (request,) = re.findall(r'name="request" value="([^"]+)"', html)
    sent = urllib.parse.urlencode({"request": request, "authorized": "1", "selecteduser": userid}).encode()
    try:
        urllib.request.build_opener(Stay).open(withings2.AUTHORIZE_URL, sent)
    except urllib.error.HTTPError as redirect:
        address = urllib.parse.urlsplit(redirect.headers["Location"])
        return urllib.parse.parse_qs(address.query)["code"][0]
    raise AssertionError("the page did not send the browser on")


application = withings2.WithingsConfig(f"{folder}/withings_app.json").config
builtins.input = copied_code
sync.main()
