"""Somebody who uses the service, and writes down what its log must say of that.

Each method makes one request, checks the answer, and tells the ledger which events it must have caused. What is written
down follows from the request and its answer alone; nothing is read from the log.
"""

import base64
import hashlib
import http.client
import secrets
import urllib.parse

from driving.service import CLIENTS

WEB = "web"
SECRETS = {client["id"]: client.get("secret") for client in CLIENTS}
SCOPES = {client["id"]: client["scopes"] for client in CLIENTS}
REDIRECT = {client["id"]: client["redirect_uris"][0] for client in CLIENTS if "redirect_uris" in client}
FIRST_PARTY = "session openid email notes:read notes:write tokens:read tokens:write"
LIVES = {"access": 3_600, "refresh": 30 * 86_400, "api": 90 * 86_400}


class Token:
    """A token as its owner knows it."""

    def __init__(self, text, kind, client, scopes, person=None, session=None, family=None, id=None):
        self.text, self.kind, self.client, self.scopes = text, kind, client, scopes
        self.user = person.user if person else None
        self.session, self.family, self.id = session, family, id
        self.is_alive = True  # neither revoked nor rotated nor expired

    def about(self):
        return {"user": self.user, "client": self.client, "type": self.kind}


class Person:
    def __init__(self, ledger, caller, email):
        self.ledger, self.caller, self.email = ledger, caller, email
        self.user = None
        self.tokens = []
        self.failed_since_sent = 0

    def tell(self, event, **about):
        self.ledger.tell(event, ip=self.caller.ip, **about)

    def call(self, expected, *request, **more):
        status, body, headers = self.caller.call(*request, **more)
        assert status == expected, f"{request}: {status} {body}, and not {expected}"
        return body, headers

    def mailed(self):
        body, _ = self.call(200, "GET", f"/dev/outbox?email={urllib.parse.quote(self.email)}")
        return self.ledger.secret(body["secret"])

    # One-time passwords and magic links.

    def request_code(self, expected=200):
        self.call(expected, "POST", "/auth/request-code", {"email": self.email})
        if expected == 429:
            return self.limited("Too many mails to this address")
        self.tell("otp.generated", ok=True, user=self.email)
        if expected == 502:
            return self.tell("otp.sent", ok=False, reason="Mail server not found", user=self.email)
        self.tell("otp.sent", ok=True, user=self.email, domain=self.email.split("@")[1])
        self.failed_since_sent = 0
        return self.mailed()

    def limited(self, reason):
        self.tell("rate_limit.exceeded", ok=False, reason=reason, user=self.email)

    def wrong_code(self, code, reason):
        self.call(401, "POST", "/auth/verify-code", {"email": self.email, "code": code})
        self.tell("otp.verification", ok=False, reason="Invalid or expired code", user=self.email)
        self.tell("otp.verification.detail", ok=False, reason=reason, user=self.email)
        self.failed_since_sent += 1

    def right_code(self, code, expected=200):
        body, _ = self.call(expected, "POST", "/auth/verify-code", {"email": self.email, "code": code})
        domain = self.email.split("@")[1]
        self.tell("otp.verification", ok=True, user=self.email, domain=domain, attempts=self.failed_since_sent + 1)
        return self.logged_in(body, "otp", expected)

    def request_link(self, expected=200):
        self.call(expected, "POST", "/auth/request-magic-link", {"email": self.email})
        if expected == 429:
            return self.limited("Too many mails to this address")
        if expected == 502:
            return self.tell("magic_link.sent", ok=False, reason="Mail server not found", user=self.email)
        self.tell("magic_link.sent", ok=True, user=self.email)
        return self.mailed()

    def right_link(self, link, expected=200):
        body, _ = self.call(expected, "POST", "/auth/verify-magic-link", {"token": link})
        return self.logged_in(body, "magic-link", expected)

    def wrong_link(self, link, reason, is_mine=True):
        self.call(401, "POST", "/auth/verify-magic-link", {"token": link})
        user = self.email if is_mine else None
        self.tell("auth.login", ok=False, reason=reason, user=user, client=WEB, method="magic-link")

    def logged_in(self, body, method, status):
        login = {"client": WEB, "method": method}
        if status == 403:
            return self.tell("auth.login", ok=False, reason="Account locked", user=self.user, **login)
        self.user = body["user"]["id"]
        self.tell("auth.login", ok=True, user=self.user, **login)
        return self.made(body, object(), object(), method)

    def made(self, body, session, family, source):
        """Two tokens of the service's own client."""
        pair = []
        for kind, text in [("access", body["token"]), ("refresh", body["refreshToken"])]:
            token = Token(self.ledger.secret(text), kind, WEB, FIRST_PARTY, self, session, family)
            self.tell("token.generated", ok=True, source=source, lives=LIVES[kind], **token.about())
            pair.append(token)
        self.tokens += pair
        return pair

    # Refreshing, revoking, logging out.

    def refresh(self, token):
        body, _ = self.call(200, "POST", "/auth/refresh", {"refreshToken": token.text})
        token.is_alive = False
        self.tell("token.refresh", ok=True, **token.about())
        return self.made(body, token.session, token.family, "refresh")

    def refused_refresh(self, token, reason):
        self.call(401, "POST", "/auth/refresh", {"refreshToken": token.text if token else "rt_nobody"})
        self.tell_refused_refresh(token, reason)

    def tell_refused_refresh(self, token, reason, client=WEB, grant=None):
        about = token.about() if token else {}
        self.tell("token.refresh", ok=False, reason=reason, grant=grant, **about | {"client": about.get("client", client)})
        if "reuse" in reason:
            about = "A rotated refresh token came again: its family is revoked"
            self.tell("suspicious_activity", ok=False, reason=about, **token.about())
            self.died(lambda other: other.family is token.family)

    def died(self, which, teller=None):
        """Tokens that were alive and are revoked by what happened."""
        dead = [token for token in self.tokens if token.is_alive and which(token)]
        for token in dead:
            token.is_alive = False
            (teller or self).tell("token.revoked", ok=True, **token.about())
        return len(dead)

    def log_out(self, token, everywhere):
        body, _ = self.call(200, "POST", "/auth/logout", {"everywhere": everywhere}, bearer=token.text)
        self.passed(token)
        self.tell("auth.logout", ok=True, **token.about())
        mine = lambda other: other.user and other.kind != "api"
        sessions = lambda other: mine(other) and (everywhere or other.session is token.session)
        assert body["revoked"] == self.died(sessions), body

    def revoke(self, token):
        form = {"token": token.text, "client_id": token.client}
        if SECRETS.get(token.client):
            form["client_secret"] = SECRETS[token.client]
        self.call(200, "POST", "/oauth/revoke", form=form)
        is_family = token.kind == "refresh"
        self.died(lambda other: other is token or (is_family and other.family is token.family))

    # Bearer tokens and scopes.

    def passed(self, token):
        self.tell("scope.validated", ok=True, **token.about())

    def violated(self, token):
        self.tell("scope.violation", ok=False, reason="Insufficient scope", **token.about())

    def userinfo(self, token):
        is_allowed = "openid" in token.scopes.split()
        body, _ = self.call(200 if is_allowed else 403, "GET", "/userinfo", bearer=token.text)
        if not is_allowed:
            return self.violated(token)
        assert body["sub"] == self.user, body
        self.passed(token)
        self.tell("token.userinfo_accessed", ok=True, **token.about())

    def refused(self, token, reason):
        """A bearer token that opens nothing."""
        text = token.text if token else None if reason == "Missing token" else "at_nobody"
        self.call(401, "GET", "/userinfo", bearer=text)
        self.tell("token.validation_failed", ok=False, reason=reason, **token.about() if token else {})

    def violates_session(self, token):
        """Logs out with a token that was made for something else."""
        self.call(403, "POST", "/auth/logout", bearer=token.text)
        self.violated(token)

    # The API and its tokens.

    def api(self, token, method, path, endpoint, needed, status, body=None):
        """A call of the API; which status is expected of it where the scope is there."""
        is_allowed = needed in token.scopes.split()
        status = status if is_allowed else 403
        body, _ = self.call(status, method, path, body, bearer=token.text)
        self.passed(token) if is_allowed else self.violated(token)
        self.used(token, endpoint, status)
        return body

    def used(self, token, endpoint, status):
        if token.kind == "api":
            about = token.about() | {"token": token.id, "endpoint": endpoint}
            # Why it failed is what the status is called.
            reason = http.client.responses[status] if status >= 400 else None
            self.tell("api_token.used", ok=status < 400, reason=reason, status=status, **about)
        else:
            self.tell("token.used", ok=True, **token.about())

    def read_notes(self, token):
        return self.api(token, "GET", "/api/v1/notes", "/api/v1/notes", "notes:read", 200)

    def write_note(self, token, text):
        return self.api(token, "POST", "/api/v1/notes", "/api/v1/notes", "notes:write", 201, {"text": text})

    def refused_api(self, token, reason):
        self.call(401, "GET", "/api/v1/notes", bearer=token.text)
        self.tell("token.validation_failed", ok=False, reason=reason, **token.about())
        if token.kind == "api":
            self.used(token, "/api/v1/notes", 401)

    def make_api_token(self, session, scopes):
        is_allowed = all(scope in ("notes:read", "notes:write", "tokens:read") for scope in scopes.split())
        wanted = {"name": "a program", "scopes": scopes}
        status = 201 if is_allowed else 400
        body = self.api(session, "POST", "/api/v1/tokens", "/api/v1/tokens", "tokens:write", status, wanted)
        self.allowed(WEB, is_allowed)
        if is_allowed:
            token = Token(self.ledger.secret(body["token"]), "api", WEB, scopes, self, id=body["id"])
            self.tell("token.generated", ok=True, source="api", lives=LIVES["api"], **token.about())
            self.tokens.append(token)
            return token

    def allowed(self, client, is_allowed, user=True):
        about = {"client": client, "user": self.user if user else None}
        if is_allowed:
            self.tell("scope.validated", ok=True, **about)
        else:
            self.tell("scope.violation", ok=False, reason="Scope not allowed", **about)

    def list_api_tokens(self, token):
        body = self.api(token, "GET", "/api/v1/tokens", "/api/v1/tokens", "tokens:read", 200)
        mine = {token.id for token in self.tokens if token.kind == "api"}
        assert not token.scopes.count("tokens:read") or {row["id"] for row in body["tokens"]} == mine, body

    def usage(self, token, id, status=200, query=""):
        endpoint = "/api/v1/tokens/{id}/usage"
        return self.api(token, "GET", f"/api/v1/tokens/{id}/usage{query}", endpoint, "tokens:read", status)

    def delete_api_token(self, session, id, status=204):
        self.api(session, "DELETE", f"/api/v1/tokens/{id}", "/api/v1/tokens/{id}", "tokens:write", status)
        self.died(lambda other: other.id == id)

    # OAuth.

    def authorize(self, session, client, scope, redirect=None, method="S256"):
        """A code and its verifier; without, what came instead."""
        verifier = self.ledger.secret(secrets.token_urlsafe(32))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": client,
            "redirect_uri": redirect or REDIRECT.get(client, "https://nowhere.example/"),
            "code_challenge": challenge,
            "code_challenge_method": method,
            "scope": scope,
            "state": "x y&z",
        }
        path = "/oauth/authorize?" + urllib.parse.urlencode(query)
        status, body, headers = self.caller.call("GET", path, bearer=session.text)
        self.passed(session)
        if status == 302:
            location = headers["Location"]
            assert location.startswith(query["redirect_uri"]), location
            back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
            assert back["state"] == query["state"], location
            self.allowed(client, "code" in back)
            if "code" in back:
                return self.ledger.secret(back["code"]), verifier
            return back["error"]
        assert status == 400, (status, body)
        if body["error"] == "invalid_client":
            self.tell("token.client_invalid", ok=False, reason="Unknown client", client=client)
        else:
            reason = "Unknown redirect URI" if method == "S256" else "Unsupported challenge method"
            reason = "Grant not allowed for client" if body["error"] == "unauthorized_client" else reason
            self.tell("token.validation_failed", ok=False, reason=reason, client=client)
        return body["error"]

    def token_request(self, expected, grant, client, secret=None, basic=False, **form):
        form["grant_type"] = grant
        secret = SECRETS.get(client) if secret is None else secret
        more = {}
        if basic:
            more["basic"] = base64.b64encode(f"{client}:{secret}".encode()).decode()
        else:
            form |= {"client_id": client} | ({"client_secret": secret} if secret else {})
        body, _ = self.call(expected, "POST", "/oauth/token", form=form, **more)
        return body

    def issued(self, body, grant, client, session, family, with_user=True):
        made = []
        for kind, name in [("access", "access_token"), ("refresh", "refresh_token")]:
            if body.get(name):
                person = self if with_user else None
                text = self.ledger.secret(body[name])
                token = Token(text, kind, client, body["scope"], person, session, family)
                self.tell("token.issued", ok=True, grant=grant, lives=LIVES[kind], **token.about())
                made.append(token)
        self.tokens += made
        return made

    def exchange(self, session, client, code, verifier, **more):
        grant = "authorization_code"
        form = {"code": code, "code_verifier": verifier, "redirect_uri": REDIRECT[client]}
        body = self.token_request(200, grant, client, **form, **more)
        return self.issued(body, grant, client, session.session, object())

    def refused_exchange(self, event, reason, client, code, verifier, status=400, user=False, secret=None, **more):
        form = {"code": code, "code_verifier": verifier, "redirect_uri": REDIRECT.get(client, "")} | more
        self.token_request(status, "authorization_code", client, secret, **form)
        about = {"user": self.user} if user else {}
        self.tell(event, ok=False, reason=reason, client=client, grant="authorization_code", **about)

    def replayed(self, client, family):
        """A code that was used came again: what is told beside the invalid code."""
        about = "An authorization code came again: its tokens are revoked"
        self.tell("suspicious_activity", ok=False, reason=about, client=client, user=self.user)
        self.died(lambda other: other.family is family)

    def oauth_refresh(self, token):
        body = self.token_request(200, "refresh_token", token.client, refresh_token=token.text)
        token.is_alive = False
        self.tell("token.refresh", ok=True, grant="refresh_token", **token.about())
        return self.issued(body, "refresh_token", token.client, token.session, token.family)

    def refused_oauth_refresh(self, token, reason):
        self.token_request(400, "refresh_token", token.client, refresh_token=token.text)
        self.tell_refused_refresh(token, reason, grant="refresh_token")

    def for_itself(self, scope):
        grant, is_allowed = "client_credentials", scope in SCOPES["batch"].split()
        body = self.token_request(200 if is_allowed else 400, grant, "batch", basic=True, scope=scope)
        self.allowed("batch", is_allowed, user=False)
        if is_allowed:
            return self.issued(body, grant, "batch", None, None, with_user=False)[0]

    def refused_request(self, event, reason, status, grant, client, secret=None, is_known=True):
        self.token_request(status, grant, client, secret=secret)
        self.tell(event, ok=False, reason=reason, client=client, grant=grant if is_known else None)
