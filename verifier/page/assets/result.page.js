// The answer is where a screen reader begins. The device says it as chosen.

import "./auto.page.js"; // a codice fiscale may be typed again
import { answerSignal } from "./signal.page.js";

const answer = document.getElementById("answer");
answer?.querySelector("h1").focus();
if (answer) answerSignal(answer.className.match(/answer-(yes|no|unknown)/)[1]);
