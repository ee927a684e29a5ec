#!/usr/bin/env bash
# Builds the third-party files of the pages again and lists those that differ from the committed ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folders=(verifier/page/web/assets verifier/page/assets)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in "${folders[@]}"; do
  mkdir -p "$work/$folder"
  cp -r "$folder/." "$work/$folder"
done
bash verifier/page/web/make.sh
bash verifier/page/assets/make.sh
for folder in "${folders[@]}"; do
  diff -rq "$work/$folder" "$folder" || { echo 'run make.sh there and commit what it makes'; exit 1; }
done
