#!/usr/bin/env bash
# Lets wallets of others answer verifier/wallet, and reads its vectors with a package of others (nodejs). The module of the
# test is outside the workspace: what the wallets link is nobody's business.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

node "$ATTESTA_WALLET/peer.mjs" verifier/wallet/testdata/vectors/presentations.json
cd lab/wallets
export GOWORK=off CGO_ENABLED=0
go vet ./...
go mod tidy -diff
go test -count=1 -timeout 5m ./...
