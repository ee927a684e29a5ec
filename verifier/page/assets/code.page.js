// Counts the time down in which the code is good. It is said aloud only when a minute is left and when it is over.

import { auto } from "./auto.page.js";

const until = document.getElementById("until");
const end = Date.parse(until.dateTime);
const clock = until.textContent;
const said = document.createElement("span");
said.className = "visually-hidden";
said.setAttribute("role", "status");
until.after(said);

function tick() {
  const left = Math.round((end - Date.now()) / 1000);
  const over = left <= 0;
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  until.textContent = over ? `${clock} (${until.dataset.over})` : `${clock} (${until.dataset.left} ${time})`;
  if (left === 60) said.textContent = `${until.dataset.left} ${time}`;
  if (over) said.textContent = until.dataset.over;
  else setTimeout(tick, 1000);
}
tick();

// It sends itself, but not for the last attempt.
const code = document.getElementById("code");
auto(code, (typed) => typed.replace(/\D/g, ""), (digits) => digits.length === Number(code.dataset.digits));
if (!document.getElementById("mistakes")) code.focus();

// Counts the seconds down until the message can be sent again. Until then the button is off. Only the end is said aloud.
const wait = document.getElementById("resend-in");
if (wait) {
  const button = document.getElementById("resend");
  const again = Date.now() + 1000 * Number(wait.dataset.seconds);
  const words = wait.textContent.split(wait.dataset.seconds);
  let waited = false;
  const count = () => {
    const left = Math.ceil((again - Date.now()) / 1000);
    button.disabled = left > 0;
    wait.textContent = left > 0 ? words.join(String(left)) : wait.dataset.now;
    if (left > 0) setTimeout(count, 1000);
    else if (waited) said.textContent = wait.dataset.now;
    waited = true;
  };
  count();
}
