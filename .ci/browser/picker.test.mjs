// The choice of a benefit, and what each page shares: by keyboard, by touch, narrow, in forced colours, without JavaScript.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean, look, openBrowser, openPage, pictures, startIssuer, tabTo } from "./harness.mjs";

let issuer, browser;

before(async () => {
  issuer = await startIssuer();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await issuer?.stop();
  clean();
});

async function openForm(page, lang = "it") {
  await page.goto(`${issuer.base}/q?lang=${lang}`);
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
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
  await look(page, "picker-found");
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
