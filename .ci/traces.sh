#!/usr/bin/env bash
# Sends the traces of a check at both levels, and of one at the desk, to a real OpenTelemetry collector, and looks through everything that it received:
# the spans are there, and nothing about people. The collector is compiled once, in three minutes, to .ci/out/collector.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
process=
closing() {
  if [[ $process ]]; then kill "$process" 2>/dev/null; wait "$process"; fi || true
  rm -rf "$work"
}
trap closing EXIT
collector=$PWD/.ci/out/collector/collector

if [[ ! -x $collector ]]; then
  mkdir -p .ci/out
  cat >"$work/builder.yaml" <<END
dist: {name: collector, output_path: $PWD/.ci/out/collector}
receivers: [{gomod: go.opentelemetry.io/collector/receiver/otlpreceiver v0.165.0}]
processors: [{gomod: go.opentelemetry.io/collector/processor/batchprocessor v0.165.0}]
exporters: [{gomod: go.opentelemetry.io/collector/exporter/debugexporter v0.165.0}]
END
  GOWORK=off go run go.opentelemetry.io/collector/cmd/builder@v0.165.0 --config "$work/builder.yaml"
fi

port=14318
cat >"$work/collector.yaml" <<END
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:$port}}}}
processors: {batch: {}}
exporters: {debug: {verbosity: detailed, sampling_initial: 100000}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [debug]}}
END
"$collector" --config "file:$work/collector.yaml" >"$work/received.txt" 2>&1 &
process=$!
for ((i = 0; i < 300; i++)); do
  if grep -q 'Everything is ready' "$work/received.txt" || ! kill -0 "$process" 2>/dev/null; then break; fi
  sleep 0.2
done
grep -q 'Everything is ready' "$work/received.txt" || { cat "$work/received.txt"; exit 1; }
for program in issuer verifier; do
  CI=true ATTESTA_OTLP=http://127.0.0.1:$port ATTESTA_OTLP_SECRETS=$work/secrets-$program \
    go test -count=1 -run '^Test(Serve)?Traces$' ./examples/$program
done
cat "$work"/secrets-* >"$work/secrets"
kill "$process" # it writes what it has
wait "$process" || true
process=

for want in 'Name           : POST /v1/first-level-checks' 'Name           : POST /v1/second-level-challenges' \
  'Name           : SELECT' 'Name           : evalsha' 'Name           : send message' 'Name           : append access' \
  'Trace ID       : 0af7651916cd43dd8448eb211c80319c' '-> service.name: Str(attesta-issuer)' \
  'Name           : POST /{$}' 'Name           : call issuer' 'Trace ID       : 3af7651916cd43dd8448eb211c80319c' \
  '-> service.name: Str(attesta-desk)'; do
  grep -qF -- "$want" "$work/received.txt" || { echo "not received: $want"; exit 1; }
done
# the collector's own lines name its address
if sed 's/127\.0\.0\.1:'$port'//g' "$work/received.txt" | grep -niF -f "$work/secrets" >"$work/found"; then
  cut -c1-200 "$work/found"
  exit 1
fi
printf 'The collector received %d spans, and none of the %d texts that no trace may hold.\n' \
  "$(grep -c '^Span #' "$work/received.txt")" "$(wc -l <"$work/secrets")"
