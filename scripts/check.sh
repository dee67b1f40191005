#!/usr/bin/env bash
# Formatting, lints and the rules of the tree; no tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo fmt --all --check
npx prettier --check --log-level warn ui scripts tests '*.{js,ts,json}'
npx eslint --max-warnings 0 ui scripts tests
npx svelte-check --tsconfig ./tsconfig.json --fail-on-warnings --output human
# The app takes the window's pages into itself.
npm run --silent build:ui
cargo clippy --workspace --all-targets --locked -- -D warnings
node scripts/licences.mjs --check
scripts/check-tree.sh
