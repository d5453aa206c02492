// The HTML report: alone in a file, with and without scripts, in both schemes, on a telephone, on paper, and against a log that
// means harm.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
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
    for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 360]]) {
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

  test("what a log says is shown as it is and does nothing", async () => {
    const page = await open(pages.hostile);
    await page.waitForTimeout(200);
    equal(await page.evaluate(() => window.harmed ?? 0), 0, "it ran");
    const cells = await page.locator("#logins-by_reason tbody td:first-child").allInnerTexts();
    for (const text of HOSTILE.slice(0, 9)) check(cells.includes(text.trim()), `${text} in ${JSON.stringify(cells)}`);
    for (const spelled of ["\\u{1b}[31mred\\u{7}", "\\u{202e}gnp.exe", "مرحبا بالعالم"]) check(cells.includes(spelled), spelled);
    equal(await page.locator("img, iframe, object, embed, form, base, link").count(), 0, "elements of the log's own");
    equal(await page.locator("script, style").count(), 2, "scripts and sheets");
    await page.close();
  });

  test("paper has every table and no controls", async () => {
    const page = await open(pages.life);
    await page.emulateMedia({ media: "print" });
    check(!(await page.locator("nav").isVisible()), "no navigation");
    const path = join(artifacts, "report.pdf");
    await page.pdf({ path, format: "A4" });
    check(statSync(path).size > 50_000, "a PDF with something in it");
    await page.close();
  });
});
rmSync(folder, { recursive: true });
