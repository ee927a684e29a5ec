#!/usr/bin/env bash
# Installs what the checks call and this machine lacks (Debian and its kin), or says what is missing.
set -euo pipefail

command -v go >/dev/null || { echo 'missing: Go (the version that go.mod names, or newer)'; exit 1; }

# command:package; gcc and its headers are for the race detector
wanted=(zbarimg:zbar-tools pdftoppm:poppler-utils qpdf:qpdf shellcheck:shellcheck gcc:gcc gcc:libc6-dev redis-server:redis-server pg_ctlcluster:postgresql node:nodejs npm:npm
  javac:openjdk-17-jdk-headless chromium:chromium zsh:zsh fish:fish)

missing() {
  local pair
  for pair in "${wanted[@]}"; do
    command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
  done
  [[ -e /usr/share/java/jaxb-runtime.jar ]] || echo libjaxb-java # veraPDF asks for it
  /usr/bin/python3 -c 'import cryptography, argon2' 2>/dev/null || printf '%s\n' python3-cryptography python3-argon2
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}

mapfile -t packages < <(missing)
if ((${#packages[@]})); then
  echo "missing: ${packages[*]}"
  command -v apt-get >/dev/null || { echo 'no apt-get here: install them by hand'; exit 1; }
  [[ $(id -u) == 0 ]] || sudo -n true 2>/dev/null || { echo "neither root nor sudo: run apt-get install ${packages[*]}"; exit 1; }
  as_root apt-get update -qq </dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null
  mapfile -t packages < <(missing)
  ((${#packages[@]} == 0)) || { echo "still missing: ${packages[*]}"; exit 1; }
fi

go version
echo "node $(node --version), npm $(npm --version 2>/dev/null), $(qpdf --version | sed -n 1p), zbarimg $(zbarimg --version)"
pdftoppm -v 2>&1 | sed -n 1p
for name in ATTESTA_VECTORS ATTESTA_CONTRACTS; do
  [[ -n ${!name:-} ]] || echo "$name is not set: tests that read it skip"
done
