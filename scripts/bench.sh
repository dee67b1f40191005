#!/usr/bin/env bash
# Measures Baton and prints the figures as a table, with the ratios to their open peers of the same run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh command-line
if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi
# One choice of packages throughout, so that libraries are built once.
packages=(-p baton-cli -p baton-tests)
cargo build --release --locked "${packages[@]}" --bins
export BATON_PROGRAM="${CARGO_TARGET_DIR:-$PWD/target}/release/baton"
cargo bench --locked "${packages[@]}" --bench small
cargo bench --locked "${packages[@]}" --bench large
