#!/usr/bin/env bash
# Runs the app with the window's pages from Vite, which shows every change at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh desktop
exec npx tauri dev "$@"
