#!/usr/bin/env bash
# Installs the npm packages that the tests call into .ci/out, each at a fixed version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .ci/out

locked() { # FOLDER NAME: one of our scripts, with its lock file
  rm -rf ".ci/out/$2"
  cp -r "$1" ".ci/out/$2"
  (cd ".ci/out/$2" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error </dev/null)
}

tool() { # NAME PACKAGE@VERSION: a program; installed again only if the version is another
  local stamp=.ci/out/$1/installed
  [[ -f $stamp && $(<"$stamp") == "$2" ]] && return
  rm -rf ".ci/out/$1"
  npm install --no-audit --no-fund --no-save --loglevel=error --prefix ".ci/out/$1" "$2" </dev/null
  echo "$2" >"$stamp"
}

locked token/testdata/interop interop
locked otp/sms/smpp/testdata/smsc smsc
locked .ci/browser browser
locked docs/verify verify
locked lab/robustness/testdata/zxing zxing
locked lab/clients/testdata/openapi-typescript clients
tool prism @stoplight/prism-cli@5.14.2
tool spectral @stoplight/spectral-cli@6.16.3
tool redocly @redocly/cli@2.77.0
