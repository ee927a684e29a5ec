// No page scrolls sideways or lets words stand out, in any language: at 320 px, at 640 px, which is 1280 px at a zoom of 200 %, and
// there with text of twice the size. With ATTESTA_PICTURES, pictures of it, in forced colours and as printed.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { clean, logIn, mario, newestCode, openBrowser, openPage, paper, pictures, startIssuer } from "./harness.mjs";

let issuer, browser, sheet;
let wrong; // what every test finds

before(async () => {
  issuer = await startIssuer();
  sheet = paper(issuer);
  browser = await openBrowser();
});

beforeEach(() => (wrong = []));

after(async () => {
  await browser?.close();
  await issuer?.stop();
  clean();
});

/** The elements that stand out of the page, but for those that one can scroll to or that are not seen. */
const outside = () => [...document.querySelectorAll("body *")].filter((e) => {
  const { left, right, width, height } = e.getBoundingClientRect();
  return width > 1 && height > 1 && (left < -1 || right > innerWidth + 1) && getComputedStyle(e).boxShadow === "none"
    && !e.closest(".table-wrap, .header-nav nav, .skip-link, .visually-hidden, [hidden]");
}).map((e) => e.outerHTML.slice(0, 120));

const height = pictures ? 2400 : 844;

async function reflows(page, name) {
  const settings = await page.context().newCDPSession(page);
  await settings.send("Page.enable"); // or sizes of text change nothing
  for (const lang of ["en", "de", "fr", "sl", "it"]) {
    const to = page.locator(`.languages > ul :is(a, button)[lang=${lang}]`);
    if ((await page.getAttribute("html", "lang")) !== lang) await Promise.all([page.waitForEvent("load"), to.evaluate((e) => e.click())]);
    assert.equal(await page.getAttribute("html", "lang"), lang, name);
    await page.$$eval("main details", (all) => all.forEach((d) => (d.open = true)));
    for (const [size, width, standard] of [["320", 320, 16], ["200", 640, 16], ["text", 640, 32]]) {
      await page.setViewportSize({ width, height });
      await settings.send("Page.setFontSizes", { fontSizes: { standard } });
      const out = await page.evaluate(outside);
      if (await page.evaluate("document.documentElement.scrollWidth > innerWidth")) out.push("scrolls sideways");
      if (out.length) wrong.push([`${name}-${lang}-${size}`, ...out]);
      await snap(page, `${name}-${lang}-${size}`);
    }
    await settings.send("Page.setFontSizes", { fontSizes: { standard: 16 } });
    for (const [media, width] of pictures ? [[{ forcedColors: "active" }, 390], [{ media: "print" }, 794]] : []) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia(media);
      await snap(page, `${name}-${lang}-${Object.keys(media)[0]}`);
      await page.emulateMedia({ forcedColors: "none", media: "screen" });
    }
  }
}

async function snap(page, name) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `reflow-${name}.png`) }); // a whole page would lose the size of the text
}

const open = async (page, name, path) => {
  await page.goto(issuer.base + path);
  await reflows(page, name);
};
const press = async (page, name, selector) => {
  await Promise.all([page.waitForEvent("load"), page.click(selector)]);
  await reflows(page, name);
};

test("what everybody reads", async () => {
  const page = await openPage(browser, { reducedMotion: "reduce" });
  for (const [name, path] of [["start", "/"], ["login", "/login"], ["benefits", "/benefits"], ["guide", "/guide/citizen"], ["guide-phone", "/guide/phone"],
    ["not-found", "/nothing"]]) await open(page, name, path);
  await page.context().close();
  assert.deepEqual(wrong, []);
});

test("the area", async () => {
  const page = await openPage(browser, { reducedMotion: "reduce" });
  await logIn(issuer, page, "Mario Rossi");
  await open(page, "area", "/area");
  await press(page, "confirm", "button[value=show]");
  await press(page, "confirmed", "button[formaction='/area/contacts/confirm']");
  for (const [name, path] of [["area-benefits", "/area/benefits"], ["accesses", "/area/accesses"], ["delegates", "/area/delegates"],
    ["sessions", "/area/sessions"], ["list", "/area/contacts/list"], ["lost", "/area/qr/lost"], ["contacts", "/area/contacts"]]) await open(page, name, path);
  await page.fill("#number", "351 0000001");
  await press(page, "phone", "button[name=do][value=phone], button[formaction='/area/contacts/phone']");
  await page.goto(issuer.base + "/area");
  await press(page, "qr", "button[value=show]");
  await page.context().close();
  const luca = await openPage(browser, { reducedMotion: "reduce" });
  await logIn(issuer, luca, "Luca");
  await open(luca, "acting", "/area/acting");
  await luca.context().close();
  assert.deepEqual(wrong, []);
});

test("the checking pages", async () => {
  const page = await openPage(browser, { reducedMotion: "reduce" });
  await logIn(issuer, page, "Laura Moretti");
  await open(page, "desk", "/q/desk");
  const ask = async (cf, benefit) => {
    await page.goto(`${issuer.base}/q?new`);
    await page.fill("#qr", sheet.text);
    await page.fill("#cf", cf);
    await page.$$eval("main details", (all) => all.forEach((d) => (d.open = true)));
    await page.selectOption("#benefit", benefit);
  };
  await open(page, "q", "/q");
  await press(page, "q-mistakes", "#check-form button[type=submit]");
  await ask("VRDCRL68S07M999O", "");
  await press(page, "q-no", "#check-form button[type=submit]");
  await ask(mario, "aids");
  await press(page, "q-unknown", "#check-form button[type=submit]");
  await ask(mario, "");
  await press(page, "q-yes", "#check-form button[type=submit]");
  await press(page, "request", "form[action='/q/second'] button");
  await page.fill("#organisation", "Museo Civico");
  await page.selectOption("#purpose", "benefit");
  await page.check("#kind-detail");
  await press(page, "code", "form[action='/q/code'] .actions button");
  await page.fill("#code", await newestCode(issuer, browser));
  await press(page, "detail", "form[action='/q/code/answer'] button");
  await page.context().close();
  assert.deepEqual(wrong, []);
});
