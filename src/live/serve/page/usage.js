// API tokens: which were used most, and the calls of one of them, page by page. Which token and page is part of the address.

import * as api from "./api.js";
import { at, el, fill, said } from "./dom.js";
import { count, plural, span, time } from "./format.js";
import { change, current, onChange } from "./state.js";
import { nothing, table } from "./tables.js";

const PAGE = 50;
const CELLS = {
  time: ["Time", time],
  endpoint: ["Endpoint", said],
  method: ["Method", said],
  status: ["Status", said],
  duration: ["Took", span],
  ip: ["IP address", said],
  user_agent: ["User agent", said],
  outcome: ["Outcome", said],
};

let latest = null;
let asking = new AbortController();

/** Prepares the look-up and the dialog. */
export function start() {
  const dialog = at("token-dialog");
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => change({ token: null, page: 1 }));
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  at("usage-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const token = event.target.elements.token.value.trim();
    if (token) change({ token, page: 1 });
  });
  onChange((state, before) => {
    if (state.token !== before.token || state.page !== before.page) open();
  });
}

/** Shows the report `usage`. */
export function show(usage) {
  latest = usage;
  const columns = [
    [
      "Token",
      (row) =>
        row.token
          ? el(
              "button",
              {
                type: "button",
                class: "sift",
                "aria-haspopup": "dialog",
                "data-key": `token ${row.token}`,
                on: { click: () => change({ token: row.token, page: 1 }) },
              },
              said(row.token),
            )
          : said(null, "no token id"),
    ],
    ["Requests", (row) => count(row.requests), "requests"],
    ["Failed", (row) => count(row.failed), "failed"],
    ["Endpoints", (row) => count(row.endpoints), "endpoints"],
    ["Half within", (row) => span(row.duration_p50), "duration_p50"],
    ["95 % within", (row) => span(row.duration_p95), "duration_p95"],
    ["Last used", (row) => time(row.last_used), "last_used"],
  ];
  const body = usage.by_token.length
    ? el(
        "div",
        {
          class: "scroll",
          tabindex: 0,
          role: "region",
          "aria-label": "API tokens, most used first",
          "data-key": "usage-rows",
        },
        table("usage", usage.by_token, columns, {
          bars: (row) => [
            ["ok", row.ok],
            ["failed", row.failed],
          ],
          redraw: () => show(latest),
        }),
      )
    : nothing("No call with an API token in this view.");
  fill(at("usage-body"), body);
}

/** Opens the calls of the token the address names, or closes them. */
export async function open() {
  const dialog = at("token-dialog");
  const { token, page, range, from, to } = current();
  asking.abort();
  if (!token) return dialog.close();
  asking = new AbortController();
  const { signal } = asking;
  at("token-dialog-title").replaceChildren("Calls with ", said(token));
  if (!dialog.open) {
    fill(at("token-dialog-body"), nothing("Loading …"));
    dialog.showModal();
  }
  const words = new URLSearchParams({ page, limit: PAGE });
  for (const [name, value] of Object.entries({ range, from, to })) if (value) words.set(name, value);
  try {
    const answer = await api.get(`tokens/${encodeURIComponent(token)}/usage`, words, signal);
    if (!signal.aborted) calls(answer, page);
  } catch (error) {
    if (!signal.aborted)
      fill(at("token-dialog-body"), el("p", { class: "wrong" }, error.message || error.title, " ", error.remedy));
  }
}

function calls({ usage, pagination }, page) {
  if (!usage.length) {
    const words =
      page > 1
        ? "There is no such page."
        : "No call with this token is in these days. Is its id written right? Tokens of others answer like this too.";
    return fill(at("token-dialog-body"), nothing(words));
  }
  const names = Object.keys(CELLS).filter((name) => usage.some((row) => row[name] !== null && row[name] !== undefined));
  const columns = names.map((name) => [CELLS[name][0], (row) => CELLS[name][1](row[name])]);
  const turn = (word, to, possible) =>
    el(
      "button",
      { type: "button", "data-key": word, disabled: !possible, on: { click: () => change({ page: to }) } },
      word,
    );
  fill(
    at("token-dialog-body"),
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Calls", "data-key": "calls" },
      table("calls", usage, columns),
    ),
    el(
      "div",
      { class: "line pager" },
      turn("Newer", page - 1, page > 1),
      el(
        "span",
        { role: "status" },
        `Page ${count(page)} of ${count(pagination.totalPages)}, ${plural(pagination.total, "call")}`,
      ),
      turn("Older", page + 1, page < pagination.totalPages),
    ),
  );
}
