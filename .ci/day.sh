#!/usr/bin/env bash
# Prints what a day at a desk takes: 200 people in Chromium (.ci/browser/day.mjs). Needs chromium.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ATTESTA_PROGRAMS=$(mktemp -d)
export ATTESTA_PROGRAMS
trap 'rm -rf "$ATTESTA_PROGRAMS"' EXIT
[[ -d .ci/out/browser/node_modules ]] || bash .ci/node.sh
go build -o "$ATTESTA_PROGRAMS" ./examples/issuer ./examples/verifier
cd .ci/out/browser
node day.mjs
