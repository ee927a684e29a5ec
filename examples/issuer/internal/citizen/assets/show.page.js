// The QR on the screen: the screen stays on, the link is shared or copied, and the phone keeps the document if the person
// asks for it. Without this script the picture and the files are there all the same.

import { awake } from "./awake.page.js";
import { keep } from "./kept.page.js";

awake();

const share = document.getElementById("share");
share.hidden = !navigator.share;
share.addEventListener("click", () => navigator.share({ url: share.dataset.text }).catch(() => {})); // they changed their mind

const copy = document.getElementById("copy");
copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(copy.dataset.text);
  document.getElementById("copied").textContent = copy.dataset.done;
});

// Only on a device that one touches: a PC may be the one of a counter.
const panel = document.getElementById("keep");
if (panel && navigator.serviceWorker && globalThis.caches && matchMedia("(pointer: coarse)").matches) {
  panel.hidden = false;
  const button = document.getElementById("kept-go");
  button.addEventListener("click", async () => {
    const { of, issued, expires, done, failed } = panel.dataset;
    const status = document.getElementById("kept-status");
    try {
      await keep(document.getElementById("picture").src, Number(issued), Number(expires), of);
      status.textContent = done;
      button.hidden = true;
      document.getElementById("kept-link").hidden = false;
    } catch {
      status.textContent = failed;
    }
  });
}
