"""Serves a log, asks what its page asks, and tells how long the answers took."""

import argparse
import datetime
import http.client
import json
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SECONDS = 10
CLIENTS = 10
GROWTH = 1000
RANGES = (7, 30, 90, None)
LIMITS = {"range": 100.0, "p99": 50.0}


class Failed(Exception):
    """The server did not do what it was asked to."""


def say(text):
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


class Server:
    """`authmeter serve`, on a port of its own."""

    def __init__(self, program, cache, *logs):
        self.began = time.perf_counter()
        command = [program, "serve", "--listen", "127.0.0.1:0", "--cache", cache, *logs]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        else:
            raise Failed(f"{command} ended without a port:\n" + "".join(self.said))
        # A full pipe would hold the server up.
        threading.Thread(target=self.said.extend, args=(self.process.stderr,), daemon=True).start()

    def ask(self, path, timeout=60):
        """The status, the answer and the milliseconds it took, on a connection of its own."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            return answer.status, body, (time.perf_counter() - began) * 1000
        finally:
            connection.close()

    def must(self, path):
        """The answer as JSON, and the milliseconds."""
        status, body, milliseconds = self.ask(path)
        if status != 200:
            raise Failed(f"{path}: {status} {body[:300]!r}")
        return json.loads(body), milliseconds

    def until(self, events, limit=3600):
        """Waits until so many events are counted; the seconds since the start."""
        while time.perf_counter() - self.began < limit:
            if self.process.poll() is not None:
                raise Failed(f"the server ended with {self.process.returncode}")
            try:
                status, body, _ = self.ask("/api/v1/reports/logins?range=all", timeout=limit)
                if status == 200 and json.loads(body)["input"]["events"] == events:
                    return time.perf_counter() - self.began
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)
        raise Failed(f"{events} events were not counted within {limit} s")

    def memory(self, name):
        """Resident bytes now (VmRSS) or at most (VmHWM)."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+) kB", status).group(1)) * 1024

    def end(self):
        """Asks it to end, and waits."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def report(program, log, *words):
    """What the command line answers."""
    command = [program, "report", "--format", "json", *words, log]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def days(last, length):
    """The words of a range that ends with the log's last day: those of the API, and those of the command line."""
    if length is None:
        return "range=all", []
    first = last - datetime.timedelta(days=length - 1)
    return f"from={first}&to={last}", ["--from", str(first), "--to", str(last)]


def ranges(server, program, log, last):
    """Each range, held against the command line: its name, and milliseconds of a first and a repeated answer."""
    for length in RANGES:
        asked, words = days(last, length)
        path = f"/api/v1/reports/all?{asked}"
        # The page's numbers of rows come first; others are other questions, which no kept answer serves.
        answer, first = server.must(path)
        expected = report(program, log, *words)
        for name, section in expected["reports"].items():
            if answer["reports"].get(name) != section:
                raise Failed(f"{path}: {name} is not what `authmeter report {' '.join(words)}` says")
        cold = [first] + [server.must(f"{path}&top={top}")[1] for top in range(11, 20)]
        warm = [server.must(path)[1] for _ in range(20)]
        name = f"{length} days" if length else "everything"
        say(f"{name}: as the command line has it; {statistics.median(cold):.1f} ms, again {statistics.median(warm):.1f} ms")
        yield name, cold, warm


def load(server, last, requests, folder):
    """Mixed questions at a fixed rate: the milliseconds of each answer."""
    ranged = [days(last, length)[0] for length in RANGES]
    paths = [f"/api/v1/reports/all?{asked}" for asked in ranged]
    paths += [f"/api/v1/reports/{name}?{ranged[1]}" for name in ("logins", "failures", "refreshes", "tokens", "timeline")]
    paths += [f"/api/v1/events?{ranged[0]}&limit=50", "/api/v1/events?limit=20&outcome=failed", "/api/v1/me", "/healthz", "/"]
    for path in paths:
        status, body, _ = server.ask(path)
        if status != 200:
            raise Failed(f"{path}: {status} {body[:300]!r}")
    asked, log = folder / "paths", folder / "requests"
    asked.write_text("".join(f"http://127.0.0.1:{server.port}{path}\n" for path in paths))
    command = ["h2load", "--h1", "-c", CLIENTS, "-t", 1, "-D", SECONDS, "--rps", requests / CLIENTS]
    command += ["--log-file", log, "-i", asked]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    if done.returncode != 0 or not rows:
        raise Failed(f"h2load ended with {done.returncode}:\n{done.stdout}")
    wrong = [row[1] for row in rows if row[1] != "200"]
    if wrong:
        raise Failed(f"{len(wrong)} of {len(rows)} answers were none: {sorted(set(wrong))}")
    return [int(row[2]) / 1000 for row in rows]


class Growing:
    """A log that gets lines of one day, a tenth of a second's at a time."""

    LINE = '{"event":"auth.login","timestamp":"%sT23:59:59Z","success":true,"userId":"more-%d","clientId":"web-app"}\n'

    def __init__(self, log, day):
        self.log, self.day, self.count = log, day, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.grow)

    def grow(self):
        """Until the end."""
        with self.log.open("a", encoding="utf-8") as log:
            while not self.over.wait(0.1):
                lines = range(self.count, self.count + GROWTH // 10)
                self.count = lines.stop
                log.write("".join(self.LINE % (self.day, number % 500) for number in lines))
                log.flush()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def quantile(values, part):
    """The value that so large a part of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def size(count):
    """Bytes, for people."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def measured(arguments, folder):
    """Rows of the table."""
    program, log = arguments.program, arguments.log
    known = report(program, log)
    events, last = known["input"]["events"], datetime.date.fromisoformat(known["window"]["last"][:10])
    cache, grown = folder / "cache", folder / "grown.jsonl"
    grown.touch()
    server = Server(program, cache, log, grown)
    try:
        yield "log", f"{size(pathlib.Path(log).stat().st_size)}, {events:,} events", ""
        yield "index, from nothing", f"{server.until(events):.2f} s", ""
        yield "memory, at rest", size(server.memory("VmRSS")), ""
        for name, cold, warm in ranges(server, program, log, last):
            text = f"{statistics.median(cold):.1f} ms ({max(cold):.1f} at most); again {statistics.median(warm):.1f} ms"
            yield f"all reports, {name}", text, f"< {LIMITS['range']:.0f} ms"
        times = load(server, last, arguments.requests, folder)
        text = f"p50 {quantile(times, 0.5):.1f} ms, p99 {quantile(times, 0.99):.1f} ms, {len(times) / SECONDS:.0f} a second"
        yield f"{arguments.requests} requests a second, for {SECONDS} s", text, f"p99 < {LIMITS['p99']:.0f} ms"
        yield "memory, at most", size(server.memory("VmHWM")), ""
        with Growing(grown, last) as growing:
            times = load(server, last, arguments.requests, folder)
        text = f"p50 {quantile(times, 0.5):.1f} ms, p99 {quantile(times, 0.99):.1f} ms"
        yield f"the same, while {GROWTH:,} lines a second come", text, f"p99 < {LIMITS['p99']:.0f} ms"
        events += growing.count
        server.until(events)
    finally:
        server.end()
    kept = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) if cache.exists() else 0
    server = Server(program, cache, log, grown)
    try:
        yield "restart with its cache", f"{server.until(events):.2f} s, {size(kept)} kept", ""
    finally:
        server.end()


def main():
    """Measures, and prints Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--output")
    arguments = parser.parse_args()
    lines = ["| what | measured | target |", "|---|---|---|"]
    try:
        with tempfile.TemporaryDirectory(prefix="authmeter-serve-") as folder:
            for what, value, target in measured(arguments, pathlib.Path(folder)):
                say(f"{what}: {value}")
                lines.append(f"| {what} | {value} | {target} |")
    except (Failed, subprocess.CalledProcessError) as error:
        say(f"benches/serve: {error}")
        return 1
    text = "\n".join(lines) + "\n"
    if arguments.output:
        pathlib.Path(arguments.output).write_text(text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
