#!/usr/bin/env bash
# Tests the vault with a real Secret Service (gnome-keyring in a session bus of its own), and without one.
# Prints one line a test and ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
baton="${BATON_PROGRAM:-$PWD/target/debug/baton}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{from,to,home,runtime}
chmod 700 "$work/runtime"
cat >"$work/ride.json" <<'JSON'
{"baton":1,"item":{"activity":{"start":"2026-01-05T07:00:00Z","sport":"cycling","elapsed":600.0,"title":"Morning Ride"}}}
JSON
export BATON="$baton" WORK="$work" BATON_HOME="$work/baton"

passed=0 failed=0
check() {
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "test keychain: $name ... ok"
  else
    failed=$((failed + 1))
    echo "test keychain: $name ... FAILED"
    sed 's/^/    /' "$work/log"
  fi
}

session() { env -u DBUS_SESSION_BUS_ADDRESS HOME="$work/home" XDG_RUNTIME_DIR="$work/runtime" dbus-run-session -- bash -c "$1"; }

# The key is written by one process and read by the next ones.
# shellcheck disable=SC2016
with_keychain='
  set -euo pipefail
  printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null
  "$BATON" convert "$WORK/ride.json" --out "$WORK/from"
  touch -d "1 minute ago" "$WORK"/from/*.fit  # a file of this second may still be written
  printf "%s\n" "$WORK/from" | "$BATON" connect folder
  printf "%s\n" "$WORK/to" | "$BATON" connect folder
  "$BATON" routes add folder folder-2 --since all
  "$BATON" sync
  test "$(find "$WORK/to" -name "*.fit" | wc -l)" -eq 1
  test -s "$BATON_HOME/vault"
  ! grep -q "$WORK/from" "$BATON_HOME/vault"
'
# shellcheck disable=SC2016
without_keychain='
  status=0
  "$BATON" sync >"$WORK/out" 2>&1 || status=$?
  cat "$WORK/out"
  test "$status" -eq 3
  grep -qi "keychain" "$WORK/out"
  grep -q "BATON_VAULT" "$WORK/out"
'
check "sign-ins are sealed with a key from the Secret Service" session "$with_keychain"
check "without one, the next step is said and nothing is lost" session "$without_keychain"
check "the vault is as it was" test -s "$work/baton/vault"
echo "keychain: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
