#!/usr/bin/env bash
# Installs the npm packages that tests call, into .ci/out, and prints nothing but what npm has to say.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mkdir -p .ci/out
rm -rf .ci/out/interop
cp -r token/testdata/interop .ci/out/interop
cd .ci/out/interop
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error </dev/null
