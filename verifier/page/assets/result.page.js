// The answer is where a screen reader begins. The device says it as chosen.

import { autoCF } from "./auto.page.js";
import { answerSignal } from "./signal.page.js";

const cf = document.getElementById("cf"); // if it is to be typed again
if (cf) autoCF(cf);

const answer = document.getElementById("answer");
answer?.querySelector("h1").focus();
if (answer) answerSignal(answer.className.match(/answer-(yes|no|unknown)/)[1]);
