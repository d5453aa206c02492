"""What must be in the log, and what every report must therefore say: counted here by the definitions, and not by the
analyzer."""

import collections
import threading

FAMILIES = {
    "otp": {"otp.generated", "otp.sent", "otp.verification", "otp.verification.detail"},
    "login": {"auth.login", "auth.logout"},
    "issue": {"token.generated", "token.issued"},
    "refresh": {"token.refresh"},
    "use": {"token.userinfo_accessed", "token.used", "api_token.used"},
    "end": {"token.revoked", "token.expired"},
    "invalid": {"token.validation_failed", "token.pkce_failed", "token.code_invalid", "token.client_invalid"},
    "scope": {"scope.validated", "scope.violation"},
    "security": {"rate_limit.exceeded", "suspicious_activity"},
}
FAMILY = {event: family for family, events in FAMILIES.items() for event in events}


class Ledger:
    def __init__(self):
        self.events, self.secrets, self.lock = [], set(), threading.Lock()

    def tell(self, event, ok=None, **about):
        about = {name: value for name, value in about.items() if value is not None}
        with self.lock:
            self.events.append(about | {"event": event, "ok": ok})

    def secret(self, text):
        """Something the log must never hold."""
        with self.lock:
            self.secrets.add(text)
        return text


def answers(events):
    """Every fact and table: `report.fact` or `report.table.row` to a number, or the numbers of the row's columns."""
    of = lambda *names: [event for event in events if event["event"] in names]
    family = lambda *names: [event for event in events if FAMILY.get(event["event"]) in names]
    count = lambda some, ok: sum(event["ok"] is ok for event in some)
    users = lambda some: len({event["user"] for event in some if "user" in event})
    found = {"input.lines": len(events), "input.events": len(events)}

    found |= {f"kind.{kind}": len(of(kind)) for kind in FAMILY}

    def tally(table, some, field, *columns):
        rows = collections.defaultdict(lambda: [0] * len(columns))
        for event in some:
            for index, column in enumerate(columns):
                rows[event.get(field)][index] += column(event)
        found.update({f"{table}.{name}": tuple(row) for name, row in rows.items()})

    ok, failed = (lambda event: event["ok"] is True), (lambda event: event["ok"] is False)
    every = lambda event: True

    logins = of("auth.login")
    found |= {"logins.total": len(logins), "logins.success": count(logins, True), "logins.failure": count(logins, False)}
    found["logins.users"] = users(logins)
    found["logins.success_rate"] = count(logins, True), len(logins)
    tally("logins.by_method", logins, "method", ok, failed)
    tally("logins.by_client", logins, "client", ok, failed)
    tally("logins.by_reason", filter(failed, logins), "reason", every)

    failures = [event for event in events if failed(event)]
    decided = logins + of("otp.verification") + family("invalid")
    found["failures.total"] = len(failures)
    found["failures.failed_auth_rate"] = count(decided, False), len(decided)
    found["failures.otp_failures"] = len(of("otp.verification.detail"))
    for event in failures:
        event["event reason"] = f"{event['event']} {event.get('reason')}"
    tally("failures.by_reason", failures, "event reason", every)
    tally("failures.otp_by_reason", of("otp.verification.detail"), "reason", every)

    refreshes = of("token.refresh")
    refreshed, issues = count(refreshes, True), family("issue")
    found |= {"refreshes.total": len(refreshes), "refreshes.success": refreshed}
    found["refreshes.failure"] = count(refreshes, False)
    found["refreshes.success_rate"] = refreshed, len(refreshes)
    found["refreshes.per_user"] = refreshed, users(filter(ok, refreshes))
    found["refreshes.per_login"] = refreshed, count(logins, True)
    found["refreshes.usage_rate"] = refreshed, sum(event["type"] == "refresh" for event in issues)
    found["refreshes.reused"] = sum("reuse" in event.get("reason", "") for event in refreshes)
    tally("refreshes.by_reason", filter(failed, refreshes), "reason", every)
    tally("refreshes.by_client", refreshes, "client", ok, failed)

    sent, verified = of("otp.sent"), of("otp.verification")
    found |= {"otp.generated": len(of("otp.generated")), "otp.sent": count(sent, True)}
    found |= {"otp.send_failed": count(sent, False), "otp.verified": count(verified, True)}
    found["otp.verify_failed"] = count(verified, False)
    found["otp.send_rate"] = count(sent, True), len(sent)
    found["otp.verify_rate"] = count(verified, True), len(verified)
    found["otp.conversion"] = count(verified, True), count(sent, True)
    found["otp.attempts_per_success"] = len(verified), count(verified, True)
    both = [event for event in sent + verified if ok(event)]
    is_sent = lambda event: event["event"] == "otp.sent"
    tally("otp.by_domain", both, "domain", is_sent, lambda event: not is_sent(event))
    tally("otp.attempts", filter(ok, verified), "attempts", every)

    tokens = family("issue", "refresh", "end", "invalid", "use")
    requests = family("issue", "refresh", "invalid")
    issued = lambda event: FAMILY[event["event"]] == "issue"
    exchanged = lambda event: event["event"] == "token.refresh" and ok(event)
    found |= {"tokens.issued": len(issues), "tokens.refreshed": refreshed, "tokens.failed": count(requests, False)}
    for name, event in [("revoked", "token.revoked"), ("expired", "token.expired"), ("userinfo", "token.userinfo_accessed")]:
        found[f"tokens.{name}"] = len(of(event))
    found["tokens.unique_users"] = users(tokens)
    found["tokens.unique_clients"] = len({event["client"] for event in tokens if "client" in event})
    lives = sorted(event["lives"] for event in issues)
    found["tokens.mean_lifetime"] = sum(lives) / len(lives)
    found["tokens.lifetime_p50"] = lives[(len(lives) - 1) // 2]
    found |= {"tokens.active": 0, "tokens.ended": len(issues)}
    for table, field in [("by_type", "type"), ("by_grant", "grant"), ("by_client", "client"), ("by_source", "source")]:
        tally(f"tokens.{table}", requests, field, issued, exchanged, failed)

    of_kind = lambda event, kinds: event["event"] in kinds
    for report, row, field in [("users", "user", "user"), ("clients", "client", "client"), ("ips", "ip", "ip")]:
        named = [event for event in events if field in event]
        found[f"{report}.distinct"] = len({event[field] for event in named})
        found[f"{report}.unnamed"] = len(events) - len(named)
        tally(f"{report}.top", named, field, every, lambda event: of_kind(event, ["auth.login"]) and ok(event),
              lambda event: of_kind(event, ["auth.login"]) and failed(event), lambda event: of_kind(event, FAMILIES["issue"]),
              lambda event: of_kind(event, ["token.refresh"]))

    calls = of("api_token.used")
    found |= {"usage.tokens": len({event["token"] for event in calls}), "usage.requests": len(calls)}
    found |= {"usage.ok": count(calls, True), "usage.failed": count(calls, False), "usage.unknown": 0}
    tally("usage.by_token", calls, "token", every, ok, failed)
    endpoints = collections.Counter(token for token, _ in {(event["token"], event["endpoint"]) for event in calls})
    for token, different in endpoints.items():
        found[f"usage.by_token.{token}"] += (different,)

    alarms = family("invalid", "scope", "security") + list(filter(failed, logins))
    severity = lambda event: {"suspicious_activity": "high", "auth.login": "low", "scope.validated": "info"}.get(
        event["event"], "medium"
    )
    found |= {"security.total": len(alarms), "security.critical": 0}
    for name in ["high", "medium", "low", "info"]:
        found[f"security.{name}"] = sum(severity(event) == name for event in alarms)
    tally("security.by_kind", alarms, "event", every)
    for kind in {event["event"] for event in alarms}:
        found[f"security.by_kind.{kind}"] += (users([event for event in alarms if event["event"] == kind]),)

    shown = [event for event in tokens]
    found["activity.total"] = len(shown)
    found["timeline.sums"] = (len(events), count(logins, True), count(logins, False), len(refreshes), len(failures))
    found["peaks.sums"] = len(events), len(failures)
    return found
