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

const isCF = (text) => text.length === 16 && fault(text) === "";

/**
 * What a scanner meant: { kind: "paper", "cf", "wrong" (it types with another keyboard) or "other", text }.
 * A text is taken as typed first, by key position only if that is nothing and the result is whole.
 */
export function meaning(typed, keyboards) {
  const text = typed.replace(around, "");
  if (carries(text)) return { kind: "paper", text };
  if (isCF(text)) return { kind: "cf", text };
  const candidates = positions(keyboards).map((read) => read(text));
  const paper = candidates.find(carries);
  if (paper) return { kind: "paper", text: paper };
  const cf = candidates.find(isCF);
  if (cf) return { kind: "cf", text: cf.toUpperCase() };
  const begins = (t) => /^([^#]*#)?eyJ/.test(t);
  if (begins(text)) return { kind: "paper", text }; // damaged: the server says how
  return { kind: candidates.some((c) => begins(c) || (isURL(c) && !isURL(text))) ? "wrong" : "other", text };
}

/**
 * Calls routed(what, key) for each burst: at least 8 keys less than 50 ms apart, which Tab or Enter ends. The field in which
 * it was typed gets back what it had. If a reader pauses within the text of a paper, the whole text counts. In the field of a
 * person's code only the text of a paper is a burst. With no focus, home gets it.
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
        const paused = field === home && before && !isURL(keys) && carries(field.value); // within one text
        const what = soon && keys.length >= 8 ? meaning(paused ? field.value : keys, keyboards) : undefined;
        burst = none;
        if (!what || (field.id === "code" && what.kind !== "paper")) return;
        if (what.kind === "other" && field !== home && !isURL(what.text)) return; // somebody who types fast
        event.preventDefault();
        event.stopPropagation();
        if (before !== undefined && field.type !== "file") field.value = before;
        routed(what, event.key);
      }
    },
    true,
  );
}
