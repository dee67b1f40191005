#!/usr/bin/env bash
# Installs what a fresh Debian or Ubuntu machine lacks. Usage: setup.sh command-line|desktop|test
# Runs apt-get only for packages that are missing, through sudo where the user is not root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

purpose="${1:-desktop}"
packages=(build-essential pkg-config curl ca-certificates)
if [ "$purpose" != command-line ]; then
  packages+=(file libwebkit2gtk-4.1-dev libayatana-appindicator3-dev librsvg2-dev)
fi
if [ "$purpose" = test ]; then
  packages+=(python3 python3-venv dbus dbus-x11 gnome-keyring libsecret-tools)
  packages+=(xvfb xdotool webkit2gtk-driver desktop-file-utils)
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || packages+=(chromium)
fi

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    say "Baton needs these system packages, and there is no sudo to install them: ${missing[*]}"
    exit 1
  fi
}

if command -v dpkg-query >/dev/null; then
  missing=()
  for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing+=("$package")
  done
  if [ "${#missing[@]}" -gt 0 ]; then
    say "Installing system packages: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
else
  say "This is not Debian or Ubuntu: please make sure that these are there: ${packages[*]}"
fi

# A Rust that rustup installed but that this shell does not know yet.
if ! command -v cargo >/dev/null && [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ]; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi
if ! command -v cargo >/dev/null; then
  say "Rust is missing. Install it from https://rustup.rs and run this again."
  exit 1
fi
needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
found=$(rustc --version | awk '{ print $2 }')
if [ "$(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1)" != "$needed" ]; then
  say "Baton needs Rust $needed or newer; this is $found. Run: rustup update"
  exit 1
fi
if [ "$purpose" = test ] && { ! cargo fmt --version || ! cargo clippy --version; } >/dev/null 2>&1; then
  rustup component add rustfmt clippy
fi

if [ "$purpose" = command-line ]; then exit 0; fi
node_needed=$(sed -n 's/.*"node": ">=\(.*\)".*/\1/p' package.json)
node_found=$(node --version 2>/dev/null | tr -d v || true)
if [ -z "$node_found" ] || [ "$(printf '%s\n%s\n' "$node_needed" "$node_found" | sort -V | head -n 1)" != "$node_needed" ]; then
  say "Baton needs Node.js $node_needed or newer; this is ${node_found:-none}. Install it from https://nodejs.org and run this again."
  exit 1
fi
if [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-fund --no-audit --loglevel=error
  touch node_modules/.package-lock.json
fi
if [ "$purpose" = test ] && [ "$(uname)" = Linux ] && ! scripts/tauri-driver.sh >/dev/null 2>&1; then
  say "Installing tauri-driver, by which tests use the window"
  cargo install --quiet tauri-driver --version '^2.1' --locked --root "${CARGO_TARGET_DIR:-target}/tools"
fi
