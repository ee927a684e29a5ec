// The camera: shows its picture, and looks in it for a QR of this system and for the barcode of a tessera sanitaria.

import { read } from "./reader.page.js";

const LONG_SIDE = 1920;

export class Camera {
  constructor(video) {
    this.video = video;
    this.canvas = document.createElement("canvas");
  }

  /**
   * Starts; rejects where there is no camera or no permission. found(text) is called for a QR of this system, card(cf) for the
   * codice fiscale of a tessera sanitaria that two pictures show alike, other(text) for a QR of another system, each for each
   * picture, until stop is called.
   */
  async start(found, other, card) {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: LONG_SIDE }, height: { ideal: 1080 } },
    });
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    if (track.getCapabilities?.().focusMode?.includes("continuous")) {
      await track.applyConstraints({ advanced: [{ focusMode: "continuous" }] }).catch(() => {});
    }
    this.video.srcObject = stream;
    await this.video.play();
    this.track = track;
    this.loop(stream, found, other, card);
  }

  async loop(stream, found, other, card) {
    let before = "";
    while (this.stream === stream) {
      const seen = await this.look();
      if (this.stream !== stream) return;
      if (seen.paper) found(seen.paper);
      else if (seen.other) other(seen.other);
      if (seen.cf && seen.cf === before) card(seen.cf);
      before = seen.cf || before;
      await new Promise((done) => setTimeout(done, 60));
    }
  }

  async look() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return {};
    this.canvas.width = width;
    this.canvas.height = height;
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, 0);
    return read(context.getImageData(0, 0, width, height));
  }

  /** Whether the camera has a light. */
  get hasTorch() {
    return Boolean(this.track?.getCapabilities?.().torch);
  }

  /** Turns the light on or off. */
  torch(on) {
    return this.track.applyConstraints({ advanced: [{ torch: on }] });
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    this.video.srcObject = null;
  }
}

/** The text of the QR in a picture or in a sheet as PDF, or "" where none is found. */
export async function readFile(file) {
  if (file.type === "application/pdf") return linkOf(await file.text());
  const bitmap = await createImageBitmap(file);
  let other = "";
  for (const side of [LONG_SIDE, 3200, 1000]) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff"; // behind a transparent picture
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const seen = await read(context.getImageData(0, 0, canvas.width, canvas.height));
    if (seen.paper) return seen.paper;
    other ||= seen.other;
  }
  return other;
}

/** The key of the words about a file in which nothing was read: heic, tiff, kind, encrypted, portfolio, noLink or photoNone. */
export async function trouble(file) {
  const head = new TextDecoder("latin1").decode(await file.slice(0, 1024).arrayBuffer());
  if (/^.{4}ftyp(hei|hev|mif1|msf1)/s.test(head)) return "heic";
  if (/^(II\*\0|MM\0\*)/.test(head)) return "tiff";
  if (/^(\x89PNG|\xff\xd8\xff)/.test(head)) return "photoNone";
  if (!head.includes("%PDF-")) return "kind";
  const pdf = await file.text();
  if (/\/Collection[\s<[(/]/.test(pdf)) return "portfolio";
  return /\/Encrypt[\s<[(/]/.test(pdf) ? "encrypted" : "noLink";
}

/** The address to which a sheet of this system links, which is the text of its QR; "" if there is none or more than one. */
function linkOf(pdf) {
  const links = [...pdf.matchAll(/\/URI \(((?:[^()\\]|\\.)*#(?:[^()\\]|\\.)*)\)/g)].map((found) => found[1].replace(/\\(.)/g, "$1"));
  return links.length === 1 ? links[0] : "";
}
