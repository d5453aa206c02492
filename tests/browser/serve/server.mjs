// `authmeter serve` over a log of its own, for the tests of its page. What a test makes is registered with its `later`, and
// goes away when the test ends, the last first.

import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authmeter } from "../bench.mjs";

/** Runs the program to its end; what it prints. */
export function run(...words) {
  return execFileSync(authmeter, words, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
}

/** A folder that goes away with the test, and a log in it. */
export class Log {
  constructor(later) {
    this.folder = mkdtempSync(join(tmpdir(), "authmeter-serve-"));
    later(() => rmSync(this.folder, { recursive: true, force: true }));
    this.path = join(this.folder, "auth.jsonl");
    writeFileSync(this.path, "");
  }

  /** A hundred days that end now, without a surprise among them. */
  generate(events) {
    const start = new Date(Date.now() - 100 * 86_400_000).toISOString().slice(0, 19);
    run(
      "generate",
      "--events",
      String(events),
      "--seed",
      "11",
      "--days",
      "100",
      "--start",
      `${start}Z`,
      "-o",
      this.path,
      "--force",
    );
    return this;
  }

  /** Appends an event, which happens now unless it says otherwise. */
  write(event, fields = {}) {
    appendFileSync(this.path, `${JSON.stringify({ event, timestamp: new Date().toISOString(), ...fields })}\n`);
    return this;
  }

  /** Another file takes the name, as when a log is rotated. */
  rotate() {
    renameSync(this.path, `${this.path}.1`);
    writeFileSync(this.path, "");
  }

  /** The answer of the command line to the same question. */
  report(...words) {
    return JSON.parse(run("report", "--format", "json", ...words, this.path));
  }
}

/** A server, as long as the test takes or until it is stopped. */
export class Server {
  static async start(later, log, { port = 0, words = [] } = {}) {
    const server = new Server();
    const child = spawn(authmeter, ["serve", "--listen", `127.0.0.1:${port}`, ...words, log.path], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, XDG_CACHE_HOME: join(log.folder, "cache") },
    });
    server.stop = () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", resolve);
        child.kill("SIGTERM");
      });
    later(server.stop);
    let said = "";
    server.address = await new Promise((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
      child.stderr.on("data", (bytes) => {
        said += bytes;
        const address = /listening on (https?:\/\/[^\s/]+)/.exec(said);
        if (address) resolve(address[1]);
      });
    });
    server.port = Number(new URL(server.address).port);
    return server;
  }

  /** The address of a view. */
  view(hash = "") {
    return `${this.address}/${hash && `#${hash}`}`;
  }
}
