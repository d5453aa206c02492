// Light or dark: what the system says, unless this browser was told otherwise. It runs before anything is drawn.
"use strict";
(() => {
  const KEY = "authmeter.theme";
  const WAYS = ["auto", "light", "dark"];
  let kept = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // A browser may refuse to keep anything.
  }
  let way = WAYS.includes(kept) ? kept : "auto";
  document.documentElement.dataset.theme = way;
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const say = () => (button.textContent = `Theme: ${way}`);
    say();
    button.addEventListener("click", () => {
      way = WAYS[(WAYS.indexOf(way) + 1) % WAYS.length];
      document.documentElement.dataset.theme = way;
      try {
        localStorage.setItem(KEY, way);
      } catch {
        // Then it holds for this page alone.
      }
      say();
    });
  });
})();
