// The cards at the top: one number each, and how it went.

import { at, el, fill, svg } from "./dom.js";
import { basis, count, interval, number, plural, share, span } from "./format.js";
import { bar, spark } from "./tables.js";

/** Shows the cards of whatever reports there are. */
export function show({ tokens, logins, failures, refreshes, timeline }) {
  const days = tokens ? [...tokens.by_day].reverse() : [];
  const buckets = timeline?.buckets ?? [];
  const list = [
    tokens &&
      card(
        "Tokens issued",
        count(tokens.issued),
        `${count(tokens.revoked)} revoked, ${count(tokens.expired)} expired`,
        spark(
          days.map((row) => row.issued),
          "events",
        ),
      ),
    tokens &&
      card(
        "Tokens refreshed",
        count(tokens.refreshed),
        refreshes?.total
          ? `${share(refreshes.success_rate)} of attempts; ${count(refreshes.reused)} reused`
          : "no attempt",
        spark(
          days.map((row) => row.refreshed),
          "refreshes",
        ),
      ),
    tokens &&
      card(
        "Unique users",
        count(tokens.unique_users),
        logins ? `with tokens; ${count(logins.users)} logged in` : "with tokens",
        spark(
          buckets.map((row) => row.subjects),
          "subjects",
        ),
      ),
    tokens &&
      card(
        "Failed attempts",
        count(tokens.failed),
        failures ? `for tokens; ${plural(failures.total, "failure")} of any kind` : "for tokens",
        spark(
          days.map((row) => row.failed),
          "failures",
        ),
      ),
    logins &&
      card("Login success", share(logins.success_rate), `${basis(logins.success_rate)}`, gauge(logins.success_rate)),
    tokens &&
      card(
        "Active tokens",
        count(tokens.active),
        `${count(tokens.ended)} have ended${tokens.mean_lifetime === null ? "" : `; life ${span(tokens.mean_lifetime)} on average`}`,
        // How many of those issued are, not how many were issued when.
        bar([["ok", tokens.active]], number(tokens.active) + number(tokens.ended)),
      ),
  ];
  at("cards").hidden = !list.some(Boolean);
  fill(at("cards-body"), list.filter(Boolean));
}

function card(name, value, note, picture) {
  return el(
    "li",
    { class: "panel card" },
    el("h3", {}, name),
    el("p", { class: "value" }, value),
    el("p", { class: "note" }, note),
    picture,
  );
}

/** A rate on the line from none to all, with its interval. */
function gauge(rate) {
  if (typeof rate?.rate !== "number") return null;
  const at = (value) => `${(100 * value).toFixed(2)}%`;
  return svg(
    "svg",
    { class: "gauge", width: "100%", height: 20, role: "img", "aria-label": interval(rate) },
    svg("title", {}, interval(rate)),
    svg("rect", { class: "track", y: 7, width: "100%", height: 6 }),
    svg("rect", { class: "ok", y: 7, width: at(rate.rate), height: 6 }),
    svg("rect", {
      class: "range",
      y: 4,
      x: at(rate.low),
      width: at(Math.max(0.004, rate.high - rate.low)),
      height: 12,
    }),
    svg("line", { class: "mark", x1: at(rate.rate), x2: at(rate.rate), y1: 1, y2: 19 }),
  );
}
