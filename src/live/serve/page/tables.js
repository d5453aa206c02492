// Lists with bars: a table whose first column says what, with a bar under it, and whose others have the numbers.

import { el, said, svg } from "./dom.js";
import { cut, number, visible } from "./format.js";
import { exactly, narrow } from "./state.js";

const FEW = 8;
const opened = new Set();

/** A name of the log that filters by itself when it is pressed. */
export function sifting(filter, text, missing) {
  const value = text ? exactly(filter, text) : null;
  if (!value) return said(text, missing);
  const words = `Only ${filter} ${cut(visible(text), 60)}`;
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

/**
 * A table of rows; `columns` are `[heading, row => cell]`, the first one the row's heading. `bars` says what the bar of a row is made
 * of. Of many rows the first are shown, until the reader asks for all.
 */
export function table(key, rows, columns, { bars = null, few = FEW, redraw = null } = {}) {
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
        columns.map(([heading]) => el("th", { scope: "col" }, heading)),
      ),
    ),
    el("tbody", {}, shown.map(line)),
  );
  if (rows.length <= few || !redraw) return body;
  const click = () => {
    if (!opened.delete(key)) opened.add(key);
    redraw();
  };
  return [
    body,
    el(
      "button",
      { type: "button", class: "more", "data-key": `more ${key}`, "aria-expanded": String(all), on: { click } },
      all ? "Show fewer" : `Show all ${rows.length}`,
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
