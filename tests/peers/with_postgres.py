"""PostgreSQL's answers beside authmeter's: see postgres.sh.

    with_postgres.py AUTHMETER FOLDER

FOLDER holds what rows.py wrote, and libpq's variables say where the database is. Times are compared to the microsecond.
"""

import json
import pathlib
import subprocess
import sys

from compare import Comparison, micros, newest, only, ordered, questions
from rows import CLIENTS, DAY, stamp

HERE = pathlib.Path(__file__).parent
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe"]
MONTH = 20_120 * DAY  # 2025-02-01
CANONICAL = {"token.refreshed": "token.refresh"}


def main(program, folder):
    peers = Peers(program, pathlib.Path(folder))
    bounds = peers.theirs("bounds")[0]
    token_stats(peers, windows(bounds))
    days(peers)
    views(peers)
    activity(peers)
    actors(peers)
    peaks(peers)
    rates(peers)
    token_usage_stats(peers, bounds)
    usage(peers, bounds)
    export(peers, folder)
    return peers.end()


class Peers(Comparison):
    """Both programs, and the files of both."""

    def __init__(self, program, folder):
        super().__init__(program)
        self.questions = questions(HERE / "postgres" / "questions.sql")
        self.audit, self.tokens, self.usage = (
            folder / f"{table}.jsonl" for table in ("audit_logs", "oauth_access_tokens", "api_token_usage"))

    def theirs(self, question, zone="UTC", **variables):
        """The rows of the answer to a question."""
        query = self.questions[question]
        script = f"SET timezone TO :'zone';\nSELECT coalesce(json_agg(q), '[]') FROM ({query}) q;\n"
        words = [word for pair in {"zone": zone, **variables}.items() for word in ("-v", "=".join(map(str, pair)))]
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *words]
        return json.loads(subprocess.run(command, input=script, check=True, stdout=subprocess.PIPE, text=True).stdout)

    def report(self, name, log, *arguments):
        """One report of ours."""
        return self.ours(name, *arguments, log)["reports"][name]


def windows(bounds):
    """Windows by name, as their first and last microsecond: the database's end belongs to a window."""
    first, last, early, late, crowded = (bounds[name] for name in ("first", "last", "early", "late", "crowded"))
    minute = crowded - crowded % 60_000_000
    return {
        "everything": (first, last), "a month": (MONTH, MONTH + 28 * DAY - 1), "a day": (MONTH, MONTH + DAY - 1),
        "a minute": (minute, minute + 60_000_000 - 1), "nothing": (last + DAY, last + 2 * DAY),
        "from row to row": (early, late), "one instant": (crowded, crowded), "before the last": (first + 1, last - 1),
    }


def span(window):
    """A window in the words of both: theirs and ours. Our end is the first moment that does not belong."""
    theirs = {"from": stamp(window[0]) + "Z", "to": stamp(window[1]) + "Z"}
    return theirs, ["--from", theirs["from"], "--to", stamp(window[1] + 1) + "Z"]


def token_stats(peers, windows):
    for name, window in windows.items():
        theirs, ours = span(window)
        for client in ["", *CLIENTS[:4], "nobody"]:
            row = peers.theirs("token stats", **theirs, client=client)[0]
            row = {key.removeprefix("total_"): value for key, value in row.items()}
            found = peers.report("tokens", peers.audit, *ours, *(["--client", client] if client else []))
            peers.same(f"token stats: {name}, client {client or 'any'}", row, only(found, *row))


def days(peers):
    """Days as clocks of a zone have them, of 23 and 25 hours too: theirs by the session's zone, ours by --tz."""
    for zone in ZONES:
        for day in ("2025-02-10", "2025-03-09", "2025-03-30", "2025-04-06"):
            row = peers.theirs("token stats of a day", zone, day=day)[0]
            row = {key.removeprefix("total_"): value for key, value in row.items()}
            found = peers.report("tokens", peers.audit, "--tz", zone, "--from", day, "--to", day)
            peers.same(f"token stats: {day} in {zone}", row, only(found, *row))


def views(peers):
    columns = ("issued", "refreshed", "failed")

    def counted(rows, key):
        """Rows that count something, without NULL."""
        rows = [{key: row[key], **{column: int(row[column] or 0) for column in columns}} for row in rows]
        return [row for row in rows if any(row[column] for column in columns)]

    for zone in ZONES:
        found = peers.report("tokens", peers.audit, "--tz", zone)
        for every in ("day", "week", "month"):
            ours = [{**row, "start": row["start"][:10]} for row in found[f"by_{every}"]]
            theirs = peers.theirs(f"by {every}", zone)
            peers.same(f"tokens by {every} in {zone}", counted(theirs, "start"), counted(ours, "start"))
    theirs, ours = peers.theirs("by client"), found["by_client"]
    peers.same("tokens by client", ordered(counted(theirs, "client")), ordered(counted(ours, "client")))
    theirs = [{**row, "issued": int(row["issued"])} for row in peers.theirs("by grant")]
    ours = [only(row, "grant", "issued") for row in found["by_grant"] if row["issued"]]
    peers.same("tokens by grant", ordered(theirs), ordered(ours))
    theirs = peers.theirs("other facts")[0]
    peers.same("userinfo and expired tokens", theirs, only(found, *theirs))


def activity(peers):
    outcomes = {"token.expired": "unknown", "token.validation_failed": "failed", "token.pkce_failed": "failed"}
    for client in ["", *CLIENTS[:4], "nobody"]:
        theirs = []
        for row in peers.theirs("activity", client=client):
            action = row.pop("action")
            event = "token.issued" if action.startswith("token.issued.") else CANONICAL.get(action, action)
            outcome = outcomes.get(action, "ok")
            theirs.append({**row, "event": event, "outcome": outcome, "time": micros(row["time"])})
        rows = peers.report("activity", peers.audit, *(["--client", client] if client else []))["events"]
        ours = [{**row, "time": micros(row["time"])} for row in rows]
        peers.same(f"token activity, client {client or 'any'}", *newest(theirs, ours, 50))


def actors(peers):
    distinct = peers.theirs("distinct")[0]
    for who in ("users", "clients"):
        for top in (3, 10, 100_000):
            found = peers.report(who, peers.audit, "--top", top)
            # Ours are told in whole milliseconds, rounded down.
            theirs, ours = ([{**row, **{name: micros(row[name]) // 1000 for name in ("first_seen", "last_seen")}}
                             for row in rows] for rows in (peers.theirs(f"most active {who}", top=top), found["top"]))
            peers.same(f"most active {who}: top {top}", theirs, ours)
        peers.same(f"different {who}", distinct[who], found["distinct"])


def peaks(peers):
    for zone in ZONES:
        found = peers.report("peaks", peers.audit, "--tz", zone)
        hours = peers.theirs("peak hours", zone)
        peers.same(f"events and failures by hour in {zone}", hours, [row for row in found["by_hour"] if row["events"]])
        most = max(hours, key=lambda row: (row["events"], -row["hour"]))["hour"]
        peers.same(f"peak hour in {zone}", most, found["peak_hour"])
        theirs = [only(row, "events", "failures") for row in peers.theirs("peak days", zone)]
        ours = [only(row, "events", "failures") for row in found["by_weekday"]]
        peers.same(f"events and failures by day of the week in {zone}", theirs, ours)


def rates(peers):
    refreshes = peers.report("refreshes", peers.audit)["usage_rate"]
    peers.same("refresh usage rate", peers.theirs("refresh usage rate")[0], only(refreshes, "part", "whole"))
    failed = peers.report("failures", peers.audit)["failed_auth_rate"]
    peers.same("failed authentication rate", peers.theirs("failed authentication rate")[0],
               only(failed, "part", "whole"))


def token_usage_stats(peers, bounds):
    moments = {"a day": MONTH + 20 * DAY, "the moment a token expires": bounds["expiry"],
               "just before": bounds["expiry"] - 1, "the first of all": bounds["first"],
               "in a year": MONTH + 365 * DAY}
    for when, moment in moments.items():
        for name, window in windows(bounds).items():
            theirs, ours = span(window)
            now = stamp(moment) + "Z"
            row = peers.theirs("token usage stats", **theirs, now=now)[0]
            found = peers.report("tokens", peers.tokens, *ours, "--as-of", now)
            for answer in (row, found):
                answer["mean_lifetime"] = answer["mean_lifetime"] and round(answer["mean_lifetime"], 6)
            peers.same(f"token usage: {name}, as of {when}", row, only(found, *row))
            if when == "a day":
                clients = [only(client, "client", "issued") for client in found["by_client"] if client["issued"]]
                peers.same(f"tokens by client: {name}", ordered(peers.theirs("tokens by client", **theirs)),
                           ordered(clients))


def usage(peers, bounds):
    spans = windows(bounds)
    for name in ("everything", "a month", "from row to row", "nothing"):
        theirs, ours = span(spans[name])
        for whose in ({}, {"tenant": "tenant-1"}, {"owner": "owner-2"}, {"owner": "nobody"},
                      {"tenant": "tenant-0", "owner": "owner-4"}):
            words = [word for key, value in whose.items() for word in (f"--{key}", value)]
            rows = peers.theirs("usage by token", **theirs, **{"tenant": "", "owner": "", **whose})
            found = peers.report("usage", peers.usage, *ours, *words)
            peers.same(f"usage by token: {name}, {' '.join(words) or 'anybody'}",
                       [{**row, "last_used": micros(row["last_used"])} for row in rows],
                       [{**row, "last_used": micros(row["last_used"])} for row in found["by_token"]])
    theirs, ours = span(spans["everything"])
    for token, owner in (("7", "owner-0"), ("tok-1", ""), ("tok-1", "owner-0"), ("tok-2's", ""), ("none", "")):
        for page, limit in ((1, 50), (2, 50), (3, 7), (1, 1), (100_000, 50)):
            words = ["--token", token, "--page", page, "--limit", limit] + (["--owner", owner] if owner else [])
            asked = {**theirs, "token": token, "page": page, "limit": limit, "owner": owner}
            total = peers.theirs("usage total", **asked)[0]
            found = peers.report("usage", peers.usage, *ours, *words)
            name = f"usage of {token}{owner and ' of ' + owner}, page {page} of {limit}"
            peers.same(f"{name}: pages", {"page": page, "limit": limit, **total},
                       {"page": found["page"], "limit": found["limit"], "total": found["total"],
                        "pages": found["total_pages"]})
            rows = [{**row, "time": micros(row["time"])} for row in peers.theirs("usage page", **asked)]
            peers.same(f"{name}: rows", rows,
                       [{**row, "time": micros(row["time"])} for row in found["rows"]])


def export(peers, folder):
    """The table as the database itself writes it is the same log, in whatever zone it tells times."""
    whole = peers.ours("report", peers.audit)
    for zone in ZONES:
        exported = pathlib.Path(folder) / "exported.jsonl"
        with open(exported, "w", encoding="utf-8") as lines:
            for row in peers.theirs("export", zone):
                lines.write(json.dumps(row) + "\n")
        found = peers.ours("report", exported)
        peers.same(f"every report of the table exported in {zone}", {**whole["reports"], "window": whole["window"]},
                   {**found["reports"], "window": found["window"]})


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
