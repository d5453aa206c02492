// What is looked at: a stretch of days and filters. It lives in the address behind the #, so that a view can be shared and
// "back" works; a browser never sends that part to a server.

/** Ranges with a button. */
export const RANGES = { "1d": "Today", "7d": "7 days", "30d": "30 days", "90d": "90 days", all: "All" };

/** Fields with a filter, and what to call them. */
export const FILTERS = {
  client: "Client",
  user: "User",
  event: "Event",
  reason: "Reason",
  ip: "IP address",
  outcome: "Outcome",
};

/** A longer filter is not made from a text of the log. */
const LONGEST = 1000;
/** What means something in a regular expression. */
const META = /[\\.+*?()|[\]{}^$#&~-]/g;

const FIRST = "7d";
const DATE = /^\d{4}-\d\d-\d\d$/;

/** The view an address asks for. What it says wrongly is as if it did not say it. */
export function parse(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const [from, to] = ["from", "to"].map((name) => (DATE.test(words.get(name) ?? "") ? words.get(name) : null));
  const range = words.get("range");
  const state = {
    range: from || to ? null : Object.hasOwn(RANGES, range) ? range : FIRST,
    from,
    to,
    token: words.get("token") || null,
    page: Math.max(1, Number.parseInt(words.get("page") ?? "1", 10) || 1),
  };
  for (const name of Object.keys(FILTERS)) state[name] = words.get(name) || null;
  return state;
}

/** The address of a view. */
export function format(state) {
  const words = query(state);
  if (state.range === FIRST) words.delete("range");
  if (state.token) words.set("token", state.token);
  if (state.token && state.page > 1) words.set("page", String(state.page));
  const text = words.toString();
  return text ? `#${text}` : "#";
}

/** The view as the parameters of the API. */
export function query(state) {
  const words = new URLSearchParams();
  for (const name of ["range", "from", "to", ...Object.keys(FILTERS)]) if (state[name]) words.set(name, state[name]);
  return words;
}

/** Whether any filter is set. */
export function filtered(state) {
  return Object.keys(FILTERS).some((name) => state[name] !== null);
}

let state = parse(location.hash);
const listeners = [];

/** The view as it is. */
export function current() {
  return state;
}

/** Calls `listener` with the view and the one before whenever it changes. */
export function onChange(listener) {
  listeners.push(listener);
}

/** Changes the view, and leaves a way back. */
export function change(changes) {
  const next = { ...state, ...changes };
  if (format(next) === format(state)) return;
  history.pushState(null, "", format(next));
  become(next);
}

/** Sets a filter. */
export function narrow(name, value) {
  if (value) change({ [name]: value });
}

/** Takes a filter out. */
export function widen(name) {
  change({ [name]: null });
}

/** Takes every filter out. */
export function reset() {
  change(Object.fromEntries(Object.keys(FILTERS).map((name) => [name, null])));
}

/** The value that means exactly this text: a filter reads `!` as "not", event names are globs, reasons are expressions. */
export function exactly(name, text) {
  if (text.length > LONGEST) return null;
  if (name === "reason") return `^${text.replace(META, "\\$&")}$`;
  if (name === "ip") return /^[\d.]+$|^[\da-f:.]+:[\da-f:.]*$/i.test(text) ? text : null;
  if (name === "event") return text.replace(/[\\*?[\]{}!]/g, "\\$&");
  return text.startsWith("!") ? null : text;
}

/** The text that a reason's filter means exactly; `null` if it means more than one. */
export function meant(reason) {
  const inner = /^\^((?:[^\\.+*?()|[\]{}^$]|\\[\\.+*?()|[\]{}^$#&~-])*)\$$/su.exec(reason);
  return inner && inner[1].replace(/\\(.)/gsu, "$1");
}

function become(next) {
  const before = state;
  state = next;
  for (const listener of listeners) listener(state, before);
}

const follow = () => {
  const next = parse(location.hash);
  if (format(next) !== format(state)) become(next);
};
addEventListener("popstate", follow);
addEventListener("hashchange", follow);
