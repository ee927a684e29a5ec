#!/usr/bin/env bash
# Installs the npm packages that the tests call into .ci/out, each as its lock file says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .ci/out

locked() { # FOLDER NAME: what the lock file of the folder names, beside the folder's own scripts
  rm -rf ".ci/out/$2"
  cp -r "$1" ".ci/out/$2"
  (cd ".ci/out/$2" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error </dev/null)
}

locked token/testdata/interop interop
locked otp/sms/smpp/testdata/smsc smsc
locked .ci/browser browser
locked docs/verify verify
locked lab/robustness/testdata/zxing zxing
locked lab/clients/testdata/openapi-typescript clients
locked lab/wallets/testdata/peers wallet
if ! cmp -s .ci/npm/openapi/package-lock.json .ci/out/openapi/installed; then # large: only if it changed
  locked .ci/npm/openapi openapi
  cp .ci/npm/openapi/package-lock.json .ci/out/openapi/installed
fi
