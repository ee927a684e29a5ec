#!/usr/bin/env bash
# Makes the faults of lab/faults to two replicas behind HAProxy and writes docs/faults.md: answers by kind, and none of them
# false. Needs root, postgresql, pgbouncer, redis-server, haproxy and iproute2. It takes ten minutes.
#
# FAULTS   only those whose names contain this text
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .ci/out/clock docs
out=.ci/out
work=$(mktemp -d)
chmod 755 "$work" # PostgreSQL has a user of its own
mkdir -m 700 "$work/journal"
trap 'rm -rf "$work"' EXIT
load=$(cut -d" " -f1 /proc/loadavg)

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

# In namespaces of its own: cables, disks and processes end with it.
unshare --mount --net --pid --fork --kill-child --mount-proc \
  $out/faults -work "$work" -journal "$work/journal" -program "$PWD/$out/issuer" -shifted "$PWD/$out/issuer-shifted" -only "${FAULTS:-}" | tee $out/faults.table
[[ -z ${FAULTS:-} ]] || exit 0
{
  cat <<END
# Faults

Written by \`bash .ci/faults.sh\` on $(date -u +%F): $(nproc) cores, Linux $(uname -r | cut -d. -f1,2), Go $(go env GOVERSION | sed s/go//),
$(psql --version | awk '{ print "PostgreSQL " $3 }'), Redis $(redis-server --version | sed 's/.*v=\([^ ]*\).*/\1/'), $(haproxy -v | sed -n '1s/HAProxy version \([^-]*\).*/HAProxy \1/p'),
$(pgbouncer --version | sed -n '1p'). Load of the machine before: $load.

Two replicas of the issuer run behind [haproxy.cfg](haproxy.cfg) on one PostgreSQL and one Redis (\`appendfsync always\`). Each replica is in a network
namespace with a cable to the balancer and one to the servers; each server has a disk of 192 MiB. Six desks ask at the first level: for people who are
right, with somebody else's paper, with papers that were voided. Two operators ask for consents, and answer twice at once with each code. The staff
voids papers. The right answers are known. After each fault every code is used once more, every disclosure is looked for in the access log, and every
voided paper is asked for again. A clock that is wrong is that of a program built with another \`time.Now\`.

The script fails if an answer was false, an acknowledged write was lost, a code was taken twice, an answer was outside the contract (such as a page of
the balancer), or, in the rows that say so, an answer was other than it had to be. "No answer" is a desk that gave up after 20 seconds, or a connection
that broke: HAProxy closes it if the process dies that had the request, because only the desk knows whether it may be repeated; the client of
\`verifier\` repeats it. "Writes lost" are acknowledged disclosures and voids; "key set" is how often it was served. For the rollback a dump from
before some voids and disclosures is restored: the journal keeps the voids, the second level says that it cannot tell, and the lost disclosures are
noticed.

END
  cat $out/faults.table
} >$out/faults.md
mv $out/faults.md docs/faults.md
echo 'written: docs/faults.md'
