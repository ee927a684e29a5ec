// The document that this phone keeps: stored with the page that shows it, asked about when the person is logged in, deleted
// once it is void. No name is stored.

import { awake } from "./awake.page.js";

const PAGE = "/area/kept/";
const DOCUMENT = PAGE + "document";

/** Stores the document: the address of its picture, the seconds of Unix time of its issue and its end, and whose it is. */
export async function keep(image, issued, expires, of) {
  // Without cookies: the stored page must not name the person who is logged in.
  const answer = await fetch(`${PAGE}?lang=${document.documentElement.lang}`, { credentials: "omit" });
  const page = await answer.clone().text();
  const parts = new DOMParser().parseFromString(page, "text/html").querySelectorAll("link[href], script[src]");
  const files = [...parts].map((part) => part.getAttribute("href") ?? part.getAttribute("src"));
  const script = files.find((file) => file.endsWith("/kept.page.js"));
  const cache = await caches.open("kept");
  await cache.addAll([...files, script.replace("kept.page.js", "awake.page.js")]);
  await cache.put(PAGE, answer);
  await cache.put(DOCUMENT, Response.json({ image, issued, expires, of, saved: Math.floor(Date.now() / 1000) }));
  await navigator.serviceWorker.register(PAGE + "worker.js", { scope: PAGE });
}

export async function forget() {
  await caches.delete("kept");
  for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
}

async function stored() {
  try {
    return await (await caches.match(DOCUMENT))?.json();
  } catch {
    return undefined; // a browser that stores nothing
  }
}

/** Whether the body says that the document is void: undefined if it cannot be asked, or somebody else is logged in. */
async function isVoid(kept) {
  if (!navigator.onLine) return undefined;
  try {
    const answer = await fetch(PAGE + "void", { redirect: "manual" }); // to the login, if nobody is logged in
    const said = answer.ok ? await answer.json() : {};
    return said.of === kept.of ? kept.issued < said.void_before : undefined;
  } catch {
    return undefined;
  }
}

async function show(kept, gone) {
  const said = document.getElementById("kept-said");
  if (!said) return;
  if (gone) {
    document.getElementById("kept").hidden = true;
    said.textContent = said.dataset.void;
  } else if (kept) {
    const day = (seconds) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long" }).format(seconds * 1000);
    document.getElementById("picture").src = kept.image;
    document.getElementById("kept-until").textContent = day(kept.expires - 1);
    document.getElementById("kept-saved").textContent = day(kept.saved);
    document.getElementById("kept").hidden = false;
    said.textContent = gone === false ? said.dataset.checked : said.dataset.offline;
  }
}

async function start() {
  const kept = await stored();
  const link = document.getElementById("kept-link");
  if (!kept) return;
  if (document.getElementById("kept-said")) {
    show(kept);
    awake();
    document.getElementById("kept-delete").addEventListener("click", async () => {
      await forget();
      location.reload();
    });
  }
  const gone = kept.expires * 1000 < Date.now() || (await isVoid(kept));
  if (gone) await forget();
  show(kept, gone);
  if (link) link.hidden = Boolean(gone) || link.dataset.of !== kept.of;
}

start();
