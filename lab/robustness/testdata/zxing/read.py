"""Reads the QR symbols of picture files with zxing-cpp (Debian: python3-zxing-cpp, python3-numpy, python3-pil): takes their
names on standard input, one a line, and answers each with one line, a JSON array of the texts."""

import json
import sys

import numpy
import zxingcpp
from PIL import Image

for name in sys.stdin:
    with Image.open(name.rstrip("\n")) as picture:
        found = zxingcpp.read_barcodes(numpy.array(picture.convert("L")), formats=zxingcpp.BarcodeFormat.QRCode)
    print(json.dumps([f.text for f in found if f.valid]), flush=True)
