#!/usr/bin/env bash
# Builds the issuer with PKCS #11, which needs cgo (gcc, libc6-dev), and signs with a software device (softhsm2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../examples"

go vet -tags pkcs11 ./issuer/...
go test -count=1 -tags pkcs11 -run PKCS11 ./issuer/internal/app
