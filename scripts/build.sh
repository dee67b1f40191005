#!/usr/bin/env bash
# Builds Baton's installers, and beside them the command line as a package of its own: servers need no window.
# Usage: build.sh [--bundles deb,rpm] [--target TRIPLE] [more arguments of `tauri build`]
# Without --bundles: deb and rpm on Linux, app and dmg on macOS, msi and nsis on Windows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh desktop
if ! command -v cargo >/dev/null; then
  # shellcheck disable=SC1091
  . "${CARGO_HOME:-$HOME/.cargo}/env"
fi
[ -x node_modules/.bin/tauri ] || npm ci

bundles='' target='' more=()
while [ "$#" -gt 0 ]; do
  case $1 in
    --bundles) bundles=$2; shift 2 ;;
    --target) target=$2; shift 2 ;;
    *) more+=("$1"); shift ;;
  esac
done
host=$(rustc -vV | sed -n 's/^host: //p')
if [ -z "$bundles" ]; then
  case $host in
    *apple*) bundles=app,dmg ;;
    *windows*) bundles=msi,nsis ;;
    *) bundles=deb,rpm ;;
  esac
fi

# What is set but empty means "not there": Tauri would take it for a broken key.
for name in TAURI_SIGNING_PRIVATE_KEY TAURI_SIGNING_PRIVATE_KEY_PASSWORD APPLE_CERTIFICATE APPLE_CERTIFICATE_PASSWORD \
  APPLE_SIGNING_IDENTITY APPLE_ID APPLE_PASSWORD APPLE_TEAM_ID; do
  [ -n "${!name:-}" ] || unset "$name"
done

# Everybody's licence comes with every installer (`files` in tauri.conf.json); on Windows as a resource, which must not be
# named there: it would have to be there for every build.
node scripts/licence-texts.mjs target/third-party-licences.gz "${target:-$host}"
case $host in
  *windows*) more+=(--config '{"bundle":{"resources":{"../target/third-party-licences.gz":"third-party-licences.gz"}}}') ;;
esac

output="${CARGO_TARGET_DIR:-target}${target:+/$target}/release"
npx --no-install tauri build --bundles "$bundles" ${target:+--target "$target"} ${more[@]+"${more[@]}"} -- --locked
cargo build --release --locked -p baton-cli ${target:+--target "$target"}
scripts/package-cli.sh "${target:-$host}" "$output"
echo "Built the installers and the command line's packages in $output/bundle"
