// The panels: what the reports say, each in its place. Every number comes from the document as it is.

import { show as cards } from "./cards.js";
import { at, el, fill, said } from "./dom.js";
import { basis, clock, count, interval, mean, number, share, span, time } from "./format.js";
import * as heatmap from "./heatmap.js";
import { change, exactly } from "./state.js";
import { bar, facts, nothing, sifting, table } from "./tables.js";
import * as timeline from "./timeline.js";
import * as verdict from "./verdict.js";

let latest = null;

/** Prepares what has a life of its own. */
export function start() {
  timeline.start();
  heatmap.start();
}

/** Shows a document; panels of reports it does not have stay away. */
export function show(report) {
  latest = report;
  const { reports } = report;
  for (const section of document.querySelectorAll("[data-report]")) section.hidden = !reports[section.dataset.report];
  verdict.show(reports);
  cards(reports);
  if (reports.timeline) timeline.show(reports.timeline);
  if (reports.peaks) heatmap.show(reports.peaks);
  if (reports.tokens) tokens(reports.tokens);
  if (reports.failures) failures(reports.failures);
  if (reports.logins) logins(reports.logins);
  if (reports.otp) otp(reports.otp);
  if (reports.refreshes) rates(reports);
  if (reports.security) security(reports.security);
  if (reports.clients) top("clients", "client", reports.clients);
  if (reports.users) top("users", "user", reports.users);
  if (reports.ips) top("ips", "ip", reports.ips);
}

const again = () => show(latest);

function tokens({ by_type, by_grant, by_client }) {
  const list = (id, rows, heading, name) => {
    const columns = [
      [heading, name, heading.toLowerCase()],
      ["Issued", (row) => count(row.issued), "issued"],
      ["Refreshed", (row) => count(row.refreshed), "refreshed"],
      ["Failed", (row) => count(row.failed), "failed"],
    ];
    const bars = (row) => [
      ["issued", row.issued],
      ["refreshed", row.refreshed],
      ["failed", row.failed],
    ];
    fill(
      at(`${id}-body`),
      rows.length
        ? [keys(), table(id, rows, columns, { bars, redraw: again })]
        : nothing("No token events in this view."),
    );
  };
  list("types", by_type, "Type", (row) => said(row.type, "type not said"));
  list("grants", by_grant, "Grant", (row) => said(row.grant, "grant not said"));
  list("token-clients", by_client, "Client", (row) => sifting("client", row.client, "no client"));
}

function keys() {
  return el(
    "p",
    { class: "key", "aria-hidden": "true" },
    ["issued", "refreshed", "failed"].map((name) => [el("span", { class: `swatch ${name}` }), `${name} `]),
  );
}

function failures({ total, failed_auth_rate, by_reason }) {
  const which = (row) => {
    const words = `Failures of ${row.event}`;
    const event = row.event && exactly("event", row.event);
    const press = () => change({ event, outcome: "failed" });
    return [
      sifting("reason", row.reason, "no reason given"),
      " ",
      event
        ? el(
            "button",
            {
              type: "button",
              class: "sift small",
              title: words,
              "data-key": `failures ${row.event} ${row.reason}`,
              on: { click: press },
            },
            said(row.event),
          )
        : null,
    ];
  };
  const columns = [
    ["Reason", which, "reason"],
    ["Count", (row) => count(row.count), "count"],
    ["Of its failures", (row) => share(row.share), "share"],
  ];
  const lead = facts([
    ["Failures", count(total)],
    ["Failed authentication", share(failed_auth_rate), basis(failed_auth_rate)],
  ]);
  fill(
    at("failures-body"),
    lead,
    by_reason.length
      ? table("failures", by_reason, columns, { bars: (row) => [["failed", row.count]], redraw: again })
      : nothing("Nothing failed in this view."),
  );
}

function logins({ success_rate, unknown, by_method, by_client, by_reason }) {
  const lead = facts([
    ["Success rate", share(success_rate), interval(success_rate)],
    unknown ? ["Outcome unknown", count(unknown)] : null,
  ]);
  const split = (heading, name) => [
    [heading, name, heading.toLowerCase()],
    ["Ok", (row) => count(row.success), "success"],
    ["Failed", (row) => count(row.failure), "failure"],
    ["Rate", (row) => share(row.success_rate), "success_rate"],
  ];
  const bars = (row) => [
    ["ok", row.success],
    ["failed", row.failure],
  ];
  const body =
    by_method.length + by_client.length === 0
      ? nothing("No logins in this view.")
      : [
          table(
            "methods",
            by_method,
            split("Method", (row) => said(row.method, "method not said")),
            { bars, redraw: again },
          ),
          table(
            "login-clients",
            by_client,
            split("Client", (row) => sifting("client", row.client, "no client")),
            { bars, few: 4, redraw: again },
          ),
          by_reason.length
            ? table(
                "login-reasons",
                by_reason,
                [
                  ["Why they fail", (row) => sifting("reason", row.reason, "no reason given"), "reason"],
                  ["Count", (row) => count(row.count), "count"],
                ],
                { bars: (row) => [["failed", row.count]], few: 4, redraw: again },
              )
            : null,
        ];
  fill(at("logins-body"), lead, body);
}

function otp(otp) {
  const steps = [
    ["Generated", otp.generated, null],
    ["Sent", otp.sent, otp.send_rate],
    ["Verified", otp.verified, otp.conversion],
  ];
  const most = Math.max(...steps.map(([, value]) => number(value)));
  if (most === 0 && number(otp.verify_failed) === 0)
    return fill(at("otp-body"), nothing("No one-time passwords in this view."));
  const row = ([name, value, rate]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, name, bar([["issued", value]], most)),
      el("td", {}, count(value)),
      el("td", {}, rate ? share(rate) : "–"),
    );
  const head = el(
    "tr",
    {},
    ["Step", "Codes", "Of the step before"].map((heading) => el("th", { scope: "col" }, heading)),
  );
  const lead = facts([
    [
      "Time to verify",
      span(otp.time_to_verify_p50),
      otp.time_to_verify_p95 === null ? "" : `half of them; 95 of 100 within ${span(otp.time_to_verify_p95)}`,
    ],
    [
      "Attempts that pass",
      share(otp.verify_rate),
      `${basis(otp.verify_rate)}${otp.attempts_per_success.whole ? `; ${mean(otp.attempts_per_success)} for a success` : ""}`,
    ],
  ]);
  const domains = [
    ["E-mail domain", (row) => said(row.domain, "no domain"), "domain"],
    ["Sent", (row) => count(row.sent), "sent"],
    ["Verified", (row) => count(row.verified), "verified"],
    ["Rate", (row) => share(row.conversion), "conversion"],
  ];
  fill(
    at("otp-body"),
    el("table", { class: "numbers" }, el("thead", {}, head), el("tbody", {}, steps.map(row))),
    lead,
    otp.by_domain.length
      ? table("domains", otp.by_domain, domains, {
          bars: (row) => [
            ["issued", row.verified],
            ["failed", Math.max(0, number(row.sent) - number(row.verified))],
          ],
          few: 4,
          redraw: again,
        })
      : null,
  );
}

function rates({ refreshes, tokens, failures }) {
  fill(
    at("rates-body"),
    facts([
      ["Refreshes that succeed", share(refreshes.success_rate), basis(refreshes.success_rate)],
      ["Refreshes a login", mean(refreshes.per_login), basis(refreshes.per_login, "for")],
      ["Refreshes a user", mean(refreshes.per_user), basis(refreshes.per_user, "for")],
      ["Refresh tokens used", mean(refreshes.usage_rate), basis(refreshes.usage_rate, "for")],
      ["Refreshes an hour", mean(refreshes.per_hour), `${mean(refreshes.per_day)} a day`],
      ["Refresh tokens reused", count(refreshes.reused), "a token that came back after it was rotated"],
      tokens && [
        "Token lifetime",
        span(tokens.mean_lifetime),
        tokens.lifetime_p50 === null ? "" : `on average; half live no longer than ${span(tokens.lifetime_p50)}`,
      ],
      failures && ["Failed authentication", share(failures.failed_auth_rate), interval(failures.failed_auth_rate)],
    ]),
  );
}

const SEVERITIES = { critical: "✖", high: "▲", medium: "◆", low: "●", info: "○" };

function severity(name) {
  const known = Object.hasOwn(SEVERITIES, name) ? name : "info";
  return el(
    "span",
    { class: `severity ${known}` },
    el("span", { "aria-hidden": "true" }, `${SEVERITIES[known]} `),
    known,
  );
}

function security(security) {
  if (!security.total)
    return fill(
      at("security-body"),
      nothing("No security events in this view: nothing refused, no scope violated, no failed login."),
    );
  const counts = el(
    "ul",
    { class: "severities" },
    Object.keys(SEVERITIES).map((name) => el("li", {}, severity(name), " ", el("strong", {}, count(security[name])))),
  );
  const kinds = [
    ["Event", (row) => sifting("event", row.event), "event"],
    ["Count", (row) => count(row.count), "count"],
    ["Share", (row) => share(row.share), "share"],
    ["Users", (row) => count(row.users), "users"],
  ];
  const recent = [
    ["Time", (row) => time(row.time)],
    ["Severity", (row) => severity(row.severity)],
    ["Event", (row) => sifting("event", row.event)],
    ["User", (row) => sifting("user", row.user)],
    ["Client", (row) => sifting("client", row.client)],
    ["IP address", (row) => sifting("ip", row.ip)],
    ["Reason", (row) => sifting("reason", row.reason)],
  ];
  fill(
    at("security-body"),
    counts,
    table("kinds", security.by_kind, kinds, { bars: (row) => [["failed", row.count]], redraw: again }),
    el("h3", {}, "The last of them"),
    el(
      "div",
      {
        class: "scroll",
        tabindex: 0,
        role: "region",
        "aria-label": "The last security events",
        "data-key": "security-recent",
      },
      table("recent", security.recent, recent, { few: 6, redraw: again }),
    ),
  );
}

const ACTORS = { client: "Client", user: "User", ip: "IP address" };

function top(id, name, { top, distinct }) {
  const columns = [
    [ACTORS[name], (row) => sifting(name, row[name], `no ${name}`), name],
    ["Events", (row) => count(row.events), "events"],
    ["Failed logins", (row) => count(row.logins_failed), "logins_failed"],
    ["Last seen", (row) => el("span", { title: time(row.last_seen) }, clock(row.last_seen)?.date ?? "–"), "last_seen"],
  ];
  const parts = (row) => [
    ["failed", row.logins_failed],
    ["issued", Math.max(0, number(row.events) - number(row.logins_failed))],
  ];
  fill(
    at(`${id}-top-body`),
    top.length
      ? [
          el(
            "p",
            { class: "key", "aria-hidden": "true" },
            el("span", { class: "swatch failed" }),
            "failed logins ",
            el("span", { class: "swatch issued" }),
            "other events",
          ),
          table(id, top, columns, { bars: parts, redraw: again }),
          el("p", { class: "note" }, `${count(distinct)} in all`),
        ]
      : nothing(`No event of this view names ${name === "ip" ? "an address" : `a ${name}`}.`),
  );
}
