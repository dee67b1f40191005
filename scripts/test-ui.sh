#!/usr/bin/env bash
# Shows every screen in every state in a browser, on the demo build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
npm run --silent build:demo
node --test --test-concurrency=2 --test-reporter=tap tests/ui/*.test.mjs | grep -vE '^ *(duration_ms|type:|---|\.\.\.)'
