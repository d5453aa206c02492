"""DuckDB's answers beside authmeter's: see duckdb.sh.

    with_duckdb.py AUTHMETER LOG...

LOGs hold lines of the writer.
"""

import math
import pathlib
import sys

import duckdb

from compare import Comparison, micros, newest, only, ordered, questions

HERE = pathlib.Path(__file__).parent
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns"]
SEVERITIES = ["critical", "high", "medium", "low", "info"]
# Which events count, in the words of both.
FILTERS = {
    "true": [],
    "client IN ('web-app', 'web') AND time >= '2025-01-07' AND time < '2025-04-10'":
        ["--client", "web-app", "--client", "web", "--from", "2025-01-07T00:00:00Z",
         "--to", "2025-04-10T00:00:00Z"],
    "family IN ('otp', 'login', 'issue') AND ok = false AND NOT coalesce(contains(error, 'expired'), false)":
        ["--kind", "otp", "--kind", "login", "--kind", "issue", "--outcome", "failed", "--reason", "!expired"],
}


def main(program, *logs):
    peers = Peers(program)
    for log in logs:
        for condition, words in FILTERS.items():
            print(f"--- {pathlib.Path(log).name} {' '.join(words)}")
            peers.read(log, condition, words)
            for compare in (window, logins, failures, refreshes, otp, tokens, actors, timeline, peaks, security,
                            activity, rates):
                compare(peers)
    return peers.end()


class Peers(Comparison):
    """Both programs, and the log they are asked about."""

    def __init__(self, program):
        super().__init__(program)
        self.log, self.words, self.questions = None, [], {}
        for path in sorted((HERE / "duckdb").glob("*.sql")):
            self.questions.update(questions(path))
        self.database = duckdb.connect()

    def read(self, log, condition, words):
        """Takes another log, or other events of it."""
        self.log, self.words = log, words
        self.database.execute("SET VARIABLE log = ?", [log])
        self.database.execute((HERE / "duckdb" / "events.sql").read_text())
        self.database.execute(f"DELETE FROM events WHERE ({condition}) IS NOT true")

    def theirs(self, question, **variables):
        """The rows of the answer to a question."""
        for name, value in variables.items():
            self.database.execute(f"SET VARIABLE {name} = ?", [value])
        answer = self.database.execute(self.questions[question])
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row)) for row in answer.fetchall()]

    def report(self, name, *arguments):
        """One report of ours."""
        return self.document(name, *arguments)["reports"][name]

    def document(self, name, *arguments):
        """The document of one report of ours, or of all."""
        return self.ours(name, *arguments, *self.words, self.log)

    def facts(self, name, theirs, ours):
        """Every fact of theirs beside ours of that name."""
        self.same(name, theirs, only(ours, *theirs))

    def table(self, name, theirs, ours):
        """Rows that have an order of ours alone. Columns are theirs."""
        columns = theirs[0] if theirs else {}
        self.same(name, ordered(theirs), ordered([only(row, *columns) for row in ours]))


def window(peers):
    document = peers.document("report")
    ours = {"events": document["input"]["events"], **{key: document["window"][key] and micros(document["window"][key]) for key in ("first", "last")}}
    peers.same("window", peers.theirs("window")[0], ours)


def millis(text):
    return text and micros(text) // 1000


def logins(peers):
    ours = peers.report("logins")
    peers.facts("logins", peers.theirs("logins")[0], ours)
    for key in ("method", "client", "reason"):
        peers.table(f"logins by {key}", peers.theirs(f"logins by {key}"), ours[f"by_{key}"])


def failures(peers):
    ours = peers.report("failures")
    peers.facts("failures", peers.theirs("failures")[0], {**ours, **ours["failed_auth_rate"]})
    rows = [{**row, "whole": row["share"]["whole"]} for row in ours["by_reason"]]
    peers.table("failures by reason", peers.theirs("failures by reason"), rows)
    peers.table("failures of one-time passwords", peers.theirs("failures of one-time passwords"), ours["otp_by_reason"])


def refreshes(peers):
    ours, theirs = peers.report("refreshes"), peers.theirs("refreshes")[0]
    span = peers.theirs("window")[0]
    elapsed = (span["last"] - span["first"]) / 1e6
    users, logged_in, part, issued = (theirs.pop(name) for name in ("users", "logins", "used", "issued"))
    del theirs["tokens"]
    peers.facts("refreshes", theirs, ours)
    peers.facts("refreshes of tokens used before", peers.theirs("reused")[0], ours)
    success = theirs["success"]
    peers.same("refreshes per hour, day, user, login and token issued",
               [[success, elapsed], [success, elapsed], [success, users], [success, logged_in], [part, issued]],
               [[ours[name]["count"], ours[name]["elapsed"]] for name in ("per_hour", "per_day")]
               + [[ours[name]["part"], ours[name]["whole"]] for name in ("per_user", "per_login", "usage_rate")])
    for key in ("reason", "client"):
        peers.table(f"refreshes by {key}", peers.theirs(f"refreshes by {key}"), ours[f"by_{key}"])
    for zone in ZONES:
        rows = [row for row in peers.report("refreshes", "--tz", zone)["by_hour"] if row["success"] or row["failure"]]
        peers.table(f"refreshes by hour in {zone}", peers.theirs("refreshes by hour", zone=zone), rows)


def otp(peers):
    ours, theirs = peers.report("otp"), peers.theirs("otp")[0]
    peers.facts("one-time passwords", theirs, ours)
    sent, verified, failed = (theirs[name] for name in ("sent", "verified", "verify_failed"))
    peers.same("one-time passwords: rates",
               [[sent, sent + theirs["send_failed"]], [verified, verified + failed], [verified, sent],
                [verified + failed, verified]],
               [[ours[name]["part"], ours[name]["whole"]]
                for name in ("send_rate", "verify_rate", "conversion", "attempts_per_success")])
    peers.table("one-time passwords by domain", peers.theirs("otp by domain"), ours["by_domain"])
    waited = peers.theirs("time to verify")[0]
    peers.same("time to verify", [waited[name] and waited[name] / 1e6 for name in ("p50", "p95")],
               [ours["time_to_verify_p50"], ours["time_to_verify_p95"]])
    peers.table("attempts of a success", peers.theirs("attempts"), [row for row in ours["attempts"] if row["count"]])


def tokens(peers):
    for now in ("2025-01-06T12:00:00Z", "2025-02-10T00:00:00Z", "2030-01-01T00:00:00Z"):
        ours = peers.report("tokens", "--as-of", now)
        ours["mean_lifetime"] = ours["mean_lifetime"] and round(ours["mean_lifetime"], 6)
        peers.facts(f"tokens as of {now}", peers.theirs("tokens", now=micros(now))[0], ours)
    ours = peers.report("tokens")
    for key in ("type", "source", "client"):
        rows = [row for row in ours[f"by_{key}"] if key == "client" or row["issued"]]
        peers.table(f"tokens by {key}", peers.theirs(f"tokens by {key}"), rows)
    for zone in ZONES:
        rows = [{**row, "start": row["start"][:10]} for row in peers.report("tokens", "--tz", zone)["by_day"]]
        peers.table(f"tokens by day in {zone}", peers.theirs("tokens by day", zone=zone), rows)


def actors(peers):
    distinct = peers.theirs("distinct")[0]
    for who in ("users", "clients", "ips"):
        for top in (10, 1_000_000):
            ours = peers.report(who, "--top", top)
            rows = [{**row, **{key: millis(row[key]) for key in ("first_seen", "last_seen")}} for row in ours["top"]]
            peers.same(f"{who}: top {top}", peers.theirs(who, top=top), rows)
        peers.same(f"{who}: how many", [distinct[who], distinct[f"no_{who[:-1]}"]], [ours["distinct"], ours["unnamed"]])


def timeline(peers):
    hours = peers.theirs("timeline by hour")
    ours = peers.report("timeline", "--every", "1h")
    found = {millis(row["start"]): row for row in ours["buckets"]}
    # So many empty rows that nobody would read them are left out, and counted.
    left_out = [row for row in hours if row["start"] not in found and row["events"] == 0]
    peers.same("timeline by hour", [row for row in hours if row not in left_out],
               [{**row, "start": start} for start, row in found.items()])
    peers.same("timeline by hour: hours left out", len(left_out), ours["empty_left_out"])
    for zone in ZONES:
        rows = peers.report("timeline", "--every", "1d", "--tz", zone)["buckets"]
        peers.same(f"timeline by day in {zone}", peers.theirs("timeline by day", zone=zone),
                   [{**row, "start": row["start"][:10]} for row in rows if row["events"]])


def peaks(peers):
    for zone in ZONES:
        ours, cells = peers.report("peaks", "--tz", zone), peers.theirs("peaks", zone=zone)
        days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        for table in ("events", "failures"):
            found = [{"hour": row["hour"], "day": day, "number": row[name]}
                     for row in ours[table] for day, name in enumerate(days, 1) if row[name]]
            theirs = [{**only(cell, "hour", "day"), "number": cell[table]} for cell in cells if cell[table]]
            peers.same(f"{table} by hour and day of the week in {zone}", ordered(theirs), ordered(found))
        hours = [sum(cell["events"] for cell in cells if cell["hour"] == hour) for hour in range(24)]
        by_day = [sum(cell["events"] for cell in cells if cell["day"] == day) for day in range(1, 8)]
        facts = {"peak_hour": hours.index(max(hours)), "quietest_hour": hours.index(min(hours)),
                 "peak_day": days[by_day.index(max(by_day))]}
        peers.same(f"peaks in {zone}", facts, {**only(ours, *facts), "peak_day": ours["peak_day"].lower()})


def security(peers):
    ours, counts = peers.report("security"), {"total": 0, **dict.fromkeys(SEVERITIES, 0)}
    for row in peers.theirs("security"):
        counts["total"] += row["count"]
        counts[row["severity"]] += row["count"]
    peers.facts("security", counts, ours)
    peers.table("security by kind", peers.theirs("security by kind"), ours["by_kind"])
    latest(peers, "recent security events", peers.theirs("recent security events"), ours["recent"])


def activity(peers):
    latest(peers, "token activity", peers.theirs("activity"), peers.report("activity")["events"])


def latest(peers, name, theirs, ours):
    columns = theirs[0] if theirs else {}
    rows = [{**only(row, *columns), "time": row["time"] and micros(row["time"])} for row in ours]
    peers.same(name, *newest(theirs, rows, 50))


def rates(peers):
    """Every rate of ours is its part of its whole, with Wilson's interval where it is a share."""
    theirs, ours = [], []

    def walk(value):
        if isinstance(value, dict) and "rate" in value:
            over, under = (value[key] for key in (("part", "whole") if "part" in value else ("count", "elapsed")))
            ours.append(value)
            if "part" in value:
                theirs.append({**value, **share(over, under, "low" in value)})
            else:
                theirs.append(value)
        elif isinstance(value, (dict, list)):
            for inner in value.values() if isinstance(value, dict) else value:
                walk(inner)

    walk(peers.document("report")["reports"])
    peers.same("every rate and its interval", theirs, ours)


def share(part, whole, interval):
    """A rate, and where it lies at 95 %, after Wilson."""
    if not whole:
        return {"rate": None, **({"low": None, "high": None} if interval else {})}
    rate, z = part / whole, 1.959963984540054
    told = {"rate": tidy(rate)}
    if interval:
        middle = (rate + z * z / (2 * whole)) / (1 + z * z / whole)
        half = z * math.sqrt(rate * (1 - rate) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
        told |= {"low": tidy(middle - half) if part else 0, "high": tidy(min(1, middle + half))}
    return told


def tidy(number):
    """Four decimals, and four digits that are not leading zeros."""
    return round(number, 3 - min(-1, math.floor(math.log10(number)))) if number else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
