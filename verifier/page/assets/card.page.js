// Looks every other second whether the wallet has answered, and then loads the page again. Without the network it goes on looking.

const status = document.getElementById("card-wait");
const say = (text) => status.textContent === text || (status.textContent = text);

async function look() {
  try {
    const { status: code, ok } = await fetch(status.dataset.live, { signal: AbortSignal.timeout(10000) });
    if (ok && code !== 204) return location.reload();
    say(status.dataset[ok ? "waiting" : "lost"]);
  } catch {
    say(status.dataset.lost);
  }
  setTimeout(look, 1500);
}
look();
