"""The comparison of writers: see `run`, which builds what this takes as arguments."""

import argparse
import dataclasses
import datetime
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from measure import Failed, machine, say  # noqa: E402
from tables import Targets  # noqa: E402


@dataclasses.dataclass
class Size:
    """How much is measured."""

    rounds: int
    threads: list
    burst_events: int
    paced_threads: list
    paced_events: int
    # The longest and the most of a run that shows what can be kept up.
    sustained_seconds: float
    sustained_events: int
    durable_seconds: float
    # Of two writers in one process: turns, and events of a turn.
    turns: int
    turn_events: int
    disk: int


FULL = Size(3, [1, 2, 4], 1_000_000, [1, 2, 4], 200_000, 5, 20_000_000, 3, 1_001, 2_000, 8 << 30)
SHORT = Size(1, [1, 4], 20_000, [1, 4], 10_000, 1, 300_000, 0.5, 25, 500, 1 << 30)

# Writers that are asked how much they can keep up, and those that answer for the disk.
SUSTAINED = ["bare", "write", "async", "async-sealed", "log-io", "tracing-lossless"]
DURABLE = ["sync", "durable"]
RATE = 100_000
# Nanoseconds that stand for all longer times of single calls.
LONGEST = 2**32 - 1


class Writers:
    """The program, and the writers it knows."""

    def __init__(self, program, folder, commit, only):
        self.program, self.folder = program, folder
        packages = tomllib.loads((HERE / "Cargo.lock").read_text())["package"]
        versions = {package["name"]: package["version"] for package in packages}
        versions["authmeter"] = commit
        self.entries = {entry["name"]: entry | {"version": versions.get(entry["package"], "")}
                        for entry in self.ask("list")}
        unknown = set(only or []) - set(self.entries)
        if unknown:
            raise Failed(f"no writer is called {', '.join(sorted(unknown))}: {', '.join(self.entries)}")
        self.only = only

    def ask(self, *words):
        """Runs the program once; what it answers."""
        done = subprocess.run([self.program, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stderr[-2000:]}")
        return json.loads(done.stdout)

    def known(self, names):
        """Those of the writers that there are, and that were asked for."""
        return [name for name in names if name in self.entries and (not self.only or name in self.only)]

    def in_turns(self, title, names, rounds, *words):
        """Runs all of them once, then all again, `rounds` times; the runs of each."""
        runs = {name: [] for name in names}
        for turn in range(rounds):
            for name in names:
                runs[name].append(self.ask("run", name, *words, self.folder))
            say(f"  {title}: {len(names)} writers, turn {turn + 1} of {rounds}")
        return {name: Runs(self.entries[name], runs[name]) for name in names}


class Runs:
    """The runs of one writer under one load."""

    def __init__(self, entry, runs):
        self.entry, self.runs = entry, runs

    def median(self, *path):
        return statistics.median(self.each(*path))

    def most(self, *path):
        return max(self.each(*path))

    def each(self, *path):
        for run in self.runs:
            value = run
            for key in path:
                value = value[key]
            yield value

    @property
    def emitted(self):
        return sum(self.each("emitted"))

    @property
    def lost(self):
        return sum(self.each("lost"))

    def losses(self):
        """What share of the events is not in the file, and what the writer says of it."""
        if self.lost == 0:
            return "0"
        share = f"{100 * self.lost / self.emitted:.2g} %"
        counted = list(self.each("counted"))
        if None not in counted:
            return share if sum(counted) == self.lost else f"{share} (says {sum(counted):,} of {self.lost:,})"
        return share if self.most("remarks") > 0 else f"{share} (says nothing)"


class Comparison:
    """Everything that is measured, part by part."""

    def __init__(self, writers, size, rounds):
        self.writers, self.size, self.rounds = writers, size, rounds
        self.targets = Targets(judged=size is FULL)
        self.parts = []

    def table(self, title, columns, lines):
        """Adds a table; the first column is text, the others are numbers unless their name ends in a colon."""
        rules = ["---" if at == 0 or name.endswith(":") else "---:" for at, name in enumerate(columns)]
        self.parts += [f"**{title}**", "", row(name.rstrip(":") for name in columns), f"|{'|'.join(rules)}|",
                       *map(row, lines), ""]

    def bursts(self):
        names = self.writers.known(name for name in self.writers.entries if name not in DURABLE)
        runs = {threads: self.writers.in_turns(f"as fast as possible, threads: {threads}", names, self.rounds, "burst",
                                               "--threads", threads, "--events", self.size.burst_events)
                for threads in self.size.threads}
        first, *more = self.size.threads
        self.table(f"As fast as possible, one thread, {self.size.burst_events:,} events.",
                   ["writer", "version:", "line is in the:", "p50", "p99", "p99.9", "max", "events/s to file",
                    "CPU an event", "bytes a line", "lost"],
                   [[run.entry["title"], run.entry["version"], run.entry["returns"], *latencies(run, "calls"),
                     rate(run.median("rate")), time(run.median("cpu")), line_bytes(run), run.losses()]
                    for run in runs[first].values()])
        self.several("As fast as possible", more, runs, [
            ("p50", lambda run: time(run.median("calls", "p50"))),
            ("p99.9", lambda run: time(run.median("calls", "p99.9"))),
            ("events/s to file", lambda run: rate(run.median("rate"))),
            ("lost", Runs.losses)])

    def paced(self):
        names = self.writers.known(name for name in self.writers.entries if name not in DURABLE)
        runs = {threads: self.writers.in_turns(f"{RATE:,} a second, threads: {threads}", names, self.rounds, "paced",
                                               "--threads", threads, "--events", self.size.paced_events, "--rate", RATE)
                for threads in self.size.paced_threads}
        first, *more = self.size.paced_threads
        self.table(f"{RATE:,} events a second, one thread, {self.size.paced_events:,} events.",
                   ["writer", "p50", "p99", "p99.9", "max", "p50 from when due", "p99.9 from when due",
                    "max from when due", "lost"],
                   [[run.entry["title"], *latencies(run, "calls"), time(run.median("due", "p50")),
                     time(run.median("due", "p99.9")), time(run.most("due", "max")), run.losses()]
                    for run in runs[first].values()])
        self.several(f"{RATE:,} events a second of all threads", more, runs, [
            ("p50", lambda run: time(run.median("calls", "p50"))),
            ("p99.9", lambda run: time(run.median("calls", "p99.9"))),
            ("p99.9 from when due", lambda run: time(run.median("due", "p99.9"))),
            ("lost", Runs.losses)])
        found = runs[first].get("async")
        if found:
            self.at_most("`async` at 100,000 events/s, p50", 150, found, "calls", "p50")
            self.at_most("`async` at 100,000 events/s, p99.9", 20_000, found, "calls", "p99.9")

    def several(self, title, threads, runs, columns):
        """One table for the loads of more threads than one, side by side."""
        names = [f"{name}, {many} threads" for many in threads for name, _ in columns]
        self.table(f"{title}, several threads.", ["writer", *names],
                   [[runs[threads[0]][name].entry["title"],
                     *(show(runs[many][name]) for many in threads for _, show in columns)] for name in runs[threads[0]]])

    def sustained(self):
        names = self.writers.known(SUSTAINED)
        runs = self.writers.in_turns("sustained", names, self.rounds, "untimed", "--threads", 2, "--seconds",
                                     self.size.sustained_seconds, "--events", self.size.sustained_events)
        self.table(f"Sustained by two threads, {self.size.sustained_seconds:g} s or {self.size.sustained_events:,} events.",
                   ["writer", "events", "events/s to file", "CPU an event", "lost"],
                   [[run.entry["title"], f"{run.median('emitted'):,.0f}", rate(run.median("rate")),
                     time(run.median("cpu")), run.losses()] for run in runs.values()])
        if "async" in runs:
            run = runs["async"]
            self.targets.add("`async`, sustained by two threads", "≥ 3 M events/s, 0 lost",
                             f"{rate(run.median('rate'))} ({rate(min(run.each('rate')))}–{rate(run.most('rate'))}), "
                             f"{run.losses()} lost", run.median("rate") >= 3e6 and run.lost == 0)
        if "async" in runs and "async-sealed" in runs:
            plain, sealed = (list(runs[name].each("rate")) for name in ("async", "async-sealed"))
            middle = 1 - statistics.median(sealed) / statistics.median(plain)
            self.less("`async`, sealed: sustained throughput", middle,
                      [1 - less / more for less, more in zip(sealed, plain)], runs["async-sealed"].lost == 0)

    def durable(self):
        names = self.writers.known(DURABLE)
        runs = {threads: self.writers.in_turns(f"to the disk, threads: {threads}", names, self.rounds, "timed",
                                               "--threads", threads, "--seconds", self.size.durable_seconds)
                for threads in (1, 8)}
        self.table("To the disk.", ["writer", "threads", "p50", "p99", "p99.9", "max", "events/s", "lost"],
                   [[run.entry["title"], threads, *latencies(run, "calls"), rate(run.median("rate")), run.losses()]
                    for threads, each in runs.items() for run in each.values()])
        if "durable" in names:
            one, eight = (list(runs[threads]["durable"].each("rate")) for threads in (1, 8))
            ratios = [more / less for less, more in zip(one, eight)]
            middle = statistics.median(eight) / statistics.median(one)
            self.targets.add("`durable`, eight threads", "≥ 4 × one thread",
                             f"{middle:.2f} × ({min(ratios):.2f}–{max(ratios):.2f})", middle >= 4)

    def versus(self):
        """Two writers in one process, in turns."""
        lines = []
        for one, other, measure in [("write", "bare", "`write`"), ("sealed", "write", "`write`, sealed: throughput")]:
            if self.writers.known([one, other]) != [one, other]:
                continue
            found = self.writers.ask("versus", one, other, "--turns", self.size.turns, "--events", self.size.turn_events,
                                     self.writers.folder)
            say(f"  {one} against {other}: {self.size.turns} turns")
            low, middle, high = found["ratio"]
            lines.append([self.writers.entries[one]["title"], self.writers.entries[other]["title"],
                          *map(time, found["nanoseconds"]), f"{middle:.3f} ×", f"{low:.3f}–{high:.3f}"])
            right = found["dropped"] == [0, 0]
            if one == "sealed":
                self.less(measure, 1 - 1 / middle, [1 - 1 / low, 1 - 1 / high], right)
            else:
                self.targets.add(measure, "≤ 1.25 × the bare `write(2)`", f"{middle:.2f} × ({low:.2f}–{high:.2f})",
                                 middle <= 1.25 and right)
        if lines:
            self.table(f"In one process, {self.size.turns} turns of {self.size.turn_events:,} events, on average.",
                       ["writer", "beside:", "an event", "beside it", "ratio, median of turns", "half of the turns"],
                       lines)

    def disabled(self):
        found = self.writers.ask("disabled", "--turns", self.size.turns, "--events", self.size.turn_events,
                                 self.writers.folder)
        say("  switched off")
        for what, key in [("a call without fields", "call"), ("an event of six fields", "event")]:
            self.targets.add(f"switched off: {what}", "≤ 2 ns", f"{found[key]:.1f} ns (an empty loop {found['loop']:.1f} ns)",
                             found[key] - found["loop"] <= 2)

    def less(self, measure, middle, each, right):
        """The share of its throughput that sealing takes."""
        self.targets.add(measure, "≤ 10 % less than unsealed",
                         f"{100 * middle:.1f} % less ({100 * min(each):.1f}–{100 * max(each):.1f} %)",
                         middle <= 0.1 and right)

    def at_most(self, measure, target, run, *path):
        middle = run.median(*path)
        self.targets.add(measure, f"≤ {time(target)}",
                         f"{time(middle)} ({time(min(run.each(*path)))}–{time(run.most(*path))})", middle <= target)


def row(cells):
    return f"| {' | '.join(map(str, cells))} |"


def latencies(run, key):
    """The medians of the rounds; of the maximum, the largest."""
    return [*(time(run.median(key, name)) for name in ("p50", "p99", "p99.9")), time(run.most(key, "max"))]


def line_bytes(run):
    written = run.median("written")
    return f"{run.median('bytes') / written:.0f}" if run.median("bytes") and written else ""


def time(nanoseconds):
    if nanoseconds >= LONGEST:
        return "> 4.2 s"
    for unit, size in [("s", 1e9), ("ms", 1e6), ("µs", 1e3)]:
        if nanoseconds >= size:
            value = nanoseconds / size
            return f"{value:.{1 if value < 100 else 0}f} {unit}"
    return f"{nanoseconds:.0f} ns"


def rate(events):
    if events >= 1e6:
        return f"{events / 1e6:.2f} M"
    return f"{events / 1e3:,.1f} k" if events >= 1e4 else f"{events:,.0f}"


def file_system(folder, size):
    """What the folder is on; fails if that is memory, or has too little room."""
    found = subprocess.run(["findmnt", "--noheadings", "--output", "FSTYPE", "--target", folder], check=True,
                           capture_output=True, text=True).stdout.strip()
    if found in ("tmpfs", "ramfs"):
        raise Failed(f"{folder} is in memory ({found}): give a folder on a disk with --folder")
    if shutil.disk_usage(folder).free < size.disk:
        raise Failed(f"{folder} has less than {size.disk >> 30} GiB free")
    return found


def page(comparison, system, commit):
    """All of it, as Markdown."""
    judged = comparison.targets
    yield (f"{datetime.date.today()}, commit {commit}; {machine()}; {system}. Each figure is the median of "
           f"{comparison.rounds} runs in turns, a maximum the largest of them. Every line of every file was read back.")
    yield from ["", *comparison.parts]
    yield f"**Targets: {judged.summary()}.** In brackets, the least and the most of single runs, or the quartiles of turns."
    yield from ["", *judged.rows()]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--short", action="store_true")
    arguments.add_argument("--rounds", type=int)
    arguments.add_argument("--only", type=lambda names: names.split(","))
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--commit", required=True)
    arguments.add_argument("--folder", required=True, type=pathlib.Path)
    arguments.add_argument("--output", required=True)
    asked = arguments.parse_args()
    size = SHORT if asked.short else FULL
    try:
        system = file_system(asked.folder, size)
        writers = Writers(asked.program, asked.folder, asked.commit, asked.only)
        comparison = Comparison(writers, size, asked.rounds or size.rounds)
        comparison.versus()
        comparison.disabled()
        comparison.bursts()
        comparison.paced()
        comparison.sustained()
        comparison.durable()
    except Failed as failed:
        sys.exit(f"writers: {failed}")
    text = "\n".join(page(comparison, system, asked.commit)) + "\n"
    if asked.output == "-":
        print(text, end="")
    else:
        pathlib.Path(asked.output).write_text(text)
    say(f"writers: {comparison.targets.summary()}")


main()
