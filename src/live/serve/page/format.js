// Values of the document as people read them, in the same words as the other formats. Nothing is computed here.

const NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
/** Two decimals; what lies in the middle goes to the even one, as in the other formats. */
const DECIMAL = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  roundingMode: "halfEven",
});
const MOST_CHARACTERS = 120;

/** Characters that drive or deceive whoever reads them: controls, line separators, bidirectional controls. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with every unsafe character spelled out. */
export function visible(text) {
  return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

/** The text, or its beginning. */
export function cut(text, most = MOST_CHARACTERS) {
  if (text.length <= most) return text;
  const beginning = [...text.slice(0, most * 2)].slice(0, most).join("");
  return beginning.length < text.length ? `${beginning}…` : text;
}

/** The plain number of a count, an estimate or a rate, for drawing. */
export function number(value) {
  if (typeof value === "number") return value;
  return value?.value ?? value?.rate ?? 0;
}

/** A count: `1,204`, or `≈ 1,204,000 ± 1.6 %` if it is an estimate. */
export function count(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return NUMBER.format(value);
  return about(NUMBER.format(value.value), value.error);
}

function about(text, error) {
  return `≈ ${text} ± ${(error * 100).toFixed(1)} %`;
}

/** A share in percent. What is not all, or not none, must not look so. */
export function share(value) {
  if (value?.rate === null || value?.rate === undefined) return "n/a";
  const percent = `${DECIMAL.format(value.rate * 100)} %`;
  if (percent === "100.00 %" && value.part < value.whole) return "> 99.99 %";
  if (percent === "0.00 %" && value.part > 0) return "< 0.01 %";
  return percent;
}

/** The interval of a share: `95 % between 91.29 % and 92.65 %`. */
export function interval(value) {
  if (typeof value?.low !== "number") return "";
  return `95 % between ${DECIMAL.format(value.low * 100)} % and ${DECIMAL.format(value.high * 100)} %`;
}

/** A mean or a pace. */
export function mean(value) {
  if (value?.rate === null || value?.rate === undefined) return "n/a";
  const text = DECIMAL.format(value.rate);
  return value.exact === false ? about(text, value.error) : text;
}

/** What a rate is made of: `5,620 of 6,109`. */
export function basis(value, between = "of") {
  return value ? `${count(value.part ?? value.count)} ${between} ${count(value.whole)}` : "";
}

/** A length of time, given in seconds, in its two largest units. */
export function span(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return about(span(value.value), value.error);
  const whole = Math.floor(value);
  const [days, hours, minutes] = [
    Math.floor(whole / 86400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (whole < 1) return `${Number((value * 1000).toFixed(1))} ms`;
  if (whole < 60) return `${value.toFixed(1)} s`;
  if (whole < 3600) return `${minutes} min ${whole % 60} s`;
  if (whole < 86400) return `${hours} h ${minutes} min`;
  return `${NUMBER.format(days)} d ${hours} h`;
}

const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/** Parts of a time of RFC 3339 as the clock on the server's wall showed it; the zone of this browser plays no part. */
export function clock(text) {
  const parts = TIME.exec(text ?? "");
  return parts && { date: parts[1], minutes: parts[2], seconds: parts[3] ?? "", zone: parts[5] ?? "" };
}

/** A time in full: `2026-11-25 22:20:53`. */
export function time(text) {
  const parts = clock(text);
  return parts ? `${parts.date} ${parts.minutes}${parts.seconds}` : "undated";
}

/** The day of a time, in words: `25 Nov 2026`. */
export function day(text) {
  const parts = clock(text);
  return parts ? dayOf(parts.date) : "–";
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A date in words, with its year or without. */
export function dayOf(date, year = true) {
  const [y, m, d] = date.split("-").map(Number);
  return `${d} ${MONTHS[m - 1]}${year ? ` ${y}` : ""}`;
}

/** The last day of a bucket that starts on this one. */
export function lastDay(date, every) {
  const end = new Date(`${date}T00:00:00Z`);
  if (every === "1w") end.setUTCDate(end.getUTCDate() + 6);
  if (every === "1mo") end.setUTCMonth(end.getUTCMonth() + 1, 0);
  return end.toISOString().slice(0, 10);
}

/** A short count for an axis: `950`, `1.2 k`, `3 M`. */
export function short(value) {
  const [size, unit] = [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ].find(([size]) => value >= size) ?? [1, ""];
  return `${Number((value / size).toFixed(1))}${unit}`;
}

/** `1 event`, `2 events`. */
export function plural(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
