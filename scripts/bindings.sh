#!/usr/bin/env bash
# Writes ui/src/ipc/bindings.ts anew from the Rust types. A test compares the two.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh desktop
[ -d dist ] || npm run --silent build:ui
BATON_WRITE_BINDINGS=1 cargo test --locked -p baton-desktop --test bindings
