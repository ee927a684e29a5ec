#!/usr/bin/env bash
# Rehearses a release against a bare repository: bash .ci/rehearse.sh
#
# It shows what a stranger can do with the tags: get the root and each nested module, compile the programs of docs/, install
# the programs of examples and run them, verify what was published (for one platform) and build the same bytes. Nothing of this
# working tree is seen by that stranger.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -z $(git status --porcelain) ]] || echo 'note: what is not committed is not in the release'

root=$PWD
module=$(GOWORK=off go list -m)
version=v0.1.0
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

export PLATFORMS=linux/amd64
ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/key"
git clone --quiet --bare "$root" "$work/remote.git"
git clone --quiet "$root" "$work/author"
(
  cd "$work/author"
  git switch --quiet -C main
  git config user.name rehearsal
  git config user.email rehearsal@example.org
  if grep -iE 'placeholder|\.example([^.a-z]|$)' publiccode.yml SECURITY.md >/dev/null; then
    if bash .ci/release.sh "$version" "$work/remote.git" 2>"$work/said"; then
      echo 'placeholders were released'
      exit 1
    fi
    grep 'these are placeholders' "$work/said"
    sed -i '/[Pp]laceholder/d; s/\.example\b/.example.org/' publiccode.yml SECURITY.md # as a body does it
    git commit --quiet -am 'name the maintainers'
  fi
  bash .ci/release.sh "$version" "$work/remote.git" "$work/published" "$work/key"
  if bash .ci/release.sh "$version" "$work/remote.git" 2>"$work/said"; then
    echo 'the same version was released twice'
    exit 1
  fi
  grep -q 'has the tag' "$work/said"
)
git -C "$work/remote.git" show main:CHANGELOG.md | grep -F "## [${version#v}]" >/dev/null
git -C "$work/remote.git" show main:examples/go.mod | grep '=> ../' >/dev/null # the branch goes on with its own files

git clone --quiet --branch "$version" "$work/remote.git" "$work/elsewhere/source" 2>"$work/said"
bash "$work/elsewhere/source/.ci/artefacts.sh" "$version" "$work/elsewhere/built"
diff -r --exclude=SHA256SUMS.sig "$work/published" "$work/elsewhere/built"
if grep -rlF -e "$work" -e "$root" -e "$(go env GOROOT)" "$work/published"; then echo "these have paths of this machine"; exit 1; fi
(
  cd "$work/published"
  echo "releases@example.org $(cut -d' ' -f1,2 "$work/key.pub")" >"$work/signers"
  verify=(ssh-keygen -Y verify -f "$work/signers" -I releases@example.org -n attesta-release -s SHA256SUMS.sig)
  "${verify[@]}" <SHA256SUMS
  if sed 's/0/1/' SHA256SUMS | "${verify[@]}" >/dev/null 2>&1; then echo 'other sums were accepted'; exit 1; fi
  sha256sum --quiet --strict -c SHA256SUMS
  node -e '
    const p = JSON.parse(fs.readFileSync("provenance.json")), [source, ...modules] = p.predicate.buildDefinition.resolvedDependencies
    if (p.subject.length !== 2 || source.digest.gitCommit !== process.argv[1] || modules.length < 20) throw p
    if (!modules.every(m => /^[0-9a-f]{64}$/.test(m.digest.dirHash))) throw modules
  ' "$(git -C "$work/elsewhere/source" rev-parse HEAD)"
  go version -m issuer-linux-amd64 | grep "mod.*$module/examples.*$version" >/dev/null
)
echo 'published, verified and built again'

source .ci/alone.sh "$module" "$work/remote.git" "$work/cache"
mkdir "$work/stranger"
cd "$work/stranger"
go mod init example.org/stranger 2>/dev/null
for program in examples/{issue,check,desk,page,consent} lab/embed/{museum,region}; do # those that the docs show
  mkdir -p "$program"
  cp "$root/$program"/* "$program"
  rm -f "$program"/*_test.go
done
mapfile -t modules < <(cd "$root" && git ls-files '*/go.mod' | xargs -n1 dirname | grep -v '^lab\|^\.ci' | sed "s|^|$module/|")
go get "$module@$version" "${modules[@]/%/@$version}" 2>"$work/said" || { cat "$work/said"; exit 1; }
go get ./... 2>"$work/said" || { cat "$work/said"; exit 1; } # a driver, the key of a log
go vet ./...
printf 'got %s\n' "$module" "${modules[@]}"

# A module by itself: what others take from it is what its own go.mod says.
mkdir "$work/one"
for path in "${modules[@]}"; do
  (
    cd "$work/one"
    rm -f go.mod go.sum
    go mod init example.org/one 2>/dev/null
    go get "$path@$version" 2>"$work/said" || { cat "$work/said"; exit 1; }
    ! go mod edit -json | grep 00010101000000 >/dev/null || { echo "$path requires a version that does not exist"; exit 1; }
  )
done

mkdir "$work/bin"
GOBIN=$work/bin go install "$module/examples/issuer@$version" "$module/examples/verifier@$version"
cd "$work"
bin/issuer issue -cf RSSMRA80A01H501U -o qr.pdf -data "$work/data" 2>/dev/null
bin/issuer keys jwks -data "$work/data" >keys.json
bin/verifier check -offline -jwks keys.json qr.pdf
go version -m bin/issuer | grep "mod.*$module/examples.*$version" >/dev/null
echo "installed both programs at $version"
