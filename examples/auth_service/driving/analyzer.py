"""What the analyzer says, under the names the ledger gives."""

import json
import subprocess

from driving.ledger import FAMILY

REPORTS = ["report", "users", "ips", "usage", "activity"]

# Tables: the columns that name a row, and those that are compared.
TABLES = {
    "logins.by_method": (["method"], ["success", "failure"]),
    "logins.by_client": (["client"], ["success", "failure"]),
    "logins.by_reason": (["reason"], ["count"]),
    "failures.by_reason": (["event", "reason"], ["count"]),
    "failures.otp_by_reason": (["reason"], ["count"]),
    "refreshes.by_reason": (["reason"], ["count"]),
    "refreshes.by_client": (["client"], ["success", "failure"]),
    "otp.by_domain": (["domain"], ["sent", "verified"]),
    "otp.attempts": (["attempts"], ["count"]),
    "tokens.by_type": (["type"], ["issued", "refreshed", "failed"]),
    "tokens.by_grant": (["grant"], ["issued", "refreshed", "failed"]),
    "tokens.by_client": (["client"], ["issued", "refreshed", "failed"]),
    "tokens.by_source": (["source"], ["issued", "refreshed", "failed"]),
    "users.top": (["user"], ["events", "logins_ok", "logins_failed", "issued", "refreshes"]),
    "clients.top": (["client"], ["events", "logins_ok", "logins_failed", "issued", "refreshes"]),
    "ips.top": (["ip"], ["events", "logins_ok", "logins_failed", "issued", "refreshes"]),
    "usage.by_token": (["token"], ["requests", "ok", "failed", "endpoints"]),
    "security.by_kind": (["event"], ["count", "users"]),
}
SUMS = {
    "timeline.sums": ("timeline", "buckets", ["events", "logins_ok", "logins_failed", "refreshes", "failures"]),
    "peaks.sums": ("peaks", "by_hour", ["events", "failures"]),
}


class Analyzer:
    def __init__(self, program, log, as_of):
        self.program, self.log, self.as_of = program, log, as_of

    def ask(self, report, *more):
        """The JSON document of one report."""
        command = [self.program, report, "--format", "json", "--top", "1000000", "--as-of", self.as_of, *more, self.log]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def count(self, kind):
        """How many events of a kind there are."""
        return self.ask("logins", "--kind", kind)["input"]["events"]

    def verifies(self, log, key):
        """Whether a sealed log is what was written."""
        command = [self.program, "verify", "--key", key, "--format", "json", log]
        return subprocess.run(command, capture_output=True).returncode == 0

    def answers(self):
        documents = [self.ask(report) for report in REPORTS]
        document = documents[0]
        reports = {name: report for each in documents for name, report in each["reports"].items()}
        found = {f"input.{name}": document["input"][name] for name in ["lines", "events"]}
        for name in ["blank", "malformed", "not_an_object", "filtered", "repaired", "undated", "nul_bytes"]:
            assert document["input"][name] == 0, f"{name}: {document['input'][name]}"
        for report, facts in reports.items():
            for name, fact in facts.items():
                if isinstance(fact, dict) and "part" in fact:
                    found[f"{report}.{name}"] = fact["part"], fact["whole"]
                elif not isinstance(fact, (dict, list)):
                    found[f"{report}.{name}"] = fact
        for table, (names, columns) in TABLES.items():
            report, name = table.split(".")
            for row in reports[report][name]:
                key = " ".join(str(row[column]) for column in names)
                found[f"{table}.{key}"] = tuple(row[column] for column in columns)
        for name, (report, table, columns) in SUMS.items():
            rows = reports[report][table]
            found[name] = tuple(sum(row[column] for row in rows) for column in columns)
        # Logouts and uses of access tokens are in no table: every kind is counted by asking for it.
        for kind in FAMILY:
            found[f"kind.{kind}"] = self.count(kind)
        return found
