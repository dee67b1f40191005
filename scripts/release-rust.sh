#!/usr/bin/env bash
# Installs the Rust that Cargo.toml names, with what the tests and builds use. Usage: release-rust.sh [TARGET]
# For the machines of the workflows, where rustup is already there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
rustup toolchain install "$version" --profile minimal --component rustfmt,clippy ${1:+--target "$1"}
rustup default "$version"
