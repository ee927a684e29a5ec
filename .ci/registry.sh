#!/usr/bin/env bash
# Imports people into the issuer's registry on SQLite and on PostgreSQL, and measures the import and then what a first-level
# check asks of the registry. Prints a Markdown table, also to .ci/out/registry.md, for docs/operations.md.
#
# REGISTRY_SIZES   how many people (default "1000 100000 1000000"; a million takes some minutes on each engine)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
chmod 755 "$work"
mkdir -p .ci/out

postgres() { # COMMAND...: PostgreSQL refuses root
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}
bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -1)
bin=${bin:-$(dirname "$(command -v initdb)")}
mkdir "$work/pg"
if ((EUID == 0)); then chown postgres "$work/pg"; fi
closing() {
  postgres "$bin/pg_ctl" -D "$work/pg/data" -m immediate -s stop || true
  rm -rf "$work"
}
trap closing EXIT
postgres "$bin/initdb" -D "$work/pg/data" -U postgres -A trust -E UTF8 --locale=C >"$work/initdb.log"
postgres "$bin/pg_ctl" -D "$work/pg/data" -w -s -l "$work/pg/log" -o "-k $work/pg -c listen_addresses= -c shared_buffers=256MB" start
query() { postgres "$bin/psql" -h "$work/pg" -U postgres -qAt "$@"; }

go build -o "$work/issuer" ./examples/issuer
go test -c -o "$work/bench" ./examples/issuer

measure() { # DATA DSN: import, then check; sets imported (seconds, processor seconds, KiB) and checks (a second, processor µs)
  /usr/bin/time -o "$work/time" -f '%e %U %S %M' "$work/issuer" import "$work/people.jsonl" -data "$1" -db "$2" >"$work/out" 2>&1 ||
    { cat "$work/out"; exit 1; }
  imported=$(tail -1 "$work/time")
  REGISTRY_DATA=$1 REGISTRY_DB=$2 REGISTRY_PEOPLE=$people "$work/bench" -test.run '^$' -test.bench '^BenchmarkRegistry$' \
    -test.benchtime 5s >"$work/out" || { cat "$work/out"; exit 1; }
  checks=$(awk '/checks\/s/ { for (i = 1; i < NF; i++) value[$(i + 1)] = $i; print value["checks/s"], value["cpu-µs/check"] }' "$work/out")
}
row() { # ENGINE BYTES
  awk -v engine="$1" -v people="$people" -v bytes="$2" '{
    printf "| %s | %d | %.0f s | %.0f s | %.0f | %d MiB | %d MiB | %.0f | %.0f µs |\n",
      engine, people, $1, $2 + $3, people / $1, $4 / 1024, bytes / 1048576, $5, $6 }' <<<"$imported $checks"
}

{
  echo "Load of the machine before: $(cut -d' ' -f1 /proc/loadavg), $(nproc) processors."
  echo
  echo '| engine | people | import | processor time of the import | people/s | memory of the import | on disk | checks/s | processor time of a check in the service |'
  echo '|---|---|---|---|---|---|---|---|---|'
  for people in ${REGISTRY_SIZES:-1000 100000 1000000}; do
    CROWD=$people CROWD_FILE=$work/people.jsonl go test -count=1 -run WriteFile ./examples/internal/crowd >"$work/out"
    measure "$work/sqlite-$people" ""
    row SQLite "$(stat -c %s "$work/sqlite-$people/registry.db")"
    query -c "CREATE DATABASE people$people"
    measure "$work/pg-$people" "postgres://postgres@/people$people?host=$work/pg"
    row PostgreSQL "$(query -d "people$people" -c 'SELECT pg_database_size(current_database())')"
  done
} | tee .ci/out/registry.md
