"""The numbers of an answer, from each program's own form into one: flat names, integers or text.

`Ours` are authmeter's; every peer's must be among them and equal, and each peer says which names it must have, so that
a comparison of nothing cannot pass.
"""

import collections

INVALID = {"token.validation_failed", "token.pkce_failed", "token.code_invalid", "token.client_invalid"}
FAILED_BY_NAME = INVALID | {"scope.violation", "rate_limit.exceeded", "suspicious_activity"}
WORKED_BY_NAME = {"auth.logout", "token.generated", "token.issued", "token.userinfo_accessed", "token.used",
                  "scope.validated"}
# The widths of authmeter's timeline in the words of SQL.
SQL_WIDTH = {"1m": "minute", "1h": "hour", "1d": "day", "1w": "week", "1mo": "month"}


class Differs(Exception):
    """Two programs do not give the same numbers; nothing may be timed."""


def ours(report, truth):
    """The numbers of `authmeter report --format json`, and the generator's truth for what no report counts."""
    logins, failures, refreshes, timeline = (report["reports"][name] for name in
                                             ("logins", "failures", "refreshes", "timeline"))
    numbers = {
        "lines": report["input"]["lines"],
        "events": report["input"]["events"],
        "first": report["window"]["first"],
        "last": report["window"]["last"],
        "failures": failures["total"],
        "failed authentications": failures["failed_auth_rate"]["part"],
        "decided authentications": failures["failed_auth_rate"]["whole"],
        "logins.users": logins["users"],
        "refreshes.users": refreshes["per_user"]["whole"],
        "refresh tokens issued": refreshes["usage_rate"]["whole"],
        "buckets": len([row for row in timeline["buckets"] if row["events"]]),
    }
    for name, section in (("logins", logins), ("refreshes", refreshes)):
        for outcome in ("success", "failure", "unknown"):
            numbers[f"{name}.{outcome}"] = section[outcome]
    for table, key in ((logins["by_method"], "method"), (logins["by_client"], "client")):
        outcomes(numbers, f"logins.by {key}", table, key)
    outcomes(numbers, "refreshes.by client", refreshes["by_client"], "client")
    outcomes(numbers, "refreshes.by hour", refreshes["by_hour"], "hour")
    for row in failures["by_reason"]:
        numbers[f"failed {row['event']}: {row['reason']}"] = row["count"]
    for row in timeline["buckets"]:
        if row["events"]:
            numbers.update({f"{row['start']} {column}": row[column] for column in row if column != "start"})
    numbers.update({f"kind {kind}": count for kind, count in truth["kinds"].items()})
    return numbers


def outcomes(numbers, name, rows, key):
    for row in rows:
        for outcome in ("success", "failure"):
            numbers[f"{name} {row[key]}.{outcome}"] = row[outcome]


def outcome(event, success, error):
    """Whether an event of the writer worked (True), failed (False), or does not say."""
    if success is not None:
        return success
    if event in FAILED_BY_NAME or event in WORKED_BY_NAME:
        return event in WORKED_BY_NAME
    return None if error is None else False


WORD = {True: "success", False: "failure", None: "unknown"}


def of_counts(rows):
    """From rows of event, success, reason and count: the one count."""
    numbers = collections.Counter()
    for event, success, error, count in rows:
        worked = outcome(event, success, error)
        numbers["events"] += count
        numbers[f"kind {event}"] += count
        for name, kind in (("logins", "auth.login"), ("refreshes", "token.refresh")):
            if event == kind:
                numbers[f"{name}.{WORD[worked]}"] += count
        if worked is False:
            numbers["failures"] += count
            numbers[f"failed {event}: {error}"] += count
        if event in {"auth.login", "otp.verification"} | INVALID and worked is not None:
            numbers["decided authentications"] += count
            numbers["failed authentications"] += count * (not worked)
    return dict(numbers)


def of_six(tables):
    """From the six aggregates of six.sql: everything."""
    numbers = of_counts([(event, ok, error, count) for event, ok, error, _, count in tables["kinds"]])
    numbers["lines"] = numbers["events"]
    numbers["refresh tokens issued"] = sum(count for event, ok, _, refresh, count in tables["kinds"]
                                           if event == "token.generated" and refresh and ok is not False)
    section = {"auth.login": "logins", "token.refresh": "refreshes"}
    numbers.update({f"{section[event]}.users": count for event, count in tables["subjects"]})
    split = {}
    for hour, ok, count in tables["hours"]:
        split[f"refreshes.by hour {hour}.{WORD[ok]}"] = count
    for event, client, ok, count in tables["clients"]:
        split[f"{section[event]}.by client {client}.{WORD[ok]}"] = count
    for method, ok, count in tables["methods"]:
        split[f"logins.by method {method}.{WORD[ok]}"] = count
    numbers.update(split)
    for start, *row, _, _ in tables["buckets"]:
        columns = ("events", "logins_ok", "logins_failed", "refreshes", "failures", "subjects")
        numbers.update({f"{start} {column}": value for column, value in zip(columns, row)})
    numbers["first"] = min(row[-2] for row in tables["buckets"])
    numbers["last"] = max(row[-1] for row in tables["buckets"])
    numbers["buckets"] = len(tables["buckets"])
    return numbers


def of_seed(text):
    """From what seed.sh prints."""
    *reasons, rates, refreshes = text.splitlines()
    numbers = {}
    for line in reasons:
        count, reason = line.split(None, 1)
        numbers[f"failed otp.verification.detail: {reason}"] = int(count)
    _, success, _, failure = rates.split()
    total = int(refreshes)
    return numbers | {"logins.success": int(success), "logins.failure": int(failure), "kind token.refresh": total}


def all_of(mine):
    """What an answer to everything must have."""
    return [name for name, value in mine.items() if value != 0]


def counted(mine):
    """What the one count must have."""
    names = ("events", "kind ", "failed ", "failures", "decided", "logins.success", "logins.failure",
             "refreshes.success", "refreshes.failure")
    return [name for name in all_of(mine) if name.startswith(names)]


def asked(mine):
    """What the three pipelines must have."""
    names = ("failed otp.verification.detail", "logins.success", "logins.failure", "kind token.refresh")
    return [name for name in all_of(mine) if name.startswith(names)]


def kinds(mine):
    """What a count by event must have."""
    return [name for name in mine if name.startswith("kind ")]


def compare(who, theirs, mine, needed):
    """Fails unless all of `theirs` are in `mine` and equal, and hold what is needed."""
    wrong = [f"{name}: {who} has {theirs[name]}, authmeter {mine.get(name, 0)}" for name in theirs
             if theirs[name] != mine.get(name, 0)]
    wrong += [f"{name}: {who} has nothing, authmeter {mine[name]}" for name in needed if name not in theirs]
    if not needed:
        wrong.append("nothing is compared")
    if wrong:
        raise Differs(f"{who} differs from authmeter in {len(wrong)} numbers\n  " + "\n  ".join(wrong[:20]))
    return len(theirs)
