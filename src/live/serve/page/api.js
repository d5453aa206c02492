// The server: questions with a bearer token, and the stream of what is new. The token is kept for this tab alone and goes
// into a header, never into an address, where it would end in histories and logs.

const KEY = "authmeter.token";
/** A stream that says nothing for so long is taken for dead; a heartbeat comes far more often. */
const SILENCE = 45_000;
const LONGEST_WAIT = 30_000;

/** The server said no. `status` is 0 if it said nothing. */
export class Refused extends Error {
  constructor(status, problem = {}) {
    super(problem.detail || problem.title || "");
    Object.assign(this, {
      status,
      title: problem.title ?? "",
      remedy: problem.remedy ?? "",
      after: problem.after ?? null,
    });
  }
}

export function token() {
  return sessionStorage.getItem(KEY);
}

export function keepToken(value) {
  if (value) sessionStorage.setItem(KEY, value);
  else sessionStorage.removeItem(KEY);
}

async function ask(path, signal, accept) {
  const headers = { Accept: accept };
  if (token()) headers.Authorization = `Bearer ${token()}`;
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      headers,
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, { title: "The server does not answer" });
  }
  if (response.ok) return response;
  const after = Number(response.headers.get("Retry-After")) || null;
  const problem = await response.json().catch(() => ({}));
  throw new Refused(response.status, { ...problem, after });
}

/** The answer to a question, as a value. */
export async function get(path, words, signal) {
  const text = words ? words.toString() : "";
  const response = await ask(text ? `${path}?${text}` : path, signal, "application/json");
  try {
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, { title: "The server's answer broke off" });
  }
}

/**
 * Listens until told to stop; reconnects by itself, after 1, 2, 4, … up to 30 seconds. `tell(state, data)` hears `live`, `update`,
 * `waiting` with milliseconds, and `refused` with the answer of a server that will not have this token.
 */
export function listen(tell) {
  const stop = new AbortController();
  void follow(tell, stop.signal);
  return () => stop.abort();
}

async function follow(tell, stopped) {
  for (let failures = 0; !stopped.aborted; failures += 1) {
    try {
      await stream(stopped, (name, data) => {
        failures = 0;
        tell(name, data);
      });
    } catch (error) {
      if (stopped.aborted) return;
      if (error instanceof Refused && [401, 403, 404].includes(error.status)) return tell("refused", error);
      if (error instanceof Refused && error.after) await waiting(error.after * 1000);
    }
    await waiting(Math.min(LONGEST_WAIT, 1000 * 2 ** failures) * (0.75 + Math.random() / 4));
  }

  async function waiting(length) {
    if (stopped.aborted) return;
    tell("waiting", length);
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, stopped]);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, length);
      // A network that comes back is tried at once.
      addEventListener("online", resolve, { signal });
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()));
    });
    over.abort();
  }
}

/** One connection, as long as it lasts. */
async function stream(stopped, tell) {
  const quiet = new AbortController();
  let timer = setTimeout(() => quiet.abort(), SILENCE);
  try {
    const response = await ask("stream", AbortSignal.any([stopped, quiet.signal]), "text/event-stream");
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    tell("live");
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), SILENCE);
      const messages = (text + value).split(/\r?\n\r?\n/);
      text = messages.pop();
      for (const message of messages) deliver(message, tell);
    }
  } finally {
    clearTimeout(timer);
  }
}

function deliver(message, tell) {
  const lines = message.split(/\r?\n/);
  const of = (field) =>
    lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).replace(/^ /, ""));
  if (of("event")[0] !== "update") return;
  let data = {};
  try {
    data = JSON.parse(of("data").join("\n"));
  } catch {
    // An update without its rows still says that there is something new.
  }
  tell("update", data);
}
