#!/usr/bin/env bash
# Shows Baton on simulated services, where everything stays on this machine and nothing of a real account is touched:
# the desktop app where there is a display, the same work on the command line where there is none.
# Usage: demo.sh [desktop|command-line]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
display="${DISPLAY:-}${WAYLAND_DISPLAY:-}"
if [ -n "$display" ] || [ "$(uname)" = Darwin ]; then shell=desktop; else shell=command-line; fi
shell="${1:-$shell}"
scripts/setup.sh "$shell"
if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi

if [ -t 1 ]; then bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m'); else bold='' dim='' plain=''; fi
title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
run() { printf '%s$ baton %s%s\n' "$dim" "$*" "$plain"; "$baton" "$@"; }

printf 'Building Baton and the simulated services (the first time takes some minutes) …\n'
if [ "$shell" = desktop ]; then
  npm run --silent build:ui -- --logLevel warn
  cargo build --locked --quiet -p baton-desktop -p baton-tests --bins --features baton-desktop/custom-protocol
else
  cargo build --locked --quiet -p baton-cli -p baton-tests --bins
fi
target="${CARGO_TARGET_DIR:-target}"
baton="$target/debug/baton"

# On the command line nothing waits; in the window one wants to see the activities go.
if [ "$shell" = desktop ]; then pace=0.2; else pace=0; fi
work=$(mktemp -d)
files="$PWD/demo-output"
mkdir -p "$files"
find "$files" -maxdepth 1 -name '*.fit' -delete
mkfifo "$work/stop"
"$target/debug/simulators" --endpoints "$work/endpoints.toml" --workouts 40 --pace "$pace" <"$work/stop" >"$work/simulators.log" 2>&1 &
simulators=$!
exec 9>"$work/stop"
cleanup() {
  exec 9>&-
  wait "$simulators" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
for _ in $(seq 100); do [ -s "$work/endpoints.toml" ] && break; sleep 0.1; done
[ -s "$work/endpoints.toml" ] || { cat "$work/simulators.log" >&2; echo "The simulated services did not start." >&2; exit 1; }

export BATON_HOME="$work/home" BATON_ENDPOINTS="$work/endpoints.toml"
export BATON_VAULT=file BATON_VAULT_PASSPHRASE="only for the demo"
peloton_password="correct horse" garmin_password="battery staple" person="rider@example.com"
garmin=$(sed -n 's/^connectapi *= *"\(.*\)"/\1/p' "$work/endpoints.toml" | head -n 1)

# The code that the simulated Garmin Connect sends once the password is accepted, or nothing.
code() { curl -fsS "$garmin/_sim/code" 2>/dev/null || true; }

if [ "$shell" = desktop ]; then
  title "The window is opening. Connect Peloton and Garmin Connect in it: both take $person"
  printf '  Peloton          %s\n  Garmin Connect   %s   and then a code, which is printed here\n' \
    "$peloton_password" "$garmin_password"
  printf 'Weight and blood pressure: Withings asks for keys first, and TrainerRoad for the user rider\n'
  printf '  Withings         simulated-client-id   simulated-client-secret\n  TrainerRoad      staple battery\n\n'
  "$target/debug/baton-desktop" 2>"$work/desktop.log" &
  window=$!
  last=""
  while kill -0 "$window" 2>/dev/null; do
    now=$(code)
    if [ -n "$now" ] && [ "$now" != "$last" ]; then printf 'Garmin Connect sends the code %s%s%s\n' "$bold" "$now" "$plain"; last="$now"; fi
    sleep 1
  done
  wait "$window" || { tail -n 20 "$work/desktop.log" >&2; exit 1; }
  exit 0
fi

title "1. Sign in at Peloton, with e-mail and password"
export PELOTON_USERNAME="$person" PELOTON_PASSWORD="$peloton_password"
run connect peloton --method password

title "2. Sign in at Garmin Connect, with e-mail, password and a one-time code"
export GARMIN_USERNAME="$person" GARMIN_PASSWORD="$garmin_password"
# The code is sent once the password is accepted; here the simulated Garmin is asked for it.
answer() { for _ in $(seq 100); do answer=$(code); [ -n "$answer" ] && { echo "$answer"; return; }; sleep 0.1; done; }
printf '%s$ baton connect garmin --method password%s\n' "$dim" "$plain"
answer | "$baton" connect garmin --method password

title "3. A folder that keeps a copy of every file"
printf '%s\n' "$files" | run connect folder
run routes add peloton garmin --since all --title '{title}[ with {instructor}]'
run routes add peloton folder --since all
run routes

title "4. The plan: nothing is sent yet"
run sync --dry-run

title "5. Send"
run sync

title "6. Again: nothing is sent twice"
run sync
run history

count=$(find "$files" -maxdepth 1 -name '*.fit' | wc -l)
title "Done. $count FIT files are in $files"
