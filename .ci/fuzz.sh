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
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log

# go test prints a package's targets and then "ok PACKAGE TIME"
listed=$(go test -list '^Fuzz' work)
targets=$(awk '/^Fuzz/ { names[++n] = $1 } /^ok/ { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }' <<<"$listed")
[[ -n $targets ]] || { echo 'no fuzz target found'; exit 1; }

build() { # PACKAGE: once for all its targets; go test would link it for each
  folder=$(go list -f '{{.Dir}}' "$1")
  go test -c -fuzz . -o "$work/test" "$1"
  built=$1
}

fuzz() { # TARGET SECONDS
  (cd "$folder" && "$work/test" -test.run '^$' -test.fuzz "^$1\$" -test.fuzztime "$2s" -test.fuzzminimizetime 1x \
    -test.fuzzcachedir "$(go env GOCACHE)/fuzz/$built") </dev/null >"$log" 2>&1
}

run() { # TARGET SECONDS: sets execs, or fails with what the target said
  # Before Go 1.27 the end of the fuzz time may be reported as a failure without an input (golang/go#75804).
  if ! fuzz "$@" && { ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input written' "$log" || ! fuzz "$@"; }; then
    cat "$log"
    return 1
  fi
  execs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  execs=${execs:-0}
}

failed=0
built=
while read -r package target; do
  [[ $package == "$built" ]] || build "$package"
  took=$seconds
  run "$target" "$took" || { failed=1; continue; }
  if ((execs < least)); then # seeds and inputs kept by earlier runs come first and took all the time
    took=$((seconds * 6))
    run "$target" "$took" || { failed=1; continue; }
  fi
  printf '%8d  %s in %s\n' "$execs" "$target" "$package"
  if ((execs < least)); then
    echo "FAILED: fewer than $least inputs in $took s: make the target faster"
    failed=1
  fi
done <<<"$targets"
exit "$failed"
