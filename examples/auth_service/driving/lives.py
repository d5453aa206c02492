"""What people do with the service, whole lives at a time: what works, and everything that can go wrong."""

import threading

from driving.person import Person, Token
from driving.service import Caller

DOMAINS = ["example.com", "example.org", "corp.example"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64)", "shop-ios/4.2", "notes-cli/1.0", ""]


def newcomer(world, name, number, domain=None):
    caller = Caller(world.service, number, AGENTS[number % len(AGENTS)])
    return Person(world.ledger, caller, f"{name}-{number}@{domain or DOMAINS[number % len(DOMAINS)]}")


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def log_in(person):
    return person.right_code(person.request_code())


def live(world, number, random):
    """One user's day."""
    person = newcomer(world, "user", number)
    if random.random() < 0.1:
        newcomer(world, "nobody", number, "nowhere.invalid").request_code(502)
        newcomer(world, "nobody", number, "nowhere.invalid").request_link(502)
    if random.random() < 0.3:
        person.wrong_code("123456", "No OTP found for email")
    access, refresh = first_login(person, random)
    for _ in range(random.randrange(3)):
        access, refresh = person.refresh(refresh)
    person.userinfo(access)
    strangers(person, refresh)
    use_api_tokens(world, person, access, random)
    for client in random.sample(["dashboard", "mobile"], random.randrange(3)):
        use_oauth(person, access, client, random)
    if random.random() < 0.4:
        machines(person, random)
    leave(person, access, refresh, random)


def first_login(person, random):
    how = random.random()
    if how < 0.3:
        link = person.request_link()
        pair = person.right_link(link)
        if random.random() < 0.5:
            person.wrong_link(link, "Magic link already used")
        return pair
    code = person.request_code()
    if how < 0.45:
        for _ in range(5):
            person.wrong_code(other_than(code), "Invalid code")
        person.wrong_code(code, "Max attempts exceeded")
        code = person.request_code()
    for _ in range(random.randrange(3)):
        person.wrong_code(other_than(code), "Invalid code")
    pair = person.right_code(code)
    if random.random() < 0.2:
        person.wrong_code(code, "No OTP found for email")
    return pair


def strangers(person, refresh):
    """Tokens that never were, and one that is of another kind."""
    person.refused(None, "Missing token")
    person.refused(None, "Unknown token")
    person.refused(refresh, "Not an access token")
    person.refused_refresh(None, "Refresh token not found")
    person.wrong_link("ml_nobody", "Magic link not found", is_mine=False)


def use_api_tokens(world, person, access, random):
    person.make_api_token(access, "notes:read tokens:write")  # refused: no API token makes others
    reader = person.make_api_token(access, "notes:read tokens:read")
    writer = person.make_api_token(access, "notes:read notes:write")
    for number in range(random.randrange(1, 8)):
        person.write_note(writer, f"note {number}")
        person.read_notes(reader)
    person.read_notes(access)
    person.write_note(reader, "not allowed")
    person.list_api_tokens(reader)
    person.list_api_tokens(writer)
    # The owner sees her own, by either way to prove who she is; of another's and of none she learns the same.
    mine = [event for event in world.ledger.events if event.get("token") == writer.id]
    usage = person.usage(reader, writer.id, query="?page=1&limit=3")
    assert usage["pagination"]["total"] == len(mine), usage
    assert len(usage["usage"]) == min(3, len(mine)), usage
    world.kept[writer.id] = person.user
    hidden = person.usage(access, world.others_token, status=404)
    assert hidden == person.usage(access, "tok_nobody", status=404), hidden
    person.usage(reader, world.others_token, status=404)
    person.delete_api_token(access, world.others_token, status=404)
    if random.random() < 0.5:
        person.delete_api_token(access, writer.id)
        person.refused_api(writer, "Token revoked")


def use_oauth(person, access, client, random):
    scope = "openid notes:read"
    assert person.authorize(access, "nobody", scope) == "invalid_client"
    assert person.authorize(access, client, scope, redirect="https://evil.example/") == "invalid_request"
    assert person.authorize(access, client, scope, method="plain") == "invalid_request"
    assert person.authorize(access, client, "openid tokens:write") == "invalid_scope"
    code, verifier = person.authorize(access, client, scope)
    person.refused_exchange("token.pkce_failed", "Code verifier does not match", client, code, "x" * 43, user=True)
    person.refused_exchange("token.code_invalid", "Authorization code not found", client, "ac_nobody", verifier)
    person.refused_exchange("token.code_invalid", "Redirect URI differs", client, code, verifier, redirect_uri="x:y")
    person.refused_exchange("token.client_invalid", "Unknown client", "nobody", code, verifier, 401)
    if client == "dashboard":
        wrong = {"status": 401, "secret": "guessed"}
        person.refused_exchange("token.client_invalid", "Invalid client secret", client, code, verifier, **wrong)
    tokens = person.exchange(access, client, code, verifier, basic=client == "dashboard" and random.random() < 0.5)
    person.userinfo(tokens[0])
    person.read_notes(tokens[0])
    person.violates_session(tokens[0])
    if client == "mobile":
        person.refused_request("token.validation_failed", "Grant not allowed for client", 400, "refresh_token", client)
    else:
        tokens = person.oauth_refresh(tokens[1])
    what = random.random()
    if what < 0.3:
        person.refused_exchange("token.code_invalid", "Authorization code already used", client, code, verifier, user=True)
        person.replayed(client, tokens[0].family)
        person.refused(tokens[0], "Token revoked")
    elif what < 0.6:
        person.revoke(tokens[-1])
    elif client == "dashboard":
        person.refused_refresh(tokens[1], "Refresh token of another client")
        old, tokens = tokens[1], person.oauth_refresh(tokens[1])
        person.refused_oauth_refresh(old, "Refresh token reuse detected")


def machines(person, random):
    """Client credentials, and requests that make no sense."""
    token = person.for_itself("notes:read")
    person.read_notes(token)
    person.write_note(token, "not allowed")
    person.userinfo(token)
    person.for_itself("notes:write")
    if random.random() < 0.5:
        person.revoke(token)
        person.refused_api(token, "Token revoked")
    person.refused_request("token.validation_failed", "Unsupported grant type", 400, "password", "batch", is_known=False)
    person.refused_request("token.client_invalid", "Invalid client secret", 401, "client_credentials", "batch", "guessed")


def leave(person, access, refresh, random):
    what = random.random()
    if what < 0.3:
        person.log_out(access, everywhere=False)
        person.refused(access, "Token revoked")
        person.refused_refresh(refresh, "Refresh token revoked")
    elif what < 0.5:
        log_in(person)
        person.log_out(access, everywhere=True)
        person.refused_refresh(refresh, "Refresh token revoked")
    elif what < 0.8:
        newer = person.refresh(refresh)
        person.refused_refresh(refresh, "Refresh token reuse detected")
        person.refused(newer[0], "Token revoked")
        person.refused_refresh(newer[1], "Refresh token revoked")
        person.refused_refresh(refresh, "Refresh token reuse detected")


def race(world, number):
    """Two bring the same refresh token at once: one of them is second, whichever, and the family dies."""
    person = newcomer(world, "racer", number)
    _, refresh = log_in(person)
    callers = [person.caller, Caller(world.service, number, person.caller.agent)]
    callers[1].ip = person.caller.ip
    start, answers = threading.Barrier(2), []

    def run(caller):
        start.wait(10)
        answers.append(caller.call("POST", "/auth/refresh", {"refreshToken": refresh.text}))

    threads = [threading.Thread(target=run, args=[caller]) for caller in callers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    bodies = {status: body for status, body, _ in answers}
    assert sorted(status for status, _, _ in answers) == [200, 401], answers
    refresh.is_alive = False
    person.tell("token.refresh", ok=True, **refresh.about())
    person.made(bodies[200], refresh.session, refresh.family, "refresh")
    person.tell_refused_refresh(refresh, "Refresh token reuse detected")


def locked(world, number):
    person = newcomer(world, "locked", number)
    access, _ = log_in(person)
    person.make_api_token(access, "notes:read")
    person.call(200, "POST", f"/dev/lock?email={person.email}")
    person.died(lambda token: True)
    person.right_code(person.request_code(), expected=403)
    person.right_link(person.request_link(), expected=403)
    person.refused(access, "Token revoked")


def too_many_mails(world, number, limit):
    person = newcomer(world, "eager", number)
    for _ in range(limit):
        person.request_code()
    person.request_code(429)
    person.request_link(429)


def too_many_requests(world, number, limit):
    """Hammers until it was refused often enough; how often it had to is counted, not assumed."""
    person, refused = newcomer(world, "hammer", number), 0
    for _ in range(3 * limit + 100):
        status, _, _ = person.caller.call("GET", "/userinfo")
        if status == 429:
            refused += 1
            person.tell("rate_limit.exceeded", ok=False, reason="Too many requests from this address")
        else:
            assert status == 401, status
            person.tell("token.validation_failed", ok=False, reason="Missing token")
        if refused == 20:
            return
    raise AssertionError(f"{3 * limit + 100} requests, and {refused} refused")


class Late:
    """Somebody with one of everything, and then time passes."""

    def __init__(self, world, number):
        self.person = newcomer(world, "late", number)
        self.access, self.refresh = log_in(self.person)
        self.api = self.person.make_api_token(self.access, "notes:read")
        self.code = self.person.authorize(self.access, "mobile", "openid")
        self.link = self.person.request_link()
        self.otp = self.person.request_code()

    def codes_expired(self):
        self.person.wrong_code(self.otp, "OTP expired")
        self.person.wrong_code(self.otp, "No OTP found for email")
        self.person.wrong_link(self.link, "Magic link expired")
        self.person.refused_exchange("token.code_invalid", "Authorization code expired", "mobile", *self.code)

    def access_expired(self):
        self.person.refused(self.access, "Token expired")
        self.person.refused_api(self.access, "Token expired")

    def refresh_expired(self):
        self.person.refused_refresh(self.refresh, "Refresh token expired")
        self.person.read_notes(self.api)

    def api_expired(self):
        self.person.refused_api(self.api, "Token expired")
