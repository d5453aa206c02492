// What matters first, in one line each: did anything fail more than usual, is anything severe, did a token come again. The words
// are those of the report, the numbers those of the document.

import { at, el, fill } from "./dom.js";
import { clock, count, day, lastDay, mean, number, share } from "./format.js";
import { change, current } from "./state.js";

const SIGNS = { good: "✓", bad: "✗", unknown: "?" };

/** Shows what the reports there are have to say. */
export function show({ timeline, security, refreshes }) {
  // What is chosen by how it ended says nothing about what is usual.
  const chosen = current().outcome !== null || current().reason !== null;
  const list = [timeline && !chosen && failing(timeline), security && severe(security), refreshes && again(refreshes)];
  at("verdict").hidden = !list.some(Boolean);
  fill(at("verdict-body"), list.filter(Boolean));
}

function verdict(tone, text, word, act) {
  return el(
    "li",
    { class: `panel ${tone}` },
    el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[tone]),
    el("span", { class: "unseen" }, `${tone}: `),
    el("span", {}, text),
    act ? el("button", { type: "button", class: "more", "data-key": `verdict ${word}`, on: { click: act } }, word) : null,
  );
}

function failing({ every, unusual_buckets: buckets, usual_failures: usual, unusual = [] }) {
  if (typeof buckets !== "number") return verdict("unknown", "Too little time to tell whether more failed than usual");
  const [worst] = unusual;
  // Where everything fails nothing can fail more than usual.
  if (buckets === 0 && usual?.whole > 0 && usual.part === usual.whole)
    return verdict("bad", `Every event failed: ${share(usual)} of events`);
  if (buckets === 0 || !worst) return verdict("good", `Nothing failed more than usual: ${share(usual)} of events`);
  const times = number(worst.times) > 0 ? `${mean(worst.times)} × usual` : `${share(worst.failures)} of events`;
  const { date, minutes } = clock(worst.start);
  const when = /[dw]$|mo$/.test(every) ? day(worst.start) : `${day(worst.start)}, ${minutes}`;
  const more = buckets > 1 ? `; times like it: ${count(buckets)}` : "";
  const act = () => change({ range: null, from: date, to: lastDay(date, every) });
  const word = { "1w": "Show that week", "1mo": "Show that month" }[every] ?? "Show that day";
  return verdict("bad", `Failures were ${times} on ${when} (${every})${more}`, word, act);
}

function severe({ critical, high }) {
  if (number(critical) + number(high) === 0) return verdict("good", "No security event of critical or high severity");
  const act = () => at("security").scrollIntoView();
  return verdict("bad", `Security events: ${count(critical)} critical, ${count(high)} high`, "Show them", act);
}

function again({ total, reused }) {
  if (number(total) === 0) return verdict("unknown", "No token was refreshed");
  if (number(reused) === 0) return verdict("good", "No refresh token was used again");
  const act = () => change({ event: "token.refresh", outcome: "failed" });
  return verdict("bad", `Refresh tokens used again: ${count(reused)}`, "Failed refreshes", act);
}
