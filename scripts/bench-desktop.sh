#!/usr/bin/env bash
# Measures the desktop app beside a bare Tauri window, both as released, and prints the figures with their targets.
# Takes the deb that `npm run build` made for the installed size, where there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh test
if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi
target="${CARGO_TARGET_DIR:-$PWD/target}"
npm run --silent build:ui
cargo build --release --locked -p baton-desktop --features custom-protocol
cargo build --release --locked -p baton-bare-window --features custom-protocol
cargo build --release --locked -p baton-cli
export BATON_PROGRAM="$target/release/baton"
export BATON_DESKTOP="$target/release/baton-desktop"
export BATON_BARE_WINDOW="$target/release/baton-bare-window"
cargo bench --locked -p baton-tests --bench desktop
