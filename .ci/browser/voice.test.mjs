// A consent by a call: somebody without a mobile phone proves a landline, and hears the code that the operator then types. The
// provider is a fake that follows Twilio's contract and keeps the requests for calls.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean, logIn, look, noPhone, openBrowser, openPage, startIssuer, work } from "./harness.mjs";

const account = "AC" + "0".repeat(32);
const secret = "a-secret-of-the-provider-of-calls";
const voice = "https://qr.example.it/voice/twilio"; // the service behind a proxy
const calls = [];
const provider = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const known = request.headers.authorization === "Basic " + Buffer.from(`${account}:${secret}`).toString("base64");
  if (known && request.url.endsWith(`/Accounts/${account}/Calls.json`)) calls.push(new URLSearchParams(body));
  response.writeHead(known ? 201 : 401, { "Content-Type": "application/json" });
  response.end('{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued"}');
});
let issuer, browser;

before(async () => {
  await new Promise((done) => provider.listen(0, "127.0.0.1", done));
  const settings = join(work, "calls.env");
  writeFileSync(settings, ["SMS_SENDER=ENTE", "SMS_SENDER_REGISTRATION=12345", `TWILIO_ACCOUNT=${account}`, `TWILIO_AUTH_TOKEN=${secret}`,
    `TWILIO_BASE_URL=http://127.0.0.1:${provider.address().port}`, "TWILIO_VOICE_FROM=+390612345678", `TWILIO_VOICE_URL=${voice}`,
    `TWILIO_VOICE_KEY=${secret}`].join("\n"), { mode: 0o600 });
  issuer = await startIssuer(["-sms", "twilio", "-config", settings]);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  const code = await issuer?.stop();
  provider.close();
  clean();
  assert.equal(code, 0, issuer?.said);
});

/** What a person hears: sentences, and numbers that are spoken digit by digit. */
function heard(script) {
  const said = [...script.matchAll(/<Say[^>]*>([^<]*)<\/Say>/g)].map((m) => m[1]);
  const numbers = said.map((s) => (/^\d$/.test(s) ? s : " ")).join("").split(/ +/).filter(Boolean);
  return { sentences: said.filter((s) => !/^\d$/.test(s)).join(" "), numbers };
}

/** Answers the newest call and presses a key. */
async function pressAKey(count) {
  assert.equal(calls.length, count);
  const script = calls.at(-1).get("Twiml");
  assert.deepEqual(heard(script).numbers, [], "nothing is spoken before the key, so no voicemail records it");
  const action = script.match(/<Gather[^>]* action="([^"]*)"/)[1].replaceAll("&amp;", "&");
  const answer = await fetch(action.replace("https://qr.example.it", issuer.base), {
    method: "POST",
    headers: { "X-Twilio-Signature": createHmac("sha1", secret).update(action + "CallSidCA1Digits5").digest("base64") },
    body: new URLSearchParams({ CallSid: "CA1", Digits: "5" }),
  });
  assert.equal(answer.status, 200);
  return { before: heard(script), ...heard(await answer.text()) };
}

test("a consent by a call to a landline", async () => {
  const { cf, name } = noPhone(issuer);
  const page = await openPage(browser);
  await logIn(issuer, page, name);
  await page.goto(issuer.base + "/area/contacts");
  await look(page, "voice-contacts");
  await page.fill("#number", "06 5905 5085");
  await page.press("#number", "Enter");
  await page.waitForSelector("#code");
  await look(page, "voice-proof");
  assert.doesNotMatch(await page.textContent("main"), /messaggio/);
  const proof = await pressAKey(1);
  await page.fill("#code", proof.numbers[1]);
  await page.press("#code", "Enter");
  await page.waitForSelector(".answer-yes");
  await page.goto(issuer.base + "/area");
  await page.click("button[value=show]");
  const text = await page.getAttribute("#copy", "data-text");

  const desk = await openPage(browser);
  await logIn(issuer, desk, "Laura Moretti");
  await desk.goto(text);
  await desk.waitForSelector("#qr-read:not([hidden])");
  await desk.fill("#cf", cf);
  await desk.click("form[action='/q'] button[type=submit]");
  await desk.click("form[action='/q/second'] button");
  await desk.waitForSelector("form[action='/q/code']");
  await desk.fill("#organisation", "Museo Civico");
  await desk.check("#kind-detail");
  await desk.selectOption("#purpose", "benefit");
  await desk.click("form[action='/q/code'] button[type=submit]");
  await desk.waitForSelector("#code");
  await look(desk, "voice-desk");
  assert.doesNotMatch(await desk.textContent("main"), /messaggio/, "a call is none");
  const consent = await pressAKey(2);
  assert.equal(calls[1].get("To"), "+390659055085");
  assert.match(consent.before.sentences, /MUSEO CIVICO|Museo Civico/);
  assert.match(consent.sentences, /will see all your data/);
  await desk.fill("#code", consent.numbers[1]);
  await desk.press("#code", "Enter");
  await desk.waitForSelector("#answer");
  assert.match(await desk.textContent("main"), /80 %/);
  await page.goto(issuer.base + "/area/accesses");
  assert.match(await page.textContent("main"), /Museo Civico/i);
  await desk.context().close();
  await page.context().close();
});
