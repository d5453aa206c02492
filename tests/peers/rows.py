"""Rows of the audit tables, twice: as JSON Lines for authmeter and as CSV for a database.

    rows.py ROWS FOLDER [SEED]

writes audit_logs, oauth_access_tokens and api_token_usage, each as .jsonl and .csv. Both say the same; the JSON says it
in every way that is allowed: times with any offset, as text or as numbers, ids as numbers, what is NULL as null, as ""
or not at all, text escaped or not. Values are what breaks programs: quotes, other scripts, ids that look like numbers,
times to the microsecond, several rows at one time, times at the borders of days, months and of summer time.
"""

import datetime
import json
import pathlib
import random
import sys

DAY = 86_400_000_000
# 2025-01-15T00:00:00Z in microseconds, and how far rows reach: over the change to summer time on 30 March.
START, SPAN = 20_103 * DAY, 100 * DAY
SUMMER = 20_177 * DAY + 3_600_000_000

CLIENTS = ["portal", "mobile-app", "o'brien & s\u00f6ns \"ltd\"", "42", "\u5ba2\u6237\u7aef", "a,b\\c\n"]
GRANTS = ["authorization_code", "refresh_token", "client_credentials"]
ACTIONS = [(f"token.issued.{grant}", 8) for grant in GRANTS] + [
    ("token.refreshed", 30), ("token.userinfo_accessed", 20), ("token.validation_failed", 8), ("token.pkce_failed", 3),
    ("token.expired", 5), ("auth.login", 12), ("user.updated", 2), ("TOKEN.refreshed", 1), ("tokens.listed", 1),
    ("my.token.issued.refresh_token", 1), ("token_issued", 1), ("token", 1)]
ERRORS = ["invalid_grant", "Token expired", "it's \"over\"", "\u30b3\u30fc\u30c9\u304c\u7121\u52b9", "100%", ""]
ADDRESSES = ["198.51.100.7", "203.0.113.77", "2001:db8::7", "unknown", ""]
AGENTS = ["Mozilla/5.0 (X11; Linux)", "curl/8", "", None]
LIFETIMES = [("15m", 900), ("1h", 3600), ("30d", 2_592_000), (3600, 3600), ("86400", 86_400), (1, 1), (None, None)]
ENDPOINTS = ["/api/v1/orders", "/api/v1/users", "/api/v1/\u00fc?q='x'", "/"]
ABSENT = object()


def main(rows, folder, seed):
    folder = pathlib.Path(folder)
    for name, make in (("audit_logs", audit_log), ("oauth_access_tokens", token), ("api_token_usage", usage)):
        # Each table from its own draws, so that a change of one leaves the others as they are.
        made = Maker(random.Random(f"{seed} {name}"), rows)
        with (open(folder / f"{name}.jsonl", "w", encoding="utf-8") as lines,
              open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as records):
            for number in range(rows):
                said, columns = make(made, number)
                lines.write(made.line(said))
                if columns is not None:
                    records.write(record(columns))


class Maker:
    """What rows are made of."""

    def __init__(self, draw, rows):
        self.draw = draw
        self.users = [user_id(number) for number in range(max(5, rows // 40))]
        self.last = START

    def user(self):
        # Few do most.
        return self.users[int(len(self.users) * self.draw.random() ** 2)] if self.draw.random() < 0.85 else None

    def client(self):
        return self.draw.choices([*CLIENTS, None], [30, 20, 10, 10, 5, 5, 5])[0]

    def time(self):
        """Microseconds since 1970."""
        kind = self.draw.random()
        if kind < 0.1:
            return self.last
        if kind < 0.2:
            self.last = SUMMER + self.draw.randrange(-7200, 7200) * 1_000_000
        elif kind < 0.25:
            self.last = START + self.draw.randrange(SPAN // DAY) * DAY + self.draw.choice([-1, 0, 1])
        else:
            self.last = START + self.draw.randrange(SPAN)
        return self.last

    def told_time(self, micros):
        """The time in one of the ways a log may tell it."""
        draw = self.draw
        way = draw.randrange(8)
        if way == 0:
            return draw.choice([micros, str(micros)])
        offset = draw.choice([0, 0, 330, -210, 60, -720]) if way < 6 else 0
        text = stamp(micros + offset * 60_000_000, draw.choice(["T", "T", " "]))
        if offset == 0 and draw.random() < 0.5:
            return text + ("Z" if "T" in text else draw.choice(["+00", "+00:00", "Z"]))
        sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
        return f"{text}{sign}{hours:02}:{minutes:02}"

    def told_id(self, text):
        """An id as text or as a number, and nothing as null, as no text, or not at all."""
        if text is None:
            return self.draw.choice([None, "", ABSENT])
        if text.isascii() and text.isdigit() and not text.startswith("0") and self.draw.random() < 0.5:
            return int(text)
        return text

    def line(self, said):
        """A JSON line of these pairs, in any order, escaped or not, with white space or not."""
        pairs = list(said.items())
        if self.draw.random() < 0.3:
            self.draw.shuffle(pairs)
        separators = self.draw.choice([(",", ":"), (", ", ": ")])
        return json.dumps(present(dict(pairs)), ensure_ascii=self.draw.random() < 0.5, separators=separators) + "\n"


def user_id(number):
    """Ids of users: one of four is a number, one looks like it and is none."""
    return [str(1000 + number), f"{number:03}", f"u-{number}", f"Zo\u00eb O'Hara {number}"][number % 4]


def audit_log(made, number):
    draw, micros, user, client = made.draw, made.time(), made.user(), made.client()
    action = draw.choices(*zip(*ACTIONS))[0]
    details, said = {"client_id": client}, {"client_id": made.told_id(client)}
    if action.startswith("token.issued."):
        # The seed's rows have it twice; where the column of details is empty, the name still says it.
        grant = action.removeprefix("token.issued.") if draw.random() < 0.8 else None
        details["grant_type"], said["grant_type"] = grant, made.told_id(grant)
    if draw.random() < 0.5:
        details["scopes"] = said["scopes"] = draw.choice([["openid", "e'mail"], [], None])
    details["ip_address"] = said["ip_address"] = draw.choice(ADDRESSES)
    details["user_agent"] = said["user_agent"] = draw.choice(AGENTS)
    if "failed" in action:
        details["error"] = said["error"] = draw.choice(ERRORS)
    if action == "auth.login":
        details["success"] = said["success"] = draw.random() < 0.8
    columns = [number, user, action, "oauth_token", client, json.dumps(details), stamp(micros) + "Z"]
    row = {"id": number, "user_id": made.told_id(user), "action": action, "resource_type": "oauth_token",
           "resource_id": made.told_id(client), "details": said, "created_at": made.told_time(micros)}
    return row, columns


def token(made, number):
    """A token in the table, and the event of its issue. Now and then an issue fails, and there is no token."""
    draw, micros, user = made.draw, made.time(), made.user()
    # A token always has a client.
    client = draw.choice(CLIENTS)
    told, seconds = draw.choice(LIFETIMES)
    about = {draw.choice(["clientId", "client_id"]): made.told_id(client)}
    about[draw.choice(["expiresIn", "expires_in"])] = told
    row = {draw.choice(["event", "event_type"]): draw.choice(["token.issued", "token.generated"]),
           draw.choice(["userId", "user_id"]): made.told_id(user), draw.choice(["metadata", "event_data"]): about,
           draw.choice(["timestamp", "created_at"]): made.told_time(micros)}
    if draw.random() < 0.03:
        return {**row, "success": False}, None
    expires = None if seconds is None else stamp(micros + seconds * 1_000_000) + "Z"
    return row, [number, client, user, expires, stamp(micros) + "Z"]


def usage(made, number):
    draw, micros = made.draw, made.time()
    place = int(12 * draw.random() ** 2)
    # A token has one owner, who belongs to one tenant.
    token, owner, tenant = token_id(place), f"owner-{place % 5}", f"tenant-{place % 5 % 2}"
    endpoint, method = draw.choice(ENDPOINTS), draw.choice(["GET", "POST"])
    status, duration = draw.choices([200, 204, 302, 399, 400, 401, 429, 500], [50, 5, 5, 5, 5, 5, 5, 5])[0], None
    if draw.random() < 0.9:
        # So few different ones that their quantiles are exact.
        duration = min(3000, int(draw.lognormvariate(3.5, 1.2)))
    address, agent = draw.choice(ADDRESSES[:3]), draw.choice(AGENTS)
    told = (made.told_id(token), endpoint, method, made.told_time(micros), draw.choice([status, str(status)]), address,
            agent, duration, tenant, owner)
    names = draw.choice([
        ["tokenId", "endpoint", "method", "timestamp", "responseStatus", "ipAddress", "userAgent", "processingTime",
         "tenantId", "userId"],
        ["token_id", "endpoint", "method", "timestamp", "response_status", "ip_address", "user_agent",
         "processing_time", "tenant_id", "user_id"]])
    columns = [number, token, endpoint, method, stamp(micros) + "Z", status, address, agent, duration, tenant, owner]
    return {"id": number, **dict(zip(names, told))}, columns


def token_id(number):
    """Ids of tokens: some are numbers, some are the start of another."""
    return [str(7 + number), f"tok-{number}", f"tok-{number}'s"][number % 3]


def stamp(micros, between="T"):
    """UTC, with as many decimals as it takes."""
    days, rest = divmod(micros, DAY)
    seconds, fraction = divmod(rest, 1_000_000)
    year, month, day = civil(days)
    text = f"{year:04}-{month:02}-{day:02}{between}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if fraction % 1000 == 0:
        return text if fraction == 0 else f"{text}.{fraction // 1000:03}"
    return f"{text}.{fraction:06}"


def civil(days):
    """The date so many days after 1970-01-01."""
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days)
    return date.year, date.month, date.day


def present(pairs):
    """The pairs without those that are to be absent."""
    return {key: present(value) if isinstance(value, dict) else value
            for key, value in pairs.items() if value is not ABSENT}


def record(columns):
    r"""A line of CSV, where \N is NULL and everything else stands in quotes."""
    words = (r"\N" if word is None else '"' + str(word).replace('"', '""') + '"' for word in columns)
    return ",".join(words) + "\n"


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "1")
