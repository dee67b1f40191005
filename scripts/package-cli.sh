#!/usr/bin/env bash
# Packs the built command line with its manual and completions: an archive, and where dpkg-deb is there a Debian package.
# Usage: package-cli.sh TRIPLE OUTPUT      OUTPUT holds the program and gets bundle/cli/
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
triple=$1 output=$2
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
case $triple in *windows*) exe=.exe ;; *) exe='' ;; esac
program="$output/baton$exe"
to="$output/bundle/cli"
name="baton-cli_${version}_$triple"
rm -rf "$to"
mkdir -p "$to/$name"
cp "$program" LICENSE-MIT LICENSE-APACHE docs/changelog.md docs/unattended.md "$to/$name/"
[ -f target/third-party-licences.gz ] || node scripts/licence-texts.mjs target/third-party-licences.gz "$triple"
cp target/third-party-licences.gz "$to/$name/"

# Another processor's program cannot be asked for its manual.
if "$program" --version >/dev/null 2>&1; then
  "$program" man >"$to/$name/baton.1"
  for shell in bash fish zsh; do "$program" completions "$shell" >"$to/$name/baton.$shell"; done
fi
tar -C "$to" --owner=0 --group=0 --numeric-owner -czf "$to/$name.tar.gz" "$name"

case $triple in
  x86_64*linux*) architecture=amd64 ;;
  aarch64*linux*) architecture=arm64 ;;
  *) architecture='' ;;
esac
if [ -n "$architecture" ] && command -v dpkg-deb >/dev/null && [ -f "$to/$name/baton.1" ]; then
  root="$to/root"
  install -D -m 755 "$program" "$root/usr/bin/baton"
  install -D -m 644 src-tauri/linux/copyright "$root/usr/share/doc/baton-cli/copyright"
  install -D -m 644 docs/changelog.md "$root/usr/share/doc/baton-cli/changelog.md"
  install -D -m 644 target/third-party-licences.gz "$root/usr/share/doc/baton-cli/third-party-licences.gz"
  install -D -m 644 "$to/$name/baton.1" "$root/usr/share/man/man1/baton.1"
  install -D -m 644 "$to/$name/baton.bash" "$root/usr/share/bash-completion/completions/baton"
  install -D -m 644 "$to/$name/baton.fish" "$root/usr/share/fish/vendor_completions.d/baton.fish"
  install -D -m 644 "$to/$name/baton.zsh" "$root/usr/share/zsh/vendor-completions/_baton"
  mkdir "$root/DEBIAN"
  cat >"$root/DEBIAN/control" <<CONTROL
Package: baton-cli
Version: $version
Architecture: $architecture
Section: utils
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f 1)
Depends: libc6 (>= 2.34), ca-certificates
Maintainer: The Baton contributors
Description: carries workouts and body measurements between fitness services
 The command line of Baton, for servers, cron and containers: it carries workouts
 and body measurements from the services that record them to the ones that keep
 them, with no server in between.
CONTROL
  dpkg-deb --root-owner-group --build "$root" "$to/baton-cli_${version}_$architecture.deb" >/dev/null
  rm -r "$root"
fi
rm -r "${to:?}/$name"
ls -l "$to"
