// Keys for who has the page open all day. They are single letters, so they can be turned off, and they are nothing where text is
// typed or a part of the page has keys of its own.

import { at, el } from "./dom.js";
import { shift, widen } from "./controls.js";
import { RANGES, change, reset } from "./state.js";

const KEY = "authmeter.keys";
const press = (id) => () => at(id).click();
const KEYS = {
  "/": ["to the filters", () => (at("filtering").open = true) && at("filters").elements.client.focus()],
  ...Object.fromEntries(
    Object.entries(RANGES).map(([range, word], i) => [
      String(i + 1),
      [word.toLowerCase(), () => change({ range, from: null, to: null })],
    ]),
  ),
  "[": ["earlier days", () => shift(-1)],
  "]": ["later days", () => shift(1)],
  "-": ["more days around these", widen],
  x: ["reset the filters", reset],
  p: ["pause, and go on", press("pause")],
  t: ["light or dark", press("theme")],
  "?": ["these keys", press("help")],
};

/** Listens, unless it was told not to. */
export function start() {
  const dialog = at("keys-dialog");
  at("keys-body").append(
    ...Object.entries(KEYS).map(([key, [word]]) =>
      el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, word)),
    ),
  );
  at("help").addEventListener("click", () => dialog.showModal());
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  const on = at("keys-on");
  on.checked = kept() !== "off";
  on.addEventListener("change", () => keep(on.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!on.checked || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target.closest("input, select, textarea, dialog") || document.querySelector("dialog[open]")) return;
    if (!Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key][1]();
  });
}

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // Then it holds for this page alone.
  }
}
