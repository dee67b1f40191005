#!/usr/bin/env bash
# Installs the built Debian packages, starts Baton from them, looks at its menu entry and icons, and removes them again.
# Usage: check-deb.sh [FILE.deb]        without a file: the one of `npm run build`
# As root the package is really installed and removed; else it is unpacked into a folder, and says so.
# Prints one line a check and ends with "deb: N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
deb=${1:-}
[ -n "$deb" ] || deb=$(find "${CARGO_TARGET_DIR:-target}/release/bundle/deb" -maxdepth 1 -name "*_${version}_*.deb" 2>/dev/null | head -n 1)
cli=$(find "$(dirname "$deb")/../cli" -maxdepth 1 -name "baton-cli_${version}_*.deb" 2>/dev/null | head -n 1)
[ -f "$deb" ] && [ -f "$cli" ] || { echo "The Debian packages are not there yet: npm run build" >&2; exit 1; }
if dpkg-query -W -f '${Status}' baton 2>/dev/null | grep -q 'ok installed'; then
  echo "Baton is already installed here; this check would remove it. Remove it first: dpkg --purge baton" >&2
  exit 1
fi

work=$(mktemp -d)
root=''
installed=no
# shellcheck disable=SC2317  # called by the trap
cleanup() {
  [ "$installed" = no ] || dpkg --purge baton >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

passed=0 failed=0
check() {
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "test deb: $name ... ok"
  else
    failed=$((failed + 1))
    echo "test deb: $name ... FAILED"
    sed 's/^/    /' "$work/log"
  fi
}

field() { dpkg-deb --field "$deb" "$1"; }
describes_itself() {
  dpkg-deb --field "$deb"
  [ "$(field Package)" = baton ] && [ "$(field Version)" = "$version" ] && [ "$(field Section)" = utils ] &&
    [ -n "$(field Maintainer)" ] && field Depends | grep -q 'libwebkit2gtk-4.1-0' && field Depends | grep -q appindicator
}
is_small() { [ "$(field Installed-Size)" -le 25600 ]; }
installs() {
  if [ "$(id -u)" -eq 0 ]; then
    dpkg --install "$deb" && installed=yes
  else
    echo "skipped: not root, so the package is unpacked and not installed"
    root="$work/root" && dpkg-deb --extract "$deb" "$root"
  fi
}
entry() { sed -n "s/^$1=//p" "$root/usr/share/applications/Baton.desktop"; }
menu_entry() {
  desktop-file-validate "$root/usr/share/applications/Baton.desktop"
  cat "$root/usr/share/applications/Baton.desktop"
  [ "$(entry Name)" = Baton ] && [ -n "$(entry Comment)" ] && [ -n "$(entry 'Comment\[de\]')" ] &&
    [ "$(entry Exec)" = baton-desktop ] && [ "$(entry StartupWMClass)" = "$(entry Exec)" ] && [ -x "$root/usr/bin/$(entry Exec)" ]
}
icons() {
  local icon theme="$root/usr/share/icons/hicolor" size
  icon=$(entry Icon)
  for size in 16 22 24 32 48 64 128 256 512; do
    ls -l "$theme/${size}x${size}/apps/$icon.png" || return 1
    file "$theme/${size}x${size}/apps/$icon.png" | grep -q " $size x $size," || return 1
  done
  ls -l "$theme/scalable/apps/$icon.svg" "$theme/symbolic/apps/$icon-symbolic.svg"
}
metainfo() {
  local file="$root/usr/share/metainfo/app.baton.desktop.metainfo.xml"
  grep -q "<launchable type=\"desktop-id\">Baton.desktop</launchable>" "$file"
  ! command -v appstreamcli >/dev/null || appstreamcli validate --no-net "$file"
}
documents() {
  # In the package: some systems are set up to leave documents out when they install.
  local path
  dpkg-deb --contents "$deb" >"$work/contents"
  for path in doc/baton/copyright doc/baton/changelog.md; do
    grep -E "^-.* [1-9][0-9]* .*usr/share/$path\$" "$work/contents" || { echo "no $path"; return 1; }
  done
}
command_line() {
  local from="$work/cli"
  dpkg-deb --field "$cli"
  dpkg-deb --extract "$cli" "$from"
  ! dpkg-deb --field "$cli" Depends | grep -q webkit
  if [ "$(id -u)" -eq 0 ]; then
    dpkg --install "$cli" && from=''
  fi
  [ "$("$from/usr/bin/baton" --version)" = "baton $version" ]
  bash -n "$from/usr/share/bash-completion/completions/baton"
  ls -l "$from/usr/share/zsh/vendor-completions/_baton" "$from/usr/share/fish/vendor_completions.d/baton.fish"
  [ -n "$from" ] || dpkg --purge baton-cli
  [ -n "$from" ] || [ ! -e /usr/bin/baton ]
}

# A window titled Baton, of the class that the menu entry names, shown by the very program that was installed.
# shellcheck disable=SC2016
starts='
  set -euo pipefail
  "$PROGRAM" >"$WORK/app.log" 2>&1 &
  app=$!
  for _ in $(seq 150); do
    kill -0 "$app" || { echo "it ended:"; cat "$WORK/app.log"; exit 1; }
    window=$(xdotool search --onlyvisible --name "^Baton\$" 2>/dev/null | head -n 1 || true)
    [ -z "$window" ] || break
    sleep 0.2
  done
  [ -n "$window" ] || { echo "no window after 30 s:"; cat "$WORK/app.log"; kill "$app"; exit 1; }
  xdotool getwindowgeometry "$window"
  [ "$(readlink "/proc/$app/exe")" = "$PROGRAM" ] && [ "$(xdotool getwindowpid "$window")" = "$app" ]
  xdotool search --onlyvisible --class "^[Bb]aton-desktop\$" | grep -qx "$window"
  sleep 2
  kill "$app"
  wait "$app" || true
'
app_starts() {
  mkdir -p "$work/home"
  PROGRAM="$root/usr/bin/baton-desktop" WORK="$work" scripts/desktop-session.sh --home "$work/home" bash -c "$starts"
}
removes() {
  local left
  dpkg-query --listfiles baton >"$work/files"
  dpkg --purge baton && installed=no
  # Folders stay where others use them too: it is files that must be gone, and folders of Baton's own.
  left=$(dpkg-deb --contents "$deb" | awk '$1 !~ /^d/ { print $6 }' | sed 's/^\.//; s|^/*|/|' | while read -r path; do [ ! -e "$path" ] || echo "$path"; done)
  left+=$(grep -i baton "$work/files" | while read -r path; do [ ! -e "$path" ] || echo "$path"; done)
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

check "the package says what it is and needs" describes_itself
check "it takes less than 25 MB" is_small
check "it installs" installs
check "the menu entry is valid and starts the app" menu_entry
check "its icon is in the theme in every size" icons
check "software centres can describe it" metainfo
check "licence and changes are with it" documents
check "the command line has a package of its own, answers, and shells complete it" command_line
check "the app starts and shows its window" app_starts
if [ "$installed" = yes ]; then check "it leaves no file behind" removes; fi
echo "deb: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
