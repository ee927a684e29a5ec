// The tessera sanitaria at the checking desk, whose barcode is the codice fiscale, and how a device says the answer.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import bwip from "bwip-js";
import { burst, camera, clean, film, look, mario, openBrowser, openPage, paper, rasterise, startDesk, startIssuer, work } from "./harness.mjs";

let issuer, desk, browser, sheet;
const carla = "VRDCRL68S07M999O";

before(async () => {
  issuer = await startIssuer();
  desk = await startDesk(issuer);
  sheet = paper(issuer);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await desk?.stop();
  await issuer?.stop();
  clean();
});

/** A picture of barcodes of other makers' kinds, [kind, text], one below the other. */
async function barcodes(...codes) {
  const page = await openPage(browser, { viewport: { width: 640, height: 360 } });
  const pictures = await Promise.all(codes.map(([bcid, text]) => bwip.toBuffer({ bcid, text, scale: 2, height: 12 })));
  const images = pictures.map((png) => `<p><img src="data:image/png;base64,${png.toString("base64")}"></p>`);
  await page.setContent(`<body style="background:#fff;text-align:center">${images.join("")}`);
  const path = join(work, `codes-${Math.random().toString(36).slice(2)}.png`);
  await page.screenshot({ path });
  await page.context().close();
  return path;
}

/** A film of films, each shown so often. */
function films(...parts) {
  const path = join(work, `films-${Math.random().toString(36).slice(2)}.mjpeg`);
  writeFileSync(path, Buffer.concat(parts.flatMap(([part, times]) => Array(times).fill(readFileSync(part)))));
  return path;
}

const others = [["code32", "01234567"], ["code39", mario.slice(0, 15) + "X"], ["ean13", "8012345678907"]];
const noPhoto = /La tessera sanitaria non ha una foto/;

test("camera: other barcodes first, then document and tessera", async (t) => {
  const document = await film(rasterise(sheet.pdf, 200), { crop: [0.05, 0.05, 0.5, 0.4] });
  const tessera = await film(await barcodes(["code39", mario]));
  const filming = await openBrowser(camera(films([await film(await barcodes(...others)), 6], [document, 10], [tessera, 20])));
  const page = await openPage(filming);
  await page.goto(desk.base + "/?new");
  await page.click("#camera-start");
  await page.waitForFunction(() => document.getElementById("video").currentTime > 0);
  const began = Date.now();
  const read = await page.waitForFunction(() => { // at one moment: the tessera comes soon
    const [qr, cf, status, video] = ["qr", "cf", "camera-status", "video"].map((id) => document.getElementById(id));
    return qr.value !== "" && { cf: cf.value, status: status.textContent, looks: video.checkVisibility() };
  });
  const { cf, status, looks } = await read.jsonValue();
  assert.equal(cf, "", "nothing of the other barcodes");
  assert.match(status, /inquadri il codice a barre della tessera/);
  assert.equal(looks, true, "the camera looks for the tessera");
  assert.match(await page.textContent("#answer"), noPhoto); // it has sent itself: two scans and no key
  t.diagnostic(`document and tessera, from the first picture to the answer: ${Date.now() - began} ms, of them about 2,000 other barcodes`);
  await look(page, "desk-card-answer");
  await filming.close();
});

test("camera: the tessera first, dark and shaky, beside other barcodes", async () => {
  const tessera = await film(await barcodes(["ean13", "8012345678907"], ["code39", mario]), { worn: true });
  const document = await film(rasterise(sheet.pdf, 200), { crop: [0.05, 0.05, 0.5, 0.4], worn: true });
  const filming = await openBrowser(camera(films([tessera, 12], [document, 20])));
  const page = await openPage(filming);
  await page.goto(desk.base + "/?new");
  await page.click("#camera-start");
  await page.waitForFunction(() => document.getElementById("cf").value !== "");
  assert.equal(await page.inputValue("#cf"), mario);
  assert.match(await page.textContent("#answer"), noPhoto);
  assert.deepEqual(page.complaints(), []);
  await filming.close();
});

test("a tessera counts if two pictures show it alike", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  const told = await page.evaluate(async ([mario, carla]) => {
    const script = document.querySelector("script[src*=scan]").src;
    const { Camera } = await import(script.replace("scan.page", "camera.page"));
    const told = [];
    const camera = new Camera(document.createElement("video"));
    const pictures = [{ cf: carla }, {}, { cf: mario }, { cf: carla }, {}, { cf: carla }, { paper: "p", cf: mario }];
    camera.stream = { getTracks: () => [] };
    camera.look = async () => {
      if (pictures.length === 1) camera.stop();
      return pictures.shift();
    };
    await camera.loop(camera.stream, () => {}, () => {}, (cf) => told.push(cf));
    return told;
  }, [mario, carla]);
  assert.deepEqual(told, [carla]);
  await page.context().close();
});

test("a USB scanner reads the tessera and passes other barcodes over", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/desk");
  await page.check("#wait"); // so that the form does not send itself
  await page.click("main form button[type=submit]");
  await page.waitForSelector("#check-form");
  for (const text of [mario, `*${mario}*`, mario.toLowerCase(), `(${mario}(`]) { // the last: the star on an Italian keyboard
    await page.goto(desk.base + "/?new");
    await burst(page, text);
    assert.equal(await page.inputValue("#cf"), mario, text);
    await burst(page, sheet.text);
    assert.equal(await page.evaluate("document.activeElement.type"), "submit");
    for (const other of ["8012345678907", "A012345676", "012345676", mario.slice(0, 15) + "X", "0000123400001234"]) {
      for (const focus of ["#cf", "#check-form button[type=submit]"]) {
        await page.focus(focus);
        await burst(page, other);
        assert.equal(await page.inputValue("#cf"), mario, other);
      }
    }
  }
  await page.focus("#cf");
  await burst(page, "8012345678907");
  assert.match(await page.textContent("#camera-status"), /non è il codice a barre di una tessera/);
  await page.click("#check-form button[type=submit]");
  assert.match(await page.textContent("#answer"), noPhoto);

  await page.goto(desk.base + "/?new");
  await page.focus("#cf");
  await page.keyboard.type(mario.slice(0, 7));
  await page.waitForTimeout(200);
  await burst(page, mario.slice(7), "Tab");
  assert.equal(await page.inputValue("#cf"), mario, "a scanner that pauses");

  await page.goto(desk.base + "/?new");
  await burst(page, sheet.text);
  await page.fill("#cf", mario);
  await page.click("#check-form button[type=submit]");
  assert.doesNotMatch(await page.textContent("#answer"), noPhoto, "a person typed");
  await page.context().close();
});

test("the phone's own camera opened the page: the tessera is left to be scanned", async () => {
  const page = await openPage(browser);
  await page.goto(sheet.text);
  await page.waitForSelector("#qr-field", { state: "hidden" });
  assert.equal((await page.textContent("#camera-start")).trim(), "Inquadrare la tessera sanitaria");
  assert.equal(await page.isHidden("#photo-field"), true);
  await look(page, "q-card");
  await page.context().close();
});

test("the device says the answer as chosen", async () => {
  const page = await openPage(browser);
  await page.addInitScript(() => {
    window.felt = [];
    window.tones = 0;
    const vibrate = navigator.vibrate.bind(navigator);
    navigator.vibrate = (pattern) => window.felt.push(vibrate(pattern) && pattern);
    const set = AudioParam.prototype.setTargetAtTime;
    AudioParam.prototype.setTargetAtTime = function (value, ...more) {
      if (value > 0) window.tones++;
      return set.call(this, value, ...more);
    };
    const start = AudioScheduledSourceNode.prototype.start;
    AudioScheduledSourceNode.prototype.start = function () {
      window.audio = this.context;
      start.call(this);
    };
  });
  const own = paper(issuer); // wrong codes count for a document
  const said = async (text, cf) => {
    await page.goto(desk.base + "/?new");
    await page.fill("#qr", text);
    await page.fill("#cf", cf);
    await page.click("#check-form button[type=submit]");
    await page.waitForSelector("#answer");
    await page.waitForFunction(() => !window.audio || window.audio.currentTime > 0); // it is heard
    return page.evaluate(() => [window.felt.flat(), window.tones]);
  };
  const choose = async (choice) => {
    await page.goto(desk.base + "/desk");
    await page.click("#signals summary");
    await page.click(choice);
  };
  assert.deepEqual(await said(own.text, mario), [[400], 0], "no sound unless it is chosen");
  await choose("#sound-three");
  assert.deepEqual(await page.evaluate(() => [window.felt.flat(), window.tones]), [[400], 1], "a choice is tried at once");
  await look(page, "desk-signals");
  assert.deepEqual(await said(own.text, mario), [[400], 1]);
  assert.deepEqual(await said(own.text, carla), [[150, 150, 150], 2]);
  assert.deepEqual(await said("https://example.org/menu", mario), [[80, 100, 80, 100, 80], 3]);
  await choose("#sound-one");
  assert.equal((await said(own.text, carla))[1], 1, "the same for every answer");
  await choose("#vibrate");
  await choose("#sound-off");
  assert.deepEqual(await said(own.text, mario), [[], 0]);
  await choose("#sound-off");
  assert.equal(await page.isChecked("#vibrate"), false, "remembered on the device");
  assert.deepEqual(page.complaints(), []);
  await page.context().close();

  const plain = await openPage(browser, { javaScriptEnabled: false });
  await plain.goto(desk.base + "/desk");
  assert.equal(await plain.isHidden("#signals"), true);
  await plain.context().close();
});
