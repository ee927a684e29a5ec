// Comfort for the checking pages; without it they work, too.

// The camera brings the token in the fragment, which no server and no other site ever sees. From here it goes into the form,
// and out of the address bar and so of the history.
// It is either digits or a JWS. The server decides what it is: here it is only told from a part of the page and from a word.
const token = /^[A-Za-z0-9_.-]{100,}$/;
// What stands behind the first #, or the whole text, without what scanners add at both ends.
const behind = (text) => text.replace(/^[\s\u001d\u200b]+|[\s\u001d\u200b]+$/g, "").replace(/^[^#]*#/, "");
const qr = document.getElementById("qr");
// A page that was sent for another language: reload loads it where it was, and sends nothing.
const redraw = document.querySelector("form[data-reload]");
if (redraw) history.replaceState(null, "", redraw.dataset.reload + location.hash);

const start = document.querySelector("meta[name=check]").content;
// All tabs share the cookie of the pages: the address says which tab's it is.
const tab = document.querySelector("form[data-draft]")?.elements.tab?.value ?? new URLSearchParams(location.search).get("tab") ?? "";
const anew = `${start}?new&tab=${tab}`;
const elsewhere = document.getElementById("elsewhere"); // leads to another check, until one begins here

/** What the fragment stands for. A mailer may have taken a bracket for a part of it, which the server then names. */
function fragment() {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Takes the token out of the fragment. True: the page is left, for one without the last person. */
function scanned() {
  const text = fragment();
  if (!text || document.getElementById(text)) return false;
  if (qr && document.querySelector("form[data-again]")) {
    location.replace(`${anew}#${text}`); // what is typed is another person's
    return true;
  } else if (qr) {
    history.replaceState(null, "", location.pathname);
    elsewhere?.remove();
    qr.value = text;
    qr.dispatchEvent(new Event("input", { bubbles: true })); // it is kept
    read();
  } else if (token.test(text)) {
    history.replaceState(null, "", location.pathname + location.search);
    next(text);
  }
  return false;
}

/** Begins with the next person's QR; asks first where a request waits for this one's code. */
export function next(text) {
  const go = () => location.replace(`${anew}#${behind(text)}`); // over the answer to the last form: another address, or nothing would be loaded
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
}

// A second click on the way sends nothing twice: the answer to the first would be lost.
for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = 0;
  form.addEventListener("submit", (event) => {
    if (Date.now() - sent < 15000) event.preventDefault();
    else sent = Date.now();
  });
  addEventListener("pageshow", () => (sent = 0));
}

// What is typed and not sent yet is kept, sealed, in the cookie of the pages, for reload and back.
for (const form of document.querySelectorAll("form[data-draft]")) {
  let timer, saving;
  const own = (address) => {
    const to = new URL(address);
    to.searchParams.set("tab", tab);
    return to.href;
  };
  const named = () => {
    history.replaceState(null, "", own(location.href));
    if (elsewhere) elsewhere.style.visibility = "hidden"; // nothing moves under who types
  };
  const save = () => {
    clearTimeout(timer);
    saving?.abort();
    named();
    saving = new AbortController();
    const fields = new FormData(form);
    fields.delete("photo");
    return fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(fields), signal: saving.signal }).catch(() => {});
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 300);
  });
  const stop = () => {
    clearTimeout(timer);
    saving?.abort();
  };
  form.addEventListener("submit", () => {
    stop();
    named();
  });
  for (const link of document.querySelectorAll("a[href*='?new']")) link.addEventListener("click", stop);
}

if (!scanned() && qr) read();
document.getElementById("mistakes")?.focus();
addEventListener("hashchange", scanned);

// A page that the browser took from its memory shows nothing until it is loaded again.
addEventListener("pagehide", (event) => {
  if (event.persisted) document.body.hidden = true;
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// After five minutes without a key or a touch the page is emptied; a minute before, it says so.
const emptied = document.getElementById("emptied");
if (emptied) {
  let soon, now;
  const wait = () => {
    clearTimeout(soon);
    clearTimeout(now);
    emptied.textContent = "";
    soon = setTimeout(() => (emptied.textContent = emptied.dataset.soon), 240000);
    now = setTimeout(() => location.replace(anew), 300000);
  };
  for (const name of ["keydown", "pointerdown", "scroll"]) addEventListener(name, wait, { passive: true });
  wait();
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
