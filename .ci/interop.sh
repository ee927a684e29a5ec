#!/usr/bin/env bash
# Verifies the issuer's tokens with Node's jose: from QR texts, with the published key set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/fresh"
go build -o "$work/issuer" ./examples/issuer
"$work/issuer" issue -cf RSSMRA80A01H501U -format qrtext -o "$work/fresh/online.txt" -data "$work/data"
"$work/issuer" issue -cf RSSMRA80A01H501U -format qrtext -o "$work/fresh/offline.txt" -data "$work/data" -offline-profile
"$work/issuer" keys jwks -data "$work/data" >"$work/fresh/jwks.json"
node "$ATTESTA_INTEROP/verify.mjs" token/testdata/vectors "$work/fresh"
