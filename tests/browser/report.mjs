// The HTML report: alone in a file, with and without scripts, in both schemes, on a telephone, on paper, and against a log that
// means harm.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { artifacts, authmeter, bench, check, equal } from "./bench.mjs";

const folder = mkdtempSync(join(tmpdir(), "authmeter-report-"));
const at = (name) => join(folder, name);
const run = (...words) => execFileSync(authmeter, words, { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 28 });

const HOSTILE = [
  "<script>window.harmed=1</script>", "<img src=x onerror=window.harmed=2>", "\"><svg onload=window.harmed=3>", "' onfocus='window.harmed=4' autofocus x='",
  "</title></style><style>*{display:none}</style>", "</script><script>window.harmed=5</script>", "javascript:window.harmed=6", "<!-- ", "]]>", "\u001b[31mred\u0007", "\u202egnp.exe", "مرحبا بالعالم",
  "w".repeat(100), "漢".repeat(300), "&lt;b&gt;", "<base href=https://example.com/>", "<meta http-equiv=refresh content=0;url=https://example.com>",
  "=1+1", "+1", "-", "@SUM(1)", "＝1", "one,\"two\"\nthree",
];

function hostileLog() {
  const lines = [];
  HOSTILE.forEach((text, index) => {
    const timestamp = new Date(Date.UTC(2025, 0, 15, index)).toISOString();
    const more = { timestamp, userId: text, email: text, clientId: text, method: text, ip: text, userAgent: text, severity: text, type: text, tokenType: text };
    for (const event of ["auth.login", "token.refresh", "token.issued", "otp.verification", "otp.verification.detail", text]) {
      lines.push(JSON.stringify({ event, success: false, error: text, ...more }));
    }
  });
  return `${lines.join("\n")}\n`;
}

/** Writes a report of a log and says where it is. */
function report(name, words) {
  run("report", ...words, "-o", at(`${name}.html`), "--force");
  return pathToFileURL(at(`${name}.html`)).href;
}

function prepare() {
  run("generate", "--events", "50000", "--seed", "3", "-o", at("life.jsonl"));
  writeFileSync(at("hostile.jsonl"), hostileLog());
  writeFileSync(at("empty.jsonl"), "");
  writeFileSync(at("one.jsonl"), `${JSON.stringify({ event: "auth.login", timestamp: "2025-01-15T10:30:00Z", success: true, userId: "u" })}\n`);
  const pages = {};
  for (const name of ["life", "hostile", "empty", "one"]) pages[name] = report(name, [at(`${name}.jsonl`)]);
  pages.fine = report("fine", ["--every", "5m", at("life.jsonl")]);
  return pages;
}

const CHARTS = ["timeline-chart", "login-rate", "login-reasons", "otp-reasons", "refresh-reasons", "otp-funnel", "tokens-types", "tokens-clients", "week-events", "week-failures"];

await bench("report", async ({ test, open }) => {
  const pages = prepare();

  for (const [name, url] of Object.entries(pages)) {
    test(`${name}: loads and asks for nothing`, async () => {
      const page = await open(url);
      check((await page.title()) === "Authentication report", "a title");
      await page.artifact(`report-${name}.png`);
      await page.close();
    });
    // Much of the same takes axe-core long and tells it nothing new.
    const looks = { life: [["light", 1280], ["dark", 1280], ["light", 360]], hostile: [["light", 360], ["dark", 1280]], empty: [["light", 360]], one: [["dark", 360]] };
    for (const [scheme, width] of looks[name] ?? []) {
      test(`${name}: axe-core finds nothing, ${scheme}, ${width} wide`, async () => {
        const page = await open(url, { scheme, width });
        await page.axe();
        await page.artifact(`report-${name}-${scheme}-${width}.png`);
        await page.close();
      });
    }
    test(`${name}: no page is wider than a telephone`, async () => {
      const page = await open(url, { width: 360, height: 740 });
      equal(await page.overflow(), 0, "pixels too wide");
      await page.close();
    });
  }

  test("without scripts every chart and every table is there", async () => {
    const page = await open(pages.life, { script: false });
    for (const id of CHARTS) {
      const box = await page.locator(`#${id} svg`).first().boundingBox();
      check(box && box.width > 50 && box.height > 3, `${id} is drawn`);
    }
    const tables = await page.locator("table").count();
    check(tables > 20, `${tables} tables`);
    equal(await page.locator("button").count(), 0, "buttons that do nothing");
    await page.close();
  });

  test("a table sorts by the head of a column, by mouse and by keyboard, and says so", async () => {
    const page = await open(pages.life);
    const table = page.locator("#logins-by_client table");
    const column = async (index) => (await table.locator(`tbody td:nth-child(${index})`).allInnerTexts()).map((text) => text.trim());
    const sorts = async () => table.locator("thead th").evaluateAll((heads) => heads.map((head) => head.getAttribute("aria-sort")));
    const before = await column(1);
    await table.locator("th button").nth(2).click();
    const failures = (await column(3)).map((text) => Number(text.replaceAll(",", "")));
    equal(failures, failures.toSorted((one, other) => other - one), "largest first");
    check(new Set(failures).size > 3, "numbers that differ");
    equal(await sorts(), [null, null, "descending", null]);
    await table.locator("th button").nth(0).focus();
    await page.keyboard.press("Enter");
    equal(await column(1), before.toSorted((one, other) => one.localeCompare(other)), "from A");
    equal(await sorts(), ["ascending", null, null, null]);
    await page.keyboard.press("Space");
    equal(await column(1), before.toSorted((one, other) => other.localeCompare(one)), "from Z");
    equal(await sorts(), ["descending", null, null, null]);
    check((await page.locator("[role=status]").textContent()).includes("sorted by client, descending"), "it is said");
    await table.locator("th button").nth(3).click();
    const rates = (await column(4)).map((text) => (text === "n/a" ? -1 : Number.parseFloat(text)));
    equal(rates, rates.toSorted((one, other) => other - one), "shares as numbers, none last");
    await page.axe();
    await page.close();
  });

  /** What a press of a button saves. Chromium lets a page save ten files a second, and drops the next. */
  async function saved(page, button) {
    await page.waitForTimeout(110);
    const [download] = await Promise.all([page.waitForEvent("download"), button.press("Enter")]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  }

  test("every table is saved as the CSV of the command line, and all of it as its JSON", async () => {
    for (const [name, tables] of [["hostile", Infinity], ["life", 4]]) {
      const page = await open(pages[name]);
      const buttons = await page.locator("button.csv").all();
      check(buttons.length > 15, `${buttons.length} tables`);
      for (const button of buttons.slice(0, tables)) {
        const file = await saved(page, button);
        const [, report, table] = /^authmeter-([a-z]+)-([a-z_]+)\.csv$/.exec(file.name);
        const words = report === "input" ? ["logins", "--get", `input.${table}`] : [report, "--get", `${report}.${table}`];
        equal(file.text, run(...words, "--format", "csv", at(`${name}.jsonl`)).toString(), `${name} ${file.name}`);
      }
      const { name: file, text } = await saved(page, page.getByRole("button", { name: "Save as JSON" }));
      equal(file, "authmeter.json");
      const [found, expected] = [JSON.parse(text), JSON.parse(run("report", "--format", "json", at(`${name}.jsonl`)))];
      // Which tokens are active depends on the moment.
      for (const { reports } of [found, expected]) for (const fact of ["active", "ended"]) delete reports.tokens[fact];
      equal(found, expected, name);
      await page.close();
    }
  });

  test("what is under the pointer is said beside it, of every lane, and of every hour of the week", async () => {
    const page = await open(pages.life, { height: 1200 });
    const tip = page.locator(".tip");
    equal(await tip.isVisible(), false, "nothing to say");
    const plot = await page.locator(".plot").first().boundingBox();
    await page.mouse.move(plot.x + plot.width / 2, plot.y + 50);
    const lines = (await tip.innerText()).split("\n").filter(Boolean);
    equal(lines.map((line) => line.split(": ")[0]).slice(1), ["Events", "Logins", "Refreshes"], lines.join("|"));
    check(/^\d{4}-\d\d-\d\d/.test(lines[0]) && /\d failed, \d/.test(lines[1]), lines.join("|"));
    check(await page.locator(".cross").isVisible(), "a line through all lanes");
    const box = await tip.boundingBox();
    check(Math.abs(box.x - (plot.x + plot.width / 2)) < 40, "beside the pointer");
    await page.mouse.move(2, 2);
    equal([await tip.isVisible(), await page.locator(".cross").isVisible()], [false, false], "gone");
    const square = page.locator("#week-failures rect.most").first();
    await square.scrollIntoViewIfNeeded();
    await page.waitForTimeout(100);
    await square.hover();
    await tip.waitFor();
    const [count, hour] = (await tip.innerText()).split("\n").filter(Boolean);
    check(/^[\d,]+$/.test(count) && /day \d+:00$/.test(hour), `${count}|${hour}`);
    check((await page.locator("#week-failures figcaption b").innerText()) === count, "the most of all");
    equal(await page.locator("svg title").count(), await page.locator("svg title").evaluateAll((titles) => titles.filter((title) => !title.closest(".plot, .week")).length), "not said twice");
    await page.close();
  });

  test("where there is one column there is nothing to zoom, and what it says is said", async () => {
    const page = await open(pages.one);
    equal(await page.locator("main .controls, .board[tabindex]").count(), 0, "controls");
    await page.locator(".plot").first().hover();
    await page.locator(".tip").waitFor();
    check((await page.locator(".tip").innerText()).includes("Events: 0 failed, 1 others"), await page.locator(".tip").innerText());
    await page.close();
  });

  test("light and dark can be chosen against what the system says", async () => {
    const page = await open(pages.one, { scheme: "dark" });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    const button = page.getByRole("button", { name: "Theme" });
    await button.press("Enter");
    check((await ground()) !== dark && (await button.innerText()) === "Theme: light", "light");
    await button.press("Enter");
    equal([await ground(), await button.innerText()], [dark, "Theme: dark"], "dark");
    await page.close();
  });

  test("on a telephone the marks of the time axis stand apart", async () => {
    for (const name of ["life", "fine"]) {
      const page = await open(pages[name], { width: 360, height: 740 });
      const ends = await page.locator(".axis text:visible").evaluateAll((texts) => texts.map((text) => text.getBoundingClientRect()).map(({ left, right }) => [left, right]));
      check(ends.length >= 2, `${ends.length} marks`);
      for (const [index, [, right]] of ends.slice(0, -1).entries()) check(right < ends[index + 1][0], `${name}: ${JSON.stringify(ends)}`);
      await page.close();
    }
  });

  test("the timeline zooms by dragging, wheel, buttons and keys, and back", async () => {
    const page = await open(pages.fine, { height: 1200 });
    const board = page.locator(".board");
    const box = async () => (await page.locator(".plot").first().getAttribute("viewBox")).split(" ").map(Number);
    const all = await box();
    check(all[2] > 100, `columns: ${all[2]}`);
    const labels = async () => page.locator(".axis text").allTextContents();
    const first = await labels();
    check(first.length > 2 && first.length < 8, `marks ${first}`);
    const plot = await page.locator(".plot").first().boundingBox();
    const x = (part) => plot.x + plot.width * part;
    await page.mouse.move(x(0.25), plot.y + 50);
    await page.mouse.down();
    await page.mouse.move(x(0.4), plot.y + 60);
    await page.mouse.move(x(0.5), plot.y + 60);
    await page.artifact("report-zoom.png");
    await page.mouse.up();
    const dragged = await box();
    check(Math.abs(dragged[0] - all[2] / 4) < 2 && Math.abs(dragged[2] - all[2] / 4) < 3, `dragged to ${dragged}`);
    check(JSON.stringify(await labels()) !== JSON.stringify(first), "other marks");
    check((await page.locator(".said").textContent()).length > 10, "what is shown is said");
    await board.focus();
    await page.keyboard.press("0");
    equal(await box(), all, "all of it");
    await page.keyboard.press("+");
    const near = await box();
    check(near[2] === Math.round(all[2] / 2), `zoomed to ${near}`);
    await page.keyboard.press("ArrowRight");
    check((await box())[0] > near[0], "moved to the right");
    await page.keyboard.press("ArrowLeft");
    equal(await box(), near, "and back");
    await page.keyboard.press("-");
    equal(await box(), all, "zoomed out");
    await page.mouse.move(x(0.5), plot.y + 50);
    await page.mouse.wheel(0, -300);
    await page.waitForFunction((all) => Number(document.querySelector(".plot").getAttribute("viewBox").split(" ")[2]) < all, all[2]);
    await page.getByRole("button", { name: "Show all of the timeline" }).click();
    equal(await box(), all, "all of it again");
    for (let press = 0; press < 20; press += 1) await page.getByRole("button", { name: "Zoom in" }).press("Enter").catch(() => {});
    check((await box())[2] >= 1, "never less than a column");
    await page.close();
  });

  test("without focus the wheel scrolls the page and not the timeline", async () => {
    const page = await open(pages.fine, { height: 700 });
    const plot = await page.locator(".plot").first().boundingBox();
    await page.mouse.move(plot.x + 100, Math.min(690, plot.y + 20));
    await page.mouse.wheel(0, 300);
    await page.waitForFunction(() => scrollY > 100);
    await page.close();
  });

  test("a keyboard reaches everything that can be used, in the order of the page", async () => {
    const page = await open(pages.one);
    const expected = await page.locator("a[href], button:enabled, [tabindex='0']").count();
    const order = [];
    for (let press = 0; press < expected; press += 1) {
      await page.keyboard.press("Tab");
      order.push(await page.evaluate(() => [...document.querySelectorAll("*")].indexOf(document.activeElement)));
    }
    check(expected > 20, `${expected} to reach`);
    equal(new Set(order).size, expected, "each once");
    equal(order, order.toSorted((one, other) => one - other), "in order");
    await page.close();
  });

  test("what a log says is shown as it is and does nothing", async () => {
    const page = await open(pages.hostile);
    await page.waitForTimeout(200);
    equal(await page.evaluate(() => window.harmed ?? 0), 0, "it ran");
    const cells = await page.locator("#logins-by_reason tbody td:first-child").allInnerTexts();
    for (const text of HOSTILE.slice(0, 9)) check(cells.includes(text.trim()), `${text} in ${JSON.stringify(cells)}`);
    for (const spelled of ["\\u{1b}[31mred\\u{7}", "\\u{202e}gnp.exe", "مرحبا بالعالم"]) check(cells.includes(spelled), spelled);
    equal(await page.locator("img, iframe, object, embed, form, base, link").count(), 0, "elements of the log's own");
    equal(await page.locator("script:not([type='application/json']), style").count(), 2, "scripts and sheets");
    await page.close();
  });

  test("paper has every table and no controls", async () => {
    const page = await open(pages.life);
    await page.emulateMedia({ media: "print" });
    check(!(await page.locator("nav").isVisible()), "no navigation");
    await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
    equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "light", "paper is light");
    equal(await page.locator(".controls:visible, .csv:visible").count(), 0, "controls");
    await page.setViewportSize({ width: 718, height: 1000 });
    check((await page.overflow()) < 60, `A4 holds the tables: ${await page.overflow()} pixels too wide`);
    const path = join(artifacts, "report.pdf");
    await page.pdf({ path, format: "A4" });
    check(statSync(path).size > 50_000, "a PDF with something in it");
    await page.close();
  });
});
rmSync(folder, { recursive: true });
