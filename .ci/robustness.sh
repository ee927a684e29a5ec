#!/usr/bin/env bash
# Counts how often readers read worn prints and writes docs/robustness.md. It takes a quarter of an hour.
#
# SAMPLES   the number of symbols for each cell (default 5)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .ci/out docs

[[ -d .ci/out/zxing/node_modules ]] || bash .ci/node.sh
go run ./lab/robustness -samples "${SAMPLES:-5}" >.ci/out/robustness.md
mv .ci/out/robustness.md docs/robustness.md
echo 'written: docs/robustness.md'
