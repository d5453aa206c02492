// Weekday × hour: a square for each hour of the week, larger and stronger the more there was. The pointer or the arrow keys read
// one out.

import { at, el, fill } from "./dom.js";
import { count, number } from "./format.js";
import { away, beside } from "./tip.js";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const LEVELS = 5;
const COUNTS = { events: "Events", failures: "Failures" };

let report = null;
let counted = "events";
let chosen = [0, 0];

/** Prepares the switches and what they do. */
export function start() {
  const listen = (name) => ({
    click: () => {
      counted = name;
      for (const button of at("peaks-keys").children)
        button.setAttribute("aria-pressed", String(button.dataset.name === name));
      draw();
    },
  });
  at("peaks-keys").append(
    ...Object.entries(COUNTS).map(([name, word]) =>
      el(
        "button",
        { type: "button", "data-name": name, "aria-pressed": String(name === counted), on: listen(name) },
        word,
      ),
    ),
  );
  const body = at("peaks-body");
  const cell = (event) => event.target.closest?.("[data-key]");
  body.addEventListener("pointerover", (event) => say(cell(event)));
  body.addEventListener("pointermove", (event) => {
    const words = cell(event)?.getAttribute("aria-label");
    if (words) beside(event, words.split(/: |, (?=\d+ fail|[\d,]+ fail)/));
    else away();
  });
  body.addEventListener("pointerleave", () => (say(null), away()));
  body.addEventListener("focusin", (event) => say(cell(event)));
  body.addEventListener("keydown", move);
}

/** Shows the report `peaks`. */
export function show(peaks) {
  report = peaks;
  draw();
}

function draw() {
  if (!report) return;
  const rows = report[counted];
  const most = Math.max(1, ...rows.flatMap((row) => DAYS.map((day) => number(row[day]))));
  const head = el(
    "tr",
    { role: "row" },
    el("td", { role: "gridcell" }),
    rows.map(({ hour }) =>
      el(
        "th",
        { scope: "col", role: "columnheader", class: "hour" },
        hour % 3 === 0 ? String(hour).padStart(2, "0") : el("span", { class: "unseen" }, String(hour)),
      ),
    ),
  );
  const line = (day, d) =>
    el(
      "tr",
      { role: "row" },
      el("th", { scope: "row", role: "rowheader" }, el("abbr", { title: title(day) }, title(day).slice(0, 2))),
      rows.map((row, h) => square(row, day, d, h, most)),
    );
  fill(
    at("peaks-body"),
    el(
      "table",
      { class: `heat ${counted}`, role: "grid", "aria-label": `${COUNTS[counted]} by weekday and hour` },
      el("thead", { role: "rowgroup" }, head),
      el("tbody", { role: "rowgroup" }, DAYS.map(line)),
    ),
  );
  say(null);
}

function square(row, day, d, h, most) {
  const value = number(row[day]);
  const level = Math.ceil((value / most) * LEVELS);
  const words = `${title(day)}, ${String(h).padStart(2, "0")}:00 to ${String(h + 1).padStart(2, "0")}:00: ${count(report.events[h][day])} events, ${count(report.failures[h][day])} failures`;
  const reached = chosen[0] === d && chosen[1] === h;
  return el(
    "td",
    { role: "gridcell", tabindex: reached ? 0 : -1, "data-key": `${d}-${h}`, "aria-label": words },
    el("span", { class: `level l${level}` }),
  );
}

const title = (day) => day[0].toUpperCase() + day.slice(1);

function say(cell) {
  const hour = (value) => (value === null ? "–" : `${String(value).padStart(2, "0")}:00`);
  const { peak_day: day, peak_hour: busiest, quietest_hour: quietest } = report ?? {};
  const summary = day
    ? `Most on ${day}s and in the hour from ${hour(busiest)}; least in the hour from ${hour(quietest)}.`
    : "No dated events.";
  at("peaks-says").textContent = cell?.getAttribute("aria-label") ?? summary;
}

const STEPS = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  Home: [0, -24],
  End: [0, 24],
};

function move(event) {
  const by = STEPS[event.key];
  if (!by) return;
  event.preventDefault();
  const to = [
    [6, 0],
    [23, 1],
  ].map(([most, i]) => Math.min(most, Math.max(0, chosen[i] + by[i])));
  const cell = ([d, h]) => at("peaks-body").querySelector(`[data-key="${d}-${h}"]`);
  cell(chosen)?.setAttribute("tabindex", -1);
  chosen = to;
  cell(chosen)?.setAttribute("tabindex", 0);
  cell(chosen)?.focus();
}
