#!/usr/bin/env bash
# Runs every test there is, after installing what they need. Ends with one line of totals.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh test
if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi
scripts/python-env.sh

step() { printf '\n== %s\n' "$1"; }

step "Formatting, lints and the rules of the tree"
scripts/check.sh

step "Tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Real processes are started by the tests: the very ones that this call builds.
cargo test --workspace --locked --no-run
target="${CARGO_TARGET_DIR:-$PWD/target}"
export BATON_PROGRAM="$target/debug/baton"
status=0
# What tests say is shown, so that one which had to skip something is seen.
cargo test --workspace --locked --no-fail-fast -- --show-output 2>&1 | tee "$log" || status=$?

step "The keychain of a real Secret Service"
scripts/test-keychain.sh 2>&1 | tee -a "$log" || status=$?

passed=$(grep -E '^(test result|keychain):' "$log" | grep -oE '[0-9]+ passed' | awk '{ sum += $1 } END { print sum + 0 }')
failed=$(grep -E '^(test result|keychain):' "$log" | grep -oE '[0-9]+ failed' | awk '{ sum += $1 } END { print sum + 0 }')
ignored=$(grep -E '^(test result|keychain):' "$log" | grep -oE '[0-9]+ ignored' | awk '{ sum += $1 } END { print sum + 0 }')
grep -iE '^skipped:' "$log" | sort -u || true
echo
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "$passed passed, $failed failed, $ignored skipped"
exit "$status"
