// Says by vibration, and by a sound if that was chosen, that something was read and which answer is there. Yes, no and
// "cannot tell" differ in number only, and the sounds are soft: people who queue hear them. The choice stays on the device.

/** Milliseconds of signal, pause, signal and so on. */
const PATTERNS = { read: [80], one: [150], yes: [400], no: [150, 150, 150], unknown: [80, 100, 80, 100, 80] };

const KEY = "signals";

function chosen() {
  try {
    return { vibrate: true, sound: "off", ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return { vibrate: true, sound: "off" }; // storage is refused
  }
}

function vibrate(pattern) {
  // Before the first touch browsers refuse it, with a complaint.
  if (chosen().vibrate && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(pattern);
}

function sound(pattern) {
  const audio = new AudioContext();
  const volume = new GainNode(audio, { gain: 0 });
  volume.connect(audio.destination);
  const tone = new OscillatorNode(audio, { frequency: 587 });
  tone.connect(volume);
  let at = audio.currentTime + 0.05;
  pattern.forEach((ms, i) => {
    const end = at + ms / 1000;
    if (i % 2 === 0) {
      volume.gain.setTargetAtTime(0.2, at, 0.01);
      volume.gain.setTargetAtTime(0, end, 0.02);
    }
    at = end;
  });
  tone.start();
  tone.stop(at + 0.2);
  tone.onended = () => audio.close();
  setTimeout(() => audio.state === "suspended" && audio.close(), 1000); // later it would belong to nothing
}

/** Says that a code was read. */
export const readSignal = () => vibrate(PATTERNS.read);

/** Says the answer: yes, no or unknown. */
export function answerSignal(answer) {
  vibrate(PATTERNS[answer]);
  const choice = chosen().sound;
  if (choice !== "off") sound(PATTERNS[choice === "three" ? answer : "one"]);
}

// The choice, which is hidden without scripts. A new one is heard or felt at once.
const box = document.getElementById("signals");
if (box) {
  const vibrates = document.getElementById("vibrate");
  const { vibrate: on, sound: kind } = chosen();
  vibrates.checked = on;
  vibrates.parentElement.hidden = !navigator.vibrate;
  document.getElementById("sound-" + kind).checked = true;
  box.addEventListener("change", () => {
    const choice = { vibrate: vibrates.checked, sound: box.querySelector("[name=sound]:checked").value };
    try {
      localStorage.setItem(KEY, JSON.stringify(choice));
    } catch {} // storage is refused
    answerSignal("yes");
  });
  box.hidden = false;
}
