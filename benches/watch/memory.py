#!/usr/bin/env python3
"""Memory of `authmeter watch` over a long time, of as many events and users each day: it must stay where it is.

    benches/watch/memory.py PROGRAM [--days N] [--events N] [--users N]

Pipes a synthetic log into it, an eighth after another, waits each time until all of it is counted, and prints the private
memory it has then (RssAnon of /proc/PID/status). The first half fills tables that have a bound, such as the entries of
sequences; from then on it may grow by 4 MiB, which is one table that doubles late: 3 bytes an event would be more. At the end its
report is held against `authmeter report` over the same bytes.
Exits with 1 if one or the other is not so.
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time

PARTS = 8
GROWTH = 4096  # KiB in the second half
LIMIT = 600  # seconds after which a part is given up


def private(pid):
    """KiB that are in no file."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"RssAnon:\s*(\d+) kB", status.read())[1])


class Watch:
    def __init__(self, program):
        words = [program, "watch", "--period", "200ms", "--format", "json", "--as-of", "2026-12-31", "-"]
        pipe = subprocess.PIPE
        self.program = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=False)
        self.counted, self.answer = 0, b""
        self.readers = [threading.Thread(target=read) for read in (self.read_lines, self.read_answer)]
        for reader in self.readers:
            reader.start()

    def read_lines(self):
        for line in self.program.stderr:
            counted = re.search(rb"Z  events (\d+)", line)
            self.counted += int(counted[1]) if counted else 0

    def read_answer(self):
        self.answer = self.program.stdout.read()

    def feed(self, text, until):
        """Private memory once so many events are counted."""
        self.program.stdin.write(text)
        self.program.stdin.flush()
        end = time.monotonic() + LIMIT
        while self.counted < until:
            if time.monotonic() > end or self.program.poll() is not None:
                sys.exit(f"{self.counted} events of {until} were counted")
            time.sleep(0.05)
        return private(self.program.pid)

    def finish(self):
        self.program.stdin.close()
        for reader in self.readers:
            reader.join()
        return json.loads(self.answer), self.program.wait()


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("program")
    words.add_argument("--days", type=int, default=400)
    words.add_argument("--events", type=int, default=3_000_000)
    words.add_argument("--users", type=int, default=2000)
    words = words.parse_args()
    with tempfile.NamedTemporaryFile(prefix="authmeter-", suffix=".jsonl") as log:
        made = [words.program, "generate", "--seed", "5", "--events", words.events, "--users", words.users, "--days", words.days]
        subprocess.run([str(word) for word in made], stdout=log, check=True)
        log.seek(0)
        watch, memory, begun = Watch(words.program), [], time.monotonic()
        for part in range(1, PARTS + 1):
            until = words.events * part // PARTS
            lines = [log.readline() for _ in range(until - words.events * (part - 1) // PARTS)]
            memory.append(watch.feed(b"".join(lines), until))
            print(f"day {words.days * part // PARTS}: {until:,} events, {memory[-1]:,} KiB", flush=True)
        print(f"{time.monotonic() - begun:.1f} s")
        told, code = watch.finish()
        batch = [words.program, "report", "--format", "json", "--memory-limit", "64MiB", "--as-of", "2026-12-31", log.name]
        batch = json.loads(subprocess.run(batch, capture_output=True, check=True).stdout)
    filled, end = memory[PARTS // 2 - 1], memory[-1]
    same = told["reports"] == batch["reports"] and code == 0
    print("the report is that of the whole log" if same else "FAILED: the report is another than that of the whole log")
    grown = end > filled + GROWTH
    if grown:
        print(f"FAILED: from {filled:,} to {end:,} KiB in the second half")
    sys.exit(not same or grown)


if __name__ == "__main__":
    main()
