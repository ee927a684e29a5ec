// The answer is where a screen reader begins.

import "./auto.page.js"; // a codice fiscale may be typed again

document.querySelector("#answer h1")?.focus();
