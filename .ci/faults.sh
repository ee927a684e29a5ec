#!/usr/bin/env bash
# Makes the faults of lab/faults to two replicas behind HAProxy and writes docs/faults.md: answers by kind, and none of them
# false. Needs root, postgresql, pgbouncer, redis-server, haproxy and iproute2. It takes ten minutes.
#
# FAULTS   only those whose names contain this text
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .ci/out/clock docs
out=.ci/out

go build -o $out/issuer ./examples/issuer
go build -o $out/faults ./lab/faults

# The same program with a clock that is wrong: no library can be put before a static program, so package time is changed.
time=$(go env GOROOT)/src/time
sed 's/sec, nsec, mono := runtimeNow()/&; sec += faultClock(mono)/' "$time/time.go" >$out/clock/time.go
grep -q faultClock $out/clock/time.go
cat >$out/clock/fault.go <<'END'
package time

import "syscall"

var faultSeconds, faultAfter = faultSetting("FAULT_CLOCK"), faultSetting("FAULT_AFTER")

func faultSetting(name string) int64 {
	text, _ := syscall.Getenv(name)
	n, _ := atoi(text)
	return int64(n)
}

func faultClock(mono int64) int64 {
	if mono-startNano < faultAfter*int64(Second) {
		return 0
	}
	return faultSeconds
}
END
printf '{"Replace": {"%s": "%s", "%s": "%s"}}' "$time/time.go" "$PWD/$out/clock/time.go" "$time/fault.go" "$PWD/$out/clock/fault.go" >$out/clock/overlay.json
go build -overlay $out/clock/overlay.json -o $out/issuer-shifted ./examples/issuer

# In namespaces of its own: cables, disks and whatever runs end with it.
unshare --mount --net --pid --fork --kill-child --mount-proc \
  $out/faults -program "$PWD/$out/issuer" -shifted "$PWD/$out/issuer-shifted" -only "${FAULTS:-}" | tee $out/faults.table
