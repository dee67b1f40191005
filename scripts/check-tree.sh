#!/usr/bin/env bash
# Rules about the tree that no compiler checks: who may name whom, and what may not be committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0
complain() { printf 'check-tree: %s\n' "$1" >&2; failed=1; }

# A vendor's name appears in Rust only in its own folder, in the list of services and in tests. The environment variables
# that answer password prompts are built from the service's identifier, so the shells need no names either.
vendors='peloton|garmin|withings|trainerroad|strava|polar'
named() { # what a file says outside of comments and its own tests
  sed '/#\[cfg(test)\]/,$d' "$1" | grep -niE "[\"'\`][^\"'\`]*\b($vendors)\b" | grep -vE '^[0-9]+:\s*(//|/?\*)' | sed "s|^|$1:|"
}
found=$(
  git ls-files 'crates/core/**.rs' 'crates/engine/src/**.rs' 'crates/cli/src/**.rs' 'crates/fit/src/**.rs' 'src-tauri/src/**.rs' \
    'ui/src/**.ts' 'ui/src/**.svelte' | grep -vE '(^|/)tests?(\.rs|/)|\.test\.ts$|/ipc/(demo/|bindings)|crates/fit/src/(profile|tcx|gpx)' |
    while read -r file; do named "$file" || true; done | grep -vE 'check-tree: allowed|///|//!|/\*\*' || true
)
if [ -n "$found" ]; then
  printf '%s\n' "$found"
  complain "the lines above name a vendor outside of crates/services/<vendor>; the window knows them as data"
fi

# Nothing of one machine, nobody's secrets, no registry hosts.
if git grep -nIE '(^|[^a-zA-Z0-9_.$}])/(root|home|work)/[a-z.]' -- . ':!scripts/check-tree.sh'; then
  complain "the lines above hold an absolute path of one machine"
fi
if git grep -nIE 'index\.crates\.io|static\.crates\.io|registry\.npmjs\.org|pypi\.org|pythonhosted\.org|deb\.debian\.org' -- . ':!Cargo.lock' ':!scripts/check-tree.sh'; then
  complain "the lines above name a package registry's host"
fi
if git ls-files | grep -iE '\.(fit|tcx|gpx)$'; then
  complain "the files above look like somebody's recordings; fixtures are generated"
fi
exit "$failed"
