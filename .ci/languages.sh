#!/usr/bin/env bash
# Runs the verifiers of docs/verify-in-any-language.md against the test vectors (nodejs; python3-cryptography, python3-argon2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

node .ci/out/verify/vectors.mjs token/testdata/vectors
node .ci/out/verify/vectors.mjs token/testdata/vectors browser.mjs
/usr/bin/python3 -B docs/verify/vectors.py token/testdata/vectors
