// Lists with bars: a table whose first column says what, with a bar under it, and whose others have the numbers.

import { csv, save } from "./csv.js";
import { el, said, svg } from "./dom.js";
import { cut, number, visible } from "./format.js";
import { exactly, narrow } from "./state.js";

const FEW = 8;
const opened = new Set();
/** By which column a table is sorted, where somebody has said so, and which way. */
const sorted = new Map();
const texts = new Intl.Collator("en", { numeric: true });
const WORDS = { ip: "IP address" };

/** A name of the log that filters by itself when it is pressed. */
export function sifting(filter, text, missing) {
  const value = text ? exactly(filter, text) : null;
  if (!value) return said(text, missing);
  const words = `Only ${WORDS[filter] ?? filter} ${cut(visible(text), 60)}`;
  return el(
    "button",
    {
      type: "button",
      class: "sift",
      "data-key": `${filter} ${text}`,
      title: words,
      on: { click: () => narrow(filter, value) },
    },
    said(text),
  );
}

/** A bar of parts, each as long as its share of `most`. Parts are `[class, value]`. */
export function bar(parts, most) {
  let x = 0;
  const pieces = parts.map(([name, value]) => {
    const wide = most > 0 ? (100 * number(value)) / most : 0;
    const piece = wide > 0 ? svg("rect", { class: name, x: `${x}%`, width: `${wide}%`, height: 7 }) : null;
    x += wide;
    return piece;
  });
  return svg(
    "svg",
    { class: "bar", width: "100%", height: 7, "aria-hidden": "true" },
    svg("rect", { class: "track", width: "100%", height: 7 }),
    pieces,
  );
}

/** What a value sorts by: a number, a text, or nothing, which comes last whichever way. */
function sortKey(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "object") return value.rate ?? value.value ?? null;
  return value;
}

function inOrder(rows, { by, descending }) {
  const compare = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : texts.compare(one, other);
  return rows.toSorted((a, b) => {
    const [one, other] = [sortKey(a[by]), sortKey(b[by])];
    if (one === null || other === null) return (one === null) - (other === null);
    return descending ? compare(other, one) : compare(one, other);
  });
}

/** The head of a column: a button that sorts by it, numbers from the largest, texts from A. */
function head(of, [heading, , by], rows, redraw) {
  const now = sorted.get(of);
  const order = by && now?.by === by ? (now.descending ? "descending" : "ascending") : null;
  if (!by || !redraw || rows.length < 2) return el("th", { scope: "col" }, heading);
  const click = () => {
    const first = rows.some((row) => typeof sortKey(row[by]) === "number");
    sorted.set(of, { by, descending: order ? order === "ascending" : first });
    redraw();
  };
  return el(
    "th",
    { scope: "col", "aria-sort": order },
    el("button", { type: "button", class: "sort", "data-key": `sort ${of} ${by}`, on: { click } }, heading),
  );
}

/** The members of rows, in the order of the document. */
const members = (rows) => [...new Set(rows.flatMap((row) => Object.keys(row)))];

/**
 * A table of rows; `columns` are `[heading, row => cell, member]`, the first one the row's heading; by the member it sorts. `bars`
 * says what the bar of a row is made of. Of many rows the first are shown, until the reader asks for all; all of them are
 * saved.
 */
export function table(key, given, columns, { bars = null, few = FEW, redraw = null } = {}) {
  const rows = sorted.has(key) ? inOrder(given, sorted.get(key)) : given;
  const parts = bars ? rows.map(bars) : [];
  const most = Math.max(0, ...parts.map((pieces) => pieces.reduce((sum, [, value]) => sum + number(value), 0)));
  const all = opened.has(key) || !redraw;
  const shown = all ? rows : rows.slice(0, few);
  const [first, ...others] = columns;
  const line = (row, i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, first[1](row), bars ? bar(parts[i], most) : null),
      others.map(([, cell]) => el("td", {}, cell(row))),
    );
  const body = el(
    "table",
    { class: "numbers" },
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        columns.map((column) => head(key, column, rows, redraw)),
      ),
    ),
    el("tbody", {}, shown.map(line)),
  );
  if (!redraw) return body;
  const keep = () => save(`authmeter-${key}.csv`, "text/csv", csv(members(given), given));
  const saving = el(
    "button",
    { type: "button", class: "more", "data-key": `csv ${key}`, "aria-label": `Save ${columns[0][0]} as CSV`, on: { click: keep } },
    "CSV",
  );
  if (rows.length <= few) return [body, el("p", { class: "foot" }, saving)];
  const click = () => {
    if (!opened.delete(key)) opened.add(key);
    redraw();
  };
  return [
    body,
    el(
      "p",
      { class: "foot" },
      el(
        "button",
        { type: "button", class: "more", "data-key": `more ${key}`, "aria-expanded": String(all), on: { click } },
        all ? "Show fewer" : `Show all ${rows.length}`,
      ),
      saving,
    ),
  ];
}

/** Facts with their names. */
export function facts(pairs) {
  return el(
    "dl",
    { class: "facts" },
    pairs
      .filter(Boolean)
      .map(([name, value, note]) =>
        el("div", {}, el("dt", {}, name), el("dd", {}, el("strong", {}, value), note ? el("small", {}, note) : null)),
      ),
  );
}

/** What stands where there is nothing to show. */
export function nothing(text) {
  return el("p", { class: "nothing" }, text);
}

/** A line of small bars: how a number went over the days. `values` are in the order of time. */
export function spark(values, name) {
  const numbers = values.map(number);
  const most = Math.max(...numbers, 1);
  const path = numbers
    .map((value, i) => (value > 0 ? `M${i} 20V${(20 - (19 * value) / most - 1).toFixed(2)}h.8V20z` : ""))
    .join("");
  return svg(
    "svg",
    {
      class: `spark ${name}`,
      viewBox: `0 0 ${Math.max(1, numbers.length)} 20`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    svg("path", { d: path }),
  );
}
