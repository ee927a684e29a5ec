#!/usr/bin/env bash
# Runs two foreign linters on the OpenAPI document. Warnings do not fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
document=verifier/api/openapi.yaml
rules=$(mktemp --suffix=.yaml)
trap 'rm -f "$rules"' EXIT
echo 'extends: ["spectral:oas"]' >"$rules"
.ci/out/openapi/node_modules/.bin/spectral lint --ruleset "$rules" "$document"
REDOCLY_TELEMETRY=off .ci/out/openapi/node_modules/.bin/redocly lint "$document"
