// The page of `authmeter serve`, driven as people drive it. Numbers are held against the command line's.

import assert from "node:assert/strict";
import { bench } from "./bench.mjs";
import { PATIENCE, card, counts, dashboard, hash, settled, thousands } from "./serve/dashboard.mjs";
import { Log, Server, run } from "./serve/server.mjs";

await bench("the dashboard", (given) => {
  const { test, look } = dashboard(given);

  test("cards and tables say what the command line says", async (t) => {
    const log = new Log(t.later).generate(4000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const { input, reports } = log.report("--as-of", "now");
    await counts(page, input.events);
    const expected = {
      "Tokens issued": reports.tokens.issued,
      "Tokens refreshed": reports.tokens.refreshed,
      "Unique users": reports.tokens.unique_users,
      "Failed attempts": reports.tokens.failed,
    };
    for (const [name, count] of Object.entries(expected)) assert.equal(await card(page, name), thousands(count), name);
    assert.equal(await card(page, "Login success"), `${(reports.logins.success_rate.rate * 100).toFixed(2)} %`);
    const clients = await page.locator("#token-clients tbody tr:first-child").innerText();
    const first = reports.tokens.by_client[0];
    for (const value of [first.client, thousands(first.issued), thousands(first.refreshed), thousands(first.failed)])
      assert.ok(clients.includes(value), `${value} in ${clients}`);
    const reason = reports.failures.by_reason[0];
    assert.ok((await page.locator("#failures tbody tr:first-child").innerText()).includes(thousands(reason.count)));
    assert.equal(await page.locator("#peaks [role=gridcell][aria-label]").count(), 7 * 24);
    assert.ok((await page.locator("#activity-body tr").count()) > 0);
  });

  test("each filter shows what the command line counts, and comes off again", async (t) => {
    const log = new Log(t.later).generate(4000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const all = log.report();
    const user = JSON.parse(run("users", "--format", "json", log.path)).reports.users.top[0].user;
    const filters = { client: all.reports.tokens.by_client[0].client, user, event: "token.*", outcome: "failed" };
    for (const [name, value] of Object.entries(filters)) {
      if (name === "outcome") await page.locator("#filters select").selectOption(value);
      else {
        await page.locator(`#filters [name=${name}]`).fill(value);
        await page.keyboard.press("Enter");
      }
      await counts(page, log.report(`--${name}`, value).input.events);
      assert.equal(new URLSearchParams(hash(page).slice(1)).get(name), value);
      await page.locator(".chip").click();
      await counts(page, all.input.events);
    }
    await page.locator("#token-clients .sift").first().click();
    await counts(page, log.report("--client", filters.client).input.events);
    await page.locator("#filters [name=event]").fill("!token.*");
    await page.keyboard.press("Enter");
    await counts(page, log.report("--client", filters.client, "--event", "!token.*").input.events);
    await page.getByRole("button", { name: "Reset filters" }).click();
    await counts(page, all.input.events);
  });

  test("each range shows other numbers, back returns to the one before, and an address opens its view", async (t) => {
    const log = new Log(t.later).generate(4000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server, "");
    const seen = [];
    for (const [word, range] of [
      ["7 days", "7d"],
      ["30 days", "30d"],
      ["90 days", "90d"],
      ["All", "all"],
    ]) {
      const button = page.locator("#ranges").getByRole("button", { name: word, exact: true });
      await button.click();
      const answer = await page.evaluate(
        async (range) => (await fetch(`/api/v1/reports/logins?range=${range}`)).json(),
        range,
      );
      await counts(page, answer.input.events);
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      seen.push(answer.input.events);
    }
    assert.ok(seen[0] > 0 && seen[0] < seen[1] && seen[1] < seen[2] && seen[2] < seen[3], String(seen));
    assert.equal(seen[3], log.report().input.events);
    await page.goBack();
    await counts(page, seen[2]);
    assert.equal(await page.locator("#ranges [aria-pressed=true]").innerText(), "90 days");
    const other = await look(t, server, "range=30d&outcome=failed");
    assert.equal(
      await other
        .locator(".chip")
        .innerText()
        .then((text) => text.includes("failed")),
      true,
    );
  });

  test("days can be typed, dragged and chosen with keys", async (t) => {
    const log = new Log(t.later).generate(4000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    await page.locator("#from").fill(day(40));
    await page.locator("#to").fill(day(20));
    await page.getByRole("button", { name: "Show days" }).click();
    await counts(page, log.report("--from", day(40), "--to", day(20)).input.events);
    // Panels that are still to be filled would move it.
    await settled(page);
    const board = page.locator(".board");
    const box = await board.boundingBox();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 90);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 90, { steps: 4 });
    await page.mouse.up();
    const dragged = new URLSearchParams(hash(page).slice(1));
    assert.ok(dragged.get("from") > day(40) && dragged.get("to") < day(20), hash(page));
    await counts(page, log.report("--from", dragged.get("from"), "--to", dragged.get("to")).input.events);
    await board.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Enter");
    const chosen = new URLSearchParams(hash(page).slice(1));
    assert.equal(chosen.get("to"), dragged.get("to"));
    assert.ok(chosen.get("from") > dragged.get("from"));
    await counts(page, log.report("--from", chosen.get("from"), "--to", chosen.get("to")).input.events);
    await board.focus();
    await page.keyboard.press("Home");
    assert.match(await board.getAttribute("aria-valuetext"), /\d+ events · \d+ failures/);
  });

  test("a row opens its line, and a name in it filters", async (t) => {
    const log = new Log(t.later).generate(500).write("auth.login", {
      userId: "u-1",
      success: false,
      error: "Nope",
      metadata: { clientId: "c-1", ip: "203.0.113.9" },
    });
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    await page.locator("#activity-body tr:first-child .open").press("Enter");
    const dialog = page.locator("#event-dialog");
    const line = await dialog.locator(".raw").innerText();
    assert.deepEqual(JSON.parse(line).metadata, { clientId: "c-1", ip: "203.0.113.9" });
    await page.keyboard.press("Escape");
    assert.equal(await dialog.isVisible(), false);
    await page.locator("#activity-body tr:first-child td:last-child").click();
    await dialog.getByRole("button", { name: "u-1" }).click();
    await counts(page, 1);
    await page.goBack();
    const rows = () => page.locator("#activity-body tr").count();
    await counts(page, 501);
    const first = await rows();
    await page.getByRole("button", { name: "Older events" }).click();
    await page.waitForFunction(
      (first) => document.querySelectorAll("#activity-body tr").length > first,
      first,
      PATIENCE,
    );
    const lines = await page.locator("#activity-body .open").allInnerTexts();
    assert.deepEqual(lines, [...lines].sort().reverse());
  });

  test("the calls with a token are paged, and are part of the address", async (t) => {
    const log = new Log(t.later);
    for (let i = 0; i < 60; i += 1)
      log.write("api_token.used", {
        userId: "owner",
        token_id: "tok/1",
        endpoint: `/v1/${i}`,
        method: "GET",
        status: i % 3 ? 200 : 500,
        processing_time: i,
      });
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    await page.locator("#usage .sift").click();
    const dialog = page.locator("#token-dialog");
    await dialog.getByText("Page 1 of 2, 60 calls").waitFor(PATIENCE);
    assert.equal(await dialog.locator("tbody tr").count(), 50);
    await dialog.getByRole("button", { name: "Older" }).click();
    await dialog.getByText("Page 2 of 2, 60 calls").waitFor(PATIENCE);
    assert.equal(await dialog.locator("tbody tr").count(), 10);
    assert.match(hash(page), /token=tok%2F1&page=2/);
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.locator("#usage-form input").fill("nobody's");
    await page.keyboard.press("Enter");
    await dialog.getByText("No call with this token").waitFor(PATIENCE);
  });

  test("the page passes axe in light, dark and narrow, with its dialogs open", async (t) => {
    const log = new Log(t.later).generate(4000);
    for (let i = 0; i < 3; i += 1)
      log.write("api_token.used", { userId: "owner", token_id: "tok-1", endpoint: "/v1", method: "GET", status: 200 });
    const server = await Server.start(t.later, log);
    const views = [
      { width: 1280, audit: true, dialogs: true },
      { width: 1280, scheme: "dark", audit: true },
      { width: 360, scheme: "dark", audit: true, dialogs: true },
      { width: 360 },
      { width: 1920, height: 1080, scheme: "dark" },
    ];
    for (const options of views) {
      const page = await look(t, server, "range=30d&outcome=!unknown", options);
      await page.locator("#live[data-state=live]").waitFor(PATIENCE);
      await page.locator("#users-top tbody tr").first().waitFor(PATIENCE);
      if (options.audit) await page.axe();
      assert.equal(await page.overflow(), 0);
      await page.artifact(`dashboard-${options.width}-${options.scheme ?? "light"}.png`, { fullPage: true });
      if (!options.dialogs) continue;
      await page.locator("#activity-body .open").first().click();
      await page.axe();
      await page.keyboard.press("Escape");
      await page.locator("#usage .sift").first().click();
      await page.locator("#token-dialog tbody tr").first().waitFor(PATIENCE);
      await page.axe();
    }
  });

  test("the theme follows the system until it is chosen, and the choice is kept", async (t) => {
    const log = new Log(t.later).generate(500);
    const server = await Server.start(t.later, log);
    const page = await look(t, server, "range=all", { scheme: "dark" });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.locator("#theme").click();
    const light = await ground();
    assert.notEqual(light, dark);
    await page.reload();
    await settled(page);
    assert.equal(await ground(), light);
    assert.equal(await page.locator("#theme").innerText(), "Theme: light");
  });

  test("everything that can be pressed can be reached with the keyboard", async (t) => {
    const log = new Log(t.later).generate(2000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    assert.equal(hash(page), "#range=all");
    const unreachable = await page.evaluate(() => {
      const shown = [...document.querySelectorAll("button, input, select, summary, [role=slider]")].filter(
        (element) => element.checkVisibility() && !element.disabled,
      );
      return shown.filter((element) => element.tabIndex < 0).map((element) => element.outerHTML);
    });
    assert.deepEqual(unreachable, []);
    await page.locator("#peaks [role=gridcell][tabindex='0']").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    assert.match(await page.locator("#peaks-says").innerText(), /^Tuesday, 01:00 to 02:00: \d/);
  });
});
