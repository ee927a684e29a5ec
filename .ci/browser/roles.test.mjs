// The area as each of those who use it, in Italian and another language: from the login to the document on the screen, what they may
// see and what they may not. One walks by keyboard alone, one without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, logIn, look, mario, newestCode, noPhone, openBrowser, openPage, speak, startIssuer, tabTo } from "./harness.mjs";

const everything = ["/area/contacts", "/area/contacts/list", "/area/accesses", "/area/delegates", "/area/qr/lost"];
const roles = [
  { role: "citizen", persona: "mario", languages: ["it", "de"], may: everything, sees: /74 %/ },
  { role: "parent", persona: "luca", ward: "Giulia Bianchi", languages: ["it", "fr"], may: everything, sees: /IC\/2023\/0102/ },
  { role: "guardian", persona: "luca", ward: "Anna Neri", languages: ["it", "sl"], may: everything, sees: /IC\/2022\/0104/, keyboard: true },
  { role: "delegate", persona: "helene", ward: "Carlo Verdi", languages: ["it", "en"], may: ["/area/qr/lost"],
    mayNot: everything.filter((path) => path !== "/area/qr/lost"), sees: /L\. 138\/2001|ciec|blind/i, seesNot: /CC\/2012\/0105|<table/ },
  { role: "somebody without a phone", persona: "emma", languages: ["it", "de"], may: everything, sees: /80 %/,
    seesNot: /sul telefono|Handy/, noScript: true },
];
let issuer, browser;

before(async () => {
  issuer = await startIssuer();
  browser = await openBrowser();
  noPhone(issuer);
});

after(async () => {
  await browser?.close();
  await issuer?.stop();
  clean();
});

const notice = async (page, says) => {
  await page.goto(issuer.base + "/dev/phone");
  assert.match(await page.locator("article").first().textContent(), says);
};

test("delegations are given, and the contacts are told", async () => {
  const page = await openPage(browser);
  await logIn(issuer, page, "Carlo Verdi");
  for (const [cf, kind] of [[mario, "counter"], ["FVRHLN59T49M999I", "voluntary"]]) {
    await page.goto(issuer.base + "/area/delegates");
    await page.fill("#cf", cf);
    await page.check("#kind-" + kind);
    await page.fill("#until", await page.getAttribute("#until", "max"));
    await page.click("form[action='/area/delegates'] button");
    await page.waitForSelector(".answer-yes");
  }
  await notice(page, /delega/);
  await page.context().close();
});

test("a counter makes the document with the code that the person tells", async () => {
  const page = await openPage(browser);
  await logIn(issuer, page, "Mario Rossi");
  await page.click("button[name=person]");
  await page.waitForSelector("#go");
  await look(page, "role-counter-present", [390]);
  await page.click("#go");
  await page.waitForSelector("#code");
  await look(page, "role-counter-code", [390]);
  await page.fill("#code", await newestCode(issuer, browser, "Carlo"));
  await page.press("#code", "Enter");
  await page.click("button[value=show]");
  await page.waitForSelector("#picture");
  assert.equal(await page.locator("#keep").count(), 0, "nothing is kept at a counter");
  assert.equal((await page.goto(issuer.base + "/area/benefits")).status(), 403);
  await page.context().close();
});

for (const { role, persona, ward, languages, may, mayNot = [], sees, seesNot, keyboard, noScript } of roles) {
  for (const lang of languages) {
    test(`${role} in ${lang}`, async () => {
      const page = await openPage(browser, { locale: lang, javaScriptEnabled: !noScript });
      const press = async (selector) => {
        if (!keyboard) return page.click(selector);
        await tabTo(page, selector);
        await page.keyboard.press("Enter");
      };
      let eyes = page;
      const seen = async (name) => {
        assert.equal(await page.getAttribute("html", "lang"), lang);
        if (noScript) { // axe is a script
          if (eyes === page) eyes = await openPage(browser, { locale: lang, storageState: await page.context().storageState() });
          await eyes.goto(page.url());
        }
        await look(eyes, `role-${role.replaceAll(" ", "-")}-${lang}-${name}`, [390]);
      };
      await page.goto(issuer.base + "/area");
      await press("main a.btn");
      await page.waitForURL(/\/dev\/idp/);
      await press(`h3 a[href*="persona=${persona}"]`);
      await page.waitForURL(issuer.base + "/area");
      if (ward) {
        const choice = await page.locator("button[name=person]", { hasText: ward }).getAttribute("value");
        await press(`button[value="${choice}"]`);
        await page.waitForSelector(".acting");
        assert.ok((await page.textContent("h1")).includes(ward), "whom the page is about");
      }
      await seen("area");
      const main = await page.innerHTML("main");
      assert.match(main, sees);
      if (seesNot) assert.doesNotMatch(main, seesNot);
      for (const path of ["/area/accesses", "/area/contacts", "/area/delegates"]) {
        assert.equal(main.includes(`href="${path}"`), may.includes(path), path);
      }
      await press("button[value=show]");
      await page.waitForSelector("#picture, button[formaction='/area/contacts/confirm']");
      if (!(await page.locator("#picture").count())) { // the number comes before the first document
        await seen("confirm");
        await press("button[formaction='/area/contacts/confirm']");
        await page.waitForSelector("#download");
        await press("button[value=show]");
      }
      await page.waitForSelector("#picture");
      await seen("show");
      assert.equal(await page.isVisible("#copy"), !noScript);
      assert.equal(await page.locator("#keep").count(), ward ? 0 : 1, "only one's own is kept");
      for (const path of [...may, ...mayNot, "/area/benefits"]) {
        assert.equal((await page.goto(issuer.base + path)).status(), mayNot.includes(path) ? 403 : 200, path);
        if (lang === "it") await seen(path.split("/").pop());
        if (path === "/area/contacts" && role !== "delegate" && lang === "it") { // another language keeps what is typed
          await page.fill("#number", "351 0");
          await page.fill("#email", "a@");
          await speak(page, "fr");
          await page.waitForSelector("html[lang=fr]");
          assert.deepEqual([await page.inputValue("#number"), await page.inputValue("#email")], ["351 0", "a@"]);
          await speak(page, lang);
          await page.waitForSelector(`html[lang=${lang}]`);
        }
      }
      if (noScript) await eyes.context().close();
      await page.context().close();
    });
  }
}

test("the person sees what the delegate did; a new number is told to the old one", async () => {
  const page = await openPage(browser);
  await logIn(issuer, page, "Carlo Verdi", "/area/accesses");
  assert.match(await page.textContent("main"), /Hélène Favre/);
  await page.goto(issuer.base + "/area/contacts");
  await page.fill("#number", "351 000 0199");
  await page.press("#number", "Enter");
  await page.waitForSelector("#code");
  await page.fill("#code", await newestCode(issuer, browser));
  await page.press("#code", "Enter");
  await page.waitForSelector(".answer-yes");
  await notice(page, /numero/);
  assert.match(await page.locator("article").first().textContent(), /0105/, "at the number from before");
  await page.context().close();
});
