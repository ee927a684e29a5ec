// On a page with an answer or a request, a scan begins with the next person.

import { next } from "./q.page.js";
import { listen } from "./typed.page.js";

const status = document.getElementById("scan-status");
const cf = document.getElementById("cf");

listen(JSON.parse(status.dataset.keyboards), undefined, ({ kind, text }) => {
  if (kind === "paper" || kind === "inps") next(text);
  else if (kind === "cf" && cf) {
    cf.value = text;
    document.getElementById("card").value = "1";
    cf.form.requestSubmit();
  } else status.textContent = kind === "wrong" ? status.dataset.wrongKeyboard : status.dataset.other;
});
