#!/usr/bin/env bash
# Counts how often readers read clean documents and worn prints, and writes docs/robustness.md.
#
# SAMPLES     the number of symbols for each cell of the tables of wear (default 3)
# DOCUMENTS   the number of clean documents of each layout, profile and language (default 16, which are 1,024 in all)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .ci/out docs

[[ -d .ci/out/zxing/node_modules && -e .ci/out/zxing/read.py ]] || bash .ci/node.sh
go run ./lab/robustness -samples "${SAMPLES:-3}" -documents "${DOCUMENTS:-16}" >.ci/out/robustness.md
mv .ci/out/robustness.md docs/robustness.md
echo 'written: docs/robustness.md'
