// The checking desk in a real browser, against a real issuer.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { back, burst, camera, chooseDesk, clean, film, freePort, look, mario, openBrowser, openPage, paper, pictures, rasterise, speak, startDesk, startIssuer, step, tabTo, worker } from "./harness.mjs";

let issuer, desk, browser, sheet;

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

const headline = (page) => page.textContent("#answer h1");

test("paste, answer, receipt, shift", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await look(page, "desk-start");
  await page.fill("#qr", sheet.text);
  await page.fill("#cf", mario.slice(0, 15) + "X");
  await page.keyboard.press("Tab");
  assert.match(await page.textContent("#cf-error"), /ultima lettera/);
  await look(page, "desk-mistyped");
  await page.fill("#cf", mario);
  assert.equal(await page.textContent("#cf-error"), "");
  await page.click("#check-form button[type=submit]");
  assert.equal(await headline(page), "Confermato");
  await page.waitForFunction("document.activeElement.tagName === 'H1'"); // a screen reader begins at the answer
  assert.ok(!page.url().includes(mario));
  await look(page, "desk-confirmed");
  assert.match(await page.textContent("#receipt summary"), /Ricevuta/);
  assert.ok(!(await page.content()).includes(mario), "nothing of the person is in clear in the page");
  await page.goto(desk.base + "/shift");
  assert.ok(!(await page.content()).includes(mario), "the list of the shift names nobody");
  await look(page, "desk-shift");
  await page.context().close();
});

// The request and what is typed survive until the next person; then nothing is left of the last one.
test("nothing is lost, and nothing is left for the next operator", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  let saved = page.waitForResponse((r) => r.url().endsWith("/draft"));
  await burst(page, sheet.text);
  await saved;
  await page.reload();
  assert.equal(await page.inputValue("#qr"), sheet.text, "scanned");
  saved = page.waitForResponse((r) => r.url().endsWith("/draft"));
  await page.fill("#cf", mario.slice(0, 9));
  await saved;
  await page.reload();
  assert.deepEqual([await page.inputValue("#qr"), await page.inputValue("#cf")], [sheet.text, mario.slice(0, 9)]);
  await speak(page, "de");
  await page.waitForSelector("html[lang=de]");
  assert.equal(await page.inputValue("#cf"), mario.slice(0, 9), "in another language");
  await look(page, "desk-still-here");
  await speak(page, "it");
  await page.waitForSelector("html[lang=it]");
  await page.fill("#cf", mario);
  await page.click("#check-form button[type=submit]");
  assert.equal(await headline(page), "Confermato");
  await speak(page, "de");
  await page.waitForSelector("html[lang=de] #answer");
  await page.reload();
  await page.waitForSelector("#answer");
  await page.goBack(); // the answer in the language of before
  await page.goBack();
  await page.waitForSelector("#check-form");
  assert.equal(await page.inputValue("#qr"), sheet.text);
  await page.goForward();
  await page.waitForSelector("#answer");
  await page.click("#next");
  await page.waitForSelector("#check-form");
  assert.equal(await page.inputValue("#qr"), "");
  for (let n = 0; n < 5; n++) { // the next operator presses Back
    await back(page);
    const text = await page.content();
    assert.ok(!/id="answer"|name="inquiry"/.test(text) && !text.includes(mario), "nothing of the last person");
    assert.equal(await page.evaluate("[...document.querySelectorAll('#qr, #cf')].map((f) => f.value).join('')"), "");
  }
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

// All tabs share the cookie. None shows the person of another.
test("two tabs of one desk", async () => {
  const a = await openPage(browser);
  const b = await a.context().newPage();
  const other = "https://example.org/menu";
  for (const [tab, text, cf] of [[a, sheet.text, mario], [b, other, "VRDCRL68S07M999O"]]) {
    await tab.goto(desk.base);
    await tab.fill("#qr", text);
    await tab.fill("#cf", cf);
    await tab.click("#check-form button[type=submit]");
    await tab.waitForSelector("#answer");
  }
  assert.equal(await headline(a), "Confermato");
  await a.reload();
  await a.waitForSelector("#check-form");
  assert.equal((await a.inputValue("#qr")) + (await a.inputValue("#cf")), "", "not the other's");
  await look(a, "desk-other-tab");
  await a.click("#elsewhere a");
  await a.waitForFunction((text) => document.getElementById("qr").value === text, other); // only if asked for
  await a.goto(desk.base);
  await b.reload();
  assert.match(await headline(b), /^Incerto/);
  await b.goBack();
  await b.waitForSelector("#check-form");
  assert.equal(await b.inputValue("#qr"), other, "its own");
  await a.fill("#qr", sheet.text);
  // that with the code: on a slow machine the QR is saved before
  const saved = a.waitForResponse((r) => r.url().endsWith("/draft") && r.request().postData().includes(mario.slice(0, 9)));
  await a.fill("#cf", mario.slice(0, 9));
  await saved;
  assert.equal(await a.isHidden("#elsewhere"), true, "it would lead nowhere");
  await b.reload();
  await b.waitForSelector("#check-form");
  assert.equal((await b.inputValue("#qr")) + (await b.inputValue("#cf")), "", "not what the other has typed");
  await a.reload();
  assert.deepEqual([await a.inputValue("#qr"), await a.inputValue("#cf")], [sheet.text, mario.slice(0, 9)]);
  await a.context().close();
});

test("each answer looks like itself", async () => {
  const page = await openPage(browser);
  const ask = async (text, cf) => {
    await page.goto(desk.base + "/?new");
    await page.fill("#qr", text);
    await page.fill("#cf", cf);
    await page.click("#check-form button[type=submit]");
    return (await page.getAttribute("#answer", "class")).split(" ")[1];
  };
  assert.equal(await ask(sheet.text, "VRDCRL68S07M999O"), "answer-no", "somebody else's paper");
  await look(page, "desk-not-confirmed");
  assert.equal(await ask("https://example.org/menu", mario), "answer-unknown");
  await look(page, "desk-cannot-tell");
  await page.context().close();
});

test("the answer is read at arm's length", async () => {
  const page = await openPage(browser);
  const own = paper(issuer); // wrong codes count for a document
  const lines = () => page.evaluate(() => { // the lines of the headline's first word or words, and its size
    const h1 = document.querySelector("#answer h1");
    const range = document.createRange();
    range.selectNodeContents(h1.firstChild);
    const size = parseFloat(getComputedStyle(h1).fontSize);
    return { lines: new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size, size };
  });
  for (const lang of ["en", "de", "fr", "sl", "it"]) {
    for (const [cf, name, most] of [[mario, "yes", 1], ["VRDCRL68S07M999O", "no", 4]]) {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(`${desk.base}/?new&lang=${lang}`);
      await page.fill("#qr", own.text);
      await page.fill("#cf", cf);
      await page.click("#check-form button[type=submit]");
      await page.waitForSelector("#answer");
      const header = await page.evaluate("document.querySelector('header').getBoundingClientRect().height");
      assert.ok(header <= 0.15 * 844, `${lang}: header and menus take ${header} px`);
      for (const [width, size] of [[320, 48], [390, 58.5], [1280, 64]]) {
        await page.setViewportSize({ width, height: 844 });
        const at = await lines();
        assert.equal(at.size, size);
        assert.ok(at.lines <= most, `${lang} ${name} at ${width} px: ${at.lines} lines`);
        const right = await page.evaluate(() => {
          const range = document.createRange();
          range.selectNodeContents(document.getElementById("answer"));
          const box = document.getElementById("answer").getBoundingClientRect();
          return Math.max(...[...range.getClientRects()].map((r) => r.right)) - box.right;
        });
        assert.ok(right <= 0, `${lang} ${name} at ${width} px: words stand out of the box by ${right} px`);
        if (pictures) await page.screenshot({ path: join(pictures, `desk-answer-${name}-${lang}-${width}.png`) });
      }
    }
  }
  await page.context().close();
});

test("printing prints the receipt only", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await page.fill("#qr", sheet.text);
  await page.fill("#cf", mario);
  await page.click("#check-form button[type=submit]");
  await page.waitForSelector("#answer");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.isHidden("#answer"), true);
  await page.waitForSelector("header", { state: "hidden" });
  assert.match(await page.innerText("body"), /^\s*Ricevuta[\s\S]*Numero della ricevuta/);
  await page.context().close();
});

test("what is to be corrected has the focus and leads to its field", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await page.fill("#qr", sheet.text);
  await page.click("#check-form button[type=submit]");
  await page.waitForFunction("document.activeElement.id === 'mistakes'");
  assert.match(await page.title(), /^Da correggere: /);
  await look(page, "desk-to-correct");
  await page.click("#mistakes a");
  assert.equal(await page.evaluate("document.activeElement.id"), "cf");
  await page.context().close();
});

test("forced colours leave buttons their outline and fill", async () => {
  const page = await openPage(browser, { forcedColors: "active" });
  await page.goto(desk.base + "/?new");
  const look = (selector) => page.evaluate((s) => {
    const style = getComputedStyle(document.querySelector(s));
    return [style.borderTopWidth, style.backgroundColor !== style.borderTopColor, style.backgroundColor];
  }, selector);
  const [width, , fill] = await look("#check-form .btn-primary[type=submit]");
  assert.equal(width, "2px");
  const canvas = await page.evaluate("getComputedStyle(document.body).backgroundColor");
  assert.notEqual(fill, canvas, "the first button is filled");
  await page.goto(desk.base + "/shift");
  if (pictures) {
    await page.goto(desk.base + "/?new");
    await page.screenshot({ path: join(pictures, "desk-forced.png"), fullPage: true });
  }
  await page.context().close();
});

test("a scanner that types", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await page.keyboard.type(sheet.text);
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue("#qr"), sheet.text, "it was typed with the focus nowhere");
  await page.keyboard.type(mario);
  await page.keyboard.press("Enter");
  assert.equal(await headline(page), "Confermato");
  await page.context().close();
});

// What the keys of a US keyboard type on a computer with another layout: the parts that a QR's text has.
const onLayout = {
  it: (text) => text.replace(/[-_:/#]/g, (c) => ({ "-": "'", _: "?", ":": "ç", "/": "-", "#": "£" })[c]),
  caps: (text) => text.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())),
};

test("a scanner types wherever the focus is", async () => {
  const page = await openPage(browser);
  for (const focus of ["#qr", "#cf", "#camera-start", "#check-form button[type=submit]", "#photo"]) {
    await page.goto(desk.base + "/?new");
    if (focus === "#photo") await page.click("#photo-field summary");
    await page.focus(focus);
    await burst(page, sheet.text, focus === "#cf" ? "Tab" : "Enter");
    assert.equal(await page.inputValue("#qr"), sheet.text, focus);
    assert.equal(await page.inputValue("#cf"), "", "no part of it stays where the focus was");
    assert.equal(await page.evaluate("document.activeElement.id"), "cf");
    await burst(page, sheet.text);
    assert.equal(await page.inputValue("#qr"), sheet.text, "twice the same scan is one");
  }
  await page.goto(desk.base + "/?new");
  await page.fill("#qr", "what was there");
  await burst(page, mario, "Tab"); // Enter would send the form
  assert.deepEqual([await page.inputValue("#cf"), await page.inputValue("#qr")], [mario, "what was there"]);
  await page.goto(desk.base + "/?new");
  await burst(page, mario);
  assert.equal(await page.inputValue("#cf"), mario, "the codice fiscale first");
  await burst(page, sheet.text);
  assert.equal(await headline(page), "Confermato", "both were scanned: the form sends itself");
  await page.context().close();
});

test("one person is a scan and sixteen keys", async () => {
  const filming = await openBrowser(camera(await film(rasterise(sheet.pdf, 200), { crop: qrPlace })));
  const page = await openPage(filming);
  const me = worker(page);
  const filmed = () => page.waitForFunction(() => document.activeElement.id === "cf" && document.getElementById("qr").value !== "");
  await page.goto(desk.base + "/?new");
  await page.click("#camera-start");
  await filmed();
  for (const benefit of ["museums", ""]) {
    await chooseDesk(page, desk.base, benefit, { organisation: "Museo Civico", purpose: "benefit" });
    await filmed(); // the camera has started by itself
    await me.type(mario);
    assert.deepEqual(await me.took("#answer"), [0, 16], benefit || "category");
    assert.equal(await headline(page), "Confermato");
    await me.tap("#next");
    await page.waitForSelector("#check-form");
    assert.deepEqual(await me.took("#check-form"), [1, 0], "next person");
    await filmed();
    await me.type("12345671510");
    await me.enter();
    assert.deepEqual(await me.took("#answer"), [0, 12], "a provisional code");
  }
  await burst(page, sheet.text);
  await page.waitForSelector("#qr-read:not([hidden])");
  assert.deepEqual(await me.took("#check-form"), [0, 0], "a scan on the answer is the next person");
  assert.doesNotMatch(page.url(), /#|new/);
  await me.type(mario);
  assert.deepEqual(await me.took("#answer"), [0, 16]);
  assert.deepEqual(page.complaints(), []);
  await filming.close();
});

test("the form sends itself only if the last character was added at the end", async () => {
  const page = await openPage(browser);
  let sent = 0;
  await page.route((url) => url.pathname === "/", (route) => (route.request().method() === "POST" ? (sent++, route.fulfill({ status: 204 })) : route.continue()));
  await page.clock.install();
  await page.goto(desk.base + "/?new");
  assert.match(await page.textContent("#cf-hint"), /parte da solo con il sedicesimo carattere/);
  const waits = async (why) => {
    await page.clock.runFor(5000);
    assert.equal(sent, 0, why);
  };
  const type = (text) => page.keyboard.type(text);
  await page.focus("#cf");
  await type(mario);
  await waits("there is no QR");
  await page.fill("#qr", "what is no paper");
  await page.fill("#cf", mario.slice(0, 15));
  await type("U");
  await waits("this is no QR of this system");
  await page.fill("#qr", sheet.text);
  await page.fill("#cf", mario);
  await waits("pasted");
  await page.fill("#cf", mario.slice(1));
  await page.keyboard.press("Home");
  await type(mario[0]);
  await waits("edited inside");
  await page.fill("#cf", mario.slice(0, 15));
  await type("X");
  await waits("wrong");
  await page.fill("#cf", "1234567151");
  await type("0");
  await waits("provisional");
  await page.fill("#cf", mario.slice(0, 15));
  await type("U");
  await page.keyboard.press("Shift");
  await waits("somebody goes on");
  await page.fill("#cf", "RSSMRA80A01H50M"); // omocodia: 1 is M, and its letter is another
  await type(omocodia("RSSMRA80A01H50M"));
  await page.clock.runFor(399);
  assert.equal(sent, 0);
  await page.clock.runFor(1);
  await page.waitForFunction(() => true);
  assert.equal(sent, 1);
  await page.goto(desk.base + "/desk");
  await page.check("#wait");
  await page.click("main form button[type=submit]");
  await page.waitForSelector("#check-form");
  assert.doesNotMatch(await page.textContent("#cf-hint"), /parte da solo/);
  await page.goto(desk.base + "/?new"); // not what was typed before
  await page.fill("#qr", sheet.text);
  await page.focus("#cf");
  await type(mario);
  await page.clock.runFor(5000);
  assert.equal(sent, 1, "the desk has turned it off");
  await page.context().close();
});

/** The check letter of fifteen characters (DM 23/12/1976). */
function omocodia(cf) {
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
  const sum = [...cf].map((c, i) => [c < "A" ? Number(c) : c.charCodeAt(0) - 65, i]).reduce((s, [v, i]) => s + (i % 2 ? v : odd[v]), 0);
  return String.fromCharCode(65 + (sum % 26));
}

test("a desk fits its screen", async () => {
  const filming = await openBrowser(camera(await film(rasterise(sheet.pdf, 200), { crop: [0, 0, 0.1, 0.1] })));
  const page = await openPage(filming);
  const box = (selector) => page.evaluate((s) => {
    const { top, bottom, left, right } = document.querySelector(s).getBoundingClientRect();
    return { top, bottom, left, right };
  }, selector);
  for (const lang of ["it", "en", "de", "fr", "sl"]) {
    await page.goto(`${desk.base}/?lang=${lang}`);
    for (const camera of ["off", "on"]) {
      if (camera === "on") {
        await page.click("#camera-start");
        await page.waitForFunction(() => document.getElementById("video").videoWidth > 0);
      }
      for (const [width, height] of [[390, 844], [1280, 844], [320, 844]]) {
        await page.setViewportSize({ width, height });
        if (width < 400) assert.ok((await box("header")).bottom <= 0.15 * height, `${lang} ${width}: header`);
        if (width > 320) assert.ok((await box("#check-form button[type=submit]")).bottom <= height, `${lang} ${width}: the form, camera ${camera}`);
        if (pictures) await page.screenshot({ path: join(pictures, `desk-fits-${lang}-${camera}-${width}.png`) });
      }
      await page.setViewportSize({ width: 1280, height: 844 });
      assert.ok((await box("#scan")).right <= 640 && (await box("#cf")).left >= 640, "both halves");
      await page.setViewportSize({ width: 390, height: 844 });
    }
    await page.click("#camera-stop");
  }
  await filming.close();
});

test("the next person is always in reach and covers nothing", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await page.fill("#qr", sheet.text);
  await page.fill("#cf", mario);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#answer");
  for (const width of [320, 390, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    for (const scroll of ["top", "bottom"]) {
      await page.evaluate((s) => scrollTo(0, s === "top" ? 0 : document.body.scrollHeight), scroll);
      const [top, bottom, end] = await page.evaluate(() => [
        document.getElementById("next").getBoundingClientRect().top,
        document.getElementById("next").getBoundingClientRect().bottom,
        document.querySelector("footer").getBoundingClientRect().bottom,
      ]);
      assert.ok(top > 0 && bottom <= 640, `${width} ${scroll}`);
      if (scroll === "bottom") assert.ok(end <= top, `${width}: the footer ends above it`);
    }
  }
  await burst(page, "https://www.example.org/menu");
  assert.match(await page.textContent("#scan-status"), /non è un QR di questo sistema/);
  await look(page, "desk-next");
  await page.context().close();
});

test("a scanner that pauses", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await page.focus("#qr");
  for (const part of [sheet.text.slice(0, 60), sheet.text.slice(60, 90)]) {
    await page.keyboard.type(part);
    await page.waitForTimeout(200);
  }
  await burst(page, sheet.text.slice(90), "Tab");
  assert.equal(await page.inputValue("#qr"), sheet.text);
  await page.context().close();
});

test("a scanner with another keyboard", async () => {
  const page = await openPage(browser);
  const digits = sheet.text.split("#")[1];
  for (const layout of Object.values(onLayout)) {
    await page.goto(desk.base + "/?new");
    await burst(page, layout(sheet.text));
    assert.equal((await page.inputValue("#qr")).split("#")[1], digits);
    await page.goto(desk.base + "/?new");
    await page.fill("#qr", layout(sheet.text));
    await page.fill("#cf", mario);
    await page.click("#check-form button[type=submit]");
    assert.equal(await headline(page), "Confermato", "pasted, read by the server");
  }
  await page.goto(desk.base + "/?new");
  const keyboards = JSON.parse(await page.getAttribute("#camera", "data-keyboards"));
  for (const [name, rows] of Object.entries(keyboards)) {
    for (const locked of [false, true]) {
      const pressed = (text) => [...text].map((key) => {
        const level = keyboards.us.findIndex((row) => row.includes(key));
        const place = keyboards.us[level].indexOf(key);
        const turns = locked && (name === "fr" || /[a-z]/.test(keyboards.us[0][place]));
        return [...rows[turns ? 1 - level : level]][place];
      }).join("");
      await page.fill("#cf", "");
      await burst(page, pressed(sheet.text));
      assert.equal((await page.inputValue("#qr")).split("#")[1], digits, `${name} ${locked}`);
      await page.fill("#qr", ""); // with both it would send itself
      await burst(page, pressed(mario), "Tab");
      assert.equal(await page.inputValue("#cf"), mario, `${name} ${locked}`);
    }
  }
  await page.goto(desk.base + "/?new");
  await burst(page, onLayout.it("https://www.example.org/menu"));
  assert.match(await page.textContent("#camera-status"), /Il lettore scrive con un’altra tastiera/);
  await burst(page, "https://www.example.org/menu");
  assert.match(await page.textContent("#camera-status"), /altro QR/);
  await look(page, "desk-scanner");
  await page.context().close();
});

test("keyboard alone", async () => {
  const page = await openPage(browser, { viewport: { width: 1280, height: 800 } });
  await page.goto(desk.base + "/?new");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.className"), "skip-link");
  await tabTo(page, "#qr");
  await page.keyboard.type(sheet.text);
  await tabTo(page, "#cf");
  await page.keyboard.type(mario);
  await tabTo(page, "#check-form button[type=submit]");
  await page.keyboard.press("Space");
  assert.equal(await headline(page), "Confermato");
  await page.context().close();
});

test("photo, read in the browser", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await page.setInputFiles("#photo", rasterise(sheet.pdf));
  await page.waitForFunction(() => document.getElementById("qr").value !== "");
  await page.fill("#cf", mario);
  await page.click("#check-form button[type=submit]");
  assert.equal(await headline(page), "Confermato");
  await page.context().close();
});

test("without JavaScript: a PDF, read by the server", async () => {
  const page = await openPage(browser, { javaScriptEnabled: false });
  await page.goto(desk.base + "/?new");
  await page.setInputFiles("#photo", sheet.pdf);
  await page.fill("#cf", mario);
  await page.click("#check-form button[type=submit]");
  assert.match(await page.textContent("#answer"), /Confermato/);
  await page.context().close();
});

test("where WebAssembly is refused the plain reader does it", async () => {
  const page = await openPage(browser);
  await page.addInitScript(() => {
    for (const name of ["instantiate", "instantiateStreaming", "compile", "compileStreaming"]) {
      WebAssembly[name] = () => Promise.reject(new Error("refused"));
    }
  });
  await page.goto(desk.base + "/?new");
  await page.setInputFiles("#photo", rasterise(sheet.pdf));
  await page.waitForFunction(() => document.getElementById("qr").value !== "");
  assert.match(await page.inputValue("#qr"), /#[1-9][0-9]{200,}$/);
  await page.context().close();
});

// The lower left of the sheet, where the QR stands, as somebody holds it before a camera.
for (const [name, worn] of [["clean", false], ["worn", true]]) {
  test(`camera, ${name} picture`, async (t) => {
    const clip = await film(rasterise(sheet.pdf, 200), { crop: qrPlace, worn });
    const filming = await openBrowser(camera(clip));
    const page = await openPage(filming);
    await page.goto(desk.base + "/?new");
    await page.click("#camera-start");
    await page.waitForFunction(() => document.getElementById("video").currentTime > 0);
    const began = Date.now();
    await page.waitForFunction(() => document.getElementById("qr").value !== "");
    const text = Date.now() - began;
    assert.equal(await page.evaluate("document.activeElement.id"), "cf");
    await page.keyboard.type(mario);
    assert.equal(await page.isHidden("#video"), true, "the camera is off again");
    await page.keyboard.press("Enter");
    assert.equal(await headline(page), "Confermato");
    t.diagnostic(`${name} picture, from the first one to the answer: ${Date.now() - began} ms, to the text ${text}`);
    assert.deepEqual(page.complaints(), []);
    await filming.close();
  });
}
const qrPlace = [0.05, 0.05, 0.5, 0.4];

const cases = process.env.ATTESTA_CASES && process.env.ATTESTA_CASES + "/files/two-qrs.png";
test("camera: another QR first, then two at once", { skip: !cases }, async () => {
  const foreign = await film(cases, { crop: foreignPlace });
  const both = await film(cases, { crop: [0.03, 0.02, 0.8, 0.78] });
  const clip = foreign.replace(".mjpeg", "-both.mjpeg");
  writeFileSync(clip, Buffer.concat([...Array(20).fill(readFileSync(foreign)), ...Array(20).fill(readFileSync(both))]));
  const filming = await openBrowser(camera(clip));
  const page = await openPage(filming);
  await page.goto(desk.base + "/?new");
  await page.click("#camera-start");
  await page.waitForFunction(() => /altro QR/.test(document.getElementById("camera-status").textContent));
  await page.waitForFunction(() => document.getElementById("qr").value !== "");
  assert.match(await page.inputValue("#qr"), /^https:\/\/qr\.example\.it\/q#eyJ/);
  assert.equal(await page.isHidden("#camera-torch"), true, "this camera has no light");
  await filming.close();
});
const foreignPlace = [0, 0, 0.25, 0.15];

// inps.png has the text of the card's QR. A scanner types it on an answer, a camera and a photo show it; nothing is fetched.
const inps = "https://www.inps.it/sdc/DCFC33B056C5";
test("the QR of a European Disability Card", async () => {
  const filming = await openBrowser(camera(await film("inps.png")));
  let page = await openPage(filming);
  const left = [];
  const watched = () => page.on("request", (request) => request.url().startsWith(desk.base) || left.push(request.url()));
  watched();
  const answered = async () => {
    assert.match(await page.textContent("#camera-status"), /È un QR dell’INPS/);
    assert.equal(await page.evaluate("document.activeElement.type"), "submit");
    await page.keyboard.press("Enter");
    assert.match(await headline(page), /^Incerto Carta europea della disabilità/);
    assert.equal(await page.getAttribute("#inps a", "href"), inps);
  };
  await page.goto(desk.base + "/?new");
  await page.click("#camera-start");
  await page.waitForFunction((text) => document.getElementById("qr").value === text, inps);
  await answered();
  await look(page, "desk-inps", [320, 390, 1280]);
  await burst(page, inps);
  await page.waitForSelector("#check-form");
  await page.waitForFunction(() => document.getElementById("camera-status").textContent !== "");
  assert.equal(await page.inputValue("#qr"), inps);
  page = await openPage(browser); // without a camera
  watched();
  await page.goto(desk.base + "/?new");
  await page.setInputFiles("#photo", "inps.png");
  await page.waitForFunction((text) => document.getElementById("qr").value === text, inps);
  await answered();
  await page.goto(desk.base + "/?new");
  await burst(page, inps);
  await answered();
  assert.deepEqual([left, page.complaints()], [[], []]);
  await filming.close();
});

test("no camera, no permission", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await page.click("#camera-start");
  await page.waitForFunction(() => document.getElementById("camera-status").textContent !== "");
  assert.match(await page.textContent("#camera-status"), /Carichi una foto o incolli il testo/);
  await page.context().close();
});

test("the guide, with pictures in each language", async () => {
  const page = await openPage(browser);
  for (const lang of ["en", "de", "fr", "sl", "it"]) {
    if (process.env.ATTESTA_GUIDE) {
      await page.goto(`${desk.base}/?new&lang=${lang}`);
      await page.fill("#qr", sheet.text);
      await page.fill("#cf", mario);
      await step(page, `desk-scan-${lang}`);
      await page.click("#check-form button[type=submit]");
      await page.waitForSelector("#answer");
      await step(page, `desk-yes-${lang}`);
      await page.goto(desk.base + "/?new");
      await page.fill("#qr", "https://example.org/menu");
      await page.fill("#cf", mario);
      await page.click("#check-form button[type=submit]");
      await page.waitForSelector("#answer");
      await step(page, `desk-unknown-${lang}`);
    }
    await page.goto(`${desk.base}/guide?lang=${lang}`);
    for (const picture of await page.locator("img").all()) await picture.scrollIntoViewIfNeeded(); // they load when seen
    const widths = await page.$$eval("img", (all) => Promise.all(all.map(async (i) => (await i.decode(), i.naturalWidth))));
    assert.ok(process.env.ATTESTA_GUIDE || widths.join() === "360,360,360", `pictures in ${lang}: ${widths}`);
    await look(page, `desk-guide-${lang}`);
  }
  await page.context().close();
});

test("every language", async () => {
  const page = await openPage(browser);
  for (const lang of ["en", "de", "fr", "sl", "it"]) {
    await page.goto(`${desk.base}/?new&lang=${lang}`);
    assert.equal(await page.getAttribute("html", "lang"), lang);
    await look(page, `desk-start-${lang}`);
  }
  await page.context().close();
});

test("a phone enters with the link, and its operator logs in at the desk's own machine", async () => {
  const lan = await startDesk(issuer, ["-lan", "-addr", `0.0.0.0:${await freePort()}`]);
  const link = lan.said.match(/^Phone {3}(\S+)$/m)[1];
  const phone = await openPage(browser, { ignoreHTTPSErrors: true });
  await phone.goto(link.split("/key")[0]);
  await look(phone, "desk-closed");
  await phone.goto(link);
  await phone.waitForSelector("#check-form");
  assert.equal(phone.url(), link.split("/key")[0] + "/", "the key is out of the address");
  await phone.goBack();
  assert.doesNotMatch(phone.url(), /#/, "and out of the history");
  await look(phone, "desk-key");
  await phone.goto(new URL("/operator?back=/shift", phone.url()).href);
  await look(phone, "desk-phone-login");
  await phone.click("form[action='/operator'] button");
  await look(phone, "desk-word");
  const word = await phone.textContent(".big-number");

  const at = await openPage(browser);
  await at.goto(lan.base);
  await at.click("nav a[href='/operator/phone']");
  await look(at, "desk-phone");
  await at.fill("#word", "x");
  await at.click("form[action='/operator/phone'] button");
  await at.waitForFunction("document.activeElement.id === 'mistakes'");
  await look(at, "desk-phone-to-correct");
  await at.fill("#word", word.toUpperCase());
  await at.click("form[action='/operator/phone'] button");
  await at.click('h3 a:has-text("Giorgio Ricci")');
  await at.waitForSelector(".answer-yes");
  await look(at, "desk-phone-done");
  await phone.waitForURL(/\/shift$/); // the phone notices by itself
  assert.equal(await phone.locator("form[action='/auth/logout']").count(), 1, "logged in");
  await at.goto(lan.base);
  assert.equal(await at.locator("form[action='/auth/logout']").count(), 0, "only the phone is");
  await phone.context().close();
  await at.context().close();
  assert.equal(await lan.stop(), 0);
});

test("the issuer is down", async () => {
  const other = await startIssuer();
  const lone = await startDesk(other);
  const { text } = paper(other);
  await other.stop();
  const page = await openPage(browser);
  await page.goto(lone.base);
  await page.fill("#qr", text);
  await page.fill("#cf", mario);
  await page.click("#check-form button[type=submit]");
  assert.equal((await page.getAttribute("#answer", "class")).split(" ")[1], "answer-unknown");
  await look(page, "desk-unavailable");
  await page.context().close();
  assert.equal(await lone.stop(), 0, "it ends in good order");
});
