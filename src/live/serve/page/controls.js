// Range, days and filters: what they say is the address, and what the address says they show.

import { at, el, fill } from "./dom.js";
import { cut, visible } from "./format.js";
import { FILTERS, RANGES, change, current, meant, narrow, onChange, reset, widen as takeOut } from "./state.js";

/** Milliseconds of a day of 24 hours; dates are counted in UTC, where every day is one. */
const DAY = 86_400_000;

let zone = "UTC";

/** Prepares the controls. */
export function start() {
  // There is little room on a telephone.
  if (matchMedia("(max-width: 40rem)").matches) at("filtering").open = false;
  at("earlier").addEventListener("click", () => shift(-1));
  at("later").addEventListener("click", () => shift(1));
  at("wider").addEventListener("click", widen);
  at("ranges").append(
    ...Object.entries(RANGES).map(([range, word]) =>
      el(
        "button",
        { type: "button", "data-range": range, on: { click: () => change({ range, from: null, to: null }) } },
        word,
      ),
    ),
  );
  at("days").addEventListener("submit", (event) => {
    event.preventDefault();
    const [from, to] = [at("from").value, at("to").value];
    const turned = from && to && from > to;
    at("to").setCustomValidity(turned ? "The last day is before the first." : "");
    if (turned) at("to").reportValidity();
    else if (from || to) change({ range: null, from: from || null, to: to || null });
  });
  for (const id of ["from", "to"]) at(id).addEventListener("input", () => at("to").setCustomValidity(""));
  at("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    const changes = {};
    for (const name of Object.keys(FILTERS)) {
      const input = event.target.elements[name];
      const value = input.value.trim();
      if (value) changes[name] = value;
      input.value = "";
    }
    change(changes);
  });
  at("filters").elements.outcome.addEventListener("change", (event) => {
    narrow("outcome", event.target.value);
    event.target.value = "";
  });
  onChange(show);
  show(current());
}

/** By whose clocks days begin. */
export function useZone(name) {
  zone = name || "UTC";
  show(current());
}

/** The date on the server's clocks, as far as this browser knows the zone. */
function today() {
  try {
    const parts = new Intl.DateTimeFormat("en", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
    const part = (type) => parts.formatToParts(new Date()).find((part) => part.type === type).value;
    return `${part("year")}-${part("month")}-${part("day")}`;
  } catch {
    return dayOf(Date.now());
  }
}

const dayOf = (time) => new Date(time).toISOString().slice(0, 10);

/** The days that are shown, as times in UTC; `null` if one end is open. */
function days({ range, from, to }) {
  if (range === "all") return null;
  const last = Date.parse(range ? today() : (to ?? ""));
  const first = range ? last - (Number.parseInt(range, 10) - 1) * DAY : Date.parse(from ?? "");
  return Number.isNaN(first) || Number.isNaN(last) ? null : [first, last];
}

/** Shows as many days as now, before these or after them. */
export function shift(by) {
  const shown = days(current());
  if (!shown || (by > 0 && dayOf(shown[1]) >= today())) return;
  const length = shown[1] - shown[0] + DAY;
  change({ range: null, from: dayOf(shown[0] + by * length), to: dayOf(shown[1] + by * length) });
}

/** Shows these days and half as many on either side. */
export function widen() {
  const shown = days(current());
  if (!shown) return;
  const more = Math.ceil((shown[1] - shown[0] + DAY) / DAY / 2) * DAY;
  // Beyond today there is nothing, or little.
  const last = Math.max(shown[1], Math.min(shown[1] + more, Date.parse(today())));
  change({ range: null, from: dayOf(shown[0] - more), to: dayOf(last) });
}

function show(state) {
  const shown = days(state);
  at("earlier").disabled = at("wider").disabled = !shown;
  at("later").disabled = !shown || dayOf(shown[1]) >= today();
  for (const button of at("ranges").children)
    button.setAttribute("aria-pressed", String(button.dataset.range === state.range));
  at("from").value = state.from ?? "";
  at("to").value = state.to ?? "";
  const set = Object.entries(FILTERS).filter(([name]) => state[name] !== null);
  const chips = set.map(([name, word]) => chip(name, word, state[name]));
  at("chips").hidden = chips.length === 0;
  fill(
    at("chips"),
    chips,
    chips.length
      ? el("button", { type: "button", class: "reset", "data-key": "reset", on: { click: reset } }, "Reset filters")
      : null,
  );
}

function chip(name, word, value) {
  const not = value.startsWith("!");
  const bare = not ? value.slice(1) : value;
  const exact = name === "reason" ? meant(bare) : bare;
  const text = visible(exact ?? bare);
  const listeners = {
    click: () => {
      takeOut(name);
      at("filtering").open = true;
      at("filters").elements[name].focus();
    },
  };
  return el(
    "button",
    { type: "button", class: "chip", title: text, on: listeners },
    `${word}${not ? (exact === null ? " has not" : " is not") : exact === null ? " has" : ""}: `,
    el("bdi", {}, cut(text, 40)),
    el("span", { "aria-hidden": "true" }, " ✕"),
    el("span", { class: "unseen" }, ", take this filter out"),
  );
}

/** Offers what the document names to who types a filter. */
export function suggest({ clients, tokens, users, failures, security }) {
  const offer = (id, values) =>
    fill(
      at(id),
      [...new Set(values)]
        .filter(Boolean)
        .slice(0, 50)
        .map((value) => el("option", { value })),
    );
  offer(
    "clients",
    [...(clients?.top ?? []), ...(tokens?.by_client ?? [])].map((row) => row.client),
  );
  offer(
    "people",
    (users?.top ?? []).map((row) => row.user),
  );
  offer(
    "reasons",
    (failures?.by_reason ?? []).map((row) => row.reason),
  );
  offer("names", [
    ...["otp.*", "auth.*", "token.*"],
    ...[...(failures?.by_reason ?? []), ...(security?.by_kind ?? [])].map((row) => row.event),
  ]);
}
