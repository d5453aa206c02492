// The chart over time: bars for events and failures, lines for what else a bucket says. The pointer or the arrow keys read a bucket out;
// a stretch that is dragged, or taken with Shift and the arrows, becomes the days that are shown.

import { at, el, fill, onWidth, svg } from "./dom.js";
import { clock, count, dayOf, lastDay, number, plural, short } from "./format.js";
import { widen } from "./controls.js";
import { change } from "./state.js";
import { away, beside } from "./tip.js";

const HEIGHT = 230;
const EDGE = { left: 46, right: 6, top: 10, bottom: 24 };

/** What can be shown: bars stand on the axis, the latter before the former; lines differ by their dashes too. */
const SERIES = [
  { name: "events", word: "Events", bars: true },
  { name: "failures", word: "Failures", bars: true },
  { name: "logins_ok", word: "Logins", bars: false },
  { name: "logins_failed", word: "Failed logins", bars: false },
  { name: "refreshes", word: "Refreshes", bars: false },
  { name: "subjects", word: "Users", bars: false },
];
const WIDTHS = {
  "1m": "minute",
  "5m": "5 minutes",
  "15m": "15 minutes",
  "1h": "hour",
  "1d": "day",
  "1w": "week",
  "1mo": "month",
};

const shown = new Set(["events", "failures"]);
let report = { every: "1d", buckets: [] };
let unusual = new Set();
let width = 0;
let place = null;
let anchor = null;
let dragging = false;
let pressed = 0;
let board = null;

/** Prepares the place of the chart. */
export function start() {
  const body = at("timeline-body");
  onWidth(body, (now) => {
    width = now;
    draw();
  });
  const listeners = {
    pointermove,
    pointerdown,
    pointerup,
    pointercancel: calm,
    pointerleave,
    keydown,
    dblclick: widen,
    focus: () => moveTo(place ?? last()),
    blur: calm,
  };
  board = el("div", {
    class: "board",
    tabindex: 0,
    role: "slider",
    "aria-label": "Moment of the chart; arrows move, Shift and arrows choose days, Enter shows them, minus shows more days",
    on: listeners,
  });
  body.append(board);
  const key = (series) =>
    el(
      "button",
      {
        type: "button",
        "data-series": series.name,
        "aria-pressed": String(shown.has(series.name)),
        on: { click: (event) => toggle(series, event.currentTarget) },
      },
      el("span", { class: `sign ${series.bars ? "bar" : "line"}`, "aria-hidden": "true" }),
      series.word,
    );
  at("timeline-keys").append(...SERIES.map(key));
}

function toggle(series, button) {
  if (!shown.delete(series.name)) shown.add(series.name);
  button.setAttribute("aria-pressed", String(shown.has(series.name)));
  draw();
}

/** Shows the report `timeline`. */
export function show(timeline) {
  const moved = report.buckets[0]?.start !== timeline.buckets[0]?.start || report.every !== timeline.every;
  report = timeline;
  unusual = new Set((timeline.unusual ?? []).map((row) => row.start));
  if (moved || place > last()) place = anchor = null;
  draw();
  const columns = ["Begins", ...SERIES.map((series) => series.word)];
  const rows = () =>
    report.buckets.map((bucket) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, label(bucket)),
        SERIES.map(({ name }) => el("td", {}, count(bucket[name]))),
      ),
    );
  const details = at("timeline-rows");
  const table = () =>
    fill(
      details.querySelector("div"),
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            columns.map((column) => el("th", { scope: "col" }, column)),
          ),
        ),
        el("tbody", {}, rows()),
      ),
    );
  details.ontoggle = () => details.open && table();
  if (details.open) table();
}

const last = () => Math.max(0, report.buckets.length - 1);
const step = () => (width - EDGE.left - EDGE.right) / Math.max(1, report.buckets.length);
const left = (index) => EDGE.left + index * step();

function draw() {
  if (!width) return;
  const { buckets } = report;
  const series = SERIES.filter(({ name }) => shown.has(name));
  const most = Math.max(
    1,
    ...series.map(({ name }) => buckets.reduce((most, bucket) => Math.max(most, number(bucket[name])), 0)),
  );
  const ticks = scale(most);
  const floor = HEIGHT - EDGE.bottom;
  const top = ticks.at(-1);
  const high = (value) => floor - ((floor - EDGE.top) * value) / top;
  const grid = ticks.map((tick) => [
    svg("line", { class: "rule", x1: EDGE.left, x2: width - EDGE.right, y1: high(tick), y2: high(tick) }),
    svg("text", { class: "tick", x: EDGE.left - 6, y: high(tick) + 4, "text-anchor": "end" }, short(tick)),
  ]);
  const shapes = series.map(({ name, bars: solid }) =>
    svg("path", { class: `${solid ? "bars" : "curve"} ${name}`, d: (solid ? bars : curve)(name, high, floor) }),
  );
  const hatch = svg(
    "pattern",
    { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "ground", width: 5, height: 5 }),
    svg("rect", { class: "stripe", width: 1.6, height: 5 }),
  );
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-hidden": "true" },
    svg("defs", {}, hatch),
    grid,
    marks(floor),
    svg("rect", { class: "chosen", y: EDGE.top, height: floor - EDGE.top, width: 0 }),
    shapes,
    svg("rect", { class: "cursor", y: EDGE.top, height: floor - EDGE.top, width: 0 }),
    dates(floor),
  );
  board.replaceChildren(picture);
  point();
}

/** Where more failed than usual, as the report has found it. */
function marks(floor) {
  const found = report.buckets.map((bucket, i) => [bucket, i]).filter(([bucket]) => unusual.has(bucket.start));
  return found.map(([, i]) => [
    svg("rect", {
      class: "unusual",
      x: left(i).toFixed(1),
      y: EDGE.top,
      width: Math.max(1.5, step()).toFixed(1),
      height: floor - EDGE.top,
    }),
    svg("path", { class: "flag", d: `M${(left(i) + step() / 2).toFixed(1)} ${EDGE.top}l-5 -8h10z` }),
  ]);
}

function bars(name, high, floor) {
  const gap = step() > 5 ? 1.5 : step() > 2.5 ? 0.6 : 0;
  const wide = Math.max(0.7, step() - gap);
  return report.buckets
    .map((bucket, i) => {
      const value = number(bucket[name]);
      // What is not nothing must not look so.
      const y = value > 0 ? Math.min(high(value), floor - 1.5) : floor;
      return value > 0
        ? `M${(left(i) + gap / 2).toFixed(1)} ${floor}V${y.toFixed(1)}h${wide.toFixed(1)}V${floor}z`
        : "";
    })
    .join("");
}

function curve(name, high) {
  const points = report.buckets.map(
    (bucket, i) => `${(left(i) + step() / 2).toFixed(1)} ${high(number(bucket[name])).toFixed(1)}`,
  );
  return points.length === 1
    ? `M${EDGE.left} ${points[0].split(" ")[1]}H${width - EDGE.right}`
    : points.length
      ? `M${points.join("L")}`
      : "";
}

/** Round numbers from nothing to at least `most`, few enough to read. */
function scale(most) {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size =
    [1, 2, 2.5, 5, 10].map((times) => times * power).find((size) => size >= rough && Number.isInteger(size)) ?? 1;
  const ticks = [0];
  while (ticks.at(-1) < most) ticks.push(ticks.at(-1) + size);
  return ticks;
}

function dates(floor) {
  const every = Math.max(1, Math.ceil(76 / step()));
  return report.buckets.map((bucket, i) => {
    const middle = left(i) + step() / 2;
    if (i % every || middle < EDGE.left + 16 || middle > width - 26) return null;
    const { date, minutes } = clock(bucket.start);
    const text = report.every.endsWith("mo")
      ? dayOf(date).split(" ").slice(1).join(" ")
      : /[dw]$/.test(report.every)
        ? dayOf(date, false)
        : minutes === "00:00"
          ? dayOf(date, false)
          : minutes;
    return svg("text", { class: "tick", x: middle.toFixed(1), y: floor + 17, "text-anchor": "middle" }, text);
  });
}

function label(bucket) {
  const { date, minutes } = clock(bucket.start);
  return /[dwo]$/.test(report.every) ? dayOf(date) : `${dayOf(date)}, ${minutes}`;
}

function says() {
  const { buckets, every } = report;
  if (!buckets.length) return "No dated events.";
  // Within a day there are no days to choose from.
  const date = (bucket) => clock(bucket.start).date;
  const choosing =
    date(buckets[0]) === date(buckets[last()]) ? "" : "; drag, or Shift and arrows, to choose days";
  const marked = unusual.size ? " ▼ marks where more failed than usual." : "";
  const left = report.empty_left_out ? ` ${plural(report.empty_left_out, "empty bucket")} left out.` : "";
  if (place === null)
    return `A bar for each ${WIDTHS[every] ?? every}. Point at one to read it${choosing}.${left}${marked}`;
  if (anchor !== null && anchor !== place) {
    const [from, to] = days();
    return `${dayOf(from)} to ${dayOf(to)}: ${dragging ? "let go" : "Enter"} to show these days, Escape to leave it.`;
  }
  const bucket = buckets[place];
  const values = SERIES.map(({ name, word }) => `${count(bucket[name])} ${word.toLowerCase()}`).join(" · ");
  return `${title(bucket)}: ${values}${unusual.has(bucket.start) ? " · more failed than usual" : ""}`;
}

const title = (bucket) => `${report.every === "1w" ? "Week of " : ""}${label(bucket)}`;

/** The same beside the pointer, one number in a line. */
function tell(event) {
  const bucket = report.buckets[place];
  if (!bucket || (anchor !== null && anchor !== place)) return away();
  const lines = SERIES.map(({ name, word }) => `${word}: ${count(bucket[name])}`);
  beside(event, [title(bucket), ...lines, ...(unusual.has(bucket.start) ? ["▼ more failed than usual"] : [])]);
}

/** Puts the cursor and the chosen stretch where they are, and reads them out. */
function point() {
  const put = (name, from, to) => {
    const box = board.querySelector(`.${name}`);
    box?.setAttribute("x", from === null ? 0 : left(from).toFixed(1));
    box?.setAttribute("width", from === null ? 0 : Math.max(1.5, (to - from + 1) * step()).toFixed(1));
  };
  put("cursor", place, place);
  const [a, b] = stretch();
  put("chosen", anchor === null ? null : a, b);
  const text = says();
  at("timeline-says").textContent = text;
  const now = place ?? last();
  for (const [name, value] of [
    ["valuemin", 0],
    ["valuemax", last()],
    ["valuenow", now],
    ["valuetext", text],
  ])
    board.setAttribute(`aria-${name}`, value);
}

const stretch = () => [Math.min(anchor ?? place, place), Math.max(anchor ?? place, place)];

/** First and last day of the chosen stretch. */
function days() {
  const [a, b] = stretch();
  const [from, to] = [clock(report.buckets[a].start).date, clock(report.buckets[b].start).date];
  return [from, lastDay(to, report.every)];
}

function zoom() {
  const [from, to] = days();
  anchor = null;
  dragging = false;
  change({ range: null, from, to });
}

function moveTo(index) {
  if (!report.buckets.length) return;
  place = Math.min(last(), Math.max(0, index));
  point();
}

function calm() {
  place = anchor = null;
  dragging = false;
  point();
}

const under = (event) => Math.floor((event.clientX - board.getBoundingClientRect().left - EDGE.left) / step());

function pointermove(event) {
  moveTo(under(event));
  tell(event);
}

function pointerdown(event) {
  if (event.button !== 0 || !report.buckets.length) return;
  moveTo(under(event));
  anchor = place;
  dragging = true;
  pressed = event.clientX;
  if (event.pointerType === "mouse") board.setPointerCapture(event.pointerId);
}

function pointerup(event) {
  if (!dragging) return;
  moveTo(under(event));
  // Within one bar, a press is a press, and a stretch is this bar.
  if (anchor !== place || Math.abs(event.clientX - pressed) > Math.max(6, step() / 4)) zoom();
  else {
    anchor = null;
    dragging = false;
    point();
  }
}

function pointerleave() {
  away();
  if (!dragging && document.activeElement !== board) calm();
}

const STEPS = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
};

function keydown(event) {
  const now = place ?? last();
  if (event.key in STEPS) {
    anchor = event.shiftKey ? (anchor ?? now) : null;
    moveTo(now + STEPS[event.key]);
  } else if (event.key === "Enter" && place !== null) zoom();
  else if (event.key === "Escape" && anchor !== null) {
    anchor = null;
    dragging = false;
    point();
  } else return;
  event.preventDefault();
}
