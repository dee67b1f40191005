#!/usr/bin/env bash
# Measures Baton and prints the figures as a table, with the ratios to their open peers of the same run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh bench
if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi
cargo build --release --locked -p baton-cli -p baton-tests --bins
cargo bench --locked -p baton-tests --bench small
cargo bench --locked -p baton-tests --bench large
