// The bench of the browser tests: a browser, pages that are watched, axe-core, artefacts, and a small runner.
//
//   import { bench, check, equal } from "./bench.mjs";
//   await bench("the report", async ({ test, open }) => {
//     test("sorts", async () => {
//       const page = await open(url, { width: 360, scheme: "dark", script: false });
//       …
//       await page.close();          // fails if the page complained, asked for something else, or broke its policy
//     });
//   });

import { mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where screenshots and papers go: never into the tree. */
export const artifacts = process.env.AUTHMETER_ARTIFACTS || join(process.env.TMPDIR || tmpdir(), "authmeter-browser");

/** The program that is tested. */
export const authmeter = process.env.AUTHMETER || "authmeter";

/** Fails with `what` unless it holds. */
export function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Fails unless both are the same as JSON. */
export function equal(found, expected, what = "") {
  const [one, other] = [found, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${what}\n  found    ${one}\n  expected ${other}`);
}

/** Runs the tests that `define` names, one after the other, and ends the process: 0 if all held, 1 if not. */
export async function bench(title, define) {
  mkdirSync(artifacts, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-quic",
    ],
  });
  const tests = [];
  const open = (url, options) => watched(browser, url, options);
  let failed = 0;
  try {
    await define({ test: (name, run) => tests.push({ name, run }), open, browser });
    for (const { name, run } of tests) {
      const began = performance.now();
      let wrong = "";
      try {
        await run();
      } catch (error) {
        failed += 1;
        wrong = `\n  ${error.stack ?? error}`;
      }
      for (const context of browser.contexts()) await context.close();
      console.log(`${wrong ? "FAILED" : "ok    "} ${title}: ${name} (${Math.round(performance.now() - began)} ms)${wrong}`);
    }
  } finally {
    await browser.close();
  }
  check(tests.length > 0, `${title}: there are no tests`);
  console.log(`${title}: ${tests.length - failed} of ${tests.length} hold`);
  process.exitCode = failed ? 1 : process.exitCode;
}

/**
 * Opens a page in a context of its own.
 *
 * Options: `width`, `height`, `scheme` (light, dark), `motion` (reduce, no-preference), `script` (false turns scripts off),
 * `allow` (whether a URL may be asked for, beside that of the page), `expected` (whether a message of the console is meant to
 * come), and `context` (more for Playwright).
 *
 * What it has beside Playwright's page: `complaints`, `axe()`, `artifact(name)`, `overflow()`, and `close()`, which fails if
 * there were complaints.
 */
async function watched(browser, url, options = {}) {
  const { width = 1280, height = 900, scheme = "light", motion = "reduce", script = true } = options;
  const { allow = () => false, expected = () => false } = options;
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: scheme, reducedMotion: motion, javaScriptEnabled: script, ...options.context,
  });
  const page = await context.newPage();
  const complaints = [];
  const complain = (text) => expected(text) || complaints.push(text);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complain(`console: ${message.text()}`));
  page.on("pageerror", (error) => complain(`error: ${error.message}`));
  page.on("crash", () => complain("the page crashed"));
  page.on("dialog", (dialog) => (complain(`a dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("popup", () => complain("a window was opened"));
  page.on("request", (request) => {
    const asked = request.url();
    if (asked !== url && !allow(asked)) complain(`a request: ${asked.slice(0, 200)}`);
  });
  if (script) {
    await page.addInitScript(() => {
      globalThis.violations = [];
      addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
  }
  await page.goto(url);
  const close = page.close.bind(page);
  return Object.assign(page, {
    complaints,
    axe: () => axe(page),
    artifact: (name, more = {}) => page.screenshot({ path: join(artifacts, name), ...more }),
    overflow: () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    close: async () => {
      if (script) complaints.push(...(await page.evaluate(() => globalThis.violations ?? [])).map((text) => `policy: ${text}`));
      await close();
      await context.close();
      equal(complaints, [], "the page complained");
    },
  });
}

/** Fails if axe-core finds anything. It runs as the debugger does, which a page's policy does not bind. */
async function axe(page) {
  const session = await page.context().newCDPSession(page);
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(`${axeSource};0`);
  const found = JSON.parse(await run(`axe.run(document, { resultTypes: ["violations"] }).then((found) => JSON.stringify({
    passes: found.passes.length,
    violations: found.violations.map(({ id, help, nodes }) => \`\${id}: \${help}: \${nodes.slice(0, 3).map((node) => node.target + " " + node.failureSummary).join(" | ")}\`),
  }))`));
  await session.detach();
  check(found.passes > 10, `axe-core looked at too little: ${found.passes} rules`);
  equal(found.violations, [], "axe-core finds");
}
