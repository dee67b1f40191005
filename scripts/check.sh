#!/usr/bin/env bash
# Formatting, lints and the rules of the tree; no tests. With --no-build nothing of Rust is compiled, and so not linted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo fmt --all --check
npx prettier --check --log-level warn ui scripts tests '*.{js,ts,json}'
npx eslint --max-warnings 0 ui scripts tests
npx svelte-check --tsconfig ./tsconfig.json --fail-on-warnings --output human
# Each library says its licence itself.
cargo fetch --quiet --locked --target "$(rustc --print host-tuple)"
node scripts/licences.mjs --check
scripts/check-tree.sh
if [ "${1:-}" = --no-build ]; then exit 0; fi
# The app takes the window's pages into itself.
npm run --silent build:ui
cargo clippy --workspace --all-targets --locked -- -D warnings
