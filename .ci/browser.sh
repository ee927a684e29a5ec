#!/usr/bin/env bash
# Tests the pages of both programs in a real browser, with further options for node --test: bash .ci/browser.sh [OPTION...]
# Needs chromium; zbar-tools and poppler-utils read the printed files.
#
# ATTESTA_PICTURES   a folder for pictures of the pages
# ATTESTA_GUIDE      a folder for the pictures of the desk's guide
# ATTESTA_TUTORIAL   a folder for the pictures of the tutorials, which it takes instead of testing
set -euo pipefail
tutorial=${ATTESTA_TUTORIAL:+$(realpath "$ATTESTA_TUTORIAL")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ATTESTA_PROGRAMS=$(mktemp -d)
export ATTESTA_PROGRAMS
trap 'rm -rf "$ATTESTA_PROGRAMS"' EXIT
go build -o "$ATTESTA_PROGRAMS" ./examples/issuer ./examples/verifier
cd .ci/out/browser
if [[ $tutorial ]]; then
  node tutorial.mjs "$tutorial"
  exit
fi
node --test --test-concurrency=1 --test-reporter=spec "$@" ./*.test.mjs
