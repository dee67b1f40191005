#!/usr/bin/env bash
# Installs what a fresh Debian or Ubuntu machine lacks. Usage: setup.sh demo|test|bench
# Runs apt-get only for packages that are missing, through sudo where the user is not root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

purpose="${1:-demo}"
packages=(build-essential pkg-config curl ca-certificates)
if [ "$purpose" = test ]; then
  packages+=(python3 python3-venv dbus gnome-keyring)
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
