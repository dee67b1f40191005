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
# Together, so that both stand on the same libraries.
cargo build --release --locked -p baton-desktop -p baton-bare-window \
  --features baton-desktop/custom-protocol,baton-bare-window/custom-protocol
cargo build --release --locked -p baton-cli
export BATON_PROGRAM="$target/release/baton"
export BATON_DESKTOP="$target/release/baton-desktop"
export BATON_BARE_WINDOW="$target/release/baton-bare-window"
# The one that measures need not be quick itself: it is built as the tests are.
cargo bench --workspace --locked --profile dev --features baton-desktop/custom-protocol --bench desktop
