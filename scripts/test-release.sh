#!/usr/bin/env bash
# Checks what a release is made of: workflows, bundle configuration, icons, the updater's files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
node --test --test-reporter=tap tests/release/*.test.mjs | grep -vE '^ *(duration_ms|type:|---|\.\.\.)'
