#!/usr/bin/env bash
# Runs a command in a desktop session of its own: an X display that nobody sees (Xvfb), a session bus, an unlocked
# keyring, and a home folder that is thrown away. Everything ends with the command.
# Usage: desktop-session.sh [--home FOLDER] [--size WIDTHxHEIGHT] [--no-keyring] [--environment FILE] COMMAND [ARGUMENT]...
#   --home FOLDER        the home folder, kept
#   --no-keyring         no Secret Service: as on a computer without a keychain
#   --environment FILE   writes the session's variables there, one NAME=VALUE a line, once all is up
set -euo pipefail

home='' size=1280x900 keyring=yes environment=''
while [ "$#" -gt 0 ]; do
  case "$1" in
    --home) home=$2; shift 2 ;;
    --size) size=$2; shift 2 ;;
    --no-keyring) keyring=no; shift ;;
    --environment) environment=$2; shift 2 ;;
    --) shift; break ;;
    -*) echo "desktop-session.sh: what is $1?" >&2; exit 2 ;;
    *) break ;;
  esac
done
[ "$#" -gt 0 ] || { echo "desktop-session.sh: which command?" >&2; exit 2; }
needed=(Xvfb dbus-daemon)
[ "$keyring" = no ] || needed+=(gnome-keyring-daemon)
for program in "${needed[@]}"; do
  command -v "$program" >/dev/null || { echo "desktop-session.sh: $program is missing; scripts/setup.sh test installs it" >&2; exit 2; }
done

work=$(mktemp -d)
started=()
cleanup() {
  # The command first, then what it stands on.
  for ((index = ${#started[@]} - 1; index >= 0; index--)); do
    kill "${started[index]}" 2>/dev/null || true
    wait "${started[index]}" 2>/dev/null || true
  done
  # Somebody may be writing his last file there.
  rm -rf "$work" 2>/dev/null || { sleep 0.5; rm -rf "$work"; }
}
trap cleanup EXIT
trap 'exit 143' TERM INT HUP

# Waits until a file has a line, or its writer is gone.
line_of() {
  local file=$1 writer=$2
  for _ in $(seq 200); do
    if [ -s "$file" ]; then head -n 1 "$file"; return; fi
    kill -0 "$writer" 2>/dev/null || break
    sleep 0.05
  done
  echo "desktop-session.sh: the session did not come up" >&2
  return 1
}

unset WAYLAND_DISPLAY DISPLAY DBUS_SESSION_BUS_ADDRESS XAUTHORITY SESSION_MANAGER
export HOME=${home:-$work/home}
export XDG_RUNTIME_DIR=$work/runtime
export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share XDG_CACHE_HOME=$HOME/.cache XDG_STATE_HOME=$HOME/.local/state
export XDG_SESSION_TYPE=x11 GDK_BACKEND=x11
# Neither screen readers nor the settings of the desktop that this runs on have a part in it.
export NO_AT_BRIDGE=1 GSETTINGS_BACKEND=memory
mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$XDG_CACHE_HOME" "$XDG_STATE_HOME"
mkdir -m 700 "$XDG_RUNTIME_DIR"

Xvfb -displayfd 3 -screen 0 "${size}x24" -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
started+=($!)
display=$(line_of "$work/display" $!) || { cat "$work/xvfb.log" >&2; exit 1; }
export DISPLAY=":$display"

# Nothing is started on demand: what is not part of this session is not there.
cat >"$work/bus.conf" <<XML
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=$XDG_RUNTIME_DIR/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
XML
dbus-daemon --config-file="$work/bus.conf" --nofork --print-address=3 3>"$work/bus" 2>"$work/bus.log" &
started+=($!)
DBUS_SESSION_BUS_ADDRESS=$(line_of "$work/bus" $!) || { cat "$work/bus.log" >&2; exit 1; }
export DBUS_SESSION_BUS_ADDRESS

if [ "$keyring" = yes ]; then
  # It reads the password of the new keyring from its standard input.
  printf 'only for this session' >"$work/password"
  gnome-keyring-daemon --foreground --unlock --components=secrets <"$work/password" >"$work/keyring.log" 2>&1 &
  started+=($!)
  for _ in $(seq 200); do
    owner=$(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus /org/freedesktop/DBus \
      org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null || true)
    case "$owner" in *true*) break ;; esac
    sleep 0.05
  done
  case "$owner" in *true*) ;; *) cat "$work/keyring.log" >&2; echo "desktop-session.sh: no keyring" >&2; exit 1 ;; esac
fi

if [ -n "$environment" ]; then
  for name in DISPLAY DBUS_SESSION_BUS_ADDRESS HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME \
    XDG_STATE_HOME XDG_SESSION_TYPE GDK_BACKEND NO_AT_BRIDGE GSETTINGS_BACKEND; do
    printf '%s=%s\n' "$name" "${!name}"
  done >"$environment.part"
  mv "$environment.part" "$environment"
fi

# A command in the background gets no standard input unless it is told so.
"$@" <&0 &
started+=($!)
status=0
wait $! || status=$?
exit "$status"
