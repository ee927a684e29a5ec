// Sends a check by itself, as the field's description says: a QR is there, the code's last character was added at its end or
// scanned, the code is valid, and 400 ms have passed in which nobody did anything.

import { bare, fault } from "./cf.page.js";
import { carries } from "./typed.page.js";

const cf = document.getElementById("cf");
const words = cf?.form.dataset.auto;
const qr = document.getElementById("qr");

let whole = false; // typed to its end or scanned
let before = cf && bare(cf.value);
let timer;
const stop = () => clearTimeout(timer);

/** Sends the form soon, if all is there. */
export function send() {
  stop();
  if (words && whole && (!qr || carries(qr.value))) timer = setTimeout(() => cf.form.requestSubmit(), 400);
}

/** Takes the code in the field as one that was scanned. */
export function scanned() {
  whole = true;
  send();
}

if (words) {
  document.getElementById("cf-hint").append(" " + words);
  for (const act of ["keydown", "pointerdown", "submit", "pagehide"]) addEventListener(act, stop, true);
  cf.addEventListener("input", (event) => {
    const now = bare(cf.value);
    const typed = ["insertText", "insertCompositionText"].includes(event.inputType);
    whole = typed && now.length === 16 && now.slice(0, 15) === before && cf.selectionStart === cf.value.length && !fault(now);
    before = now;
    send();
  });
}
