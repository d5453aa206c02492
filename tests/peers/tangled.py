"""A log of few addresses, tokens and clients whose events crowd together, in no order.

    tangled.py EVENTS FILE [SEED]

What a generated log that looks like life seldom has, in lines of the writer's form: several events of one address or one
token at the same microsecond, distances of exactly an hour or the ten seconds of grace and one microsecond more, tokens
that come again, kinds and fields in every combination, events that say neither how they ended nor when they were.
"""

import json
import random
import sys

from rows import DAY, stamp

# 2025-03-29T12:00:00Z: summer time begins in the night.
START = 20_176 * DAY + DAY // 2
SECOND = 1_000_000
STEPS = [0, 0, 1, 999, SECOND, 10 * SECOND, 10 * SECOND + 1, 61 * SECOND, 600 * SECOND, 3600 * SECOND, 3600 * SECOND + 1]
EVENTS = [
    ("otp.generated", 4), ("otp.sent", 12), ("otp.verification", 24), ("otp.verification.detail", 6), ("auth.login", 10),
    ("auth.logout", 2), ("token.generated", 8), ("token.issued", 4), ("token.refresh", 20), ("token.userinfo_accessed", 2),
    ("token.used", 2), ("token.revoked", 2), ("token.expired", 2), ("token.validation_failed", 3),
    ("token.pkce_failed", 2), ("token.code_invalid", 2), ("token.client_invalid", 2), ("scope.validated", 2),
    ("scope.violation", 2), ("rate_limit.exceeded", 2), ("suspicious_activity", 2), ("token.introspected", 2),
    ("profile.updated", 2)]
ADDRESSES = ["ana@example.com", "Ana@Example.com", "bo@example.org", "BO@EXAMPLE.ORG", "eve@sub.example.org", "nobody"]
REASONS = ["Invalid code", "Refresh token reuse detected", "REUSED", "reus", "expired", "\u00fcber \"limit\""]
SEVERITIES = ["critical", "ERROR", "warning", "notice", "debug", "odd", "fatal", "low"]
# What metadata may say, by name; half of it is left out.
METADATA = {
    "clientId": ["web", "ios-app", "42"], "method": ["otp", "magic-link"],
    "ip": ["192.0.2.1", "198.51.100.7", "2001:db8::7"], "tokenType": ["access", "refresh", "id"],
    "grantType": ["authorization_code", "refresh_token"], "source": ["otp", "refresh"],
    "expiresIn": ["15m", "1h", "30d", "90", 3600, "soon"], "jti": ["t-1", "t-2", "t-3"], "familyId": ["f-1", "f-2"],
    "status": [200, 399, 400, 500], "severity": SEVERITIES}


def main(events, path, seed):
    draw = random.Random(seed)
    lines, micros = [], START
    for number in range(events):
        micros += draw.choice(STEPS)
        lines.append(line(draw, micros, number))
    draw.shuffle(lines)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)


def line(draw, micros, number):
    # Addresses and tokens of one stretch of the log are few, those of the whole are many.
    of = number // 200
    event = {"event": draw.choices(*zip(*EVENTS))[0]}
    if draw.random() < 0.98:
        event["timestamp"] = stamp(micros) + "Z"
    if draw.random() < 0.5:
        event["userId"] = f"user-{draw.randrange(4) + of}"
    if draw.random() < 0.8:
        event["email"] = f"{of}{draw.choice(ADDRESSES)}"
    if draw.random() < 0.8:
        event["success"] = draw.random() < 0.6
    if draw.random() < 0.4:
        event["error"] = draw.choice(REASONS)
    metadata = {name: draw.choice(values) for name, values in METADATA.items() if draw.random() < 0.5}
    if "jti" in metadata:
        metadata["jti"] += f"-{of}"
    if metadata:
        event["metadata"] = metadata
    return json.dumps(event, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "1")
