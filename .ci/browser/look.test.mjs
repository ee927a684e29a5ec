// The choice of a benefit, the header of each page and the headline of an answer: by keyboard, by touch, on narrow
// screens, in five languages, without JavaScript.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean, logIn, look, mario, openBrowser, openPage, paper, pictures, speak, startIssuer, tabTo } from "./harness.mjs";

let issuer, browser, sheet;

before(async () => {
  issuer = await startIssuer();
  sheet = paper(issuer);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await issuer?.stop();
  clean();
});

async function openForm(page, lang = "it") {
  await page.goto(`${issuer.base}/q?new`);
  await page.goto(`${issuer.base}/q?lang=${lang}`);
  await page.evaluate(() => document.querySelectorAll("main details").forEach((d) => (d.open = true)));
}
const combo = "input[role=combobox]";
const chosen = (page) => page.$eval("select[name=benefit]", (s) => s.value);
const activeText = (page) => page.$eval(combo, (i) => document.getElementById(i.getAttribute("aria-activedescendant"))?.textContent);
const snap = (page, name) => pictures && page.screenshot({ path: join(pictures, `${name}.png`) });

test("a benefit is chosen by keyboard alone", async () => {
  const page = await openPage(browser);
  await openForm(page);
  await tabTo(page, combo);
  assert.equal(await page.inputValue(combo), "Nessuno: solo la categoria");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.getAttribute(combo, "aria-expanded"), "true");
  await look(page, "picker-open");
  await page.keyboard.press("Escape");
  assert.equal(await page.getAttribute(combo, "aria-expanded"), "false");
  await page.keyboard.type("musei"); // over what was there
  assert.match(await activeText(page), /^Ingresso gratuito nei musei/);
  await page.keyboard.press("Enter");
  assert.equal(await chosen(page), "museums");
  assert.match(await page.inputValue(combo), /^Ingresso gratuito/);
  assert.match(page.url(), /\/q/, "Enter in the list sends nothing");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("treno");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab"); // what is marked is taken
  assert.equal(await chosen(page), "rail_concession_iii");
  await page.focus(combo);
  await page.keyboard.type("xyzzy");
  assert.match(await page.textContent(".field [role=status]"), /0/);
  await page.keyboard.press("Tab");
  assert.equal(await chosen(page), "rail_concession_iii", "what is not found changes nothing");
  await page.focus(combo);
  await page.keyboard.press("Delete");
  await page.keyboard.press("Tab");
  assert.equal(await chosen(page), "");
  await page.context().close();
});

test("what people say is found in each language, as the server finds it", async () => {
  const page = await openPage(browser);
  for (const [lang, word] of [["it", "sconto"], ["en", "queue"], ["de", "Schlange"], ["fr", "file"], ["sl", "popust"]]) {
    await openForm(page, lang);
    await page.fill(combo, word);
    await page.keyboard.press("Enter");
    assert.equal(await chosen(page), "priority", `${lang} ${word}`);
    await page.fill(combo, "104");
    await page.keyboard.press("Enter");
    assert.equal(await chosen(page), "permits", `${lang} 104`);
  }
  await page.context().close();
});

test("what this device chose last comes first, on a phone too", async () => {
  const page = await openPage(browser, { hasTouch: true, isMobile: true });
  await openForm(page);
  await page.tap(combo);
  await page.tap("[role=option]:has-text('Contrassegno di parcheggio')");
  assert.equal(await chosen(page), "parking_badge");
  await page.click("#check-form button[type=submit]");
  await openForm(page);
  assert.equal(await page.evaluate("localStorage.getItem('attesta-benefits')"), '["parking_badge"]');
  await page.tap(combo);
  assert.match(await page.textContent("[role=group] [role=option]"), /^Contrassegno/);
  await snap(page, "picker-phone");
  await page.context().close();
});

test("without JavaScript it is a list in groups", async () => {
  const page = await openPage(browser, { javaScriptEnabled: false });
  await page.goto(issuer.base + "/q");
  assert.equal(await page.locator(combo).count(), 0);
  assert.ok((await page.locator("select[name=benefit] optgroup").count()) >= 8);
  await page.context().close();
});

test("the header of an operator is small, and cuts no name", async () => {
  const page = await openPage(browser);
  await page.goto(issuer.base + "/area");
  await page.click('main a:has-text("SPID")');
  await page.click('h3 a:has-text("Laura Moretti")');
  await page.goto(issuer.base + "/q");
  const box = (selector) => page.$eval(selector, (e) => e.getBoundingClientRect().toJSON());
  const header = (await box("header")).height;
  assert.ok(header <= 0.15 * 844, `it takes ${header} px`);
  assert.ok((await box(".who button")).right <= 390, "to log out one need not scroll");
  await page.setViewportSize({ width: 320, height: 640 });
  for (const name of ["", "Istituto nazionale di prova della previdenza sociale"]) {
    await page.$eval(".brand span", (span, name) => name && (span.textContent = name), name);
    const cut = await page.$eval(".brand span", (s) => s.scrollWidth > s.clientWidth || getComputedStyle(s).overflow !== "visible");
    assert.equal(cut, false, name);
    assert.ok((await box(".brand")).right <= (await box(".languages")).left, name);
    await snap(page, `header-320${name && "-long"}`);
  }
  await tabTo(page, ".languages summary");
  await page.keyboard.press("Enter");
  assert.deepEqual(await page.$$eval(".languages details button", (all) => all.map((a) => `${a.lang} ${a.textContent}`)),
    ["it italiano", "en English", "de Deutsch", "fr français", "sl slovenščina"]);
  await snap(page, "header-320-languages");
  await look(page, "header-languages");
  await tabTo(page, ".languages details button[lang=de]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("html[lang=de]");
  await page.context().close();
});

test("no line of a headline ends with a negation at 320 px", async () => {
  const page = await openPage(browser, { viewport: { width: 320, height: 640 } });
  const negation = /^(non|not|nicht|keine?|pas|ni|niso|ne|no|nessun)$/i;
  for (const lang of ["it", "en", "de", "fr", "sl"]) {
    const said = [];
    for (const [text, cf, benefit] of [[sheet.text, mario, "canone_rai"], [sheet.text, "VRDCRL68S07M999O", ""],
      ["https://example.org/menu", mario, ""]]) {
      await openForm(page, lang);
      await page.fill("#qr", text);
      await page.fill("#cf", cf);
      await page.selectOption("select[name=benefit]", benefit);
      await page.click("#check-form button[type=submit]");
      await page.waitForSelector("#answer");
      const lines = await page.$eval("#answer h1", (h1) => {
        const node = h1.firstChild;
        const lines = new Map(); // the words of each line, by its top
        for (const m of node.data.matchAll(/[^\s\u00a0]+/g)) {
          const range = document.createRange();
          range.setStart(node, m.index);
          range.setEnd(node, m.index + m[0].length);
          const top = Math.round(range.getClientRects()[0].top);
          lines.set(top, [...(lines.get(top) ?? []), m[0]]);
        }
        return [...lines.values()];
      });
      said.push(lines.map((words) => words.join(" ")).join(" / "));
      for (const words of lines.slice(0, -1)) assert.doesNotMatch(words.at(-1), negation, said.at(-1));
      if (lines.length > 1) assert.ok(lines.every((words) => words.length > 1 || !negation.test(words[0])), said.at(-1));
      assert.equal(await page.$eval("#answer h1", (h1) => getComputedStyle(h1).fontSize), "48px");
    }
    assert.equal(new Set(said).size, said.length, said.join("; "));
  }
  await page.context().close();
});

// What is typed on a checking page is there in each language, and no address has any of it.
for (const javaScriptEnabled of [true, false]) {
  test(`another language keeps what was typed, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async () => {
    const page = await openPage(browser, { javaScriptEnabled });
    await logIn(issuer, page, "Laura Moretti");
    await page.goto(`${issuer.base}/q/desk`);
    const typed = () => page.$$eval("main :is(input, select, textarea):not([type=hidden], [type=file], [role=combobox], [name=sound])",
      (all) => all.map((e) => [e.id, /radio|checkbox/.test(e.type) ? e.checked : e.value]));
    const stays = async (name, fields) => {
      await page.$$eval("main details", (all) => all.forEach((d) => (d.open = true)));
      for (const [id, value] of Object.entries(fields)) {
        if (value === true) await page.check(id);
        else if (await page.$eval(id, (e) => e.tagName === "SELECT")) await page.selectOption(id, value);
        else await page.fill(id, value);
      }
      const before = await typed();
      for (const lang of ["de", "it"]) { // the others: TestLanguageKeepsWhatWasTyped
        await speak(page, lang);
        await page.waitForSelector(`html[lang=${lang}]`);
        assert.deepEqual(await typed(), before, `${name} in ${lang}`);
        assert.doesNotMatch(page.url(), /RSS|VRD|A12|Museo|#/, name);
        if (name === "desk" || lang !== "de") continue;
        await page.reload();
        await page.waitForSelector(`html[lang=${lang}]`);
        assert.deepEqual(await typed(), before, `${name} in ${lang}, loaded again`);
      }
    };
    await stays("desk", { "#organisation": "Museo Civico", "#purpose": "study", "#wait": true });
    await page.goto(`${issuer.base}/q?new`);
    await stays("form", { "#qr": sheet.text, "#cf": "RSSMRA80", "#case": "A12", "#benefit": "museums" });
    await page.fill("#cf", mario);
    await page.click("#check-form button[type=submit]");
    await page.waitForSelector("#answer");
    await page.click("form[action='/q/second'] button");
    await page.waitForSelector("form[action='/q/code']");
    await stays("request", { "#organisation": "Museo Civico", "#purpose": "study", "#kind-domain": true, "#domain": "blindness", "#locale": "fr" });
    await page.click("form[action='/q/code'] .actions button");
    await page.waitForSelector("#code");
    await stays("code", { "#code": "123 4" });
    await page.goto(`${issuer.base}/q?new`);
    await page.fill("#qr", sheet.text);
    await page.fill("#cf", "VRDCRL68S07M999O");
    await page.click("#check-form button[type=submit]");
    await page.waitForSelector("#answer");
    await page.fill("#cf", mario.slice(0, 9));
    for (const lang of ["de", "it"]) {
      await speak(page, lang);
      await page.waitForSelector(`html[lang=${lang}] .answer-no`);
      assert.equal(await page.inputValue("#cf"), mario.slice(0, 9));
    }
    await page.fill("#cf", mario);
    await speak(page, "sl");
    await page.waitForSelector("html[lang=sl] .answer-no");
    assert.ok(!(await page.content()).includes(mario));
    await page.click("form#redraw button");
    await page.waitForSelector(".answer-yes"); // the codice fiscale came along
    assert.deepEqual(page.complaints(), []);
    await page.context().close();
  });
}
