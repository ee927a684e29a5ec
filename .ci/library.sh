#!/usr/bin/env bash
# Runs a command in every module of the library, without the programs. Each runs without the workspace, as for an importer.
#   GOOS=windows bash .ci/library.sh go build ./...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
git ls-files 'go.mod' '*/go.mod' | grep -v -e '^examples/' -e '^lab/' | while read -r mod; do
  echo "$(dirname "$mod"): $*"
  (cd "$(dirname "$mod")" && GOWORK=off "$@" </dev/null)
done
