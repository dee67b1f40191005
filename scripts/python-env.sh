#!/usr/bin/env bash
# Makes .venv with the Python packages that the tests use; does nothing where it is up to date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

list=tests/python/requirements.txt
if ! command -v python3 >/dev/null; then
  echo "Python 3 is missing. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
  exit 1
fi
# A new Python or a moved folder makes the old environment useless, like a changed list.
wanted=$({ cat "$list"; python3 --version; pwd; } | sha256sum | cut -d ' ' -f 1)
mark=.venv/requirements.sha256
if [ -x .venv/bin/python ] && [ "$(cat "$mark" 2>/dev/null || true)" = "$wanted" ]; then
  exit 0
fi
echo "Preparing Python for the tests …" >&2
rm -rf .venv
if ! python3 -m venv .venv; then
  echo "Python cannot make a virtual environment. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
  exit 1
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$list"
echo "$wanted" >"$mark"
