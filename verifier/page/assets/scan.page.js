// Comfort for the form: camera, photo or PDF read in the browser, a scanner that types.
// Without it the form works as it stands.

import { Camera, readFile } from "./camera.page.js";

const $ = (id) => document.getElementById(id);
const words = $("camera").dataset;
const say = (text) => ($("camera-status").textContent = text);

function found(text) {
  $("qr").value = text;
  $("photo").value = "";
  say(words.found);
  navigator.vibrate?.(80);
  if ($("cf").value === "") $("cf").focus();
  else $("cf").form.querySelector("button[type=submit]").focus();
}

// camera
const camera = new Camera($("video"));
const filming = (on) => {
  $("video").hidden = !on;
  $("camera-stop").hidden = !on;
  $("camera-start").hidden = on;
};
if (navigator.mediaDevices?.getUserMedia) $("camera").hidden = false;
$("camera-start").addEventListener("click", async () => {
  filming(true);
  try {
    await camera.start((text) => {
      filming(false);
      found(text);
    });
    say(words.looking);
    $("camera-stop").focus();
  } catch (error) {
    filming(false);
    say(error.name === "NotFoundError" ? words.none : words.refused);
  }
});
$("camera-stop").addEventListener("click", () => {
  camera.stop();
  filming(false);
  say("");
  $("camera-start").focus();
});
addEventListener("pagehide", () => camera.stop());

// photo or PDF: where the form takes it along, the server reads what is not read here
$("photo-field").hidden = false;
$("photo").addEventListener("change", async () => {
  const [file] = $("photo").files;
  if (!file) return;
  say(words.reading);
  const text = await readFile(file).catch(() => "");
  if (text) found(text);
  else say($("photo").name && !file.type.startsWith("image/") ? "" : words.photoNone);
});

// a USB scanner types the text and Enter, wherever the focus is
document.addEventListener("keydown", (event) => {
  if (document.activeElement === document.body && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) $("qr").focus();
});
$("qr").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && $("qr").value !== "") {
    event.preventDefault();
    found($("qr").value);
  }
});
