#!/usr/bin/env bash
# Makes the files in assets/ that come from others: bootstrap-italia's style sheet cut down to what our templates and scripts use, its
# icons that we name, its fonts. Needs npm. Run it after a template uses a new class or icon; CI runs it and compares.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp ../../../.ci/npm/style/package*.json "$work"
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error --prefix "$work" >/dev/null </dev/null
italia=$work/node_modules/bootstrap-italia

cat >"$work/purge.cjs" <<JS
const { readFileSync, writeFileSync } = require("node:fs");
const { PurgeCSS } = require("purgecss");
const css = readFileSync("$italia/dist/css/bootstrap-italia.min.css", "utf8").replace(/^\uFEFF/, "");
new PurgeCSS().purge({
  content: ["$here/..", "$here/../../../examples"].flatMap((f) => [f + "/**/*.gohtml", f + "/**/*.page.js"]),
  css: [{ raw: css }],
  variables: true, keyframes: true, fontFace: true,
}).then(([result]) => writeFileSync("$here/assets/bootstrap-italia.css", result.css.replace(/\/\*# sourceMappingURL.*\*\//, "").trim() + "\n"));
JS
(cd "$work" && node purge.cjs)

# the icons that a template, a Go file or a script names
grep -rhoE --include='*.gohtml' --include='*.go' --include='*.page.js' '\bit-[a-z]+(-[a-z]+)*' "$here/.." "$here/../../../examples" | sort -u >"$work/names"
node - "$italia/dist/svg/sprites.svg" "$work/names" >assets/icons.svg <<'JS'
const { readFileSync } = require("node:fs");
const [, , sprite, names] = process.argv;
const all = readFileSync(sprite, "utf8");
const wanted = new Set(readFileSync(names, "utf8").split("\n"));
const symbols = [...all.matchAll(/<(symbol|svg)[^>]*id="(it-[a-z0-9-]+)"[\s\S]*?<\/\1>/g)].filter((m) => wanted.has(m[2])).map((m) => m[0]);
console.log('<svg xmlns="http://www.w3.org/2000/svg">\n' + symbols.join("\n") + "\n</svg>");
JS

for weight in regular 600 700; do
  cp "$italia/dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-$weight.woff2" "assets/titillium-web-$weight.woff2"
  chmod 644 "assets/titillium-web-$weight.woff2"
done
install -m 644 "$italia/dist/fonts/Titillium_Web/OFL.txt" assets/titillium-web-OFL.txt
install -m 644 "$italia/LICENSE" assets/bootstrap-italia-LICENSE.txt
