"""The service as a process, and how to talk to it: from any loopback address, or through a proxy it trusts."""

import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
import urllib.parse

PROXY = "127.0.0.1"

CLIENTS = [
    {
        "id": "dashboard",
        "secret": "dashboard-secret-0123456789",
        "redirect_uris": ["https://dashboard.example/back"],
        "grants": ["authorization_code", "refresh_token"],
        "scopes": "openid email notes:read",
    },
    {
        "id": "mobile",
        "redirect_uris": ["com.example.app:/back"],
        "grants": ["authorization_code"],
        "scopes": "openid notes:read notes:write",
    },
    {
        "id": "batch",
        "secret": "batch-secret-0123456789",
        "grants": ["client_credentials"],
        "scopes": "notes:read",
    },
]


class Service:
    """One service in a fresh folder on a free port."""

    def __init__(self, program, settings):
        self.folder = tempfile.TemporaryDirectory(prefix="auth-service-")
        self.logs = os.path.join(self.folder.name, "logs")
        clients = os.path.join(self.folder.name, "clients.json")
        with open(clients, "w") as file:
            json.dump(CLIENTS, file)
        environment = {name: text for name, text in os.environ.items() if not name.startswith("METRICS_")}
        environment |= {
            "PORT": "0",
            "STATE_FOLDER": os.path.join(self.folder.name, "state"),
            "OAUTH_CLIENTS": clients,
            "TRUSTED_PROXIES": PROXY,
            "METRICS_FORMAT": "file",
            "METRICS_FILE_PATH": os.path.join(self.logs, "auth.jsonl"),
            # A disk that others keep busy is no reason to refuse a login.
            "METRICS_MAX_WAIT": "20s",
        } | settings
        self.process = subprocess.Popen(
            [program, "--dev"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        first = self.process.stdout.readline()
        if not first.startswith("listening on "):
            raise SystemExit(f"the service did not start: {first}{self.process.stderr.read()}")
        self.port = int(first.rsplit(":", 1)[1])

    def stop(self, how):
        """Ends it as an operator would, or as nobody should; what it said on stderr."""
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=30)
        if self.process.returncode != (-how if how == signal.SIGKILL else 0):
            raise SystemExit(f"the service ended with {self.process.returncode}: {said}")
        return said

    def lines(self):
        """Every line of the log, rotated files included."""
        for name in sorted(os.listdir(self.logs)):
            with open(os.path.join(self.logs, name)) as file:
                yield from file

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


class Caller:
    """One client program: an address, a user agent, a connection that is kept."""

    requests = 0
    counting = threading.Lock()

    def __init__(self, service, number, agent):
        self.agent = agent
        # Every other one comes through the proxy. Those that do not lie about where they come from.
        if number % 2:
            self.ip = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            source, self.forwarded = PROXY, f"203.0.113.99, {self.ip}"
        else:
            self.ip = f"127.{1 + (number >> 16 & 127)}.{number >> 8 & 255}.{number & 255 | 1}"
            source, self.forwarded = self.ip, "203.0.113.99"
        self.connection = http.client.HTTPConnection(PROXY, service.port, timeout=20, source_address=(source, 0))

    def call(self, method, path, body=None, form=None, bearer=None, basic=None):
        """Status, body, headers of an answer."""
        headers = {"User-Agent": self.agent, "X-Forwarded-For": self.forwarded}
        if body is not None:
            headers["Content-Type"], body = "application/json", json.dumps(body)
        if form is not None:
            headers["Content-Type"], body = "application/x-www-form-urlencoded", urllib.parse.urlencode(form)
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        if basic is not None:
            headers["Authorization"] = f"Basic {basic}"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        with Caller.counting:
            Caller.requests += 1
        is_json = answer.getheader("Content-Type", "").startswith("application/json")
        return answer.status, json.loads(text) if is_json else None, answer.headers
