// Says at once when a typed codice fiscale cannot be one. The server checks again, and more.

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** What copying adds around a text and nobody sees: characters of no width. */
const UNSEEN = /^[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]+|[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]+$/g;

/** The code without what was pasted around it and the spaces that people put into it. */
export const bare = (typed) => typed.replace(UNSEEN, "").replace(/\s/g, "").toUpperCase();

/** What is wrong: "" (nothing that can be told here), "length", "shape" or "check". */
export function fault(typed) {
  const cf = bare(typed);
  if (!/^[A-Z0-9]*$/.test(cf)) return "shape";
  if (/^[0-9]{11}$/.test(cf)) return ""; // a provisional one
  if (cf.length !== 16) return "length";
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const c = cf.charCodeAt(i);
    const value = c < 58 ? c - 48 : c - 65;
    sum += i % 2 === 0 ? ODD[value] : value;
  }
  if (cf.charCodeAt(15) !== 65 + (sum % 26)) return /^[A-Z]{6}/.test(cf) ? "check" : "shape";
  return "";
}

function watch(input) {
  const said = document.getElementById(input.getAttribute("aria-describedby").split(" ").pop());
  const say = (text) => {
    said.textContent = text;
    input.classList.toggle("is-invalid", text !== "");
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => {
    if (bare(input.value).length >= 16) say(input.dataset[fault(input.value)] ?? "");
    else if (input.hasAttribute("aria-invalid")) say("");
  });
  input.addEventListener("change", () => {
    if (bare(input.value) !== "") say(input.dataset[fault(input.value)] ?? "");
  });
}

if (typeof document !== "undefined") document.querySelectorAll("input[data-check]").forEach(watch);
