// A day at a desk: 200 people in a real browser, of whom 10 first show another QR, 5 are mistyped, 5 have a void paper and 20 go
// on to the second level. In the middle the network between desk and issuer goes away for a minute. Prints a section of Markdown:
// the time of pages and programs, without the operator's hands. PEOPLE and OUTAGE (seconds) make the day shorter.
// A day has hours, this one minutes: two operators take turns at the second level, and wait for the issuer's limit of codes for
// each (five at once, then one in two minutes), which counts in no time here. With 200 people that takes about ten minutes.

import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { clean, freePort, openBrowser, openPage, run, startDesk, startIssuer } from "./harness.mjs";

const people = Number(process.env.PEOPLE ?? 200);
const outage = 1000 * Number(process.env.OUTAGE ?? 60);
const among = (many, which) => [...Array(people).keys()].filter((n) => n % many === which); // one of so many
const day = { foreign: among(20, 1), mistyped: among(40, 5), void: among(40, 7), second: among(10, 3) };

/** A network that can go away: connections to the port reach the issuer, or end. */
async function network(to) {
  const sockets = new Set();
  const cable = { up: true };
  const server = createServer((near) => {
    if (!cable.up) return near.destroy();
    const far = connect(Number(new URL(to).port), "127.0.0.1");
    for (const [a, b] of [[near, far], [far, near]]) {
      sockets.add(a);
      a.pipe(b);
      a.on("error", () => {});
      a.on("close", () => (sockets.delete(a), b.destroy()));
    }
  });
  const port = await freePort();
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  cable.address = `http://127.0.0.1:${port}`;
  cable.cut = () => ((cable.up = false), sockets.forEach((s) => s.destroy()));
  cable.close = () => (cable.cut(), server.close());
  return cable;
}

const issuer = await startIssuer();
const cable = await network(issuer.base);
const desk = await startDesk({ base: cable.address }, ["-oidc-issuer", issuer.base + "/dev/idp"]);
process.on("exit", () => [desk, issuer].forEach((program) => program.child.kill())); // also after a failure
const browser = await openBrowser();
const page = await openPage(browser);
const phone = await openPage(browser);
for (const p of [page, phone]) p.context().setDefaultTimeout(120000); // of a machine that does other things, too

const holders = Object.entries({ Mario: "RSSMRA80A01H501U", Anna: "NRENNA41B60M999D", Carlo: "VRDCRL68S07M999O", Klara: "MYRKLR92D55M999K",
  Jana: "NVKJNA75H68M999R", "Hélène": "FVRHLN59T49M999I", Silvia: "CSTSLV65A70M999Q" })
  .map(([name, cf]) => ({ name, cf, qr: paper(cf) }));
const lost = { name: "Paolo", cf: "MRNPLA71L14M999N", qr: paper("MRNPLA71L14M999N") };
await new Promise((done) => setTimeout(done, 1100)); // times of issue are whole seconds
run("issuer", "registry", "void", "-cf", lost.cf, "-data", issuer.data, "-as", "day", "-reason", "measured");

function paper(cf) {
  return run("issuer", "issue", "-cf", cf, "-data", issuer.data, "-page", issuer.base + "/q", "-format", "qrtext", "-o", "-").trim();
}

const times = { first: [], second: [] };
const counts = { people: 0, foreign: 0, mistyped: 0, void: 0, second: 0, confirmed: 0, repeated: 0 };
const tone = async () => (await page.getAttribute("#answer", "class")).split(" ")[1];

async function scan(text) {
  await page.fill("#qr", text);
}

async function send(cf) {
  await page.fill("#cf", cf);
  if (await page.locator("#cf").count()) await page.press("#cf", "Enter").catch(() => {});
}

/** Does what leads to another page, and waits until that is there: first is what it has. */
async function leads(act, first) {
  await page.evaluate(() => (window.old = true));
  await act();
  await page.waitForFunction((first) => !window.old && document.readyState === "complete" && document.querySelector(first), first);
}

/** Presses a button again and again, as long as the issuer cannot be reached or limits the codes, and types nothing. */
async function insist() {
  const again = "form[data-once].actions button";
  for (let tries = 0; (await page.locator(`.answer-unknown`).count()) && (await page.locator(again).count()); tries++) {
    assert.ok(tries < 300, `no end: ${await page.innerText("#answer")}`);
    if (!cable.up) counts.repeated++;
    await new Promise((done) => setTimeout(done, 2000));
    await leads(() => page.click(again), "#answer, #purpose");
  }
}

async function second(name, cut) {
  let began = performance.now();
  await leads(() => page.click("form[action='/second'] button"), "form[action='/operator'], #purpose");
  if (await page.locator("form[action='/operator']").count()) {
    await page.click("form[action='/operator'] button");
    await page.click(`h3 a:has-text("${counts.second % 2 ? "Laura Moretti" : "Giorgio Ricci"}")`);
    await page.waitForSelector("#purpose");
  }
  await page.fill("#organisation", "Museo Civico");
  await page.selectOption("#purpose", "benefit");
  await page.check("#kind-detail");
  if (cut) {
    cable.cut();
    setTimeout(() => (cable.up = true), outage);
  }
  const send = () => leads(() => page.click("form[action='/code'] button[type=submit]"), "#code, #answer");
  await send();
  while (!(await page.locator("#code").count())) { // what was typed is still there
    await insist();
    assert.equal(await page.inputValue("#organisation"), "Museo Civico", "the request is not lost");
    began = performance.now();
    await send();
  }
  const comparison = (await page.textContent(".big-number")).trim();
  await phone.goto(issuer.base + "/dev/phone");
  const message = phone.locator("article", { hasText: name }).filter({ hasText: comparison }).first();
  const code = (await message.locator(".message-code").textContent()).replace(/\D/g, "");
  await page.fill("#code", code);
  await page.click("form[action='/code/answer'] button");
  await page.waitForSelector("#answer");
  assert.equal(await tone(), "answer-yes", `second level for ${name}`);
  counts.second++;
  times.second.push(performance.now() - began);
}

await page.goto(desk.base);
for (let n = 0; n < people; n++) {
  const wants = day.second.includes(n);
  const holder = day.void.includes(n) ? lost : holders[(wants ? counts.second : n) % holders.length];
  const began = performance.now();
  if (day.foreign.includes(n)) {
    await scan("https://www.example.org/menu");
    await send(holder.cf);
    await page.waitForSelector("#answer");
    assert.equal(await tone(), "answer-unknown", "another QR says nothing about the person");
    counts.foreign++;
    await page.click("#next");
    await page.waitForSelector("#check-form");
  }
  await scan(holder.qr);
  if (day.mistyped.includes(n)) {
    await send(holder.cf.slice(0, 15) + (holder.cf.endsWith("A") ? "B" : "A"));
    await page.waitForSelector("#mistakes"); // the server's answer, not what the script says before
    counts.mistyped++;
  }
  await send(holder.cf);
  await page.waitForSelector("#answer");
  await insist();
  const answer = await tone();
  assert.equal(answer, holder === lost ? "answer-no" : "answer-yes", `person ${n}, ${holder.name}: ${await page.innerText("#answer")}`);
  counts[holder === lost ? "void" : "confirmed"]++;
  times.first.push(performance.now() - began);
  if (wants) await second(holder.name, counts.second === Math.floor(day.second.length / 2));
  assert.ok(!page.url().includes(holder.cf) && !/[0-9]{20}/.test(page.url()), "nothing personal in the address");
  await page.click("#next");
  await page.waitForSelector("#check-form");
  assert.equal((await page.inputValue("#qr")) + (await page.inputValue("#cf")), "", "nothing is left for the next person");
  counts.people++;
  if (counts.people % 20 === 0) console.error(`${counts.people} people`);
  if (wants) {
    await page.click(".who button"); // the other operator's turn
    await page.waitForSelector("#check-form");
  }
}
for (const [kind, which] of Object.entries(day)) assert.equal(counts[kind], which.length, kind);
assert.equal(counts.confirmed, people - counts.void);
assert.ok(counts.repeated > 0, "the network was away");
assert.deepEqual(page.complaints(), []);

const at = (all, q) => `${Math.round(all.toSorted((a, b) => a - b)[Math.floor(q * (all.length - 1))])} ms`;
console.log(`
## A day at a desk

${counts.people} people in Chromium at \`verifier serve\`, without the operator's hands: ${counts.confirmed} confirmed, ${counts.void} void, ${counts.foreign} with another QR first,
${counts.mistyped} mistyped, ${counts.second} to the second level. The network went away for ${outage / 1000} s: ${counts.repeated} repeated tries, nothing typed again.

| | median | 95 % | longest |
|---|--:|--:|--:|
| scan to answer | ${at(times.first, 0.5)} | ${at(times.first, 0.95)} | ${at(times.first, 1)} |
| second level, request to detail | ${at(times.second, 0.5)} | ${at(times.second, 0.95)} | ${at(times.second, 1)} |`);

await browser.close();
await desk.stop();
cable.close();
await issuer.stop();
clean();
