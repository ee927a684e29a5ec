#!/usr/bin/env bash
# Builds what a release consists of, from the last commit: bash .ci/artefacts.sh VERSION FOLDER [KEY]
#
# FOLDER gets both programs for each platform, their bills of materials, provenance.json (in-toto, SLSA 1) and SHA256SUMS over
# all of it. With KEY, a private key of ssh-keygen -t ed25519, there is SHA256SUMS.sig too. The same commit, version and Go
# release give the same bytes on every machine. docs/operations.md says how others check them.
#
# PLATFORMS   systems and processors (default: linux/amd64 linux/arm64)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:-} folder=${2:-} key=${3:-}
[[ -n $version && -n $folder ]] || { echo 'usage: bash .ci/artefacts.sh VERSION FOLDER [KEY]' >&2; exit 3; }
read -ra platforms <<<"${PLATFORMS:-linux/amd64 linux/arm64}"
[[ -z $key ]] || key=$(realpath -e "$key")
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[[ -z $(ls -A "$folder") ]] || { echo "$folder is not empty" >&2; exit 1; }

# Settings of this machine must not get into the programs.
export GOFLAGS='' GOWORK='' GOAMD64=v1 GOARM64=v8.0 GOEXPERIMENT='' GOFIPS140=off CGO_ENABLED=0 LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -c advice.detachedHead=false clone --quiet --no-local . "$work" # the newest tag would be in the programs' version: there is only this one
cd "$work"
git tag | xargs -r git tag -d >/dev/null
git -c user.name=release -c user.email= tag -a -m "$version" "examples/$version"
git tag "$version"
commit=$(git rev-parse HEAD)
module=$(GOWORK=off go list -m)

for platform in "${platforms[@]}"; do
  for program in issuer verifier; do
    GOOS=${platform%/*} GOARCH=${platform#*/} go build -trimpath -buildvcs=true -ldflags='-s -w -buildid=' \
      -o "$folder/$program-${platform/\//-}" "./examples/$program"
  done
done
bash .ci/sbom.sh "$folder/sbom" >/dev/null

subjects() { # of the provenance
  local name separator=
  for name in "${programs[@]}"; do
    printf '%s{"name": "%s", "digest": {"sha256": "%s"}}' "$separator" "$name" "$(sha256sum <"$name" | cut -d' ' -f1)"
    separator=', '
  done
}

materials() { # the modules of others in the programs, with Go's checksums in hexadecimal
  local path release sum
  go version -m "${programs[@]}" | awk '$1 == "dep" && $4 {print $2, $3, substr($4, 4)}' | sort -u |
    while read -r path release sum; do
      printf ',\n      {"uri": "pkg:golang/%s@%s", "digest": {"dirHash": "%s"}}' "$path" "$release" \
        "$(base64 -d <<<"$sum" | od -An -v -tx1 | tr -d ' \n')"
    done
}

cd "$folder"
programs=(issuer-* verifier-*)
cat >provenance.json <<END
{
  "_type": "https://in-toto.io/Statement/v1",
  "subject": [$(subjects)],
  "predicateType": "https://slsa.dev/provenance/v1",
  "predicate": {
    "buildDefinition": {
      "buildType": "https://$module/blob/$commit/.ci/artefacts.sh",
      "externalParameters": {"source": "git+https://$module", "version": "$version", "platforms": "${platforms[*]}"},
      "internalParameters": {"go": "$(go env GOVERSION)"},
      "resolvedDependencies": [
      {"uri": "git+https://$module", "digest": {"gitCommit": "$commit"}}$(materials)
      ]
    },
    "runDetails": {"builder": {"id": "https://$module/blob/$commit/.ci/artefacts.sh"}}
  }
}
END
find . -type f ! -name 'SHA256SUMS*' -printf '%P\0' | sort -z | xargs -0 sha256sum >SHA256SUMS
[[ -z $key ]] || ssh-keygen -q -Y sign -f "$key" -n attesta-release SHA256SUMS
