#!/usr/bin/env bash
# Runs the README's commands in a clone of the last commit, then runs both programs in other ways and compares the exit
# codes. Needs git, curl, zbar-tools and poppler-utils.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
[[ -z $(git status --porcelain) ]] || echo 'note: what is not committed is not in the clone'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet "$root" "$work/clone"
cd "$work/clone"

mario=RSSMRA80A01H501U
other=RSSMRA85T10A562S
data=$work/data
jwks=$work/jwks.json
staff=(-as 'Anna Verdi' -reason trial)

go run ./examples/issuer issue -cf "$mario" -o qr.pdf -data "$data"
go run ./examples/issuer keys jwks -data "$data" >"$jwks"
go run ./examples/verifier check -offline -jwks "$jwks" qr.pdf

# go run hides a program's exit code.
mkdir "$work/bin"
go build -o "$work/bin" ./examples/issuer ./examples/verifier
issuer=$work/bin/issuer
verifier=$work/bin/verifier

answers() { # EXIT-CODE COMMAND...; standard input passes through
  local want=$1 got=0
  shift
  timeout 60 "$@" >"$work/said" 2>&1 || got=$?
  if [[ $got != "$want" ]]; then
    echo "exit code $got instead of $want: ${*//$work\//}"
    cat "$work/said"
    exit 1
  fi
  [[ -s $work/said ]] || { echo "said nothing: ${*//$work\//}"; exit 1; }
  echo "exit code $got as expected: ${*//$work\//}"
}
check() { # EXIT-CODE ARGUMENT...
  local want=$1
  shift
  answers "$want" "$verifier" check -offline -jwks "$jwks" "$@" </dev/null
}

# The verifier reads every format; a foreign decoder reads the pictures too.
for format in pdf png svg txt brf qrtext; do
  answers 0 "$issuer" issue -cf "$mario" -format "$format" -o "qr.$format" -data "$data"
done
check 0 qr.pdf
check 0 qr.png
answers 0 "$verifier" check -offline -jwks "$jwks" - <qr.qrtext
zbarimg --quiet --raw -Sdisable -Sqrcode.enable qr.png >scanned.text
answers 0 "$verifier" check -offline -jwks "$jwks" - <scanned.text
pdftoppm -r 150 -png -singlefile qr.pdf page
zbarimg --quiet --raw -Sdisable -Sqrcode.enable page.png >scanned.text
answers 0 "$verifier" check -offline -jwks "$jwks" - <scanned.text
check 0 -json qr.pdf

# With the offline profile the token itself identifies the person; without it only the issuer can.
answers 0 "$issuer" issue -cf "$mario" -o offline.pdf -data "$data" -offline-profile
check 0 -cf "$mario" offline.pdf
check 1 -cf "$other" offline.pdf

# Bad input.
: >empty.pdf
check 2 empty.pdf
answers 2 "$verifier" check -offline -jwks "$jwks" - <<<'https://example.org/menu'
check 3 -cf RSSMRA80A01H501X offline.pdf
answers 3 "$issuer" issue -cf RSSMRA80A01H501X -o bad.pdf -data "$data"
[[ ! -e bad.pdf ]] || { echo 'a file was written for a malformed CF'; exit 1; }
answers 3 "$verifier" check -offline

# The key set does not contain our key.
answers 0 "$issuer" issue -cf "$mario" -o theirs.pdf -data "$work/theirs"
"$issuer" keys jwks -data "$work/theirs" >"$work/theirs.json"
answers 2 "$verifier" check -offline -jwks "$work/theirs.json" qr.pdf </dev/null

answers 0 "$issuer" keys list -data "$data"

# A file fills the registry once. A wrong line is reported. A verbale can be added by hand afterwards.
cat >people.csv <<EOF
codice_fiscale,given_name,family_name,verbale_id,domain,kind,decision,effect,definitive,degree,percent
$mario,Mario,Rossi,IC/1,civil_invalidity,first_assessment,2021-03-15,2021-03-15,true,ic_over_two_thirds,74
EOF
answers 0 "$issuer" import people.csv -data "$data" "${staff[@]}"
answers 0 "$issuer" import people.csv -data "$data" "${staff[@]}"
sed 's/74$/20/' people.csv >wrong.csv
answers 1 "$issuer" import wrong.csv -data "$data" "${staff[@]}"
answers 0 "$issuer" registry add-verbale -cf "$mario" -data "$data" "${staff[@]}" \
  verbale_id=IC/2 domain=civil_invalidity kind=worsening decision=2026-06-30 degree=ic_total percent=100

# Without -offline the program asks the issuer. If the issuer does not answer, the result is "cannot tell".
answers 2 "$verifier" check -jwks "$jwks" -issuer http://127.0.0.1:1 -cf "$mario" qr.pdf </dev/null
answers 3 "$verifier" check -jwks "$jwks" qr.pdf </dev/null

# Folders, bundles and completion.
mkdir folder
cp qr.pdf qr.png qr.qrtext empty.pdf folder
check 2 -json -resume results.jsonl folder
check 2 -json -resume results.jsonl folder
[[ $(wc -l <results.jsonl) == 4 ]] || { echo 'a file was checked twice, or never'; exit 1; }
"$verifier" bundle make -key desk.key -o desk.bundle "$jwks" 2>/dev/null
answers 0 "$verifier" bundle verify -bundle-key desk.key.pub desk.bundle
answers 0 "$verifier" bundle show desk.bundle
answers 0 "$verifier" check -offline -bundle desk.bundle -bundle-key desk.key.pub qr.pdf
for shell in bash zsh fish; do answers 0 "$verifier" completion "$shell"; done

# The service starts and serves its first page; a check runs against it over HTTP.
began=$SECONDS
"$issuer" -addr 127.0.0.1:0 -ops-addr '' -data "$work/service" >"$work/service.out" 2>&1 &
service=$!
trap 'kill "$service" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in {1..300}; do
  base=$(grep -m1 -o 'http://127\.0\.0\.1:[0-9]*' "$work/service.out" || true)
  [[ -z $base ]] || break
  kill -0 "$service" || { cat "$work/service.out"; exit 1; }
  sleep 0.1
done
curl -sf "$base/readyz"
curl -sf "$base/" | grep '<h1' >/dev/null
echo "the first page after $((SECONDS - began)) s"
"$issuer" issue -cf "$mario" -o served.png -data "$work/service"
curl -sf "$base/.well-known/jwks.json" >"$work/served.json"
answers 0 "$verifier" check -issuer "$base" -cf "$mario" served.png </dev/null
answers 0 "$issuer" registry void -cf "$mario" -data "$work/service" "${staff[@]}"
answers 1 "$verifier" check -jwks "$work/served.json" -issuer "$base" -cf "$mario" served.png </dev/null
kill "$service"
wait "$service"
echo 'the service ended as asked'
