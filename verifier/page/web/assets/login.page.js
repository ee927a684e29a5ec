// A login that ends in another tab, or on the desk's computer, is noticed here without a touch: the page then leads back by
// itself, or has the link "go-on" to where data-back says.

document.getElementById("mistakes")?.focus();

async function look() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { redirect: "manual" }).catch(() => undefined);
  if (answer?.type === "opaqueredirect") return location.reload();
  const text = answer?.ok ? await answer.text() : "";
  if (/<form[^>]* data-done>/.test(text)) word.submit();
  else if (back && / id="go-on"/.test(text)) location.replace(back);
}

const word = document.querySelector("form#word");
const back = !document.getElementById("go-on") && document.querySelector("[data-back]")?.dataset.back;
document.addEventListener("visibilitychange", look);
if (word) setInterval(look, 3000);
