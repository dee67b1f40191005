#!/usr/bin/env bash
# Adds up what the suites printed. Usage: test-totals.sh LOG STATUS; ends with STATUS.
set -euo pipefail
log="$1" status="$2"

# cargo: "test result: ok. 3 passed; 0 failed; 1 ignored"; our scripts: "name: 3 passed; 0 failed; 0 ignored";
# vitest: "Tests  2 failed | 3 passed | 1 skipped (6)"; node --test: "# pass 3"
plain=$(sed 's/\x1b\[[0-9;]*m//g' "$log")
sum() { awk '{ sum += $1 } END { print sum + 0 }'; }
count() { # cargo's word, vitest's word, node's word
  {
    grep -E '^(test result|[a-z-]+): .*[0-9]+ passed' <<<"$plain" | grep -oE "[0-9]+ $1" || true
    grep -E '^ *Tests +' <<<"$plain" | grep -oE "[0-9]+ $2" || true
    grep -E "^# $3 [0-9]+$" <<<"$plain" | grep -oE '[0-9]+' || true
  } | sum
}
passed=$(count passed passed pass)
failed=$(count failed failed fail)
skipped=$(count ignored skipped skipped)
grep -iE '^ *skipped:' <<<"$plain" | sort -u || true
echo
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
