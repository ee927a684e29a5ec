#!/usr/bin/env bash
# Writes what each module and both programs of the last commit contain, as CycloneDX 1.6 in JSON: bash .ci/sbom.sh [FOLDER]
# Their time is the commit's, and they have no serial number, so that the same commit gives the same bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${1:-.ci/out/sbom}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -c advice.detachedHead=false clone --quiet . "$work" # the tool does not understand linked worktrees
cd "$work"
created=$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)
ours=$(GOWORK=off go list -m)
tool=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

bom() { # MODULE-FOLDER NAME COMMAND...
  (cd "$1" && GOWORK=off go run -trimpath "$tool" "${@:3}" -noserial -json -output-version 1.6 -output "$folder/$2.cdx.json" 2>"$folder/said") ||
    { cat "$folder/said"; exit 1; }
  node -e '
    const [file, timestamp, module] = process.argv.slice(1), bom = JSON.parse(fs.readFileSync(file))
    bom.metadata.timestamp = timestamp
    for (const c of bom.components) if (c.name.startsWith(module)) delete c.hashes // of a folder with .git in it
    fs.writeFileSync(file, JSON.stringify(bom, null, 2) + "\n")
  ' "$folder/$2.cdx.json" "$created" "$ours"
}
bom . attesta mod
git ls-files '*/go.mod' | xargs -n1 dirname | grep -v '^lab\|^\.ci' | while read -r module; do
  bom "$module" "attesta-${module//\//-}" mod
done
for program in issuer verifier; do bom examples "$program" app -main "$program"; done
rm "$folder/said"
wc -c "$folder"/*.cdx.json
