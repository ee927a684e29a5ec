#!/usr/bin/env bash
# Counts how often worn prints are read and writes docs/robustness.md; takes a quarter of an hour.
#
# SAMPLES   how many symbols for each cell (default 5)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .ci/out docs

[[ -d .ci/out/zxing/node_modules ]] || bash .ci/node.sh
go run ./lab/robustness -samples "${SAMPLES:-5}" >.ci/out/robustness.md
mv .ci/out/robustness.md docs/robustness.md
echo 'written: docs/robustness.md'
