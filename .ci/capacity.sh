#!/usr/bin/env bash
# Imports people into the issuer's registry on SQLite and on PostgreSQL. Measures the import, the registry's part of a
# first-level check, the issue of 10,000 documents, the whole issuer over HTTP, and three configurations of it beside
# baselines. Writes docs/capacity.md. Needs postgresql with pgbench, redis-server, haproxy and time.
#
# REGISTRY_SIZES   the numbers of people (default "1000 100000 1000000"; a million takes some minutes on each engine)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
chmod 755 "$work"
mkdir -p .ci/out docs
sizes=${REGISTRY_SIZES:-1000 100000 1000000}

postgres() { # COMMAND...: PostgreSQL refuses root
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}
bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -1)
bin=${bin:-$(dirname "$(command -v initdb)")}
PATH=$bin:$PATH # pgbench
mkdir "$work/pg"
if ((EUID == 0)); then chown postgres "$work/pg"; fi
closing() {
  kill "${redis:-}" 2>/dev/null || true
  postgres "$bin/pg_ctl" -D "$work/pg/data" -m immediate -s stop || true
  rm -rf "$work"
}
trap closing EXIT
postgres "$bin/initdb" -D "$work/pg/data" -U postgres -A trust -E UTF8 --locale=C >"$work/initdb.log"
postgres "$bin/pg_ctl" -D "$work/pg/data" -w -s -l "$work/pg/log" -o "-k $work/pg -c listen_addresses= -c shared_buffers=256MB" start
query() { postgres "$bin/psql" -h "$work/pg" -U postgres -qAt "$@"; }

go build -o "$work/issuer" ./examples/issuer
go build -o "$work/capacity" ./lab/capacity
go test -c -o "$work/bench" ./examples/issuer
redis-server --port 0 --unixsocket "$work/redis" --save '' --appendonly yes --appendfsync always --dir "$work" --maxmemory-policy noeviction >"$work/redis.log" &
redis=$!

measure() { # DATA DSN: import, then check; sets imported (seconds, processor seconds, KiB) and checks (a second, processor µs)
  /usr/bin/time -o "$work/time" -f '%e %U %S %M' "$work/issuer" import "$work/people.jsonl" -as capacity -reason measured -data "$1" -db "$2" >"$work/out" 2>&1 ||
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

documents() { # issues a list of people: a row for each layout
  local people=10000 layout
  "$work/capacity" -people "$people" -write "$work/people.jsonl"
  "$work/issuer" import "$work/people.jsonl" -as capacity -reason measured -data "$work/documents" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
  { echo codice_fiscale,family_name; sed -nE 's/.*"codice_fiscale":"([^"]*)".*"family_name":"([^"]*)".*/\1,\2/p' "$work/people.jsonl"; } >"$work/people.csv"
  for layout in standard wallet; do
    /usr/bin/time -o "$work/time" -f '%e %U %S %M' "$work/issuer" issue -list "$work/people.csv" -o "$work/$layout" -layout "$layout" \
      -data "$work/documents" -body 'Ente di esempio' >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
    awk -v layout="$layout" -v people="$people" -v bytes="$(stat -c %s "$work/$layout/one.pdf")" '{
      printf "| %s | %d | %.0f s | %.0f s | %.0f MiB | %.0f MiB |\n", layout, people, $1, $2 + $3, $4 / 1024, bytes / 1048576 }' "$work/time"
    rm -r "${work:?}/$layout"
  done
}

load() { # ENGINE DATA DSN REDIS: a row of the second table
  "$work/capacity" -program "$work/issuer" -engine "$1" -data "$2" -db "$3" -redis "$4" -people "$people" >>"$work/whole.md"
}

beside() { # the two tables of fleets beside their baselines
  local dsn="postgres://postgres@/people$people?host=$work/pg"
  query -c 'CREATE DATABASE bench'
  pgbench -i -q -s 10 -h "$work/pg" -U postgres bench >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
  "$work/capacity" -program "$work/issuer" -people "$people" -servers "$(head -1 "$work/pg/data/postmaster.pid") $redis" \
    -fleet "SQLite, one process|$work/sqlite-$people|||1" \
    -fleet "PostgreSQL and Redis, two processes behind HAProxy|$work/pg-$people|$dsn|unix://$work/redis|2" \
    -fleet "PostgreSQL, one process|$work/pg-$people|$dsn||1" -bench "$work/pg 5432 bench" >"$work/beside.md"
}

{
  cat <<END
# Capacity

Measured by \`bash .ci/capacity.sh\` on $(date -u +%F): $(nproc) processors, $(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) of memory, Go $(go env GOVERSION | sed s/go//),
PostgreSQL $("$bin/postgres" --version | awk '{ print $3 }') and Redis $(redis-server --version | sed 's/.*v=\([^ ]*\).*/\1/') on the same machine. Load of the machine before: $(cut -d' ' -f1 /proc/loadavg);
where that is above 0 others used the machine too, and it can do more than stands here.

## The registry

The import, and what a check at the first level asks of the registry, without HTTP.

| engine | people | import | processor time of the import | people/s | memory of the import | on disk | checks/s | processor time of a check in the service |
|---|---|---|---|---|---|---|---|---|
END
  for people in $sizes; do
    "$work/capacity" -people "$people" -write "$work/people.jsonl"
    measure "$work/sqlite-$people" ""
    row SQLite "$(stat -c %s "$work/sqlite-$people/registry.db")"
    query -c "CREATE DATABASE people$people"
    measure "$work/pg-$people" "postgres://postgres@/people$people?host=$work/pg"
    row PostgreSQL "$(query -d "people$people" -c 'SELECT pg_database_size(current_database())')"
  done
  load SQLite "$work/sqlite-$people" '' ''
  load PostgreSQL "$work/pg-$people" "postgres://postgres@/people$people?host=$work/pg" ''
  load 'PostgreSQL and Redis' "$work/pg-$people" "postgres://postgres@/people$people?host=$work/pg" "unix://$work/redis"
  beside
  cat <<END

## Documents

\`issuer issue -list\` for people with a name, each document on the disk and in the journal, and all of them in one PDF at the end. The folder is on the
same disk as everything else.

| layout | documents | time | processor time | memory | one.pdf |
|---|---|---|---|---|---|
$(documents)

## The whole issuer

One process, asked over HTTP by 16 desks on the same machine, which share its processors with the service and the database: a service with the
machine to itself does more. A check is a call of the first level with its limits and its signed receipt. A consent is a whole second level: the
challenge, the message to a gateway, the code, the record in the access log, the detail.

| engine | people | checks/s | half of them within | 99 of 100 within | consents/s | half of them within | 99 of 100 within | memory at the start | memory after the load |
|---|---|---|---|---|---|---|---|---|---|
$(cat "$work/whole.md")

## Beside a baseline

What is compared is measured in turn, in slices of two seconds, 7 of each, so that others who use the machine disturb a slice and its baseline alike.
Rates, ratios and processor times are medians; a ratio is that of two slices of one turn. \`of its processor time\` compares the processor time of
everything for one call, the desks' own among it: on a machine that has nothing else to do, it is the ratio of the rates.

Two processes have one of the two processors each (GOMAXPROCS), as the share of each is when they share a machine.

The bare handler decodes the request, verifies the signature of the token and signs a receipt. It looks nobody up and has no limits. The empty handler
reads the request and answers: what HTTP and the desks cost.

$(cat "$work/beside.md")

The last two rows have the same number of callers. Answers to codes are the second half of a consent: the codes were sent before.

[profile.md](profile.md) says where the time goes.
END
} >"$work/capacity.md"
mv "$work/capacity.md" docs/capacity.md
echo 'written: docs/capacity.md'
