// The answer is where a screen reader begins.

document.querySelector("#answer h1")?.focus();
