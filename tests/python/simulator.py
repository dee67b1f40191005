"""A simulated service as the client scripts see it: its own door, and no way to anywhere else."""

import json
import socket
import urllib.error
import urllib.request

PASSWORD = "correct horse"

_resolve = socket.getaddrinfo


def _only_this_computer(host, *rest, **named):
    if host not in ("127.0.0.1", "localhost"):
        raise OSError(f"a test must not reach {host}")
    return _resolve(host, *rest, **named)


socket.getaddrinfo = _only_this_computer


class Simulator:
    """Talks to `/_sim/...` of the simulator at `base`."""

    def __init__(self, base):
        self.base = base

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.base}/_sim/{path}", data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()

    def add_user(self, email, mfa="none"):
        self._call("POST", "user", {"email": email, "password": PASSWORD, "mfa": mfa})

    def fault(self, on, kind, **more):
        self._call("POST", "fault", {"on": on, "kind": kind, **more})

    def clear_faults(self):
        self._call("DELETE", "fault")

    def expire_access_tokens(self):
        self._call("POST", "expire", {})

    def code(self, email):
        return self._call("GET", f"code?email={email}")

    def wrong_code(self, email):
        return "000001" if self.code(email) == "000000" else "000000"

    def state(self):
        return json.loads(self._call("GET", "state"))


def refused(call, *kinds):
    """Runs `call`, which must raise one of `kinds`; answers what was raised."""
    try:
        call()
    except kinds as error:
        return error
    raise AssertionError("this should have been refused")
