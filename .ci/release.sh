#!/usr/bin/env bash
# Makes a release of the last commit: bash .ci/release.sh VERSION REMOTE [FOLDER [KEY]]
#
# FOLDER gets what .ci/artefacts.sh builds of it, signed with KEY.
#
# The root and every module that others can import get a tag, named as Go wants it (v1.2.3, otp/store/sql/v1.2.3). A nested
# module's requirements of this project are set to VERSION and its replace directives are dropped; this happens in commits
# that only the tags hold, so that the branch goes on building from its own files. The branch gets one commit: the heading in
# CHANGELOG.md. Everything is pushed to REMOTE at once, or nothing. .ci/rehearse.sh calls it with a bare repository of its own.
#
# Run .ci/run first, on the commit that is released.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=${1:-} remote=${2:-} artefacts=${3:-} key=${4:-}
[[ $version =~ ^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$ && -n $remote ]] ||
  { echo "usage: bash .ci/release.sh VERSION REMOTE [FOLDER [KEY]], such as v0.1.0 origin" >&2; exit 3; }
[[ $version =~ ^v[01]\. ]] || { echo "$version: from v2 on the module paths must change first" >&2; exit 1; }
[[ -z $(git status --porcelain) ]] || { echo 'there are changes that are not committed' >&2; exit 1; }
! grep -niE 'placeholder|\.example([^.a-z]|$)' publiccode.yml SECURITY.md >&2 || { echo 'these are placeholders: the body that publishes fills them in' >&2; exit 1; }
grep -q '^## \[Unreleased\]$' CHANGELOG.md || { echo 'CHANGELOG.md has no heading [Unreleased]' >&2; exit 1; }

[[ -z $artefacts ]] || { mkdir -p "$artefacts" && artefacts=$(realpath "$artefacts"); }
[[ -z $key ]] || key=$(realpath -e "$key")
root=$PWD
cache=$(go env GOMODCACHE)
module=$(GOWORK=off go list -m)
url=$(git remote get-url "$remote" 2>/dev/null || echo "$remote")
branch=$(git symbolic-ref --short HEAD)
if git ls-remote --exit-code --tags "$url" "refs/tags/$version" >/dev/null; then
  echo "$url has the tag $version already" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
git clone --quiet "$root" "$work/clone"
cd "$work/clone"
git config user.name "$(git -C "$root" config user.name)"
git config user.email "$(git -C "$root" config user.email)"

# The go command finds this project's modules in the clone, and all others where it always does. Its cache is of this run
# alone: a version that was made and thrown away leaves nothing behind.
# shellcheck source=.ci/alone.sh
source "$root/.ci/alone.sh" "$module" "$work/clone" "$work/cache"

sed -i "s/^## \[Unreleased\]$/## [Unreleased]\n\n## [${version#v}] - $(date -u +%Y-%m-%d)/" CHANGELOG.md
git commit --quiet -m "CHANGELOG: release $version" CHANGELOG.md
git tag -a -m "$module $version" "$version"
heading=$(git rev-parse HEAD)
tags=("$version")

# Modules in the order of their requirements: one level after the other. The lab cannot be imported: its path is not its folder's.
mapfile -t folders < <(git ls-files '*/go.mod' | xargs -n1 dirname | grep -v '^lab\|^\.ci')
while ((${#folders[@]})); do
  ready=() later=()
  for folder in "${folders[@]}"; do
    waits=
    for other in "${folders[@]}"; do
      [[ $other == "$folder" ]] || ! grep -q "^[^/]*$module/$other v" "$folder/go.mod" || waits=yes
    done
    if [[ $waits ]]; then later+=("$folder"); else ready+=("$folder"); fi
  done
  ((${#ready[@]})) || { echo "these modules require each other: ${folders[*]}" >&2; exit 1; }
  for folder in "${ready[@]}"; do
    (
      cd "$folder"
      mapfile -t ours < <(go mod edit -json | sed -n "s|.*\"Path\": \"\(${module}[^\"]*\)\".*|\1|p" | sort -u)
      for path in "${ours[@]}"; do
        [[ $path == "$module/$folder" ]] || go mod edit -dropreplace "$path" -require "$path@$version"
      done
      go mod tidy 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
      ! grep -q "$module.*=>" go.mod || { echo "$folder/go.mod still has a replace" >&2; exit 1; }
    )
    git add "$folder/go.mod" "$folder/go.sum"
  done
  git commit --quiet -m "${ready[*]}: require $version"
  for folder in "${ready[@]}"; do
    git tag -a -m "$module/$folder $version" "$folder/$version"
    tags+=("$folder/$version")
  done
  folders=("${later[@]}")
done

if [[ $artefacts ]]; then
  git -c advice.detachedHead=false checkout --quiet "$version"
  GOMODCACHE=$cache bash .ci/artefacts.sh "$version" "$artefacts" "$key"
fi

git push --quiet --atomic "$url" "$heading:refs/heads/$branch" "${tags[@]/#/refs/tags/}"
printf 'pushed %s\n' "${tags[@]}"
