// Shows new messages without a reload. The events say only that there is something; the page fetches itself again.
const box = document.querySelector("[data-live]");
const status = document.querySelector("[data-news]");
if (box) {
  status.textContent = "";
  const events = new EventSource(box.dataset.live);
  events.addEventListener("news", async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    box.replaceChildren(...page.querySelector("[data-live]").childNodes);
    status.textContent = status.dataset.news;
  });
}
