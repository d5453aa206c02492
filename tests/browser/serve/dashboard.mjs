// What the tests of the dashboard share: pages that are waited for, and numbers as the page writes them.

export const PATIENCE = { timeout: 10_000 };

/** The words of a test, on the bench it is given. */
export function dashboard({ test: hold, open }) {
  /** A test that cleans up behind itself: `t.later` takes what is to be done at the end, the last first. */
  function test(name, body) {
    hold(name, async () => {
      const ends = [];
      try {
        await body({ later: (end) => ends.push(end) });
      } finally {
        for (const end of ends.reverse()) await end();
      }
    });
  }

  /** Opens a view of a server. */
  async function visit(t, server, hash, options = {}) {
    const page = await open(server.view(hash), {
      allow: (address) => address.startsWith(`${server.address}/`),
      ...options,
    });
    t.later(page.close);
    return page;
  }

  /** Opens a view of a server, and waits until it has its numbers. */
  async function look(t, server, hash = "range=all", options = {}) {
    const page = await visit(t, server, hash, options);
    await settled(page);
    return page;
  }

  return { test, visit, look };
}

/** Waits until everything asked for is shown. */
export async function settled(page) {
  await page.waitForFunction(
    () => document.querySelector("#main").getAttribute("aria-busy") === "false",
    null,
    PATIENCE,
  );
}

/** Waits until the page says that its view has so many events. */
export async function counts(page, events) {
  const words = `: ${events.toLocaleString("en-US")} event`;
  await page.waitForFunction((words) => document.querySelector("#says").textContent.includes(words), words, PATIENCE);
}

export const card = (page, name) => page.locator(".card", { hasText: name }).locator(".value").innerText();
export const thousands = (count) => count.toLocaleString("en-US");
export const hash = (page) => new URL(page.url()).hash;
