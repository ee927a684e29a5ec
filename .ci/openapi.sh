#!/usr/bin/env bash
# Has two linters that are not ours look at the OpenAPI document; warnings pass.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
document=verifier/api/openapi.yaml
rules=$(mktemp --suffix=.yaml)
trap 'rm -f "$rules"' EXIT
echo 'extends: ["spectral:oas"]' >"$rules"
.ci/out/spectral/node_modules/.bin/spectral lint --ruleset "$rules" "$document"
REDOCLY_TELEMETRY=off .ci/out/redocly/node_modules/.bin/redocly lint "$document"
