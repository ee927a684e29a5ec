// What the browser tests share: programs that are started and stopped, a browser that fails on every complaint of its
// console, axe at two widths, pictures of the pages, a camera that shows what a test gives it.

import assert from "node:assert/strict";
import { spawn, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axeSource = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const programs = process.env.ATTESTA_PROGRAMS; // the folder of the built issuer and verifier
export const work = mkdtempSync(join(tmpdir(), "attesta-browser-"));
export const mario = "RSSMRA80A01H501U";
/** Where pictures of the pages go; unset: none are kept. */
export const pictures = process.env.ATTESTA_PICTURES;

/** A port at which nobody listens, below those that systems give out by themselves: nobody gets it before the program does. */
export async function freePort() {
  for (;;) {
    const port = 20000 + Math.floor(Math.random() * 10000);
    const server = createServer();
    const free = await new Promise((done) => server.on("error", () => done(false)).listen(port, "127.0.0.1", () => done(true)));
    if (!free) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}

const started = []; // programs and browsers: what is not stopped when a test has failed is by clean

/** A running program; it is ready once the address answers. */
export class Program {
  constructor(name, args, address) {
    this.name = name;
    this.address = address;
    this.said = "";
    this.child = spawn(join(programs, name), args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => (this.said += text));
    started.push(() => this.child.kill());
    this.ended = new Promise((done) => this.child.on("close", (code, signal) => done(code ?? signal)));
  }

  async ready() {
    for (let tries = 0; tries < 300; tries++) {
      if (this.child.exitCode !== null) break;
      const answer = await fetch(this.address).catch(() => undefined);
      if (answer && answer.status < 500) return this;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`${this.name} did not start: ${this.said}`);
  }

  async stop(signal = "SIGTERM") {
    this.child.kill(signal);
    return this.ended;
  }
}

export async function startIssuer(more = []) {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const data = join(work, `issuer-${port}`);
  const args = ["-addr", `127.0.0.1:${port}`, "-data", data, "-ops-addr", `127.0.0.1:${await freePort()}`,
    "-address-limit", "6000", ...more];
  const issuer = new Program("issuer", args, address + "/readyz");
  issuer.data = data;
  issuer.base = address;
  return issuer.ready();
}

export async function startDesk(issuer, more = []) {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const trust = issuer ? ["-issuer", issuer.base] : [];
  const at = more.includes("-lan") ? "-local-addr" : "-addr";
  const desk = new Program("verifier", [at, `127.0.0.1:${port}`, "-data", join(work, `desk-${port}`), ...trust, ...more], address + "/shift");
  desk.base = address;
  return desk.ready();
}

/** Runs one of the programs to its end and returns what it printed. */
export function run(name, ...args) {
  return execFileSync(join(programs, name), args, { encoding: "utf8", maxBuffer: 1 << 26 });
}

/** Gives Emma Brown, who has no phone, a status of 80 %. */
export function noPhone(issuer) {
  const cf = "BRWMME90R57M999F";
  run("issuer", "registry", "add-verbale", "-cf", cf, "-data", issuer.data, "-as", "Ufficio", "-reason", "2026/7", "verbale_id=IC/2024/0111", "domain=civil_invalidity",
    "kind=first_assessment", "decision=2024-03-15", "degree=ic_over_two_thirds", "percent=80",
    "birth=1990-10-17", "given_name=Emma", "family_name=Brown", "language=en");
  return { cf, name: "Emma Brown" };
}

/** Logs a persona in, as whom the person asks for a page. */
export async function logIn(issuer, page, name, from = "/area") {
  await page.goto(issuer.base + from);
  await page.click('main a:has-text("SPID")');
  await page.click(`h3 a:has-text("${name}")`);
}

/** The code of the newest message on the development phone. */
export async function newestCode(issuer, browser, name) {
  const page = await openPage(browser);
  await page.goto(issuer.base + "/dev/phone");
  const message = page.locator("article", name ? { hasText: name } : {}).first();
  const code = (await message.locator(".message-code").textContent()).replace(/\D/g, "");
  await page.context().close();
  return code;
}

/** A paper of Mario Rossi: the QR's text and the PDF. */
export function paper(issuer, ...more) {
  const pdf = join(work, `paper-${Math.random().toString(36).slice(2)}.pdf`);
  run("issuer", "issue", "-cf", mario, "-data", issuer.data, "-page", issuer.base + "/q", "-o", pdf, ...more);
  const text = run("issuer", "issue", "-cf", mario, "-data", issuer.data, "-page", issuer.base + "/q", "-format", "qrtext", "-o", "-", ...more).trim();
  return { pdf, text };
}

/** The first page of a PDF as PNG. */
export function rasterise(pdf, dpi = 150) {
  const out = pdf.replace(/\.pdf$/, `-${dpi}`);
  execFileSync("pdftoppm", ["-r", String(dpi), "-png", "-singlefile", pdf, out]);
  return out + ".png";
}

export async function openBrowser(more = []) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", ...more],
  });
  started.push(() => browser.close());
  return browser;
}

/** A page whose console stays empty; complaints() returns what it said. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ locale: "it-IT", viewport: { width: 390, height: 844 }, ...options });
  context.setDefaultTimeout(20000);
  const page = await context.newPage();
  watch(page);
  return page;
}

/** Collects what a page's console says. */
export function watch(page) {
  const said = [];
  page.on("console", (message) => {
    // an answer of 4xx or 5xx is a page like any other
    if (["error", "warning"].includes(message.type()) && !/status of [45]\d\d/.test(message.text())) said.push(message.text());
  });
  page.on("pageerror", (error) => said.push(String(error)));
  page.complaints = () => said;
}

/** Looks at a page as axe does, at each width, and takes its picture. */
export async function look(page, name, widths = [390, 1280]) {
  await page.waitForLoadState(); // a click waits for the answer to begin, not to end
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 844 });
    const { violations } = await page.evaluate(`${axeSource}; axe.run(document, { runOnly: ${JSON.stringify(rules)} })`);
    const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
    assert.deepEqual(found, [], `axe on ${name} at ${width} px`);
    const wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
    assert.equal(wide, false, `${name} scrolls sideways at ${width} px`);
    const header = await page.evaluate("document.querySelector('.site-header')?.offsetHeight ?? 0");
    assert.ok(width > 390 || header <= 0.15 * 844, `the header of ${name} takes ${header} px of a phone`);
    if (pictures) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true });
    }
  }
  await page.setViewportSize(before);
  assert.deepEqual(page.complaints(), [], `console of ${name}`);
}

/** Takes the picture of a step of the desk's guide, where ATTESTA_GUIDE names the folder of its pictures. */
export async function step(page, name) {
  if (!process.env.ATTESTA_GUIDE) return;
  await page.waitForLoadState(); // a click waits for the answer to begin, not to end
  const before = page.viewportSize();
  await page.setViewportSize({ width: 480, height: 640 });
  // From where the content begins: the header is the same in all of them.
  const [y, height] = await page.evaluate(() => {
    const box = document.querySelector("main").getBoundingClientRect();
    return [box.top + scrollY, box.height];
  });
  const clip = { x: 0, y, width: 480, height: Math.min(height, 560) };
  await page.screenshot({ path: join(process.env.ATTESTA_GUIDE, name + ".png"), fullPage: true, clip });
  await page.setViewportSize(before);
}

/** Chooses a language, in the line or in the menu. */
export async function speak(page, lang) {
  const menu = page.locator(".languages summary");
  if (await menu.isVisible()) await menu.click();
  await page.locator(`.languages :is(a, button)[lang=${lang}]:visible`).click();
}

/** Goes one page back, if there is one, and waits until it is there. */
export async function back(page) {
  await page.goBack().catch(() => {});
}

/** Moves by Tab until the element has the focus. */
export async function tabTo(page, selector) {
  for (let steps = 0; steps < 120; steps++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
  }
  assert.fail(`${selector} cannot be reached by Tab`);
}

/**
 * Makes a film for the fake camera out of a picture: JPEG frames of 1280x720, one after the other. worn: tilted, blurred,
 * dim and noisy, as a hand and bad light make it. The picture is cropped to crop = [x, y, width, height], in parts of its size.
 */
export async function film(picture, { crop = [0, 0, 1, 1], worn = false } = {}) {
  const browser = await openBrowser();
  const page = await (await browser.newContext()).newPage();
  const frames = await page.evaluate(async ([data, [x, y, w, h], worn]) => {
    const image = new Image();
    image.src = "data:image/png;base64," + data;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1280, 720];
    const context = canvas.getContext("2d");
    const scale = (0.94 * 720) / (h * image.height);
    const frames = [];
    for (let n = 0; n < 8; n++) {
      context.resetTransform();
      context.filter = "none";
      context.fillStyle = "#d8d4cc";
      context.fillRect(0, 0, 1280, 720);
      context.translate(640, 360);
      if (worn) {
        context.rotate(0.06 + n / 400);
        context.transform(1, 0.03, -0.02, 0.97, 0, 0);
        context.filter = "blur(0.7px) brightness(0.75)";
      }
      context.drawImage(image, x * image.width, y * image.height, w * image.width, h * image.height,
        (-w * image.width * scale) / 2, (-h * image.height * scale) / 2, w * image.width * scale, h * image.height * scale);
      if (worn) {
        context.resetTransform();
        const picture = context.getImageData(0, 0, 1280, 720);
        let seed = n + 1;
        for (let i = 0; i < picture.data.length; i += 4) {
          seed = (seed * 1103515245 + 12345) & 0x7fffffff;
          const noise = (seed >> 16) % 25 - 12;
          for (const k of [0, 1, 2]) picture.data[i + k] += noise;
        }
        context.putImageData(picture, 0, 0);
      }
      frames.push(canvas.toDataURL("image/jpeg", worn ? 0.6 : 0.9).split(",")[1]);
    }
    return frames;
  }, [readFileSync(picture).toString("base64"), crop, worn]);
  await browser.close();
  const path = join(work, `film-${Math.random().toString(36).slice(2)}.mjpeg`);
  writeFileSync(path, Buffer.concat(frames.map((f) => Buffer.from(f, "base64"))));
  return path;
}

/** Types as a scanner does: no time between the keys, then Enter or Tab. */
export async function burst(page, text, end = "Enter") {
  await page.evaluate(([text, end]) => {
    const began = performance.now();
    for (const key of [...text, end]) {
      const target = document.activeElement;
      const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
      Object.defineProperty(event, "timeStamp", { value: began }); // however slow this machine is
      const goes = target.dispatchEvent(event);
      const field = document.activeElement;
      if (goes && key.length === 1 && /^(INPUT|TEXTAREA)$/.test(field.tagName) && field.type !== "file") {
        field.value += key;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  }, [text, end]);
}

/** Chooses which desk this is. */
export async function chooseDesk(page, base, benefit, more = {}) {
  await page.goto(base + "/desk");
  await page.selectOption("select[name=benefit]", benefit);
  for (const [field, value] of Object.entries(more)) {
    if (field === "purpose") await page.selectOption("#purpose", value);
    else await page.fill(`#${field}`, value);
  }
  await page.click("main form button[type=submit]");
  await page.waitForSelector("#check-form");
}

/** A person at the desk, whose taps and keys count. */
export function worker(page) {
  return {
    taps: 0,
    keys: 0,
    async tap(selector) {
      this.taps++;
      await page.click(selector);
    },
    async type(text) {
      this.keys += text.length;
      await page.keyboard.type(text, { delay: 60 }); // faster would be a scanner
    },
    async enter() {
      this.keys++;
      await page.keyboard.press("Enter");
    },
    /** Waits for what is expected, and says what it took. */
    async took(selector) {
      await page.waitForSelector(selector);
      const took = [this.taps, this.keys];
      [this.taps, this.keys] = [0, 0];
      return took;
    },
  };
}

export const camera = (path) => ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${path}`];

/** Ends what still runs, and removes the files. */
export function clean() {
  for (const end of started) end();
  rmSync(work, { recursive: true, force: true });
}
