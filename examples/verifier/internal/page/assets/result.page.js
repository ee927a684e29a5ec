// The answer is where a screen reader begins; a receipt can be printed by a button.

document.querySelector("#answer h1")?.setAttribute("tabindex", "-1");
document.querySelector("#answer h1")?.focus();

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
