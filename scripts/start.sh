#!/usr/bin/env bash
# Builds the desktop app for use and opens it. The first time takes some minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh desktop
if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi
npm run --silent build:ui
cargo build --locked --release -p baton-desktop --features custom-protocol
exec "${CARGO_TARGET_DIR:-target}/release/baton-desktop" "$@"
