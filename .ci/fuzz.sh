#!/usr/bin/env bash
# Runs every fuzz target of the workspace for FUZZ_SECONDS (default 3) and prints the number of inputs of each. A target
# with fewer than 1,000 inputs fails, because it tests nothing.
#
# The script turns off Go's minimising of inputs that reach new code: it takes up to a minute for each, which left one
# target six inputs in a minute. A failing input is saved without minimising too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${FUZZ_SECONDS:-3}
least=1000
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# go test prints a package's targets and then "ok PACKAGE TIME"
listed=$(go test -list '^Fuzz' work)
targets=$(awk '/^Fuzz/ { names[++n] = $1 } /^ok/ { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }' <<<"$listed")
[[ -n $targets ]] || { echo 'no fuzz target found'; exit 1; }

fuzz() { # PACKAGE TARGET SECONDS
  go test -run '^$' -fuzz "^$2\$" -fuzztime "$3s" -fuzzminimizetime 1x "$1" </dev/null >"$log" 2>&1
}

run() { # PACKAGE TARGET SECONDS: sets execs, or fails with what go test said
  # Before Go 1.27 the end of the fuzz time may be reported as a failure without an input (golang/go#75804).
  if ! fuzz "$@" && { ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input written' "$log" || ! fuzz "$@"; }; then
    cat "$log"
    return 1
  fi
  execs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  execs=${execs:-0}
}

failed=0
while read -r package target; do
  took=$seconds
  run "$package" "$target" "$took" || { failed=1; continue; }
  if ((execs < least)); then # seeds and inputs kept by earlier runs come first and took all the time
    took=$((seconds * 6))
    run "$package" "$target" "$took" || { failed=1; continue; }
  fi
  printf '%8d  %s in %s\n' "$execs" "$target" "$package"
  if ((execs < least)); then
    echo "FAILED: fewer than $least inputs in $took s: make the target faster"
    failed=1
  fi
done <<<"$targets"
exit "$failed"
