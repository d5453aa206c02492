// Which panels are shown: all, unless this browser was told to put some away.

import { at, el, fill } from "./dom.js";

const KEY = "authmeter.panels";

const panels = () => [...document.querySelectorAll("main section.panel:not(#empty)")];
const name = (panel) => panel.querySelector("h2").textContent;

/** Puts away what was put away before, and listens. */
export function start() {
  const away = kept();
  for (const panel of panels()) panel.classList.toggle("away", away.has(panel.id));
  say();
  const dialog = at("panels-dialog");
  at("panels").addEventListener("click", () => {
    // What this audience has no report for is not there to be chosen.
    fill(at("panels-body"), panels().filter((panel) => !panel.hidden).map(choice));
    dialog.showModal();
  });
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
}

function choice(panel) {
  const change = ({ target }) => {
    panel.classList.toggle("away", !target.checked);
    keep();
    say();
  };
  const shown = !panel.classList.contains("away");
  const box = el("input", { type: "checkbox", checked: shown, "data-panel": panel.id, on: { change } });
  return el("li", {}, el("label", {}, box, " ", name(panel)));
}

/** What is not seen is not forgotten. */
function say() {
  const count = panels().filter((panel) => panel.classList.contains("away")).length;
  at("panels").textContent = count ? `Panels: ${count} away` : "Panels";
}

function kept() {
  try {
    const ids = JSON.parse(localStorage.getItem(KEY));
    return new Set(Array.isArray(ids) ? ids : []);
  } catch {
    return new Set();
  }
}

function keep() {
  const ids = panels().filter((panel) => panel.classList.contains("away"));
  try {
    localStorage.setItem(KEY, JSON.stringify(ids.map((panel) => panel.id)));
  } catch {
    // Then it holds for this page alone.
  }
}
