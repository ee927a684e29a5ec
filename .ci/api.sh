#!/usr/bin/env bash
# Compares the exported names with those of the last release: bash .ci/api.sh
#
# For each module whose tag exists it prints what an importer would notice. From v1 on an incompatible change fails; before, it
# fails if CHANGELOG.md says nothing under [Unreleased]. Before the first release there is nothing to compare.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

apidiff=golang.org/x/exp/cmd/apidiff@v0.0.0-20261113113407-e3970619a1a4
last=$(git tag --list 'v*' --sort=-v:refname | sed -n 1p)
if [[ -z $last ]]; then
  echo 'no release yet: nothing to compare'
  exit 0
fi

work=$(mktemp -d)
trap 'git worktree remove --force "$work/old"; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/old" "$last"
GOBIN=$work go install "$apidiff"
here=$PWD broken=

while read -r folder; do
  name=$(sed -n 's/^module //p' "$folder/go.mod")
  [[ -e $work/old/$folder/go.mod ]] || { echo "$name: new"; continue; }
  (cd "$work/old/$folder" && GOWORK=off "$work/apidiff" -m -w "$work/old.api" "$name") 2>/dev/null
  (cd "$here/$folder" && GOWORK=off "$work/apidiff" -m -w "$work/new.api" "$name") 2>/dev/null
  "$work/apidiff" -m "$work/old.api" "$work/new.api" 2>/dev/null | tee "$work/said"
  ! grep -q '^Incompatible' "$work/said" || broken=yes
done < <(git ls-files go.mod '*/go.mod' | xargs -n1 dirname | grep -v -e '^lab' -e '^examples$')

[[ $broken ]] || exit 0
[[ $last == v0.* ]] || { echo "incompatible with $last"; exit 1; }
sed -n '/^## \[Unreleased\]/,/^## \[[0-9]/p' CHANGELOG.md | grep '^- ' >/dev/null ||
  { echo "incompatible with $last, and CHANGELOG.md says nothing under [Unreleased]"; exit 1; }
