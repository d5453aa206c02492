// The dashboard: asks the server what the address says, shows the answer, and asks again when the log has grown.

import * as activity from "./activity.js";
import * as api from "./api.js";
import * as choose from "./choose.js";
import * as controls from "./controls.js";
import { save } from "./csv.js";
import { at, el, fill } from "./dom.js";
import { clock, count, day, dayOf, plural } from "./format.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as panels from "./panels.js";
import * as signin from "./signin.js";
import { RANGES, change, current, filtered, onChange, query, reset } from "./state.js";
import * as usage from "./usage.js";

/** Reports of this page: those that are quick to have, and those that may take longer and come after them. */
const QUICK = ["logins", "failures", "refreshes", "otp", "tokens", "clients", "timeline", "peaks", "security"];
const LATER = ["users", "ips", "usage"];

let me = null;
let shown = { reports: {} };
let asking = null;
let asked = "";

/** Asks for the view and shows it. Another view that is still being asked for is given up; the same one is waited for first. */
async function load() {
  const view = query(current()).toString();
  while (asking?.view === view) await asking.done;
  if (query(current()).toString() !== view) return;
  asking?.stop.abort();
  const mine = { view, stop: new AbortController() };
  asking = mine;
  mine.done = answer(mine).finally(() => {
    if (asking === mine) asking = null;
  });
  await mine.done;
}

async function answer({ view, stop: { signal } }) {
  const state = current();
  const anew = view !== asked;
  at("main").setAttribute("aria-busy", String(anew));
  try {
    me ??= await api.get("me", null, signal);
    controls.useZone(me.tz);
    live.start(load, refused);
    const offered = new Set(me.reports.map((report) => report.name ?? report));
    const [added] = await Promise.all([
      activity.load(state, signal, anew).catch(forbidden),
      reports(
        QUICK.filter((name) => offered.has(name)),
        state,
        signal,
        anew,
      ),
    ]);
    asked = view;
    live.news(added);
    at("main").setAttribute("aria-busy", "false");
    await reports(
      LATER.filter((name) => offered.has(name)),
      state,
      signal,
      false,
    );
    if (shown.input?.events === 0) me = await api.get("me", null, signal);
    notice();
    explain(state);
  } catch (error) {
    if (signal.aborted) return;
    at("main").setAttribute("aria-busy", "false");
    void failed(error);
  }
}

/** An audience that may not see events sees the page without them. */
function forbidden(error) {
  if (![403, 404].includes(error.status)) throw error;
  activity.hide();
  return 0;
}

async function reports(names, state, signal, anew) {
  if (names.length === 0) return;
  const answer = await api.get(`reports/${names.join(",")}`, query(state), signal);
  shown = { ...answer, reports: { ...(anew ? {} : shown.reports), ...answer.reports } };
  panels.show(shown);
  if (shown.reports.usage) usage.show(shown.reports.usage);
  controls.suggest(shown.reports);
  describe(state);
  explain(state);
}

/** What is shown, in words. */
function describe(state) {
  const { window, input } = shown;
  const from = state.from ? dayOf(state.from) : null;
  const to = state.to ? dayOf(state.to) : null;
  const range = state.range
    ? ({ all: "The whole log", "1d": "Today" }[state.range] ?? `The last ${RANGES[state.range]}`)
    : from && to
      ? from === to
        ? from
        : `${from} to ${to}`
      : from
        ? `From ${from}`
        : `Until ${to}`;
  const span = window.first
    ? `events from ${day(window.first)} ${clock(window.first).minutes} to ${day(window.last)} ${clock(window.last).minutes}`
    : "no dated events";
  at("says").textContent = `${range}: ${plural(input.events, "event")}, ${span}. Times are ${me.tz || "UTC"}.`;
  const parts = [
    ["lines", "lines read"],
    ["filtered", "outside this view"],
    ["malformed", "malformed"],
    ["not_an_object", "no objects"],
    ["repaired", "repaired"],
    ["undated", "undated"],
  ];
  const account = parts
    .filter(([name], i) => i === 0 || input[name] > 0)
    .map(([name, words]) => `${count(input[name])} ${words}`)
    .join(" · ");
  at("account").textContent =
    `authmeter ${me.version ?? ""} · ${account}${input.partial ? " · not all could be read" : ""}`;
  at("save").hidden = false;
  const whose = { tenant: `tenant ${me.tenant}`, owner: `tokens of ${me.owner}` }[me.audience];
  fill(at("audience"), whose ? el("bdi", {}, whose) : null);
}

/** Says why there is nothing, where there is nothing, and what to do about it. */
function explain(state) {
  const none = shown.input?.events === 0;
  at("main").classList.toggle("bare", none);
  at("empty").hidden = !none;
  if (!none) return;
  const whole = () => change({ range: "all", from: null, to: null });
  const button = (word, key, click) =>
    el("button", { type: "button", class: "primary", "data-key": key, on: { click } }, word);
  const reach = me.first ? `The log has events from ${day(me.first)} to ${day(me.last)}.` : null;
  if (filtered(state))
    fill(
      at("empty-body"),
      el("p", {}, "No event of these days passes the filters. ", reach),
      button("Reset filters", "none-reset", reset),
      " ",
      button("Show the whole log", "none-all", whole),
    );
  else if (reach && state.range !== "all")
    fill(
      at("empty-body"),
      el("p", {}, "No event is in these days. ", reach),
      button("Show the whole log", "none-all", whole),
    );
  else
    fill(
      at("empty-body"),
      el(
        "p",
        {},
        "There are no events in the log so far. They appear here as they are written; nothing needs to be reloaded.",
      ),
    );
}

function notice(...children) {
  at("notice").hidden = children.length === 0;
  fill(at("notice"), children);
}

/** Says what went wrong and what helps. */
async function failed(error) {
  if (!(error instanceof api.Refused)) throw error;
  const retry = el("button", { type: "button", "data-key": "retry", on: { click: load } }, "Try again");
  if (error.status === 401) {
    live.stop();
    me = null;
    if (await signin.ask(error)) await load();
  } else if (error.status === 0) {
    const since = shown.window ? `What you see is of ${live.since()}.` : "";
    notice(
      el(
        "p",
        {},
        `${error.title}. ${since} Is it running, and can this machine reach it? The page goes on by itself when it is back.`,
      ),
      retry,
    );
  } else if (error.status === 429 || error.status === 503) {
    const wait = error.after ?? 5;
    notice(
      el(
        "p",
        {},
        `${error.message || error.title || "The server is busy"}. It is asked again in ${plural(wait, "second")}.`,
      ),
      retry,
    );
    setTimeout(() => !at("notice").hidden && live.due(), wait * 1000);
  } else {
    const undo = filtered(current())
      ? el("button", { type: "button", "data-key": "undo", on: { click: reset } }, "Reset filters")
      : null;
    notice(
      el(
        "p",
        {},
        [error.title, error.message !== error.title ? error.message : "", error.remedy].filter(Boolean).join(". ") ||
          `The server answered ${error.status}.`,
      ),
      undo,
      " ",
      retry,
    );
  }
}

/** The stream is refused what the page was allowed: a token that is no longer good. */
function refused(error) {
  if (error.status === 401) void failed(error);
}

at("save").addEventListener("click", () => {
  save("authmeter.json", "application/json", JSON.stringify(shown, null, 2));
});
at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  at("main").focus();
});
choose.start();
controls.start();
keys.start();
panels.start();
activity.start();
usage.start();
signin.start();
onChange((state, before) => {
  if (query(state).toString() !== query(before).toString()) void load();
});
void load().then(() => usage.open());
