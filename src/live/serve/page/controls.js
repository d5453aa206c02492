// Range, days and filters: what they say is the address, and what the address says they show.

import { at, el, fill } from "./dom.js";
import { cut, visible } from "./format.js";
import { FILTERS, RANGES, change, current, narrow, onChange, reset, widen } from "./state.js";

/** Prepares the controls. */
export function start() {
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

function show(state) {
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
  const text = visible(not ? value.slice(1) : value);
  const listeners = {
    click: () => {
      widen(name);
      at("filters").elements[name].focus();
    },
  };
  return el(
    "button",
    { type: "button", class: "chip", title: text, on: listeners },
    `${word}${not ? " is not" : ""}: `,
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
  offer("names", [
    ...["otp.*", "auth.*", "token.*"],
    ...[...(failures?.by_reason ?? []), ...(security?.by_kind ?? [])].map((row) => row.event),
  ]);
}
