"""The comparison: see `run`, which installs and builds what this takes as arguments."""

import argparse
import dataclasses
import datetime
import pathlib
import statistics
import subprocess
import sys

import measure
import shapes
from answers import Differs
from cases import Log, Tools, shell
from corpora import Corpora, fingerprint, warm
from measure import Failed, say
from tables import Targets, duration, rows


@dataclasses.dataclass
class Size:
    """How much is measured."""

    events: int
    # What programs that take a minute for the whole log are given.
    slow_events: int
    # So many events, and ten times as many of the same users in the same days: few enough that all come in both.
    small: int
    users: int
    turns: int
    fewer_turns: int
    few_turns: int
    starts: int
    shape_bytes: int
    # How many different users the log of different users has.
    shape_users: int
    shape_turns: int


FULL = Size(6_000_000, 1_000_000, 600_000, 2_000, 11, 5, 3, 1000, 256_000_000, 10_000_000, 7)
SHORT = Size(200_000, 200_000, 20_000, 100, 3, 1, 1, 50, 8_000_000, 100_000, 2)


class Comparison:
    """Everything that is measured, part by part."""

    def __init__(self, tools, corpora, size):
        self.tools, self.corpora, self.size = tools, corpora, size
        path, truth = corpora.log(size.events)
        self.log = Log(tools, path, truth)
        slow, truth = corpora.log(size.slow_events)
        self.slow_log = Log(tools, slow, truth, size.events // size.slow_events)
        self.targets = Targets(judged=size is FULL)
        self.tables = []

    def timed(self, title, cases, turns):
        """Checks the answers, times the cases in turns, and makes their table; `report` among them is its measure."""
        say(f"{title}: {len(cases)} programs")
        warm(*{case.cold or self.log.path for case in cases})
        measure.check(cases)
        measure.in_turns(cases, turns)
        by_key = {case.key: case for case in cases}
        self.tables += [f"**{title}.**", "", *rows(cases, by_key.get("report")), ""]
        return by_key

    def reading(self):
        log, size = self.log, self.size
        cases = [log.limit("pread"), log.limit("mmap"), log.cat(), log.wc(), log.grep("rg", "ripgrep"),
                 log.grep("grep", "grep"),
                 log.authmeter("report", "**`authmeter report`**"),
                 log.authmeter("report-1", "`authmeter report -j1`", threads=1),
                 *(log.authmeter(name, f"`authmeter {name}`", command=name) for name in FOCUSED),
                 log.count("duckdb_count", "DuckDB"), log.duckdb_six()]
        done = self.timed("In the page cache, in turns", cases, size.turns)
        limit = min(done["limit-pread"], done["limit-mmap"], key=lambda case: case.median)
        self.targets.at_most("full `report`", done["report"], limit, 3, "the newline limit")
        self.targets.quicker("full `report`", done["report"], done["duckdb_six"], 10, "DuckDB's six aggregates")
        for name in FOCUSED:
            self.targets.at_most(f"`{name}`", done[name], limit, 2, "the newline limit")
            self.targets.quicker(f"`{name}`", done[name], done["duckdb_count"], 6, "DuckDB's one count")
        self.targets.quicker("two threads against one", done["report"], done["report-1"], 1.85, "`-j1`")

    def whole(self):
        """What the others of a table are measured by."""
        return self.log.authmeter("report", "`authmeter report`")

    def engines(self):
        cases = [self.whole(), self.log.count("polars_count", "Polars"),
                 self.log.count("chdb_count", "chDB")]
        self.timed("Other engines, in turns", cases, self.size.fewer_turns)

    def slow(self):
        log = self.slow_log
        cases = [self.whole(), log.miller(), log.seed("jq", "jq")]
        if self.tools.jaq and self.tools.agrind:
            cases += [log.seed("jaq", self.tools.jaq), log.agrind(self.tools.agrind)]
        warm(log.path)
        done = self.timed("The slow ones, in turns", cases, self.size.few_turns)
        self.targets.quicker("full `report`", done["report"], done["jq"], 200, "the three jq pipelines")

    def pipe(self):
        cases = [self.whole(), self.log.wc_piped(), self.log.authmeter_piped()]
        done = self.timed("Through a pipe, in turns", cases, self.size.turns)
        self.targets.at_most("stdin pipe", done["report-pipe"], done["wc-pipe"], 1.1, "`cat FILE \\| wc -l`")

    def packed(self):
        log, cases = self.log, [self.whole()]
        for program in ("gzip", "zstd"):
            path = self.corpora.packed(log.path, program)
            warm(path)
            cases += [log.unpack(program, path),
                      log.authmeter(f"report-{program}", f"`authmeter report` of {path.suffix}", path=path)]
        done = self.timed("Compressed, in turns; GB/s of what is inside", cases, self.size.fewer_turns)
        for program in ("gzip", "zstd"):
            self.targets.at_most(f"`{program}` input", done[f"report-{program}"], done[program], 1.1,
                                 f"`{program} -dc`")

    def cold(self):
        cases = [self.log.cat(cold=True), self.log.authmeter("report-cold", "`authmeter report`, cold", cold=True)]
        done = self.timed("Not in the page cache, in turns", cases, self.size.fewer_turns)
        middle, least, most = measure.ratio(done["cat-cold"], done["report-cold"])
        self.targets.add("cold page cache", "≥ 95 % of `cat`",
                         f"{middle * 100:.0f} % ({least * 100:.0f}–{most * 100:.0f} %)", middle >= 0.95)

    def start(self):
        ten = self.corpora.made(self.corpora.folder / f"ten-{self.corpora.generator}.jsonl",
                                shell('head -n 10 "$1" > "$2"', self.log.path))
        line = [self.tools.limit, "start", str(self.size.starts), self.tools.authmeter, "report", ten]
        told = subprocess.run(line, check=True, capture_output=True, text=True).stdout
        median, least = map(float, told.split())
        self.targets.add("start to first byte, 10 lines", "< 5 ms", f"{duration(median)} (least {duration(least)})",
                         median < 0.005)

    def scaling(self):
        """Ten times the bytes, of the same users in the same days: time and private memory."""
        size = self.size
        logs = [Log(self.tools, *self.corpora.log(events, "--users", str(size.users), "--days", "20"))
                for events in (size.small, size.small * 10)]
        cases = [log.authmeter(f"report-{log.numbers['events']}", f"`authmeter report` of {log.numbers['events']:,}")
                 for log in logs]
        warm(*(log.path for log in logs))
        self.timed("Ten times the events of the same users, in turns", cases, size.turns)
        middle, least, most = measure.ratio(cases[1], cases[0])
        middle, least, most = (value * 10 * logs[0].bytes / logs[1].bytes for value in (middle, least, most))
        self.targets.add("10 × the bytes", "10 × the time ± 5 %", f"{middle:.2f} × ({least:.2f}–{most:.2f})",
                         9.5 <= middle <= 10.5)
        small, large = (self.memory(log) for log in logs)
        self.targets.add("private memory, 10 × the bytes", "flat: ≤ 1.1 × + 1 MiB",
                         f"{large / small:.2f} × ({small / 2**20:.1f} and {large / 2**20:.1f} MiB)",
                         large <= small * 1.1 + (1 << 20))
        peak, keys = self.memory(self.log), self.log.truth["subjects"]
        self.targets.add(f"private memory, {keys:,} keys", "≤ 64 MiB + 100 B a key", f"{peak / 2**20:.1f} MiB",
                         peak <= (64 << 20) + 100 * keys)

    def memory(self, log):
        """The median of three runs' peaks."""
        line = [self.tools.authmeter, "report", f"-j{self.tools.threads}", log.path]
        return statistics.median(measure.private_memory(line) for _ in range(3))


FOCUSED = ("logins", "failures", "refreshes")
PARTS = ("reading", "engines", "slow", "pipe", "packed", "cold", "start", "scaling")


def document(comparison, size):
    """The Markdown of all parts."""
    log = comparison.log
    today = datetime.datetime.now(datetime.timezone.utc).date()
    yield f"{today}, commit {comparison.tools.commit}; {measure.machine()}; {comparison.tools.threads} threads."
    yield (f"The log: `authmeter generate --events {size.events} --seed 7`, {log.numbers['lines']:,} lines, "
           f"{log.bytes:,} bytes, SHA-256 {fingerprint(log.path)}…, {log.truth['subjects']:,} subjects. Every "
           "program gave authmeter's numbers, before it was timed and each time. Times are of the whole process; of "
           "DuckDB, Polars and chDB, of the query alone.")
    if size is SHORT:
        yield ""
        yield "**The short form: it checks the answers; its times mean little.**"
    yield ""
    yield from comparison.tables
    yield f"**Targets: {comparison.targets.summary()}.** In brackets, the least and the most of single turns."
    yield ""
    yield from comparison.targets.rows()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", choices=("peers", "shapes"))
    for name in ("programs", "commit", "cache", "output"):
        parser.add_argument(f"--{name}", required=True)
    words = parser.parse_args()
    size, cache = SHORT if words.short else FULL, pathlib.Path(words.cache)
    authmeter, limit, generator = (pathlib.Path(words.programs) / name for name in ("authmeter", "limit", "shapes"))
    corpora = Corpora(cache / "corpora", authmeter)
    lines = []
    try:
        if words.only != "shapes":
            comparison = Comparison(Tools(authmeter, limit, cache, words.commit, 2), corpora, size)
            for part in PARTS:
                getattr(comparison, part)()
            lines += document(comparison, size)
        if words.only != "peers":
            lines += ["", *shapes.compare(authmeter, generator, corpora, size, 2, judged=size is FULL)]
    except (Differs, Failed) as error:
        sys.exit(f"FAILED: {error}")
    text = "\n".join(lines) + "\n"
    if words.output == "-":
        print(text, end="")
    else:
        pathlib.Path(words.output).write_text(text)


main()
