// A form that sends itself, as the description of its field then says: the field's last character was added at its end or scanned,
// all is there, and 400 ms have passed in which nobody did anything. After an edit inside, or one more key, it waits.

import { bare, fault } from "./cf.page.js";

/**
 * Sends the form of the field, if the form has words about it as data-auto. plain gives what a text stands for, whole says of that
 * whether it is complete, ready whether the rest of the form is there. Returns what to call if that has changed, or if a scanner
 * filled the field.
 */
export function auto(field, plain, whole, ready = () => true) {
  const words = field.form.dataset.auto;
  let complete = false; // typed to its end or scanned
  let before = plain(field.value);
  let timer;
  const stop = () => clearTimeout(timer);
  const changed = () => {
    stop();
    if (words && complete && ready()) timer = setTimeout(() => field.form.requestSubmit(), 400);
  };
  if (words) {
    document.getElementById(field.id + "-hint").append(" " + words);
    for (const act of ["keydown", "pointerdown", "submit", "pagehide"]) addEventListener(act, stop, true);
    field.addEventListener("input", (event) => {
      const now = plain(field.value);
      const typed = ["insertText", "insertCompositionText"].includes(event.inputType);
      complete = typed && now.slice(0, -1) === before && field.selectionStart === field.value.length && whole(now);
      before = now;
      changed();
    });
  }
  return { changed, scanned: () => ((complete = true), changed()) };
}

/** The same for the field of a codice fiscale. Provisional ones, of 11 digits, wait: they are the beginning of others. */
export const autoCF = (field, ready) => auto(field, bare, (cf) => cf.length === 16 && fault(cf) === "", ready);
