#!/usr/bin/env bash
# Formatting, lints and the rules of the tree; no tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo fmt --all --check
cargo clippy --workspace --all-targets --locked -- -D warnings
scripts/check-tree.sh
