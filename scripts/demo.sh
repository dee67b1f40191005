#!/usr/bin/env bash
# Shows Baton's main job on simulated services: sign in, plan, send a history of workouts, send nothing twice.
# Everything stays on this machine; nothing of a real account is touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh demo
if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi

if [ -t 1 ]; then bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m'); else bold='' dim='' plain=''; fi
title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
run() { printf '%s$ baton %s%s\n' "$dim" "$*" "$plain"; "$baton" "$@"; }

printf 'Building Baton and the simulated services (the first time takes some minutes) …\n'
cargo build --locked --quiet --workspace --bins
target="${CARGO_TARGET_DIR:-target}"
baton="$target/debug/baton"

work=$(mktemp -d)
files="$PWD/demo-output"
mkdir -p "$files"
find "$files" -maxdepth 1 -name '*.fit' -delete
mkfifo "$work/stop"
"$target/debug/simulators" --endpoints "$work/endpoints.toml" --workouts 40 --pace 0 <"$work/stop" >"$work/simulators.log" 2>&1 &
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
garmin=$(sed -n 's/^connectapi *= *"\(.*\)"/\1/p' "$work/endpoints.toml" | head -n 1)

title "1. Sign in at Peloton, with e-mail and password"
export PELOTON_USERNAME="rider@example.com" PELOTON_PASSWORD="correct horse"
run connect peloton --method password

title "2. Sign in at Garmin Connect, with e-mail, password and a one-time code"
export GARMIN_USERNAME="rider@example.com" GARMIN_PASSWORD="battery staple"
# The code is sent once the password is accepted; here the simulated Garmin is asked for it.
code() { for _ in $(seq 100); do code=$(curl -fsS "$garmin/_sim/code" 2>/dev/null || true); [ -n "$code" ] && { echo "$code"; return; }; sleep 0.1; done; }
printf '%s$ baton connect garmin --method password%s\n' "$dim" "$plain"
code | "$baton" connect garmin --method password

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
