// Takes the pictures of the tutorials from the running program, in every language: node tutorial.mjs FOLDER. It is no test;
// .ci/browser.sh calls it where ATTESTA_TUTORIAL names the folder.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clean, mario, openBrowser, paper, rasterise, startIssuer } from "./harness.mjs";

const folder = process.argv[2];
const browser = await openBrowser();
const encoder = await (await browser.newContext()).newPage();

/** Writes a PNG as WebP of at most the width. */
async function keep(png, name, width = 640) {
  const data = await encoder.evaluate(async ([png, width]) => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.min(width, image.width);
    canvas.height = Math.round((image.height * canvas.width) / image.width);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/webp", 0.4).split(",")[1];
  }, [png.toString("base64"), width]);
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, "base64"));
}

for (const lang of ["it", "en", "de", "fr", "sl"]) {
  const issuer = await startIssuer();
  /** A window of a person, in the language. */
  const open = async () => {
    const context = await browser.newContext({ locale: lang, viewport: { width: 400, height: 700 }, acceptDownloads: true });
    const page = await context.newPage();
    await page.goto(`${issuer.base}/?lang=${lang}`);
    return page;
  };
  /** Takes the content of the page, whose header is the same in all: narrow as on a phone, wide as on a computer. */
  const take = async (page, name, ...sizes) => {
    for (const size of sizes) {
      const [width, most] = { phone: [400, 520], citizen: [400, 520], guardian: [400, 520], operator: [400, 520], computer: [800, 600] }[size];
      await page.setViewportSize({ width, height: 700 });
      const [y, height] = await page.evaluate(() => {
        const box = document.querySelector("main").getBoundingClientRect();
        return [box.top + scrollY, box.height];
      });
      const clip = { x: 0, y, width, height: Math.min(height, most) };
      await keep(await page.screenshot({ fullPage: true, clip }), `${size}-${name}-${lang}`, 640);
    }
    await page.setViewportSize({ width: 400, height: 700 });
  };
  const logIn = async (page, name) => {
    await page.click("main a[href*='via=spid']");
    await page.click(`h3 a:has-text("${name}")`);
    await page.waitForLoadState();
  };

  const person = await open();
  await take(person, "start", "citizen", "computer");
  await person.goto(issuer.base + "/area");
  await take(person, "login", "citizen", "computer");
  await logIn(person, "Mario Rossi");
  await person.goto(issuer.base + "/area/contacts");
  await take(person, "contacts", "citizen", "computer");
  await person.click("button[formaction='/area/contacts/confirm']");
  await person.goto(issuer.base + "/area/qr");
  await take(person, "qr", "computer");
  await person.selectOption("#language", lang);
  const [download] = await Promise.all([person.waitForEvent("download"), person.click("button[value=download]")]);
  const pdf = join(issuer.data, "sheet.pdf");
  await download.saveAs(pdf);
  await keep(readFileSync(rasterise(pdf, 72)), `citizen-show-${lang}`, 320);
  await person.click("button[value=show]");
  await person.waitForSelector("#picture");
  await take(person, "qr", "phone");
  await person.goto(issuer.base + "/area/qr/lost");
  await take(person, "lost", "citizen", "computer");

  const desk = await open();
  const { text } = paper(issuer);
  await desk.goto(text);
  await desk.waitForSelector("#qr-read:not([hidden])");
  await take(desk, "scan", "operator");
  await desk.fill("#cf", mario);
  await take(desk, "cf", "operator");
  await desk.click("#check-form button[type=submit]");
  await desk.waitForSelector("#answer");
  await take(desk, "answer", "operator");
  await desk.click("form[action='/q/second'] button");
  await logIn(desk, "Laura Moretti");
  await desk.fill("#organisation", "Museo Civico");
  await desk.check("#kind-detail");
  await desk.selectOption("#purpose", "benefit");
  await take(desk, "request", "operator");
  await desk.locator("details", { has: desk.locator("#locale") }).evaluate((box) => (box.open = true));
  await desk.selectOption("#locale", lang);
  await desk.click("form[action='/q/code'] button[type=submit]");
  await desk.waitForSelector("#code");
  await take(desk, "code", "operator");
  const phone = await open();
  await phone.goto(issuer.base + "/dev/phone"); // only the message itself
  const code = (await phone.locator(".message-code").first().textContent()).replace(/\D/g, "");
  await keep(await phone.locator(".message-text").first().screenshot(), `citizen-code-${lang}`);
  await desk.fill("#code", code);
  await desk.click("form[action='/q/code/answer'] button");
  await desk.waitForSelector("#answer");
  await take(desk, "detail", "operator");
  await person.goto(issuer.base + "/area/accesses");
  await take(person, "accesses", "citizen", "computer");

  const father = await open();
  await father.goto(issuer.base + "/area");
  await logIn(father, "Luca Bianchi");
  await father.goto(issuer.base + "/area/acting");
  await father.getByLabel(/Giulia/).check();
  await father.click("form[action='/area/acting'] button[type=submit]");
  await father.waitForSelector(".acting");
  await take(father, "acting", "citizen");
  await father.goto(issuer.base + "/area/contacts");
  await take(father, "contacts", "guardian");
  await father.click("button[formaction='/area/contacts/confirm']");
  await father.goto(issuer.base + "/area/qr");
  await father.click("button[value=show]");
  await father.waitForSelector("#picture");
  await take(father, "qr", "guardian");
  await issuer.stop();
}
await browser.close();
clean();
