// The issuing body in a real browser: a citizen's paper, the desk's question, the consent, who looked, what changes and what
// does not.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { back, burst, camera, chooseDesk, clean, film, freePort, logIn as logInTo, look, mario, newestCode as newestCodeOf, openBrowser, openPage, paper, rasterise, run, speak, startDesk, startIssuer, tabTo, work, worker } from "./harness.mjs";

let issuer, browser, cnsPort;
const shared = {}; // what one test leaves for those after it: they tell one story

before(async () => {
  cnsPort = await freePort();
  issuer = await startIssuer(["-cns-addr", `127.0.0.1:${cnsPort}`]);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  const code = await issuer?.stop();
  clean();
  assert.equal(code, 0, "the issuer ends in good order");
  const said = issuer.said.replace(/Log in as[\s\S]*?\n\n\n?/, "");
  for (const secret of [mario, shared.code, "+393510"]) assert.ok(!said.includes(secret), "nothing personal in the log");
});

const answerOf = async (page) => (await page.getAttribute("#answer", "class")).split(" ")[1];

const logIn = (page, name, from) => logInTo(issuer, page, name, from);
const newestCode = (name) => newestCodeOf(issuer, browser, name);

/** Confirms the number on record, which comes before the first document. */
async function confirmContacts(page) {
  await page.goto(issuer.base + "/area/qr");
  const confirm = page.locator("button[formaction='/area/contacts/confirm']");
  if (await confirm.count()) await confirm.click();
  await page.goto(issuer.base + "/area/qr");
}

async function firstLevel(page, text, cf, benefit = "") {
  await page.goto("about:blank");
  await page.goto(text);
  await page.waitForSelector("#qr-read:not([hidden])");
  assert.ok(!page.url().includes("#"), "the address bar forgets the token");
  await page.fill("#cf", cf);
  if (benefit) {
    await page.click("#check-form summary >> text=Altre scelte");
    await page.selectOption("select[name=benefit]", benefit);
  }
  await page.click("form[action='/q'] button[type=submit]");
  await page.waitForSelector("#answer");
  return answerOf(page);
}

test("the start, the choice of login, the tutorials", async () => {
  const page = await openPage(browser);
  for (const [path, name] of [["/", "start"], ["/login", "login"], ["/q", "q"], ["/guide/citizen", "guide-citizen"],
    ["/guide/phone", "guide-phone"], ["/guide/computer", "guide-computer"], ["/guide/guardian", "guide-guardian"],
    ["/guide/operator", "guide-operator"], ["/dev/", "dev"], ["/dev/phone", "dev-phone"], ["/dev/registry", "dev-registry"], ["/dev/mail", "dev-mail"],
    ["/nothing", "not-found"]]) {
    await page.goto(issuer.base + path);
    await look(page, `issuer-${name}`);
  }
  await page.context().close();
});

test("a citizen downloads the paper", async () => {
  const page = await openPage(browser, { acceptDownloads: true });
  await page.goto(issuer.base + "/area");
  await page.click('main a:has-text("SPID")');
  await look(page, "issuer-idp");
  await page.click('h3 a:has-text("Mario Rossi")');
  await page.waitForURL(/\/area/);
  await look(page, "issuer-area");
  await page.goto(issuer.base + "/area/qr");
  if (await page.locator("button[formaction='/area/contacts/confirm']").count()) {
    await look(page, "issuer-contacts");
    await page.click("button[formaction='/area/contacts/confirm']");
  }
  await page.goto(issuer.base + "/area/qr");
  await look(page, "issuer-qr");
  for (const layout of ["standard", "large-print", "wallet", "easy"]) {
    await page.check(`input[name=layout][value=${layout}]`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("button[value=download]")]);
    const path = join(work, `mario-${layout}.pdf`);
    await download.saveAs(path);
    assert.match(readFileSync(path).subarray(0, 8).toString("latin1"), /^%PDF-1\./);
    const picture = rasterise(path, 200);
    const text = execFileSync("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture], { encoding: "utf8" }).trim().split("\n")[0];
    assert.ok(text.startsWith(issuer.base + "/q#") && /#[1-9][0-9]{200,}$/.test(text), "the QR opens the verification page");
    if (layout === "standard") [shared.text, shared.picture] = [text, picture];
  }
  for (const [format, says] of [["txt", "Valido fino al: "], ["brf", ".VALIDO FINO AL3 "]]) {
    await page.check(`input[name=format][value=${format}]`);
    await page.selectOption("#cells", "40");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("button[value=download]")]);
    const path = join(work, `mario.${format}`);
    await download.saveAs(path);
    assert.ok(readFileSync(path, "utf8").includes(says), format);
  }
  const pixels = execFileSync("pdftotext", [join(work, "mario-standard.pdf"), "-"], { encoding: "utf8" });
  assert.ok(!pixels.includes(mario) && !pixels.includes("Rossi"), "the paper names nobody");
  await page.click("form[action='/auth/logout'] button");
  await page.goto(issuer.base + "/area");
  assert.match(page.url(), /\/login/, "logged out");
  await page.context().close();
});

test("the QR on the screen, kept on the phone until it is void", async () => {
  const page = await openPage(browser, { hasTouch: true, isMobile: true, acceptDownloads: true });
  const context = page.context();
  await context.grantPermissions(["clipboard-read", "clipboard-write", "screen-wake-lock"]);
  await logIn(page, "Hélène Favre");
  await confirmContacts(page);
  await page.goto(issuer.base + "/area");
  await page.click("button[value=show]");
  await page.waitForSelector("#picture");
  await look(page, "issuer-show");
  assert.match(await page.textContent("#awake"), /resta acceso/);
  const read = async () => {
    const path = join(work, "screen.png");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path, fullPage: true });
    return execFileSync("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path], { encoding: "utf8" }).trim();
  };
  const text = await read();
  await page.click("#copy");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
  await speak(page, "de");
  await page.waitForSelector("html[lang=de]");
  assert.equal(await read(), text, "the same document in another language");
  await speak(page, "it");
  await page.waitForSelector("html[lang=it]");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("button[value=pdf]")]);
  assert.match(download.suggestedFilename(), /^qr-invalidita-helene-\d{4}-\d{2}-\d{2}\.pdf$/);

  const keep = async () => {
    await page.click("#kept-go");
    await page.waitForSelector("#kept-link:not([hidden])");
  };
  const open = async (said) => {
    await page.goto(issuer.base + "/area/kept/");
    await page.waitForFunction((said) => document.getElementById("kept-said").textContent === document.getElementById("kept-said").dataset[said], said);
  };
  await keep();
  const holds = await page.evaluate(async () => {
    const cache = await caches.open("kept");
    return (await Promise.all((await cache.keys()).map(async (key) => (await cache.match(key)).text()))).join();
  });
  assert.ok(!/Favre|FVRHLN/.test(holds), "no name");
  await open("checked");
  await context.setOffline(true);
  await open("offline");
  assert.equal(await read(), text, "without a network");
  await look(page, "issuer-kept");
  await context.setOffline(false);
  await context.clearCookies(); // the session ends without a logout, and somebody else logs in
  await logIn(page, "Mario Rossi");
  await page.waitForLoadState("networkidle");
  assert.equal(await page.getAttribute("#kept-link", "hidden"), "", "not Mario's");
  await open("offline");
  await page.waitForLoadState("networkidle");
  assert.equal(await page.textContent("#kept-said"), await page.getAttribute("#kept-said", "data-offline"), "Mario's login does not tell whether it is void");
  await page.goto(issuer.base + "/area");
  await page.click("form[action='/auth/logout'] button");
  await page.waitForURL(issuer.base + "/");
  await open("none");

  await logIn(page, "Hélène Favre");
  await page.click("button[value=show]");
  await page.waitForSelector("#keep:not([hidden])");
  await keep();
  await new Promise((done) => setTimeout(done, 1100)); // times of issue are whole seconds
  await page.goto(issuer.base + "/area/qr/lost");
  await page.click("form[action='/area/qr/lost'] button");
  await page.waitForURL(/done$/);
  await page.evaluate(async () => {
    while (await caches.has("kept")) await new Promise((done) => setTimeout(done, 50));
  });
  await open("none");
  await context.close();
});

test("first level for two benefits, and for somebody else", async () => {
  const page = await openPage(browser);
  await page.goto(shared.text);
  await page.fill("#cf", mario);
  assert.equal(await firstLevel(page, shared.text, mario), "answer-yes");
  await look(page, "issuer-q-confirmed");
  const ids = await page.$$eval("select[name=benefit] option", (all) => all.map((o) => o.value).filter(Boolean));
  assert.ok(ids.length > 30);
  const answers = new Set();
  for (const id of ids.slice(0, 6)) answers.add(await firstLevel(page, shared.text, mario, id));
  assert.ok(answers.size >= 2, `two benefits, two answers: ${[...answers]}`);
  assert.equal(await firstLevel(page, shared.text, "VRDCRL68S07M999O"), "answer-no");
  await look(page, "issuer-q-mismatch");
  await page.context().close();
});

test("the token as a JWS, with the # escaped, and over an answer", async () => {
  const page = await openPage(browser);
  writeFileSync(join(work, "mario.txt"), shared.text);
  const jws = execFileSync(join(process.env.ATTESTA_PROGRAMS, "verifier"), ["show", join(work, "mario.txt")], { encoding: "utf8" }).trim();
  assert.match(jws, /^eyJ/);
  assert.equal(await firstLevel(page, `${issuer.base}/q#${jws}`, mario), "answer-yes");
  await page.goto(shared.text); // the answer stands at the same address: only the fragment is another
  await page.waitForSelector("#qr-read:not([hidden])");
  assert.ok(!page.url().includes("#"));
  const digits = shared.text.split("#")[1];
  assert.equal(await page.inputValue("#qr"), digits, "sent as it stands in the QR");
  assert.equal(await page.locator("#elsewhere").count(), 0, "no way back to the last person");
  await page.waitForURL(/tab=/); // it is kept
  await speak(page, "de");
  await page.waitForSelector("html[lang=de]");
  assert.equal(await page.inputValue("#qr"), digits, "another language takes it along");
  await speak(page, "it");
  await page.waitForSelector("html[lang=it]");
  await page.goto(shared.text.replace("#", "%23"));
  await page.waitForSelector("#qr-read:not([hidden])");
  assert.ok(!/#|%23/.test(page.url()), "the address bar forgets the token");
  assert.equal(await page.inputValue("#qr"), digits);
  await page.goto(shared.text.replace("#", "%23") + "%3E"); // as a mailer makes it of <…>
  await page.waitForFunction(() => document.getElementById("qr").value !== "");
  await page.fill("#cf", mario);
  await page.click("form[action='/q'] button[type=submit]");
  await page.waitForSelector("#qr-error");
  assert.match(await page.textContent("#qr-error"), /parentesi angolari/);
  for (const text of [digits, jws, ` ${shared.text}\u200b\n`]) {
    await page.goto(issuer.base + "/q?new");
    await page.fill("#qr", text);
    await page.fill("#cf", mario);
    await page.click("form[action='/q'] button[type=submit]");
    await page.waitForSelector("#answer");
    assert.equal(await answerOf(page), "answer-yes", "pasted");
  }
  await page.goto(issuer.base + "/q?new");
  await page.goto(issuer.base + "/q#main");
  assert.equal(await page.isHidden("#qr-read"), true, "a part of the page is not a token");
  await page.context().close();
});

test("second level: the operator asks, the person tells the code, the answer is shown once", async () => {
  const page = await openPage(browser);
  await firstLevel(page, shared.text, mario);
  await page.click("form[action='/q/second'] button");
  await page.waitForSelector("[data-back]");
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.click('main a:has-text("SPID")');
  await other.click('h3 a:has-text("Laura Moretti")');
  await other.waitForSelector("form[action='/q/code']");
  await other.goto(issuer.base + "/login?return=%2Fq");
  await look(Object.assign(other, { complaints: () => [] }), "issuer-login-again");
  await other.close();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // its tab is in front again
  await page.waitForSelector("form[action='/q/code']"); // it has noticed
  assert.ok(!page.url().includes(mario) && !/ey|[0-9]{20}/.test(page.url()), "nothing personal in the address");
  await look(page, "issuer-q-request");
  await page.fill("#organisation", "Museo Civico");
  assert.equal(await page.locator("input[name=kind]:checked").count(), 0, "nothing is chosen for the operator");
  await page.check("#kind-detail");
  await page.selectOption("#purpose", "benefit");
  await page.click("form[action='/q/code'] button[type=submit]");
  await page.waitForSelector("#code");
  const left = () => page.$eval("#resend-in", (e) => Number(e.textContent.match(/\d+/)[0]));
  const seconds = await left();
  assert.equal(await page.isDisabled("#resend"), true);
  await page.waitForFunction((before) => document.getElementById("resend-in").textContent.match(/\d+/)[0] < before, seconds);
  assert.equal(await page.evaluate("document.activeElement.id"), "code");
  await look(page, "issuer-q-code");

  const phone = await openPage(browser);
  await phone.goto(issuer.base + "/dev/phone");
  await look(phone, "issuer-dev-phone-message");
  await phone.context().close();
  shared.code = await newestCode();
  assert.match(shared.code, /^\d{6,8}$/);
  const wrong = shared.code.replace(/.$/, (d) => String((Number(d) + 1) % 10));
  await page.fill("#code", wrong);
  await page.click("form[action='/q/code/answer'] button");
  await page.waitForSelector(".alert-danger");
  await look(page, "issuer-q-wrong-code");
  await page.fill("#code", `${shared.code.slice(0, 3)} ${shared.code.slice(3)}`);
  await page.click("form[action='/q/code/answer'] button");
  await page.waitForSelector("#answer");
  assert.equal(await answerOf(page), "answer-yes");
  assert.match(await page.textContent("main"), /74 %/);
  await look(page, "issuer-q-detail");
  await speak(page, "de");
  await page.waitForSelector("html[lang=de] #answer");
  assert.match(await page.textContent("main"), /74 %/, "in another language, in the page that shows it");
  await speak(page, "it");
  await page.waitForSelector("html[lang=it] #answer");
  await page.reload();
  assert.match(await page.textContent("h1"), /Risposta già mostrata/);
  await look(page, "issuer-q-shown");
  const gone = async (what) => assert.ok(!/74 %|name="inquiry"/.test(await page.content().catch(() => "")), what);
  for (let n = 0; n < 3; n++) {
    await back(page);
    assert.ok(!/74 %/.test(await page.content()), "the way back shows nothing again");
  }
  await page.goto(issuer.base + "/q?new");
  for (let n = 0; n < 6; n++) { // the next operator presses Back
    await back(page);
    if (page.url().startsWith(issuer.base + "/q")) await gone("nothing of the last person");
  }
  assert.deepEqual(page.complaints(), []);
  await page.context().close();
});

test("after the login, the second level is a tap and the code; a scan asks before it ends it", async () => {
  const page = await openPage(browser);
  const me = worker(page);
  const sheet = paper(issuer);
  await logIn(page, "Laura Moretti");
  await chooseDesk(page, issuer.base + "/q", "ticket_c03", { organisation: "Museo Civico", purpose: "benefit" });
  await page.goto(sheet.text);
  await page.waitForSelector("#qr-read:not([hidden])");
  await me.type(mario);
  assert.deepEqual(await me.took("#answer"), [0, 16]);
  await look(page, "issuer-q-direct");
  await me.tap("form[action='/q/code'] button");
  await page.waitForSelector("#code");
  await burst(page, sheet.text);
  await page.waitForSelector("#pending[open]");
  assert.equal(await page.inputValue("#code"), "", "nothing of it is in the field of the code");
  await look(page, "issuer-q-pending");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#pending", { state: "hidden" });
  assert.equal(await page.evaluate("document.activeElement.id"), "code");
  const code = await newestCode();
  await me.type(code);
  assert.deepEqual(await me.took("#answer"), [1, 6]);
  assert.match(await answerOf(page), /answer-(yes|no)/);
  await me.tap("#next");
  await page.goto(sheet.text);
  await page.waitForSelector("#qr-read:not([hidden])");
  await page.keyboard.type(mario);
  await page.keyboard.press("Enter");
  await page.click("form[action='/q/code'] button");
  await page.waitForSelector("#code");
  await burst(page, sheet.text);
  await page.click("#pending-next");
  await page.waitForSelector("#qr-read:not([hidden])");
  assert.equal(await page.inputValue("#qr"), sheet.text.split("#")[1], "the next person's");
  await page.context().close();
});

test("the citizen sees who looked", async () => {
  const page = await openPage(browser, { acceptDownloads: true });
  await logIn(page, "Mario Rossi");
  await page.goto(issuer.base + "/area/accesses");
  assert.match(await page.textContent("main"), /Museo Civico/i);
  await look(page, "issuer-accesses");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("form[action='/area/accesses/proof'] button")]);
  const proof = join(work, "proof.json");
  await download.saveAs(proof);
  const key = (await page.textContent("pre.command")).match(/'([^']+)'/)[1];
  const said = execFileSync(join(process.env.ATTESTA_PROGRAMS, "verifier"), ["accesses", "verify", "-key", key, proof], { encoding: "utf8" });
  assert.match(said, /Museo Civico/i);
  await page.goto(issuer.base + "/area/accesses?kind=documents");
  await look(page, "issuer-acts");
  await page.goto(issuer.base + "/area/sessions");
  assert.match(await page.textContent("main"), /SPID/);
  await look(page, "issuer-sessions");
  await page.context().close();
});

test("a consent by a printed list: the column that is read out is what is approved", async () => {
  const page = await openPage(browser, { acceptDownloads: true });
  await logIn(page, "Mario Rossi", "/area/contacts/list");
  await look(page, "issuer-list-none");
  await page.click("form[action='/area/contacts/list'] button");
  await page.waitForSelector("form[action='/area/contacts/list/file']");
  await look(page, "issuer-list-waiting");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("form[action='/area/contacts/list/file'] button")]);
  const file = join(work, "codes.pdf");
  await download.saveAs(file);
  const rows = execFileSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" })
    .matchAll(/^ *(\d+) +(\d{4} \d{4}) +(\d{4} \d{4}) +(\d{4} \d{4})$/gm);
  const codes = Object.fromEntries([...rows].map((row) => [row[1], row.slice(2)]));
  assert.equal(Object.keys(codes).length, 40);
  await page.click("form[action='/area/contacts/list/code'] button");
  await page.waitForSelector("#code");
  await look(page, "issuer-list-code");
  await page.fill("#code", codes[(await page.textContent(".big-number")).trim()][0]);
  await page.press("#code", "Enter"); // presses no language of the header
  await page.waitForSelector(".alert-success");
  await look(page, "issuer-list-active");
  await page.context().close();

  const desk = await openPage(browser);
  await firstLevel(desk, shared.text, mario);
  await desk.click("form[action='/q/second'] button");
  await desk.click('main a:has-text("SPID")');
  await desk.click('h3 a:has-text("Laura Moretti")');
  await desk.waitForSelector("form[action='/q/code']");
  await desk.fill("#organisation", "Museo Civico");
  await desk.check("#kind-detail");
  await desk.selectOption("#purpose", "benefit");
  await desk.click("details:has(#channel) summary");
  await desk.selectOption("#channel", "list");
  await desk.click("form[action='/q/code'] button[type=submit]");
  await desk.waitForSelector("#code");
  await look(desk, "issuer-q-list");
  const row = codes[(await desk.textContent(".big-number")).trim()];
  await desk.fill("#code", row[0]);
  await desk.click("form[action='/q/code/answer'] button");
  await desk.waitForSelector(".alert-danger");
  await desk.fill("#code", row[2]);
  await desk.click("form[action='/q/code/answer'] button");
  await desk.waitForSelector("#answer");
  assert.match(await desk.textContent("main"), /74 %/);
  await desk.goto(issuer.base + "/dev/phone");
  assert.match(await desk.locator("article").first().textContent(), /elenco è stato usato/);
  await desk.context().close();
});

test("a new verbale changes the answer, the QR stays the same", async () => {
  const page = await openPage(browser);
  await page.goto(issuer.base + "/dev/registry?persona=mario");
  const before = await firstLevel(page, shared.text, mario);
  assert.equal(before, "answer-yes");
  await page.goto(issuer.base + "/dev/registry?persona=mario");
  const acts = await page.$$eval("#act option", (all) => all.map((o) => o.value));
  const ending = acts.find((a) => /revo|annul/.test(a));
  await page.selectOption("#act", ending);
  await page.click("form[method=post][action='/dev/registry'] button");
  await page.waitForSelector(".alert-success");
  await look(page, "issuer-dev-registry-after");
  assert.notEqual(await firstLevel(page, shared.text, mario), "answer-yes", ending);
  await page.context().close();
});

test("the six categories, and the same QR after each kind of verbale", async () => {
  const page = await openPage(browser);
  const qr = (cf) => {
    const file = join(work, "category.png");
    run("issuer", "issue", "-cf", cf, "-o", file, "-data", issuer.data, "-page", issuer.base + "/q");
    return execFileSync("zbarimg", ["--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", file], { encoding: "utf8" }).trim();
  };
  const civil = "Invalido civile con", minor = "Invalido civile minore", attendance = "accompagnamento", blind = "Cieco civile", deaf = "Sordo", law104 = "legge 104";
  const all = [civil, minor, attendance, blind, deaf, law104];
  const confirms = async (text, cf, categories, why) => {
    const answer = await firstLevel(page, text, cf);
    assert.equal(answer, categories.length ? "answer-yes" : "answer-unknown", why);
    const said = await page.textContent("#answer");
    assert.deepEqual(all.filter((category) => said.includes(category)), categories, why);
  };
  for (const [cf, ...categories] of [["NRENNA41B60M999D", civil, attendance], ["BNCGLI16E52M999U", minor], ["VRDCRL68S07M999O", blind],
    ["MYRKLR92D55M999K", deaf], ["NVKJNA75H68M999R", law104]]) await confirms(qr(cf), cf, categories, cf);
  const silvia = "CSTSLV65A70M999Q", text = qr(silvia);
  for (const [act, ...categories] of [["lift", civil], ["better", civil], ["none"], ["worse", civil, attendance], ["law_104", civil, attendance, law104],
    ["blind", civil, attendance, blind, law104], ["suspend", civil, attendance, blind, law104], ["revoke", blind, law104]]) {
    await page.goto(issuer.base + "/dev/registry?persona=silvia");
    await page.selectOption("#act", act);
    await page.click("form[method=post][action='/dev/registry'] button");
    await page.waitForSelector(".alert-success");
    await confirms(text, silvia, categories, act);
  }
  await page.context().close();
});

test("void: the old QR is refused with its reason", async () => {
  const page = await openPage(browser);
  await logIn(page, "Carlo Verdi");
  await confirmContacts(page);
  await page.check("input[name=format][value=png]");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("button[value=download]")]);
  const path = join(work, "carlo.png");
  await download.saveAs(path);
  const text = execFileSync("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path], { encoding: "utf8" }).trim();
  await new Promise((done) => setTimeout(done, 1100)); // times of issue are whole seconds
  await page.goto(issuer.base + "/area/qr/lost");
  await look(page, "issuer-lost");
  await page.click("form[action='/area/qr/lost'] button");
  await look(page, "issuer-voided");
  const desk = await openPage(browser);
  assert.equal(await firstLevel(desk, text, "VRDCRL68S07M999O"), "answer-no");
  assert.match(await desk.textContent("#answer h1"), /annullato|sostituito|non vale/i);
  assert.equal(await desk.locator("form[action='/q/second']").count(), 0, "no offer that leads nowhere");
  await look(desk, "issuer-q-void");
  await desk.context().close();
  await page.context().close();
});

test("a father acts for his daughter", async () => {
  const page = await openPage(browser);
  await page.goto(issuer.base + "/dev/");
  await page.click('button:has-text("Luca Bianchi")'); // one click logs a persona in
  await page.waitForURL(issuer.base + "/area");
  await look(page, "issuer-area-parent");
  await page.goto(issuer.base + "/area/acting");
  await look(page, "issuer-acting");
  await page.check("input[name=person] >> nth=1");
  await page.click("form[action='/area/acting'] button[type=submit]");
  await page.waitForSelector(".acting");
  await look(page, "issuer-area-daughter");
  await page.context().close();
});

test("what one is entitled to, and who acts for whom", async () => {
  const page = await openPage(browser);
  await page.goto(issuer.base + "/benefits");
  const all = await page.locator(".benefit").count();
  await page.selectOption("#situation", "blind_total");
  await page.click("form[action='/benefits'] button");
  assert.ok(await page.locator(".benefit").count() < all);
  assert.equal(page.url(), issuer.base + "/benefits", "the situation is in no address");
  await look(page, "issuer-benefits");
  await logIn(page, "Klara Mayr");
  await page.goto(issuer.base + "/area/benefits");
  await look(page, "issuer-entitled");
  await page.goto(issuer.base + "/area/delegates");
  await page.fill("#cf", "FVRHLN59T49M999I");
  await page.press("#cf", "Enter"); // sends the form, and not the first language
  assert.equal(await page.evaluate(() => document.activeElement.id), "mistakes");
  await look(page, "issuer-delegates-mistakes");
  await page.check("#kind-voluntary");
  await page.fill("#until", await page.getAttribute("#until", "max"));
  await page.click("form[action='/area/delegates'] button");
  await page.goto(issuer.base + "/area/delegates");
  assert.match(await page.textContent("main"), /Hélène Favre/);
  const other = await openPage(browser);
  await logIn(other, "Hélène Favre");
  await other.click("form[action='/area/acting'] button:has-text('Klara')");
  await other.waitForSelector(".acting");
  assert.equal((await other.goto(issuer.base + "/area/contacts")).status(), 403);
  await other.context().close();
  await page.click("form[action='/area/delegates/withdraw'] button");
  await page.context().close();
});

test("keyboard alone", async () => {
  const page = await openPage(browser, { viewport: { width: 1280, height: 800 } });
  await page.goto(shared.text);
  await tabTo(page, "#cf");
  await page.keyboard.type(mario);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#answer");
  await page.goto(issuer.base + "/area");
  await tabTo(page, "main a.btn");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/dev\/idp/);
  await tabTo(page, "h3 a");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/area/);
  await page.context().close();
});

// The safe way: the page that the operator knows, and its scanner.
test("/q scans: camera, photo, PDF", async () => {
  const sheet = paper(issuer);
  const filming = await openBrowser(camera(await film(rasterise(sheet.pdf, 200), { crop: [0.05, 0.05, 0.5, 0.4] })));
  const page = await openPage(filming);
  const sent = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.headers()["content-type"]));
  const scanned = () => page.waitForFunction(() => document.getElementById("qr").value !== "");
  await page.goto(issuer.base + "/q?new");
  await page.click("#camera-start");
  await scanned();
  assert.equal(await page.isVisible("#video"), true, "the camera looks for the tessera sanitaria");
  await page.keyboard.type(mario);
  assert.equal(await page.isHidden("#video"), true, "the camera is off again");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#answer");
  for (const file of [rasterise(sheet.pdf), sheet.pdf]) {
    await page.goto(issuer.base + "/q?new");
    await page.setInputFiles("#photo", file);
    await scanned();
    assert.match(await page.inputValue("#qr"), /#[1-9][0-9]{200,}$/);
    await page.fill("#cf", mario);
    await page.click("#check-form button[type=submit]");
    await page.waitForSelector("#answer");
  }
  assert.deepEqual([...new Set(sent.map((type) => type.split(";")[0]))], ["application/x-www-form-urlencoded"], "no photo leaves the browser");
  await page.evaluate(() => localStorage.removeItem("camera")); // or it starts by itself, and says what it sees
  await page.goto(issuer.base + "/q?new");
  for (const [head, says] of [["\0\0\0\x18ftypheic\0\0", /^Una foto HEIC/], ["II*\0\0\0", /^Un file TIFF/], ["GIF89a", /^Questo tipo di file/],
    ["%PDF-1.7\ntrailer<</Encrypt 9 0 R>>", /cifrato/], ["%PDF-1.7\n<</Type/Catalog/Collection<<>>>>", /portfolio/], ["%PDF-1.7\n", /^In questo PDF/]]) {
    await page.setInputFiles("#photo", { name: "a", mimeType: "image/png", buffer: Buffer.from(head, "latin1") });
    await page.waitForFunction((says) => new RegExp(says).test(document.getElementById("camera-status").textContent), says.source);
    assert.doesNotMatch(await page.textContent("#camera-status"), /più da vicino/);
  }
  await page.goto(sheet.text);
  await page.waitForSelector("#qr-read:not([hidden])");
  assert.equal(await page.isHidden("#qr-field"), true, "the QR is there");
  await look(page, "issuer-q-opened");
  assert.deepEqual(page.complaints(), []);
  await filming.close();
});

test("a sheet of another issuer is called so", async () => {
  const forged = run("issuer", "issue", "-cf", mario, "-data", join(work, "forger"), "-issuer-name", "https://qr-ente-example.it",
    "-format", "qrtext", "-o", "-").trim();
  const page = await openPage(browser);
  await page.goto(issuer.base + "/q?new");
  await page.fill("#qr", forged);
  await page.fill("#cf", mario);
  await page.click("#check-form button[type=submit]");
  await page.waitForSelector("#answer");
  assert.equal(await answerOf(page), "answer-unknown");
  assert.match(await page.textContent("#answer"), /Questo non è un documento di .*qr-ente-example\.it/s);
  await look(page, "issuer-foreign");
  await page.context().close();
});

test("without JavaScript the text of the QR is pasted", async () => {
  const page = await openPage(browser, { javaScriptEnabled: false });
  await page.goto(issuer.base + "/q?new");
  assert.equal(await page.isHidden("#photo"), true, "nobody would read it");
  assert.equal(await page.isHidden("#camera"), true);
  assert.match(await page.textContent("main"), /Copi l’intero indirizzo di questa pagina/); // it does not see what follows #
  await page.fill("#qr", shared.text);
  await page.fill("#cf", "RSSMRA80A01H501X");
  await page.click("form[action='/q'] button[type=submit]");
  assert.match(await page.textContent("main"), /ultima lettera/);
  assert.equal(await page.inputValue("#qr"), shared.text, "nothing is lost");
  await page.fill("#cf", mario);
  await page.click("form[action='/q'] button[type=submit]");
  assert.ok(await page.locator("#answer").count());
  await page.context().close();
});

test("CIE: the PDF by e-mail, forwarded and read from the file", async () => {
  const page = await openPage(browser, { acceptDownloads: true });
  await page.goto(issuer.base + "/login?return=%2Farea%2Fqr");
  await page.click('main a:has-text("CIE")');
  await page.click('h3 a:has-text("Jana Novak")');
  await confirmContacts(page);
  await page.click("button[value=mail]");
  await page.waitForSelector(".answer-yes");
  await look(page, "issuer-qr-mailed");
  await page.goto(issuer.base + "/dev/mail");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("article a")]);
  const file = join(work, download.suggestedFilename());
  await download.saveAs(file);
  await page.goto(issuer.base + "/q?new");
  await page.setInputFiles("#photo", file);
  await page.waitForFunction(() => document.getElementById("qr").value !== "");
  await page.fill("#cf", "NVKJNA75H68M999R");
  await page.click("#check-form button[type=submit]");
  await page.waitForSelector("#answer");
  assert.equal(await answerOf(page), "answer-yes");
  await page.context().close();
});

test("CNS: a card on a listener of its own", async () => {
  const card = join(issuer.data, "cards", "mario.pem"); // certificate and key
  const page = await openPage(browser, {
    ignoreHTTPSErrors: true,
    clientCertificates: [{ origin: `https://127.0.0.1:${cnsPort}`, certPath: card, keyPath: card }],
  });
  await page.goto(issuer.base + "/login?return=%2Farea");
  await page.click('main a:has-text("CNS")');
  await page.waitForURL(/\/area$/);
  assert.equal(await page.locator("form[action='/auth/logout']").count(), 1, "logged in");
  await page.context().close();
});

test("the desk goes on to the second level with its own login", async () => {
  const desk = await startDesk(issuer);
  const page = await openPage(browser);
  const cf = "MYRKLR92D55M999K";
  await logIn(page, "Klara Mayr");
  await confirmContacts(page);
  await page.check("input[name=format][value=png]");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("button[value=download]")]);
  const path = join(work, "klara.png");
  await download.saveAs(path);

  const at = await openPage(browser);
  await at.goto(desk.base + "/?new");
  await at.setInputFiles("#photo", path);
  await at.waitForFunction(() => document.getElementById("qr").value !== "");
  await at.fill("#cf", cf);
  await at.click("#check-form button[type=submit]");
  await at.waitForSelector("#answer");
  assert.equal(await answerOf(at), "answer-yes");
  await at.click("form[action='/second'] button");
  await look(at, "desk-login");
  await at.click("form[action='/operator'] button");
  await at.click('h3 a:has-text("Giorgio Ricci")');
  await at.waitForURL(/\/second\?tab=/);
  await look(at, "desk-second");
  await at.fill("#organisation", "Museo Civico");
  await at.check("#kind-detail");
  await at.selectOption("#purpose", "benefit");
  await at.click("form[action='/code'] button[type=submit]");
  await at.waitForSelector("#code");
  await look(at, "desk-code");
  const code = await newestCode("Klara");
  await at.fill("#code", code);
  await at.click("form[action='/code/answer'] button");
  await at.waitForSelector("#answer");
  assert.equal(await answerOf(at), "answer-yes");
  await look(at, "desk-detail");
  await at.context().close();
  await page.context().close();
  assert.equal(await desk.stop(), 0);
});
