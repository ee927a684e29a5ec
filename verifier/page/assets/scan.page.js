// Comfort for the form: camera, photo or PDF read in the browser, a scanner that types.
// Without it the form works as it stands.

import { autoCF } from "./auto.page.js";
import { Camera, readFile, trouble } from "./camera.page.js";
import { readSignal } from "./signal.page.js";
import { carries, isINPS, listen } from "./typed.page.js";

const $ = (id) => document.getElementById(id);
const words = $("camera").dataset;
const say = (text) => ($("camera-status").textContent = text);

const auto = autoCF($("cf"), () => carries($("qr").value));

/** Whether a codice fiscale is there. One that was typed before is sealed in the form. */
const identity = () => $("cf").value !== "" || !$("cf").required;

function found(text) {
  $("qr").value = text; // the same scan again changes nothing
  $("qr").dispatchEvent(new Event("input", { bubbles: true })); // it is kept
  $("photo").value = "";
  say(isINPS(text) ? words.inps : words.found);
  readSignal();
  if (!identity() && !isINPS(text)) $("cf").focus();
  else $("cf").form.querySelector("button[type=submit]").focus();
  auto.changed();
}

// camera
const camera = new Camera($("video"));
const filming = (on) => {
  $("scan").classList.toggle("filming", on);
  $("video").hidden = !on;
  $("camera-stop").hidden = !on;
  $("camera-start").hidden = on;
  $("camera-torch").hidden = true;
  $("camera-torch").setAttribute("aria-pressed", "false");
};
const stopped = () => {
  camera.stop();
  filming(false);
};
if (navigator.mediaDevices?.getUserMedia) $("camera").hidden = false;
async function film() {
  filming(true);
  try {
    await camera.start(
      (text) => {
        if (text === $("qr").value) return;
        found(text);
        if (identity()) stopped();
        else say(words.cardNext);
      },
      (text) => {
        if (!isINPS(text)) say(words.other);
        else if (!carries($("qr").value) && text !== $("qr").value) found(text); // and looks on, for a QR of this system
      },
      (cf) => {
        if (cf !== $("cf").value) identified(cf);
        if ($("qr").value) stopped();
      },
    );
    $("camera-torch").hidden = !camera.hasTorch;
    say(words.looking);
    remember("on");
  } catch (error) {
    filming(false);
    say(error.name === "NotFoundError" ? words.none : words.refused);
  }
}
$("camera-start").addEventListener("click", async () => {
  await film();
  $($("camera-stop").hidden ? "camera-start" : "camera-stop").focus();
});
$("camera-stop").addEventListener("click", () => {
  stopped();
  say("");
  remember("off");
  $("camera-start").focus();
});
$("camera-torch").addEventListener("click", async () => {
  const on = $("camera-torch").getAttribute("aria-pressed") !== "true";
  await camera.torch(on).catch(() => {});
  $("camera-torch").setAttribute("aria-pressed", String(on));
});
addEventListener("pagehide", () => camera.stop());

// Who has started the camera on this device has it for the next person too, until it is stopped.
function remember(state) {
  try {
    localStorage.setItem("camera", state);
  } catch {} // storage is refused: the camera waits for a click
}
function remembered() {
  try {
    return localStorage.getItem("camera") === "on";
  } catch {
    return false;
  }
}
if (remembered() && !$("qr").value && !location.hash) film();

// photo or PDF: where the form takes it along, the server reads what is not read here
$("photo-field").hidden = $("qr-field").hidden;
$("photo").addEventListener("change", async () => {
  const [file] = $("photo").files;
  if (!file) return;
  say(words.reading);
  const text = await readFile(file).catch(() => "");
  if (text) found(text);
  else {
    const why = await trouble(file);
    const sent = $("photo").name && !["heic", "tiff", "kind"].includes(why); // the server looks at it, too
    say(sent && why !== "photoNone" ? "" : words[why]);
  }
});

if (isINPS($("qr").value)) say(words.inps); // scanned on the page before

// a USB scanner types the text and Enter, wherever the focus is
listen(JSON.parse(words.keyboards), $("qr"), ({ kind, text }, key) => {
  if (kind === "paper" || kind === "inps") found(text);
  else if (kind === "cf") identified(text, key);
  else say(kind === "wrong" ? words.wrongKeyboard : document.activeElement === $("cf") ? words.cardOther : words.other);
});

$("cf").addEventListener("input", (event) => event.isTrusted && $("qr").value && stopped()); // it is typed
$("cf").form.addEventListener("submit", () => ($("card").value = $("cf").value === onCard ? "1" : ""));

// The codice fiscale of a tessera sanitaria, which has no photo: the answer says so.
let onCard;
function identified(cf, key) {
  onCard = cf;
  $("cf").value = cf;
  $("cf").dispatchEvent(new Event("input", { bubbles: true }));
  auto.scanned();
  say(words.cardRead);
  readSignal();
  if ($("qr").value === "" && !key) return; // the camera looks on
  if ($("qr").value === "") $("qr").focus();
  else if (key === "Enter") $("cf").form.requestSubmit();
  else $("cf").form.querySelector("button[type=submit]").focus();
}

$("qr").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && $("qr").value !== "") {
    event.preventDefault();
    found($("qr").value);
  }
});
