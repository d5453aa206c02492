// The page of `authmeter serve` over a log and a server that do not keep still, or mean harm.

import assert from "node:assert/strict";
import { join } from "node:path";
import { bench } from "./bench.mjs";
import { PATIENCE, card, counts, dashboard, thousands } from "./serve/dashboard.mjs";
import { Log, Server, run } from "./serve/server.mjs";

await bench("the dashboard, live", (given) => {
  const { test, visit, look } = dashboard(given);

  test("what is written appears without a reload, through rotation, and waits while paused", async (t) => {
    const log = new Log(t.later).generate(2000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server, "range=7d");
    await page.locator("#live[data-state=live]").waitFor(PATIENCE);
    await page.evaluate(() => (window.untouched = true));
    const newest = page.locator("#activity-body tr:first-child");
    const before = await card(page, "Tokens issued");
    log.write("token.issued", { userId: "just-now", success: true });
    await page.waitForFunction(
      () => document.querySelector("#activity-body tr").textContent.includes("just-now"),
      null,
      PATIENCE,
    );
    await page.waitForFunction(
      (before) => document.querySelector(".card .value").textContent !== before,
      before,
      PATIENCE,
    );
    log.rotate();
    log.write("auth.login", { userId: "after-rotation", success: false, error: "Account locked" });
    await page.waitForFunction(
      () => document.querySelector("#activity-body tr").textContent.includes("after-rotation"),
      null,
      PATIENCE,
    );
    assert.match(await newest.innerText(), /failed/);
    assert.match(await page.locator("#activity-body tr").nth(1).innerText(), /just-now/);
    await page.getByRole("button", { name: "Pause" }).click();
    log.write("auth.login", { userId: "while-paused", success: true });
    await page.waitForFunction(() => /Paused, \d/.test(document.querySelector("#live").textContent), null, PATIENCE);
    assert.doesNotMatch(await newest.innerText(), /while-paused/);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForFunction(
      () => document.querySelector("#activity-body tr").textContent.includes("while-paused"),
      null,
      PATIENCE,
    );
    assert.equal(await page.evaluate(() => window.untouched), true);
  });

  test("who has the focus keeps it while the page updates itself", async (t) => {
    const log = new Log(t.later).generate(2000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    await page.locator("#live[data-state=live]").waitFor(PATIENCE);
    const button = page.locator("#token-clients .sift").first();
    await button.focus();
    const name = await button.innerText();
    const before = await page.locator("#token-clients tbody tr").first().innerText();
    log.write("token.issued", { userId: "focus", clientId: name, success: true });
    const changed = (before) => document.querySelector("#token-clients tbody tr").innerText !== before;
    await page.waitForFunction(changed, before, PATIENCE);
    assert.equal(await page.evaluate(() => document.activeElement.innerText), name);
  });

  test("hostile content is shown, and does nothing", async (t) => {
    const log = new Log(t.later);
    const script = "<script>window.ran=1</script>";
    const hostile = [
      "</style><style>*{display:none}</style>",
      "ש".repeat(40),
      "W".repeat(5000),
      "__proto__",
      "constructor",
      "Z\u0301\u0302\u0303".repeat(60),
      "javascript:window.ran=1",
      "{{7*7}}",
      "<img src=x onerror=window.ran=1>",
      "<svg onload=window.ran=1>",
      "\u001b[31mred\u0007",
      "\u202egpj.exe",
      "&lt;b&gt;",
      script,
    ];
    for (const text of hostile) {
      log.write("auth.login", {
        userId: text,
        success: false,
        error: text,
        metadata: { clientId: text, ip: text, method: text, severity: text },
      });
      log.write(text, { userId: text, error: text });
      log.write("token.issued", {
        userId: text,
        success: true,
        metadata: { clientId: text, grantType: text, tokenType: text, source: text },
      });
      log.write("api_token.used", {
        userId: text,
        token_id: text,
        endpoint: text,
        method: text,
        status: 200,
        user_agent: text,
      });
      log.write("otp.sent", { email: `a@${text}`, success: true });
    }
    const server = await Server.start(t.later, log);
    for (const width of [360, 1280]) {
      const page = await look(t, server, `range=all&client=${encodeURIComponent(`!${script}x`)}`, { width });
      await page.waitForFunction(() => document.querySelectorAll("#activity-body tr").length > 40, null, PATIENCE);
      for (const shown of [
        script,
        "<img src=x onerror=window.ran=1>",
        "\\u{1b}[31mred\\u{7}",
        "\\u{202e}gpj.exe",
        "&lt;b&gt;",
      ]) {
        assert.ok(
          await page.evaluate((shown) => document.querySelector("#activity-body").textContent.includes(shown), shown),
          shown,
        );
      }
      await page.locator("#activity-body tr", { hasText: "<svg" }).first().locator(".open").click();
      await page.locator("#event-dialog").getByText("<svg onload=window.ran=1>").first().waitFor(PATIENCE);
      await page.keyboard.press("Escape");
      assert.equal(await page.overflow(), 0, `${width} wide`);
      assert.equal(await page.evaluate(() => window.ran), undefined);
      assert.equal(await page.evaluate(() => document.querySelectorAll("main script, main img, main style").length), 0);
      await page.artifact(`dashboard-hostile-${width}.png`, { fullPage: true });
      if (width === 1280) await page.axe();
    }
  });

  test("an empty log explains itself, and its first event appears", async (t) => {
    const log = new Log(t.later);
    const server = await Server.start(t.later, log);
    const page = await look(t, server, "");
    await page.getByText("There are no events in the log so far").waitFor(PATIENCE);
    await page.axe();
    await page.locator("#live[data-state=live]").waitFor(PATIENCE);
    log.write("auth.login", { userId: "the-first", success: true });
    await counts(page, 1);
    assert.equal(await card(page, "Login success"), "100.00 %");
    assert.equal(await page.locator("#empty").isVisible(), false);
  });

  test("a view without events says what the log has", async (t) => {
    const log = new Log(t.later).write("auth.login", { timestamp: "2020-02-03T04:05:06Z", success: true });
    const server = await Server.start(t.later, log);
    const page = await look(t, server, "range=7d");
    await page.getByText("The log has events from 3 Feb 2020").waitFor(PATIENCE);
    await page.getByRole("button", { name: "Show the whole log" }).click();
    await counts(page, 1);
    await page.locator("#filters [name=user]").fill("nobody");
    await page.keyboard.press("Enter");
    await page.getByText("No event of these days passes the filters").waitFor(PATIENCE);
  });

  test("a server that wants a token gets one, and it stays out of addresses", async (t) => {
    const log = new Log(t.later).write("auth.login", { tenantId: "acme", userId: "u", success: true });
    const auth = join(log.folder, "auth.toml");
    const token = run("token", "add", "--auth", auth, "--tenant", "acme").trim().split(/\s+/).at(-1);
    const server = await Server.start(t.later, log, { words: ["--auth", auth] });
    const page = await visit(t, server, "range=all", { expected: (text) => text.includes("401") });
    const dialog = page.locator("#sign-in");
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await dialog.waitFor(PATIENCE);
    await page.axe();
    assert.equal(await page.locator("#secret").getAttribute("type"), "password");
    await page.locator("#secret").fill("wrong-token");
    await page.keyboard.press("Enter");
    await page.getByText("The server refuses this token").waitFor(PATIENCE);
    await page.locator("#secret").fill(token);
    await page.keyboard.press("Enter");
    await counts(page, 1);
    await page.locator("#live[data-state=live]").waitFor(PATIENCE);
    assert.ok(asked.length > 4 && asked.every((address) => !address.includes(token)));
    assert.ok(!page.url().includes(token));
    await page.reload();
    await counts(page, 1);
    await page.getByRole("button", { name: "Forget token" }).click();
    await dialog.waitFor(PATIENCE);
  });

  test("a server that goes away is waited for, and what it missed is shown", async (t) => {
    const log = new Log(t.later).generate(500);
    const server = await Server.start(t.later, log);
    const page = await visit(t, server, "range=all", { expected: (text) => /ERR_|Failed to (load|fetch)/.test(text) });
    await counts(page, 500);
    await page.locator("#live[data-state=live]").waitFor(PATIENCE);
    await server.stop();
    await page.locator("#live[data-state=waiting]").waitFor(PATIENCE);
    assert.equal(await card(page, "Tokens issued"), thousands(log.report().reports.tokens.issued));
    await page.locator("#ranges").getByRole("button", { name: "90 days" }).click();
    await page.getByText("The server does not answer").waitFor(PATIENCE);
    await page.locator("#ranges").getByRole("button", { name: "All" }).click();
    log.write("auth.login", { userId: "meanwhile", success: true });
    await Server.start(t.later, log, { port: server.port });
    await page.locator("#live[data-state=live]").waitFor({ timeout: 20_000 });
    await counts(page, 501);
    await page.locator("#notice").waitFor({ state: "hidden" });
  });
});
