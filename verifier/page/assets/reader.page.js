// Reads the codes in a picture: zxing-cpp as WebAssembly, or plain JavaScript where the browser refuses that. The latter reads
// no barcode.

import { cardCF, carries, isINPS } from "./typed.page.js";

let engine;

async function wasm() {
  const { default: zxing } = await import("./zxing-reader.js");
  zxing.prepareZXingModule({ overrides: { locateFile: (file) => new URL("./" + file, import.meta.url).href } });
  const options = { formats: ["QRCode", "Code39"], tryHarder: true, maxNumberOfSymbols: 4 };
  const read = async (picture) => (await zxing.readBarcodes(picture, options)).filter((r) => r.isValid);
  await read(new ImageData(8, 8)); // fails now where WebAssembly is refused
  return read;
}

async function plain() {
  const { decodeQR } = await import("./qr-decode.js");
  return async (picture) => {
    try {
      return [{ format: "QRCode", text: decodeQR(picture) }];
    } catch {
      return []; // it throws where it finds none
    }
  };
}

/**
 * What an ImageData shows: the text of a QR of this system as paper, the codice fiscale of a tessera sanitaria as cf, the text
 * of another QR as other, that of INPS first. Each is "" where there is none; other barcodes are passed over.
 */
export async function read(picture) {
  engine ??= wasm().catch(plain);
  const found = await (await engine)(picture);
  const texts = found.filter((code) => code.format === "QRCode").map((code) => code.text);
  const cards = found.filter((code) => code.format === "Code39").map((code) => cardCF(code.text));
  const other = texts.find(isINPS) ?? texts.find((text) => !carries(text)) ?? "";
  return { paper: texts.find(carries) ?? "", cf: cards.find(Boolean) ?? "", other };
}
