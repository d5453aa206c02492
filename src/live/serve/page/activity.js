// Recent events, newest first. New ones come in at the top without disturbing who reads below; a row opens the line it was made of.

import * as api from "./api.js";
import { at, el, fill, said } from "./dom.js";
import { count, cut, plural, time, visible } from "./format.js";
import { current, query } from "./state.js";
import { sifting } from "./tables.js";

const PAGE = 50;
const MOST_ROWS = 1000;
const MOST_LINE = 65_536;

let events = [];
let next = null;
const rowsOf = new WeakMap();

/** Prepares the list and the dialog of a row. */
export function start() {
  at("activity-body").addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !event.target.closest(".sift") && getSelection().isCollapsed) open(rowsOf.get(row));
  });
  at("older").addEventListener("click", older);
  const dialog = at("event-dialog");
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
}

/** Takes the newest events of the view; says how many of them are new to the list, which is none in a new view. */
export async function load(state, signal, anew) {
  const words = query(state);
  words.set("limit", String(PAGE));
  const answer = await api.get("events", words, signal);
  const added = anew ? null : ahead(answer.events);
  if (added === null) {
    [events, next] = [answer.events, answer.next ?? null];
    at("activity-body").replaceChildren(...events.map((event) => row(event, false)));
  } else if (added > 0) {
    const fresh = answer.events.slice(0, added);
    events = [...fresh, ...events];
    at("activity-body").prepend(...fresh.map((event) => row(event, true)));
    if (events.length > MOST_ROWS) {
      events.length = MOST_ROWS;
      while (at("activity-body").children.length > MOST_ROWS) at("activity-body").lastElementChild.remove();
    }
  }
  at("activity").hidden = false;
  say();
  return added ?? 0;
}

/** How many of these stand before what is listed already; null if they do not meet. */
function ahead(newest) {
  const same = (a, b) => a.line === b.line && a.time === b.time;
  for (let by = 0; by < newest.length; by += 1) {
    const overlap = Math.min(newest.length - by, events.length);
    if (overlap > 0 && newest.slice(by, by + overlap).every((event, i) => same(event, events[i]))) return by;
  }
  return newest.length === 0 && events.length === 0 ? 0 : null;
}

/** Takes the list away: whoever looks may not see it. */
export function hide() {
  at("activity").hidden = true;
}

function say() {
  const more = next === null ? "" : ", and there are older ones";
  at("activity-says").textContent = events.length
    ? `The newest ${plural(events.length, "event")} of this view${more}. A row opens its line.`
    : "No events in this view.";
  at("older").hidden = next === null || events.length >= MOST_ROWS;
}

async function older() {
  const button = at("older");
  button.disabled = true;
  const words = query(current());
  words.set("limit", String(PAGE));
  words.set("before", next);
  const asked = events;
  try {
    const answer = await api.get("events", words);
    if (asked.at(-1) !== events.at(-1)) return;
    events = [...events, ...answer.events];
    next = answer.next ?? null;
    at("activity-body").append(...answer.events.map((event) => row(event, false)));
    say();
  } catch (error) {
    at("activity-says").textContent = `Older events could not be had: ${error.message || error.title}. Try again.`;
  } finally {
    button.disabled = false;
  }
}

const SIGNS = { ok: "✓", failed: "✗", unknown: "?" };

function outcome(name) {
  const known = Object.hasOwn(SIGNS, name) ? name : "unknown";
  return el("span", { class: `outcome ${known}` }, el("span", { "aria-hidden": "true" }, `${SIGNS[known]} `), known);
}

function row(event, fresh) {
  const opener = el("button", { type: "button", class: "open", "aria-haspopup": "dialog" }, time(event.time));
  const cells = [
    opener,
    sifting("event", event.event),
    outcome(event.outcome),
    sifting("client", event.client),
    sifting("user", event.user),
    sifting("ip", event.ip),
    sifting("reason", event.reason),
  ];
  const element = el(
    "tr",
    { class: fresh ? "fresh" : null },
    cells.map((cell) => el("td", {}, cell)),
  );
  rowsOf.set(element, event);
  return element;
}

function open(event) {
  const dialog = at("event-dialog");
  const line = event.line ?? "";
  const pairs = [
    ["Time", time(event.time)],
    ["Event", sifting("event", event.event)],
    ["Kind", said(event.kind)],
    ["Outcome", outcome(event.outcome)],
    ["Reason", sifting("reason", event.reason)],
    ["User", sifting("user", event.user)],
    ["Client", sifting("client", event.client)],
    ["Tenant", said(event.tenant)],
    ["IP address", sifting("ip", event.ip)],
  ];
  const says = el("span", { class: "note", role: "status" });
  const copy =
    navigator.clipboard &&
    el(
      "button",
      {
        type: "button",
        on: {
          click: () =>
            navigator.clipboard.writeText(line).then(
              () => (says.textContent = " Copied."),
              () => (says.textContent = " This browser does not allow it."),
            ),
        },
      },
      "Copy the line",
    );
  fill(
    at("event-dialog-body"),
    el(
      "dl",
      { class: "fields" },
      pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    ),
    el("h3", {}, "The line of the log"),
    el(
      "pre",
      { class: "raw", tabindex: 0, role: "region", "aria-label": "The line of the log" },
      el("code", { dir: "ltr" }, cut(visible(line), MOST_LINE)),
    ),
    line.length > MOST_LINE
      ? el("p", { class: "note" }, `Its first ${count(MOST_LINE)} characters of ${count(line.length)}.`)
      : null,
    copy ?? null,
    says,
  );
  dialog.onclick = ({ target }) => (target === dialog || target.closest(".sift")) && dialog.close();
  dialog.showModal();
}
