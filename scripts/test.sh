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

begun=$SECONDS
step() { printf '\n== %s (after %d min)\n' "$1" $(((SECONDS - begun) / 60)); }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# Runs a suite to its end; the totals are taken from what it prints.
suite() { step "$1"; shift; "$@" 2>&1 | tee -a "$log" || status=$?; }

step "Formatting and the rules of the tree"
scripts/check.sh --no-build

suite "The window's parts" npx vitest run --reporter=default

step "Lints and building"
target="${CARGO_TARGET_DIR:-$PWD/target}"
# The app takes the window's pages into itself.
npm run --silent build:ui
# The compiler that lints builds the programs too, as `cargo clippy` would call it: checking and then building would take
# twice as long. It tells its arguments apart by that word.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__
# One choice of packages and features throughout, so that libraries are built once; programs are built with their tests.
cargo test --workspace --all-targets --locked --no-run --features baton-desktop/custom-protocol
# Real processes are started by the tests: the very ones that were built here.
export BATON_PROGRAM="$target/debug/baton" BATON_DESKTOP="$target/debug/baton-desktop"
TAURI_DRIVER=$(scripts/tauri-driver.sh 2>/dev/null || true)
export TAURI_DRIVER

# What tests say is shown, so that one which had to skip something is seen.
suite "The engine, the services, the command line and the real window" \
  cargo test --workspace --locked --no-fail-fast --features baton-desktop/custom-protocol -- --show-output
suite "Every screen in a browser" scripts/test-ui.sh
suite "What is released" scripts/test-release.sh
suite "The keychain of a real Secret Service" scripts/test-keychain.sh

scripts/test-totals.sh "$log" "$status"
