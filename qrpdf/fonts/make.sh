#!/usr/bin/env bash
# Makes the font files in this folder again and compares them with SHA256SUMS:   bash make.sh
#
# Requires npm, and from Debian fonttools (4.38.0) and fonts-liberation2 (2.1.5). Another version of fonttools may give
# other bytes for the same font. If the comparison fails for that reason, check the new files before you record their sums.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The letters of European languages, and the punctuation that goes with them.
western=U+0020-007E,U+00A0-017F,U+0218-021B,U+02BC,U+1E9E,U+2010-2015,U+2018-201A,U+201C-201E,U+2020-2022,U+2026
western+=,U+202F,U+2030,U+2039,U+203A,U+20AC,U+2122,U+2212

subset() { # INPUT OUTPUT CODE-POINTS: outlines and what a PDF needs, without hinting, features and glyph names
  pyftsubset "$1" --output-file="$2" --unicodes="$3" --layout-features= --notdef-outline --no-hinting --no-glyph-names \
    --no-recalc-timestamp --name-IDs=0,1,2,3,4,5,6,13,14 --drop-tables+=GSUB,GPOS,GDEF,STAT,gasp
}

npm pack --silent --ignore-scripts @expo-google-fonts/atkinson-hyperlegible-next@0.4.1 >/dev/null
tar -xzf ./*.tgz
subset package/400Regular/AtkinsonHyperlegibleNext_400Regular.ttf AtkinsonHyperlegibleNext-Regular.ttf "$western"
subset package/700Bold/AtkinsonHyperlegibleNext_700Bold.ttf AtkinsonHyperlegibleNext-Bold.ttf "$western"

liberation=/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf
# The Latin letters and combining accents of Liberation Sans that the file above lacks. "Liberation" is a Reserved Font
# Name, so a subset must have another name.
missing=$(/usr/bin/python3 - AtkinsonHyperlegibleNext-Regular.ttf "$liberation" <<'PYTHON'
import sys
from fontTools.ttLib import TTFont
ours, theirs = (set(TTFont(name).getBestCmap()) for name in sys.argv[1:])
latin = [*range(0xA0, 0x2B0), *range(0x300, 0x370), *range(0x1E00, 0x1F00)]
print(",".join("U+%04X" % c for c in latin if c in theirs and c not in ours))
PYTHON
)
subset "$liberation" part.ttf "$missing"
/usr/bin/python3 - <<'PYTHON'
from fontTools.ttLib import TTFont
font = TTFont("part.ttf", recalcTimestamp=False)
name = "Attesta Supplement Sans"
for id, text in {1: name, 3: name + " 1.0 (a part of version 2.1.5)", 4: name, 6: "AttestaSupplementSans"}.items():
    for record in font["name"].names:
        if record.nameID == id:
            record.string = text
font["OS/2"].achVendID = "    "
font.save("AttestaSupplementSans-Regular.ttf")
PYTHON
rm part.ttf
cp ./*.ttf "$here/"
cd "$here"
sha256sum --check SHA256SUMS
