"""One line for each comparison of a peer's answer with authmeter's, and the difference where there is one."""

import datetime
import difflib
import json
import subprocess


class Comparison:
    """Asks authmeter, compares, counts. Answers are what JSON can say; both are brought to the same text first."""

    def __init__(self, program):
        self.program = program
        self.passed = self.failed = 0

    def ours(self, report, *arguments):
        """The document of one report."""
        command = [self.program, report, "--format", "json", *map(str, arguments)]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if ended.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\nexit code {ended.returncode}\n{ended.stderr}")
        return json.loads(ended.stdout)

    def same(self, name, theirs, ours):
        """Compares two answers. An answer that holds nothing is compared too; its line says so."""
        if said(theirs) == said(ours):
            self.passed += 1
            print(f"ok    {name} ({count(theirs)} values)")
            return
        self.failed += 1
        print(f"DIFFERS    {name} (- theirs, + ours)")
        changes = difflib.unified_diff(said(theirs), said(ours), lineterm="", n=2)
        for line in list(changes)[2:42]:
            print(f"    {line}")

    def end(self):
        """The sum, and the exit code: a run that compared nothing has failed."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 0 if self.passed and not self.failed else 1


def said(answer):
    """An answer as lines of text: a row each."""
    answer = whole(answer)
    if isinstance(answer, list):
        return [json.dumps(row, sort_keys=True, ensure_ascii=False) for row in answer]
    return json.dumps(answer, sort_keys=True, ensure_ascii=False, indent=1).splitlines()


def whole(answer):
    """The answer with whole numbers as such: 1 and 1.0 are the same."""
    if isinstance(answer, float) and answer.is_integer():
        return int(answer)
    if isinstance(answer, dict):
        return {key: whole(value) for key, value in answer.items()}
    return [whole(value) for value in answer] if isinstance(answer, (list, tuple)) else answer


def count(answer):
    """How many values an answer holds."""
    if isinstance(answer, dict):
        return sum(map(count, answer.values()))
    if isinstance(answer, (list, tuple)):
        return sum(map(count, answer))
    return 1


def questions(path):
    """The statements of an SQL file by name. A name is a line of its own, `-- name: words`; what stands before the
    first is no question."""
    found, name = {}, None
    for line in open(path, encoding="utf-8"):
        if line.startswith("-- name:"):
            name = line.removeprefix("-- name:").strip()
            found[name] = []
        elif name:
            found[name].append(line)
    return {name: "".join(lines).strip().rstrip(";") for name, lines in found.items()}


def newest(theirs, ours, most):
    """Lists of the newest rows, as far as they must agree: rows of one time stand in no order, and of the oldest time
    theirs are all, ours as many as there was room for. `time` is a number."""
    oldest = min((row["time"] for row in ours), default=None)
    left, taken = list(ours), []
    for row in theirs:
        if row["time"] != oldest or row in left:
            taken.append(row)
        if row in left:
            left.remove(row)
    return ([min(most, len(theirs)), *ordered(taken)], [len(ours), *ordered(ours)])


def ordered(rows):
    """Rows in an order of their own."""
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def only(row, *names):
    """Some of the values of a row; one it does not have is left out."""
    return {name: row[name] for name in names if name in row}


def micros(text):
    """A time as microseconds since 1970, in whatever zone it is told."""
    since = datetime.datetime.fromisoformat(text) - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return since // datetime.timedelta(microseconds=1)
