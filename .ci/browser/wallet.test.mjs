// A card in the app at the checking desk, in a real browser: the desk asks, and a wallet written here answers over the address
// that a proxy would show to phones.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createECDH, createHash, createPrivateKey, createCipheriv, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean, look, openBrowser, openPage, pictures, startDesk, startIssuer, work } from "./harness.mjs";

const widths = pictures ? [320, 390, 1280] : [320, 1280];
const at = (name) => join(work, name);
let issuer, desk, browser, flags, portrait;

/** Makes a certificate with its key: of an authority, or of that authority for a name. */
function certify(name, by) {
  const [extensions, signer] = by ? ["leaf", ["-CA", at(`${by}.pem`), "-CAkey", at(`${by}.key`)]] : ["authority", []];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", `/CN=${name}`,
    "-config", at("openssl.cnf"), "-extensions", extensions, ...signer, "-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)], { stdio: "pipe" });
  return new X509Certificate(readFileSync(at(`${name}.pem`))).raw.toString("base64");
}

before(async () => {
  writeFileSync(at("openssl.cnf"), `[req]\ndistinguished_name=none\n[none]\n[authority]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign
[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\nsubjectAltName=DNS:issuer.example\n`);
  const certificate = certify("cards");
  certify("registrar");
  certify("access", "registrar");
  certify("issuer.example", "cards");
  writeFileSync(at("anchors.json"), JSON.stringify([{ certificate, issuers: ["https://issuer.example"] }]));
  flags = ["-wallet-cert", at("access.pem"), "-wallet-key", at("access.key"), "-wallet-anchors", at("anchors.json"), "-wallet-url", "https://desk.example.it/wallet",
    "-wallet-name", "Museo Civico di Borgo Alto", "-wallet-logo", "https://desk.example.it/logo.png", "-wallet-receipt-key", at("registrar.key")];
  issuer = await startIssuer();
  desk = await startDesk(issuer, flags);
  browser = await openBrowser();
  const page = await openPage(browser);
  portrait = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 400 });
    const draw = canvas.getContext("2d");
    for (const [colour, ...place] of [["#9ab", 150, 200, 300], ["#246", 150, 420, 160], ["#eca", 150, 190, 90], ["#222", 115, 170, 9], ["#222", 185, 170, 9]]) {
      draw.fillStyle = colour;
      draw.beginPath();
      draw.arc(...place, 0, 7);
      draw.fill();
    }
    return canvas.toDataURL("image/jpeg");
  });
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await desk?.stop();
  await issuer?.stop();
  clean();
});

const encode = (data) => Buffer.from(typeof data === "string" || Buffer.isBuffer(data) ? data : JSON.stringify(data)).toString("base64url");
const digest = (data) => createHash("sha256").update(data).digest();
const part = (text) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);

function jws(key, header, claims) {
  const text = `${encode({ alg: "ES256", ...header })}.${encode(claims)}`;
  return `${text}.${encode(sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }))}`;
}

/** Encrypts to a P-256 key: ECDH-ES with A128GCM (RFC 7518). */
function jwe({ x, y, kid }, claims) {
  const own = createECDH("prime256v1");
  const point = own.generateKeys();
  const header = encode({ alg: "ECDH-ES", enc: "A128GCM", kid, epk: { kty: "EC", crv: "P-256", x: encode(point.subarray(1, 33)), y: encode(point.subarray(33)) } });
  const shared = own.computeSecret(Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]));
  const key = digest(Buffer.concat([Buffer.from([0, 0, 0, 1]), shared, part("A128GCM"), part(""), part(""), Buffer.from([0, 0, 0, 128])])).subarray(0, 16);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-128-gcm", key, iv).setAAD(Buffer.from(header));
  const text = Buffer.concat([cipher.update(JSON.stringify(claims)), cipher.final()]);
  return [header, "", encode(iv), encode(text), encode(cipher.getAuthTag())].join(".");
}

/** Sends a form to the public address, as the proxy before the desk passes it on. */
function post(address, form = {}) {
  const { host, pathname } = new URL(address);
  return new Promise((done, failed) => {
    const call = request(desk.base + pathname, { method: "POST", headers: { host, "content-type": "application/x-www-form-urlencoded" } }, (answer) => {
      let text = "";
      answer.on("data", (more) => (text += more)).on("end", () => done({ code: answer.statusCode, text }));
    });
    call.on("error", failed).end(new URLSearchParams(form).toString());
  });
}

/** A phone that has scanned the link: what it was asked, and how it answers. */
async function scan(link) {
  const { text } = await post(new URLSearchParams(link.split("?")[1]).get("request_uri"));
  const asked = JSON.parse(Buffer.from(text.split(".")[1], "base64url"));
  return {
    asked,
    async approve(more = {}) {
      const now = Math.floor(Date.now() / 1000);
      const holder = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const shown = Object.entries({ constant_attendance_allowance: true, picture: portrait }).map((claim) => encode([encode(randomBytes(16)), ...claim]));
      const x5c = [new X509Certificate(readFileSync(at("issuer.example.pem"))).raw.toString("base64")];
      const card = jws(createPrivateKey(readFileSync(at("issuer.example.key"))), { typ: "dc+sd-jwt", x5c }, {
        iss: "https://issuer.example", vct: "urn:it-wallet:EuropeanDisabilityCard:1", nbf: now - 60, exp: now + 36000, _sd_alg: "sha-256",
        _sd: shown.map((one) => encode(digest(one))), cnf: { jwk: holder.publicKey.export({ format: "jwk" }) }, ...more,
      });
      const front = [card, ...shown, ""].join("~");
      const bound = jws(holder.privateKey, { typ: "kb+jwt" }, { aud: asked.client_id, nonce: asked.nonce, iat: now, sd_hash: encode(digest(front)) });
      const response = jwe(asked.client_metadata.jwks.keys[0], { state: asked.state, vp_token: { card: [front + bound] } });
      return post(asked.response_uri, { response });
    },
  };
}

/** Asks for a card at the museum's desk. */
async function ask(page) {
  await page.goto(desk.base + "/?new");
  if (await page.locator("#card-benefit").count()) await page.selectOption("#card-benefit", "museums");
  await page.click("#card-form button");
  await page.waitForSelector("#card-look");
}

/** Reads the QR on the screen. */
async function read(page) {
  const file = at("screen.png");
  await page.locator(".qr-screen").screenshot({ path: file });
  return execFileSync("zbarimg", ["--raw", "-q", "--nodbus", file], { encoding: "utf8" }).trim();
}

const yes = "button[value=yes]";

test("the phone reads the QR on the desk's screen", async () => {
  const page = await openPage(browser);
  await page.goto(desk.base + "/?new");
  await look(page, "wallet-start", widths);
  await ask(page);
  await page.waitForSelector("#card-wait:has-text('In attesa')");
  await look(page, "wallet-question", widths);
  const phone = await scan(await read(page));
  assert.equal(phone.asked.client_metadata.client_name, "Museo Civico di Borgo Alto");

  await page.context().setOffline(true); // the desk's network is cut while it waits
  await page.waitForSelector("#card-wait:has-text('Nessun collegamento')");
  assert.equal((await phone.approve()).code, 200);
  await page.waitForEvent("requestfailed"); // it has looked again
  assert.equal(await page.locator("#answer").count(), 0, "no answer, so nothing is said");
  await page.context().setOffline(false);
  await page.waitForSelector(yes); // by itself
  await page.waitForLoadState();
  await page.waitForSelector("h1:focus"); // a screen reader begins at the question
  assert.equal(await page.title(), "È la persona che è qui? · Attesta", "another title");
  let looks = 0;
  page.on("request", (call) => (looks += call.url().includes("/card/live")));
  assert.equal(await page.evaluate("document.querySelector('.holder').naturalWidth"), 300);
  page.complaints().length = 0; // of the browser, about the network
  await look(page, "wallet-compare", widths);
  assert.equal(looks, 0, "it looks no more");

  await page.context().setOffline(true); // and when the operator answers
  await Promise.all([page.waitForEvent("requestfailed"), page.click(yes).catch(() => {})]);
  assert.equal(await page.locator(".answer-yes").count(), 0);
  await page.context().setOffline(false);
  await page.goto(page.url().startsWith(desk.base) ? page.url() : desk.base);
  await page.goto(desk.base + "/card?tab=" + (await tabOf(page)));
  page.complaints().length = 0;
  await page.click(yes);
  assert.equal(await page.getAttribute("#answer", "class"), "answer answer-yes answer-sign");
  await page.waitForSelector("h1:focus"); // a screen reader begins at the answer
  await page.click("#receipt summary");
  await look(page, "wallet-confirmed", widths);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#receipt form button[type=submit]")]);
  assert.match(readFileSync(await file.path(), "utf8"), /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.ok(!(await page.content()).includes(portrait.slice(30, 200)), "nothing of the person is left");
  await page.click("#next");
  await page.goBack();
  await page.waitForSelector("#check-form");
  assert.equal(await page.locator("#answer, .holder").count(), 0, "the next operator presses Back");
  await page.context().close();
});

/** The tab of the last question, which the form links to. */
async function tabOf(page) {
  const links = await page.locator("a[href*='tab=']").evaluateAll((all) => all.map((a) => new URL(a.href).searchParams.get("tab")));
  return links[0];
}

test("the app on the same device comes back", async () => {
  const page = await openPage(browser);
  await ask(page);
  await page.click("button[name=phone]");
  const open = page.locator("a[href^='haip-vp:']");
  await open.waitFor();
  await look(page, "wallet-here", widths);
  const { text } = await (await scan(await open.getAttribute("href"))).approve();
  for (let looks = 0; looks < 2; looks++) await page.waitForResponse(/card\/live/); // the second began after the answer
  assert.equal(await page.locator(yes).count(), 0, "approved elsewhere, it does not count");
  await page.goto(JSON.parse(text).redirect_uri);
  assert.ok(!page.url().includes("response_code"));
  await page.click("button[value=no]");
  await page.waitForSelector(".answer-unknown");
  await look(page, "wallet-not-compared", widths);
  await page.click(".actions button"); // again
  await page.waitForSelector(".qr-screen");
  await page.context().close();
});

test("without scripts, without the issuer's list, without the desk", async () => {
  const page = await openPage(browser, { javaScriptEnabled: false });
  const answered = async (more) => {
    await ask(page);
    const phone = await scan(await read(page));
    await page.click("#card-look");
    assert.equal(await page.locator(yes).count(), 0, "not yet");
    await phone.approve(more);
    await page.click("#card-look");
    return phone;
  };
  await answered();
  await page.click(yes);
  await page.waitForSelector(".answer-yes");
  await answered({ status: { status_list: { idx: 1, uri: "https://127.0.0.1:1/list" } } });
  await page.waitForSelector(".answer-unknown");
  assert.match(await page.textContent("#answer"), /Revoca non controllabile/);
  await answered();
  await desk.stop("SIGKILL"); // the program ends with the question
  desk = await startDesk(issuer, flags);
  await page.goto(desk.base + "/card?tab=" + new URL(page.url()).searchParams.get("tab"));
  await page.waitForSelector("#check-form");
  assert.equal(await page.locator(`${yes}, .answer-yes`).count(), 0);
  await page.context().close();
});
