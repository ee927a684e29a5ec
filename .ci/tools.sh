#!/usr/bin/env bash
# Installs the packages that the checks need and this machine lacks (Debian and its derivatives), or lists them.
set -euo pipefail

command -v go >/dev/null || { echo 'missing: Go (the version that go.mod names, or newer)'; exit 1; }

# Each line: the package, a sign that it is installed (a program, a file, or a Python module after python:), and what needs
# it. Programs that every Debian has (bash, coreutils, diffutils, findutils, grep, sed, tar, awk, util-linux with runuser
# and script) are not listed.
wanted='
ca-certificates          /etc/ssl/certs/ca-certificates.crt      whatever is fetched: Go modules, npm packages
git                      git                                     gofmt, fresh clone
curl                     curl                                    fresh clone, generated clients
shellcheck               shellcheck                              shellcheck
gcc                      gcc                                     race detector, signing keys in a device
libc6-dev                /usr/include/stdio.h                    race detector, signing keys in a device
softhsm2                 softhsm2-util                           signing keys in a device
libsofthsm2              /usr/lib/softhsm/libsofthsm2.so         signing keys in a device
nodejs                   node                                    npm packages and all that is written in JavaScript
npm                      npm                                     npm packages, veraPDF, files of others in the pages
zbar-tools               zbarimg                                 tests of qrpdf, fresh clone, browser
poppler-utils            pdftoppm                                tests of qrpdf and of the programs, fresh clone, browser
qpdf                     qpdf                                    tests of qrpdf
liblouis-bin             lou_translate                           tests of qrpdf: Braille
openjdk-17-jdk-headless  javac                                   veraPDF in the tests of qrpdf
libjaxb-java             /usr/share/java/jaxb-runtime.jar        veraPDF in the tests of qrpdf
postgresql               pg_ctlcluster                           tests of otp/store/sql and of the issuer, capacity
pgbouncer                /usr/sbin/pgbouncer                     tests of the issuer: two processes through a pooler
redis-server             redis-server                            tests of otp/store/redis and of the issuer, capacity
haproxy                  haproxy                                 tests of the issuer: two processes behind a balancer; faults
iproute2                 ip                                      faults (.ci/measure)
prometheus               promtool                                tests of the issuer: alert rules
openssl                  openssl                                 tests of the verifier: keys of bundles; browser
openssh-client           ssh-keygen                              a release, rehearsed
zsh                      zsh                                     tests of completion
fish                     fish                                    tests of completion
python3                  /usr/bin/python3                        verifiers in other languages
python3-cryptography     python:cryptography                     verifiers in other languages
python3-argon2           python:argon2                           verifiers in other languages
chromium                 chromium                                browser
time                     /usr/bin/time                           capacity (.ci/measure)
umoci                    umoci                                   image (.ci/measure)
python3-zxing-cpp        python:zxingcpp                         robustness (.ci/measure)
python3-numpy            python:numpy                            robustness (.ci/measure)
python3-pil              python:PIL                              robustness (.ci/measure)
'

present() { # PROGRAM|FILE|python:MODULE
  case $1 in
    python:*) /usr/bin/python3 -c "import ${1#python:}" 2>/dev/null ;;
    /*) [[ -e $1 ]] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing() { # PACKAGE NEEDS a line
  local package sign needs
  while read -r package sign needs; do
    [[ -z $package ]] || present "$sign" || echo "$package $needs"
  done <<<"$wanted"
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}

mapfile -t lacks < <(missing)
if ((${#lacks[@]})); then
  packages=("${lacks[@]%% *}")
  for line in "${lacks[@]}"; do echo "missing: ${line%% *}, for: ${line#* }"; done
  command -v apt-get >/dev/null || { echo 'no apt-get here: install them by hand'; exit 1; }
  [[ $(id -u) == 0 ]] || sudo -n true 2>/dev/null || { echo "neither root nor sudo: run apt-get install ${packages[*]}"; exit 1; }
  as_root apt-get update -qq </dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null
  mapfile -t lacks < <(missing)
  ((${#lacks[@]} == 0)) || { printf 'still missing: %s\n' "${lacks[@]}"; exit 1; }
fi

go version
echo "node $(node --version), npm $(npm --version 2>/dev/null), $(qpdf --version | sed -n 1p), zbarimg $(zbarimg --version)"
pdftoppm -v 2>&1 | sed -n 1p
for name in ATTESTA_VECTORS ATTESTA_CONTRACTS ATTESTA_CASES; do
  [[ -n ${!name:-} ]] || echo "$name is not set: tests that read it skip"
done
