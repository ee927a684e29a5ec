// Comfort for the checking pages; without it they work, too.

// The camera brings the token in the fragment, which no server and no other site ever sees. From here it goes into the form,
// and out of the address bar and so of the history.
// It is either digits or a JWS. The server decides what it is: here it is only told from a part of the page and from a word.
const token = /^[A-Za-z0-9_.-]{100,}$/;
// What stands behind the first #, or the whole text, without what scanners add at both ends.
const behind = (text) => text.replace(/^[\s\u001d\u200b]+|[\s\u001d\u200b]+$/g, "").replace(/^[^#]*#/, "");
const qr = document.getElementById("qr");
const start = document.querySelector("meta[name=check]").content;

function scanned() {
  const text = location.hash.slice(1);
  if (!text || document.getElementById(text)) return;
  if (qr) {
    history.replaceState(null, "", location.pathname);
    qr.value = text;
    read();
  } else if (token.test(text)) {
    history.replaceState(null, "", location.pathname);
    next(text);
  }
}

/** Begins with the next person's QR; asks first where a request waits for this one's code. */
export function next(text) {
  const go = () => location.replace(`${start}?new#${behind(text)}`); // over the answer to the last form: another address, or nothing would be loaded
  const pending = document.getElementById("pending");
  if (!pending) return go();
  document.getElementById("pending-next").onclick = go;
  if (!pending.open) pending.showModal();
}

function read() {
  if (!token.test(behind(qr.value))) return;
  for (const field of ["qr-field", "photo-field"]) document.getElementById(field).hidden = true;
  const camera = document.getElementById("camera-start"); // now for the tessera sanitaria
  camera.lastChild.textContent = camera.dataset.card;
  camera.classList.replace("btn-primary", "btn-outline-primary");
  document.getElementById("qr-read").hidden = false;
  if (!document.getElementById("mistakes")) document.getElementById("cf").focus();
  // In another language the page starts again: take the token along, also where only the browser sees it.
  for (const link of document.querySelectorAll(".languages a")) link.hash = behind(qr.value);
}

scanned();
if (qr) read();
document.getElementById("mistakes")?.focus();
addEventListener("hashchange", scanned);

// A second click on the way sends nothing twice: the answer to the first would be lost.
for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = 0;
  form.addEventListener("submit", (event) => {
    if (Date.now() - sent < 15000) event.preventDefault();
    else sent = Date.now();
  });
  addEventListener("pageshow", () => (sent = 0));
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
