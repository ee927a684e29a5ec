#!/usr/bin/env bash
# Runs the test vectors against the verifiers of docs/verify-in-any-language.md (nodejs; python3-cryptography,
# python3-argon2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/verifier" ./examples/verifier

"$work/verifier" conformance -- node .ci/out/verify/answer.mjs
"$work/verifier" conformance -- node .ci/out/verify/answer.mjs ./browser.mjs
"$work/verifier" conformance -- /usr/bin/python3 -B docs/verify/answer.py
