// Reads the QR symbols of picture files: takes their names on standard input, one a line, and answers each with one line, a
// JSON array of the texts.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const binary = fileURLToPath(import.meta.resolve("zxing-wasm/reader/zxing_reader.wasm"));
prepareZXingModule({ overrides: { wasmBinary: readFileSync(binary) } });
for await (const name of createInterface({ input: process.stdin })) {
  const found = await readBarcodes(readFileSync(name), { formats: ["QRCode"] });
  console.log(JSON.stringify(found.filter((f) => f.isValid).map((f) => f.text)));
}
