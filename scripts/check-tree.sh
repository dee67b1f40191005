#!/usr/bin/env bash
# Rules about the tree that no compiler checks: who may name whom, and what may not be committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0
complain() { printf 'check-tree: %s\n' "$1" >&2; failed=1; }

# A vendor's name appears in Rust only in its own folder, in the list of services and in tests. The environment variables
# that answer password prompts are built from the service's identifier, so the shell needs no names either.
vendors='peloton|garmin|withings|trainerroad|strava|polar'
if git ls-files 'crates/core/**.rs' 'crates/engine/src/**.rs' 'crates/cli/src/**.rs' 'crates/fit/src/**.rs' | xargs -r grep -niE "\"[^\"]*\b($vendors)\b" \
  | grep -vE '^[^:]+:[0-9]+:\s*//' | grep -vE ':(.*(///|//!).*)$' | grep -vE '#\[cfg\(test\)\]' | grep -v 'check-tree: allowed' | grep -vE 'crates/fit/src/(profile|tcx|gpx)' | grep -vE '/tests?(\.rs|/)' ; then
  complain "the lines above name a vendor outside of crates/services/<vendor>"
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
