#!/usr/bin/env bash
# Builds the `baton` program for use: target/release/baton.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh demo
cargo build --release --locked -p baton-cli
echo "Built target/release/baton"
