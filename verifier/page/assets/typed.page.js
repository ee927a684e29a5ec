// What a text is that a scanner typed or a camera read. The server decides; here it is only told from other codes.

import { fault } from "./cf.page.js";

/** What scanners and pasting add at both ends of a text. */
const around = /^[\s\u001d\u200b]+|[\s\u001d\u200b]+$/g;

const whole = /^eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/;

/** Whether a text carries a token, of this or of a later version: as a JWS or as digits (token/FORMAT.md, "QR text"). */
export function carries(text) {
  const token = text.replace(around, "").replace(/^[^#]*#/, "");
  if (!/^[1-9][0-9]{152,699}$/.test(token)) return whole.test(token);
  const hex = BigInt(token).toString(16);
  return parseInt(hex.slice(0, 2 - (hex.length % 2)), 16) >= 0x40;
}

/** The fields that take any text. */
const free = "input:not([type=file], [type=radio], [type=checkbox]), textarea";

const isURL = (text) => /^\s*https?:\/\//i.test(text);

/** Each layout reads a text by key position, without and with Caps Lock. keyboards is that of the server's package typed. */
function positions(keyboards) {
  const us = keyboards.us.map((row) => [...row]);
  return Object.entries(keyboards).flatMap(([name, rows]) => {
    const plain = new Map();
    const locked = new Map();
    rows.forEach((row, level) =>
      [...row].forEach((typed, i) => {
        plain.set(typed, us[level][i]);
        locked.set(typed, us[name === "fr" || /[a-z]/.test(us[0][i]) ? 1 - level : level][i]);
      }),
    );
    return [plain, locked].map((map) => (text) => [...text].map((c) => map.get(c) ?? c).join(""));
  });
}

/** Whether a text is an address of INPS, as on a European Disability Card. The server says which. */
export const isINPS = (text) => /^https:\/\/([a-z0-9-]+\.)*inps\.it(\/|$)/i.test(text.replace(around, ""));

const shape = /^[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]$/;

/**
 * The codice fiscale in the barcode of a tessera sanitaria, which is Code 39, or "": other cards and medicines have that
 * barcode, too. Some readers send its start and stop, two stars.
 */
export function cardCF(text) {
  const cf = text.replace(/^\*|\*$/g, "").toUpperCase();
  return shape.test(cf) && fault(cf) === "" ? cf : "";
}

/**
 * What a scanner meant: { kind: "paper", "cf", "inps", "wrong" (it types with another keyboard) or "other",
 * text }.
 * A text is taken as typed first, by key position only if that is nothing and the result is whole.
 */
export function meaning(typed, keyboards) {
  const text = typed.replace(around, "");
  if (carries(text)) return { kind: "paper", text };
  if (cardCF(text)) return { kind: "cf", text: cardCF(text) };
  const candidates = positions(keyboards).map((read) => read(text));
  const paper = candidates.find(carries);
  if (paper) return { kind: "paper", text: paper };
  const cf = candidates.map(cardCF).find(Boolean);
  if (cf) return { kind: "cf", text: cf };
  if (isINPS(text)) return { kind: "inps", text };
  const begins = (t) => /^([^#]*#)?eyJ/.test(t);
  if (begins(text)) return { kind: "paper", text }; // damaged: the server says how
  return { kind: candidates.some((c) => begins(c) || (isURL(c) && !isURL(text))) ? "wrong" : "other", text };
}

/**
 * Calls routed(what, key) for each burst: at least 8 keys less than 50 ms apart, which Tab or Enter ends. The field in which
 * it was typed gets back what it had. If a reader pauses within a text, the whole text counts. Not touched are other texts than
 * those of papers in the field of a person's code, other texts in a field that takes any text, and the 11 digits of a
 * provisional codice fiscale in its own. With no focus, home gets it.
 */
export function listen(keyboards, home, routed) {
  const none = { keys: "", at: -Infinity };
  let burst = none;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey !== event.altKey || event.metaKey) return;
      const soon = event.timeStamp - burst.at < 50;
      if ([...event.key].length === 1) {
        if (!soon) {
          if (document.activeElement === document.body) home?.focus();
          const field = document.activeElement;
          burst = { keys: "", field, before: field.value, at: 0 };
        }
        burst.keys += event.key;
        burst.at = event.timeStamp;
      } else if (event.key === "Enter" || event.key === "Tab") {
        const { keys, field, before } = burst;
        const holds = field === home ? carries : field?.id === "cf" ? cardCF : () => false;
        const paused = before && !isURL(keys) && holds(field.value); // within one text
        const what = soon && keys.length >= 8 ? meaning(paused ? field.value : keys, keyboards) : undefined;
        burst = none;
        if (!what || (field.id === "code" && what.kind !== "paper")) return;
        const own = field.id === "cf" ? /^[0-9]{11}$/.test(what.text) : field !== home && field.matches(free);
        if (what.kind === "other" && own && !isURL(what.text)) return; // somebody who types fast
        event.preventDefault();
        event.stopPropagation();
        if (before !== undefined && field.type !== "file") field.value = before;
        routed(what, event.key);
      }
    },
    true,
  );
}
