// What people do with the page of `authmeter serve` beside reading it: sort, save, follow a name, move through days, use keys.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { bench } from "./bench.mjs";
import { PATIENCE, counts, dashboard, hash, settled, thousands } from "./serve/dashboard.mjs";
import { Log, Server, run } from "./serve/server.mjs";

const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

/** A hundred days, in one of which an address tries 400 users. */
function attacked(later) {
  const log = new Log(later).generate(4000);
  for (let i = 0; i < 400; i += 1)
    log.write("auth.login", {
      timestamp: `${day(10)}T03:${String(i % 60).padStart(2, "0")}:00.000Z`,
      userId: `victim-${i}`,
      success: false,
      error: "No such user (a.b|c)",
      metadata: { clientId: "partner-api", ip: "203.0.113.77" },
    });
  return log;
}

await bench("the dashboard's tools", (given) => {
  const { test, look } = dashboard(given);

  test("what matters is said first, in the words of the report, and leads to the day", async (t) => {
    const log = attacked(t.later);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const { timeline, security, refreshes } = log.report().reports;
    const [worst] = timeline.unusual;
    // A hundred days have a bar for each week.
    assert.equal(timeline.every, "1w");
    const [from, to] = [0, 6].map((days) => new Date(Date.parse(worst.start) + days * 86_400_000).toISOString().slice(0, 10));
    assert.ok(from <= day(10) && day(10) <= to, `${from} to ${to}`);
    const [failing, severe, again] = await page.locator("#verdict li").allInnerTexts();
    assert.ok(failing.includes(`${worst.times.rate.toFixed(2)} × usual`), failing);
    assert.equal(severe.includes("No security event"), security.critical + security.high === 0, severe);
    assert.ok(again.includes(refreshes.reused ? thousands(refreshes.reused) : "No refresh token"), again);
    assert.equal(await page.locator("#timeline .flag").count(), timeline.unusual.length);
    await page.getByRole("button", { name: "Show that week" }).click();
    await counts(page, log.report("--from", from, "--to", to).input.events);
    assert.equal(hash(page), `#from=${from}&to=${to}`);
    const quiet = await look(t, await Server.start(t.later, new Log(t.later).generate(4000)));
    assert.match(await quiet.locator("#verdict li").first().innerText(), /Nothing failed more than usual: \d+\.\d\d % of events/);
    assert.equal(await quiet.locator("#timeline .flag").count(), 0);
  });

  test("a reason and an address filter by themselves, and say what they mean", async (t) => {
    const log = attacked(t.later);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    await page.locator("#failures").getByRole("button", { name: "No such user (a.b|c)" }).click();
    await counts(page, 400);
    assert.match(await page.locator(".chip").innerText(), /^Reason: No such user \(a\.b\|c\)/);
    await page.reload();
    await settled(page);
    await counts(page, 400);
    await page.locator(".chip").click();
    await page.locator("#ips-top").getByRole("button", { name: "203.0.113.77" }).click();
    await counts(page, log.report("--ip", "203.0.113.77").input.events);
    await page.getByRole("button", { name: "Reset filters" }).click();
    // An address whose events all failed is no good news, and what is chosen by its reason is no news at all.
    await page.locator("#filters [name=ip]").fill("203.0.113.77");
    await page.keyboard.press("Enter");
    await counts(page, 400);
    await page.locator("#verdict .bad", { hasText: "Every event failed: 100.00 % of events" }).waitFor(PATIENCE);
    await page.locator("#filters [name=reason]").fill("No such");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll("#verdict li").length === 2, null, PATIENCE);
    await page.getByRole("button", { name: "Reset filters" }).click();
    await page.locator("#filters [name=reason]").fill("!expired|revoked");
    await page.keyboard.press("Enter");
    await counts(page, log.report("--reason", "!expired|revoked").input.events);
    assert.match(await page.locator(".chip").innerText(), /^Reason has not: expired\|revoked/);
    await page.locator("#filters [name=ip]").fill("203.0.113.0/24");
    await page.keyboard.press("Enter");
    await counts(page, log.report("--reason", "!expired|revoked", "--ip", "203.0.113.0/24").input.events);
  });

  test("tables sort by each column, both ways, and stay sorted when the log grows", async (t) => {
    const log = new Log(t.later).generate(4000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const table = page.locator("#token-clients table");
    await page.locator("#token-clients").getByRole("button", { name: /Show all/ }).click();
    const column = async (at) =>
      (await table.locator(`tbody tr > :nth-child(${at})`).allInnerTexts()).map((text) => text.trim());
    const sort = (name) => table.getByRole("button", { name }).press("Enter");
    await sort("Failed");
    const failed = (await column(4)).map((text) => Number(text.replaceAll(",", "")));
    assert.ok(new Set(failed).size > 3);
    assert.deepEqual(failed, failed.toSorted((a, b) => b - a));
    assert.equal(await table.locator("[aria-sort]").getAttribute("aria-sort"), "descending");
    await sort("Failed");
    assert.deepEqual(
      (await column(4)).map((text) => Number(text.replaceAll(",", ""))),
      failed.toReversed(),
    );
    await sort("Client");
    const names = await column(1);
    assert.deepEqual(names, names.toSorted());
    assert.equal(await page.evaluate(() => document.activeElement.innerText), "Client");
    await page.locator("#live[data-state=live]").waitFor(PATIENCE);
    log.write("token.issued", { success: true, metadata: { clientId: "aardvark" } });
    await counts(page, 4001);
    assert.equal((await column(1))[0], "aardvark");
    await page.axe();
  });

  test("tables are saved as the CSV of the command line, and all of it as its JSON", async (t) => {
    const log = attacked(t.later);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const saved = async (button) => {
      const [download] = await Promise.all([page.waitForEvent("download", PATIENCE), button.click()]);
      return [download.suggestedFilename(), readFileSync(await download.path(), "utf8")];
    };
    for (const [id, name, table] of [
      ["failures", "failures", "failures.by_reason"],
      ["token-clients", "token-clients", "tokens.by_client"],
      ["otp", "domains", "otp.by_domain"],
      ["clients-top", "clients", "clients.top"],
    ]) {
      const button = page.locator(`#${id}`).getByRole("button", { name: /as CSV$/ });
      const csv = run(table.split(".")[0], "--get", table, "--format", "csv", log.path);
      assert.deepEqual(await saved(button), [`authmeter-${name}.csv`, csv]);
    }
    const [name, text] = await saved(page.getByRole("button", { name: "Save these numbers as JSON" }));
    assert.equal(name, "authmeter.json");
    assert.deepEqual(JSON.parse(text).reports.logins, log.report().reports.logins);
  });

  test("days move and widen, by buttons, by pressing the chart twice and by keys, which can be turned off", async (t) => {
    const log = new Log(t.later).generate(4000);
    const server = await Server.start(t.later, log);
    const page = await look(t, server, "range=7d");
    const shows = async (from, to) => {
      await counts(page, log.report("--from", day(from), "--to", day(to)).input.events);
      assert.equal(hash(page), `#from=${day(from)}&to=${day(to)}`);
    };
    assert.equal(await page.getByRole("button", { name: "Later days" }).isDisabled(), true);
    await page.getByRole("button", { name: "Earlier days" }).click();
    await shows(13, 7);
    await page.keyboard.press("[");
    await shows(20, 14);
    await page.keyboard.press("]");
    await shows(13, 7);
    await page.getByRole("button", { name: "More days around these" }).click();
    await shows(17, 3);
    const box = await page.locator(".board").boundingBox();
    // 15 days, each as wide as this: a stretch within one of them is that day, and the way back is the browser's.
    const wide = (box.width - 52) / 15;
    await page.mouse.move(box.x + 46 + wide * 4.2, box.y + 90);
    await page.mouse.down();
    await page.mouse.move(box.x + 46 + wide * 4.8, box.y + 90, { steps: 3 });
    await page.mouse.up();
    await shows(13, 13);
    await page.goBack();
    await shows(17, 3);
    await page.mouse.dblclick(box.x + box.width / 2, box.y + 90);
    await shows(25, 0);
    await page.keyboard.press("1");
    await page.locator("#says", { hasText: /^Today: / }).waitFor(PATIENCE);
    assert.equal(hash(page), "#range=1d");
    await page.keyboard.press("5");
    await counts(page, 4000);
    await page.keyboard.press("/");
    await page.keyboard.type("p1");
    assert.equal(await page.locator("#filters [name=client]").inputValue(), "p1");
    await page.locator("#main").focus();
    await page.keyboard.press("p");
    assert.equal(await page.locator("#pause").getAttribute("aria-pressed"), "true");
    await page.keyboard.press("?");
    const keys = page.locator("#keys-dialog");
    assert.ok((await keys.locator("kbd").count()) > 8);
    await page.axe();
    await keys.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await page.keyboard.press("p");
    await page.reload();
    await settled(page);
    await page.keyboard.press("1");
    assert.equal(await page.locator("#pause").getAttribute("aria-pressed"), "false");
    assert.equal(hash(page), "#range=all");
  });

  test("numbers are written as the command line writes them", async (t) => {
    const log = new Log(t.later);
    const hour = (at) => `${day(2)}T${String(at).padStart(2, "0")}:00:00.000Z`;
    for (let i = 0; i < 8; i += 1) log.write("auth.login", { timestamp: hour(1), success: true, userId: `u-${i}` });
    for (let i = 0; i < 9; i += 1) log.write("token.refresh", { timestamp: hour(2), success: true, userId: `u-${i % 8}` });
    for (let i = 0; i < 2500; i += 1) log.write("token.refresh", { timestamp: hour(2), success: true, userId: "u-0" });
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const said = run("refreshes", log.path);
    const rates = await page.locator("#rates-body").innerText();
    for (const name of ["per login", "per user", "per hour", "per day"]) {
      const number = new RegExp(`${name} +([\\d,.]+)`).exec(said)[1];
      assert.ok(rates.includes(number), `${name} ${number} in ${rates}`);
    }
    assert.match(said, /per day +\d{2},\d{3}\.\d\d/);
    assert.equal(await page.evaluate(async () => (await import("/assets/format.js")).mean({ rate: 1.125 })), "1.12");
  });

  test("panels are put away, stay away, and come back", async (t) => {
    const log = new Log(t.later).generate(500);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const shown = () => page.locator("main section.panel:visible").count();
    const all = await shown();
    await page.getByRole("button", { name: "Panels" }).click();
    const boxes = page.locator("#panels-body input");
    assert.ok((await boxes.count()) > 12);
    for (const name of ["types", "grants", "peaks"]) await page.locator(`[data-panel=${name}]`).uncheck();
    await page.axe();
    await page.keyboard.press("Escape");
    assert.equal(await shown(), all - 3);
    assert.equal(await page.locator(".stack").isVisible(), false);
    assert.equal(await page.locator("#panels").innerText(), "Panels: 3 away");
    await page.reload();
    await settled(page);
    assert.equal(await page.locator("#peaks").isVisible(), false);
    await page.locator("#panels").click();
    for (const name of ["types", "grants", "peaks"]) await page.locator(`[data-panel=${name}]`).check();
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#peaks").isVisible(), true);
    assert.equal(await page.locator("#panels").innerText(), "Panels");
  });

  test("what is under the pointer is said beside it, and no longer when it leaves", async (t) => {
    const log = attacked(t.later);
    const server = await Server.start(t.later, log);
    const page = await look(t, server);
    const tip = page.locator(".tip");
    // The last of what is asked for: then nothing is drawn anew.
    await page.locator("#users-top tbody tr").first().waitFor(PATIENCE);
    const box = await page.locator(".board").boundingBox();
    const flag = await page.locator(".flag").boundingBox();
    await page.mouse.move(flag.x + flag.width / 2, box.y + 120);
    const lines = (await tip.innerText()).split("\n").filter(Boolean);
    const { buckets, unusual } = log.report().reports.timeline;
    const bucket = buckets.find(({ start }) => start === unusual[0].start);
    assert.equal(lines[1], `Events: ${thousands(bucket.events)}`);
    assert.equal(lines[2], `Failures: ${thousands(bucket.failures)}`);
    assert.match(lines.at(-1), /more failed than usual/);
    await page.artifact("dashboard-tip.png");
    await page.mouse.move(2, 2);
    assert.equal(await tip.isVisible(), false);
    const square = page.locator("#peaks [data-key='0-9']");
    await square.scrollIntoViewIfNeeded();
    await page.waitForTimeout(100);
    await square.hover();
    await tip.waitFor(PATIENCE);
    assert.match(await tip.innerText(), /^Monday, 09:00 to 10:00\s+[\d,]+ events\s+[\d,]+ failures$/);
  });

  test("on a telephone the filters are folded, and an event is a few lines", async (t) => {
    const log = new Log(t.later).generate(500);
    const server = await Server.start(t.later, log);
    const page = await look(t, server, "range=all", { width: 360, height: 740 });
    assert.equal(await page.locator("#filters").isVisible(), false);
    assert.ok((await page.locator("#verdict").boundingBox()).y < 320);
    await page.locator("#filtering summary").click();
    await page.locator("#filters [name=event]").fill("auth.*");
    await page.keyboard.press("Enter");
    await counts(page, log.report("--event", "auth.*").input.events);
    const row = await page.locator("#activity-body tr").first().boundingBox();
    assert.ok(row.width <= 340 && row.height < 120, JSON.stringify(row));
    assert.equal(await page.overflow(), 0);
  });
});
