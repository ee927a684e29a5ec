#!/usr/bin/env bash
# Generates clients from the OpenAPI document with three foreign generators, compiles them and makes a check with each
# (curl, nodejs).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

go vet -tags clients ./lab/clients
ATTESTA_CLIENTS=$PWD/.ci/out/clients go test -v -count=1 -tags clients -timeout 10m ./lab/clients
