#!/usr/bin/env bash
# Looks for known vulnerabilities that the code reaches. One in a module that we require fails. Those of the Go release that runs
# this are listed only: whoever builds the programs chooses that release.
#
# VULNDB   the version of the database golang.org/x/vulndb (default: the one below; "latest" for the newest)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${VULNDB:-v0.0.0-20261105234957-e22db6528018}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GOBIN=$work go install golang.org/x/vuln/cmd/govulncheck@v1.9.0
database=$(GOWORK=off go mod download -json "golang.org/x/vulndb@$version" |
  node -e 'const m = JSON.parse(require("fs").readFileSync(0)); console.log(m.Version, m.Dir)')
read -r version folder <<<"$database"
echo "$(go version), database of ${version:7:8}"

code=0
"$work/govulncheck" -db "file://$folder/data/osv" work >"$work/report" 2>&1 || code=$?
# 3 means that something was found
if [[ $code != 0 && $code != 3 ]] || grep -q '^  Module: ' "$work/report"; then
  cat "$work/report"
  exit 1
fi
sed -n 's/^Vulnerability #[0-9]*: //p; s/^    Fixed in: /  fixed in /p' "$work/report"
