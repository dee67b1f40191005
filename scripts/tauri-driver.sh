#!/usr/bin/env bash
# Tells where tauri-driver is: on the PATH, or where setup.sh puts it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v tauri-driver || ls "$(realpath "${CARGO_TARGET_DIR:-target}")/tools/bin/tauri-driver"
