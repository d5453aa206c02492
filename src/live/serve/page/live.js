// Whether the page is live, and when it asks again. While it is paused, in the background or cut off, it owes an update and makes
// it up later.

import * as api from "./api.js";
import { at } from "./dom.js";
import { clock, plural } from "./format.js";

/** The shortest time between two updates, and how often new events are announced to who listens. */
const PACE = 1000;
const ANNOUNCE = 10_000;

const WORDS = {
  starting: "Connecting …",
  live: "Live",
  waiting: "Reconnecting …",
  paused: "Paused",
  still: "Not live",
};

let load = () => {};
let close = null;
let paused = false;
let owed = false;
let running = false;
let timer = null;
let cutOff = false;
let answered = false;
let asOf = null;
let missed = 0;
let unsaid = 0;
let lastSaid = 0;

/** Listens to the server; `again` brings the page up to date, `refused` hears that the server will not have this token. */
export function start(again, refused) {
  if (close) return;
  load = again;
  state("starting");
  close = api.listen((name, data) => {
    if (name === "live") {
      state("live");
      // Whatever happened meanwhile was not heard of.
      if (cutOff || answered) due();
      cutOff = false;
    } else if (name === "update") {
      asOf = data.as_of ?? asOf;
      missed += data.events?.length ?? 0;
      due();
    } else if (name === "waiting") {
      cutOff = true;
      state("waiting");
    } else {
      close = null;
      state("still");
      refused(data);
    }
  });
}

/** Stops listening. */
export function stop() {
  close?.();
  close = null;
}

let connection = "starting";

function state(name) {
  connection = name;
  say();
}

function say() {
  const name = paused && connection === "live" ? "paused" : connection;
  const place = at("live");
  const words = paused && missed ? `${WORDS[name]}, ${plural(missed, "new event")}` : WORDS[name];
  place.dataset.state = name;
  if (place.lastElementChild.textContent !== words) place.lastElementChild.textContent = words;
}

/** When what is shown was so. */
export function since() {
  const time = clock(asOf);
  return time ? `${time.minutes}${time.seconds}` : "before";
}

/** There is something new: asks for it as soon as that is welcome. */
export function due() {
  owed = true;
  if (paused) return say();
  if (document.hidden || running || timer) return;
  timer = setTimeout(settle, 50);
}

async function settle() {
  timer = null;
  if (paused || document.hidden) return;
  [owed, running, missed] = [false, true, 0];
  const began = performance.now();
  try {
    await load();
  } finally {
    running = false;
  }
  // A server that takes long is given as long again to rest.
  const took = performance.now() - began;
  timer = setTimeout(
    () => {
      timer = null;
      if (owed) due();
    },
    Math.max(PACE, took),
  );
}

/** Announces new events, but not each for itself. */
export function news(added) {
  answered = true;
  unsaid += added;
  const now = performance.now();
  if (unsaid === 0 || now - lastSaid < ANNOUNCE) return;
  at("news").textContent = `${plural(unsaid, "new event")}`;
  [unsaid, lastSaid] = [0, now];
}

at("pause").addEventListener("click", () => {
  paused = !paused;
  at("pause").setAttribute("aria-pressed", String(paused));
  say();
  if (!paused && owed) due();
});
document.addEventListener("visibilitychange", () => owed && due());
