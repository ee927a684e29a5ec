// Keeps the screen on while a QR is shown, and says whether it does.

export function awake() {
  const status = document.getElementById("awake");
  const asleep = status.textContent;
  const hold = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      status.textContent = status.dataset.awake;
      lock.addEventListener("release", () => (status.textContent = asleep));
    } catch {
      status.textContent = asleep; // the browser has none, or saves its battery
    }
  };
  document.addEventListener("visibilitychange", hold);
  hold();
}
