// Reads a QR out of a picture: zxing-cpp as WebAssembly, or plain JavaScript where the browser refuses that.

import { carries } from "./typed.page.js";

let engine;

async function wasm() {
  const { default: zxing } = await import("./zxing-reader.js");
  zxing.prepareZXingModule({ overrides: { locateFile: (file) => new URL("./" + file, import.meta.url).href } });
  const options = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 4 };
  const read = async (picture) => (await zxing.readBarcodes(picture, options)).filter((r) => r.isValid).map((r) => r.text);
  await read(new ImageData(8, 8)); // fails now where WebAssembly is refused
  return read;
}

async function plain() {
  const { decodeQR } = await import("./qr-decode.js");
  return async (picture) => {
    try {
      return [decodeQR(picture)];
    } catch {
      return []; // it throws where it finds none
    }
  };
}

/** Returns the texts of the QRs in an ImageData, those of this system first. */
export async function read(picture) {
  engine ??= wasm().catch(plain);
  const texts = await (await engine)(picture);
  return texts.sort((a, b) => carries(b) - carries(a));
}
