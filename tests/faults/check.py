#!/usr/bin/env python3
"""What is in the logs of an application, against what the application's diary says it emitted.

    check.py DIARIES LOG...

DIARIES is a folder: NAME.diary is the diary of the process whose events have the userId NAME (32 bytes a call, see
application/src/diary.rs), NAME.stats, if there is one, what the writer said of itself at the end. LOGs are read in
the order given, and together hold the events. The answer is one JSON object on standard output; it judges nothing.

It shares no code with the writer or the analyzer: a line is what Python's own JSON parser takes it for.
"""

import json
import re
import struct
import sys
from collections import Counter
from pathlib import Path

ENTRY = struct.Struct("<IIQQQ")
REFUSED = 1
# The thread of an entry that is no call: everything before it in the diary was flushed.
FLUSHED = 0xFFFFFFFF
# How every record of the writer begins. Inside text the quotes would be escaped.
START = b'{"event":'
OWNER = re.compile(rb'"userId":"([^"]*)"')


class Malformed(ValueError):
    """What JSON forbids and Python's parser would let pass."""


def pairs(items):
    found = dict(items)
    if len(found) != len(items):
        raise Malformed("a key stands there twice")
    return found


def constant(name):
    raise Malformed(name)


def parse(line):
    record = json.loads(line.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant)
    if not isinstance(record, dict):
        raise Malformed("not an object")
    return record


def identity(record):
    """Whose event it is and which; None if it is not one of the application's, or not as it was emitted."""
    about = record.get("metadata")
    if record.get("event") != "token.used" or not isinstance(about, dict):
        return None
    try:
        writer, thread, number = record["userId"], about["thread"], about["n"]
        size, padding = about["size"], about["padding"]
    except KeyError:
        return None
    unit = f"{number}-"
    if len(padding) != size or padding != (unit * (size // len(unit) + 1))[:size]:
        return None
    if record.get("success") is not True or not record.get("timestamp"):
        return None
    return writer, thread, number


class Log:
    """Everything found in the logs."""

    def __init__(self):
        self.found = Counter()
        self.count = Counter()
        self.torn_of = Counter()
        self.gaps = []
        self.newest = {}
        self.owner = None
        self.examples = []

    def read(self, path):
        data = path.read_bytes()
        lines = data.split(b"\n")
        rest = lines.pop()
        if rest:
            self.count["unfinished"] += 1
            lines.append(rest)
        self.count["nul_bytes"] += data.count(0)
        for line in lines:
            self.line(line)

    def line(self, line):
        self.count["lines"] += 1
        if not line:
            self.count["blank"] += 1
            return
        try:
            record = parse(line)
        except ValueError:
            self.malformed(line)
            return
        if str(record.get("event", "")).startswith("log."):
            self.own(record)
            return
        key = identity(record)
        if key is None:
            self.count["foreign"] += 1
            self.example("foreign", line)
            return
        self.found[key] += 1
        self.owner, thread = key[0], key[:2]
        if key[2] <= self.newest.get(thread, -1):
            self.count["disordered"] += 1
        self.newest[thread] = key[2]

    def own(self, record):
        self.count["records." + record["event"]] += 1
        if record["event"] == "log.gap":
            self.gaps.append({"error": record.get("error"), **record.get("metadata", {})})

    def malformed(self, line):
        """A part of an event is torn if it stands alone, and glued if another event begins on its line."""
        kind = "glued" if START in line[1:] else "torn"
        self.count[kind] += 1
        self.example(kind, line)
        owner = OWNER.search(line)
        name = owner.group(1).decode("utf-8", "replace") if owner else None
        self.torn_of[name] += 1

    def example(self, kind, line):
        if len(self.examples) < 5:
            self.examples.append([kind, len(line), line[:120].decode("utf-8", "replace"), line[-80:].decode("utf-8", "replace")])


def calls(folder):
    """Every call of every process that returned, as (who and which, how, when it began, how long it took, whether it was
    flushed later)."""
    for path in sorted(folder.glob("*.diary")):
        data = path.read_bytes()
        entries = list(ENTRY.iter_unpack(data[: len(data) - len(data) % ENTRY.size]))
        marks = [place for place, entry in enumerate(entries) if entry[0] == FLUSHED]
        flushed = marks[-1] if marks else 0
        for place, (thread, outcome, number, start, took) in enumerate(entries):
            if thread != FLUSHED:
                yield (path.stem, thread, number), outcome, start, took, place < flushed


def check(folder, logs):
    log = Log()
    for path in logs:
        log.read(path)
    answer = {name: 0 for name in ("calls", "refused", "refused_found", "lost", "flushed", "flushed_lost")}
    returned = set()
    absent_of, refused_of = Counter(), Counter()
    latest = Counter()
    lost = []
    longest = 0
    for key, outcome, start, took, flushed in calls(folder):
        answer["calls"] += 1
        answer["flushed"] += flushed
        returned.add(key)
        longest = max(longest, took)
        latest[key[0]] = max(latest[key[0]], start)
        here = key in log.found
        if outcome == REFUSED:
            answer["refused"] += 1
            answer["refused_found"] += here
        elif not here:
            answer["lost"] += 1
            answer["flushed_lost"] += flushed
            lost.append((start, *key))
        if not here:
            absent_of[key[0]] += 1
            refused_of[key[0]] += outcome == REFUSED
    lost.sort()
    stats = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.stats")}
    counted = sum(
        min(absent, missing(stats[name])) if name in stats else refused_of[name]
        for name, absent in absent_of.items()
    )
    names = ("lines", "blank", "torn", "glued", "foreign", "unfinished", "nul_bytes", "disordered")
    return {
        **answer,
        **{name: log.count[name] for name in names},
        "found": len(log.found),
        # Calls without a line: those the writer's own account has as dropped or on their way, or refused to the caller,
        # and those nobody would know of.
        "absent_counted": counted,
        "absent_silent": sum(absent_of.values()) - counted,
        "twice": sum(count > 1 for count in log.found.values()),
        "unreturned": sum(key not in returned for key in log.found),
        "torn_most_of_one": max((n for name, n in log.torn_of.items() if name is not None), default=0),
        "torn_of_nobody": log.torn_of[None],
        "seals": log.count["records.log.seal"],
        "gaps": log.count["records.log.gap"],
        "gaps_dropped": sum(gap.get("dropped", 0) for gap in log.gaps),
        "gap_records": log.gaps[:20],
        "own_records": sum(n for name, n in log.count.items() if name.startswith("records.")),
        "first_lost_ns": lost[0][0] if lost else None,
        "last_lost_ns": lost[-1][0] if lost else None,
        # When the calls began; enough of them for a person, and for the tests that look at them.
        "lost_ns": [each[0] for each in lost[:100_000]],
        # Between the first lost call of a process and its last one.
        "lost_for_ms": max((latest[each[1]] - each[0] for each in lost), default=0) / 1e6,
        "first_lost": [list(each[1:]) for each in lost[:10]],
        "longest_call_ms": longest / 1e6,
        "stats": stats,
        # By how much the processes were woken later than they had asked for, at worst.
        "late_ms": max((each.get("late_us", 0) for each in stats.values()), default=0) / 1e3,
        "unbalanced": unbalanced(folder, log, absent_of, returned),
        "examples": log.examples,
    }


def missing(stats):
    """How many events are not in the log, as the writer has it."""
    return stats["dropped"] + stats.get("in_flight", 0)


def unbalanced(folder, log, absent_of, returned):
    """Processes whose account of themselves is not what is in the logs, each with what is wrong."""
    wrong = []
    called, found = Counter(key[0] for key in returned), Counter()
    for key, count in log.found.items():
        found[key[0]] += count
    for path in sorted(folder.glob("*.stats")):
        name, stats = path.stem, json.loads(path.read_text())
        emitted, written, dropped = stats["emitted"], stats["written"], stats["dropped"]
        in_flight = stats.get("in_flight", 0)
        checks = {
            "emitted = written + dropped + in flight": emitted == written + dropped + in_flight,
            "emitted = calls": emitted == called[name],
            "written = lines": written == found[name],
            "dropped + in flight = calls without a line": dropped + in_flight == absent_of[name],
        }
        broken = [what for what, holds in checks.items() if not holds]
        if broken:
            seen = {"calls": called[name], "lines": found[name], "absent": absent_of[name]}
            wrong.append({"process": name, "broken": broken, "says": stats, "seen": seen})
    return wrong


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    json.dump(check(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]), sys.stdout)
    print()
