#!/usr/bin/env bash
# Makes the two QR readers of the page: zxing-cpp as WebAssembly, and one in plain JavaScript for browsers that refuse it. Needs npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp ../../../.ci/npm/readers/package*.json "$work"
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error --prefix "$work" >/dev/null </dev/null
modules=$work/node_modules

cat "$modules/zxing-wasm/dist/iife/reader/index.js" - >zxing-reader.js <<<'export default ZXingWASM;'
install -m 644 "$modules/zxing-wasm/dist/reader/zxing_reader.wasm" zxing_reader.wasm
install -m 644 "$modules/zxing-wasm/LICENSE" zxing-wasm-LICENSE.txt
"$modules/.bin/esbuild" "$modules/qr/decode.js" --bundle --minify --format=esm --log-level=error --outfile=qr-decode.js
install -m 644 "$modules/qr/LICENSE-MIT" qr-LICENSE.txt
