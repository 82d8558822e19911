"""The server: one page and two requests, on the loopback interface, for the holder of a random token.

Any page in a browser can send requests to this machine. So a request must name the very host that is served (no name
that was made to point here, DNS rebinding), must come from the page itself (``Origin``), and must carry the token,
which only the address that was printed has: in its fragment, so that it is in no log and no referrer.
"""

from __future__ import annotations

import json
import secrets
import socketserver
from collections.abc import Callable
from functools import lru_cache
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any

import despin
from despin.config import Config
from despin.errors import ConfigError
from despin.jsontext import dumps
from despin.repairer import Repairer
from despin.report import Report
from despin.reports.page import BRAND, asset, head, policy, view

__all__ = ["ReviewServer"]

_HOST = "127.0.0.1"
_MOST_BYTES = 2 << 20
_SECONDS = 30.0  # that a connection may be silent
_AT_ONCE = 8  # connections
_STYLES = ("theme.css", "serve.css")
_SCRIPTS = ("text.js", "serve.js")

Inspect = Callable[[str, str, "bool | None"], Report]


def _plain(profile: str) -> Repairer:
    return Repairer(config=Config.of(profile))  # type: ignore[arg-type]


class ReviewServer:
    """Serves the page until it is closed.

    Args:
        repairer_of: Gives the repairer of a profile (``safe``, ``balanced``, ``eager``).
        port: Of the loopback interface; 0 takes a free one.
        profile, spun: What the page proposes.
        max_bytes: Of a request.

    Raises:
        OSError: The port is taken.
    """

    def __init__(
        self,
        repairer_of: Callable[[str], Repairer] = _plain,
        port: int = 0,
        *,
        profile: str = "balanced",
        spun: bool = False,
        max_bytes: int = _MOST_BYTES,
    ) -> None:
        self.token = secrets.token_urlsafe(24)
        repairers = lru_cache(maxsize=8)(repairer_of)

        @lru_cache(maxsize=4)
        def inspect(text: str, profile: str, spun: bool | None) -> Report:
            return repairers(profile).inspect(text, spun=spun)

        self._server = _Server(port, self.token, inspect, max_bytes, _page(profile, spun))
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        """The address to open; it holds the token."""
        return f"http://{_HOST}:{self.port}/#{self.token}"

    def serve(self) -> None:
        """Answer until an exception comes, or `close` is called from another thread."""
        self._server.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        """Stop answering and let the port go."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """A thread a connection, and no more than some at a time."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, token: str, inspect: Inspect, max_bytes: int, page: str) -> None:
        self.page = page.encode()
        self.token = token
        self.inspect = inspect
        self.max_bytes = max_bytes
        self._free = BoundedSemaphore(_AT_ONCE)
        super().__init__((_HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking name servers who this machine is."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = _HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, or close it if there are too many."""
        if not self._free.acquire(timeout=1.0):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, then make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error of ours."""


class _RefusedError(Exception):
    """A request that is not answered: status and reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    """One request a connection."""

    server: _Server
    server_version = "despin"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """The page; it holds no secret."""
        try:
            self._check_host()
            if self.path != "/":
                raise _RefusedError(404, "there is only one page, /")
            self._send(200, self.server.page, "text/html; charset=utf-8")
        except _RefusedError as refused:
            self._refuse(refused)

    def do_POST(self) -> None:
        """Inspect a text, or apply the accepted edits."""
        try:
            origin = f"http://{self._check_host()}"
            if self.headers.get("Origin") != origin:
                raise _RefusedError(403, "only the page itself may ask")
            if not compare_digest(self.headers.get("X-Despin-Token", "").encode(), self.server.token.encode()):
                raise _RefusedError(403, "the token is wrong: open the address that despin serve printed")
            actions = {"/inspect": self._inspect, "/apply": self._apply}
            if self.path not in actions:
                raise _RefusedError(404, "nothing is there")
            answer = actions[self.path](self._body())
            self._send(200, dumps(answer).encode(), "application/json")
        except _RefusedError as refused:
            self._refuse(refused)

    def _check_host(self) -> str:
        """The host that the request names, if it is this one."""
        host = self.headers.get("Host", "")
        if host not in (f"{_HOST}:{self.server.server_port}", f"localhost:{self.server.server_port}"):
            raise _RefusedError(421, "this is another host")
        return host

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            raise _RefusedError(411, "the request must tell its length")
        if int(length) > self.server.max_bytes:
            raise _RefusedError(413, f"the text is too long; {self.server.max_bytes:,} bytes are taken at most")
        if self.headers.get_content_type() != "application/json":
            raise _RefusedError(415, "the request must be JSON")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise _RefusedError(400, "the request is no valid JSON") from None
        if not isinstance(body, dict):
            raise _RefusedError(400, "the request is no JSON object")
        return body

    def _report(self, body: dict[str, Any]) -> Report:
        text, profile, spun = body.get("text"), body.get("profile", "balanced"), body.get("spun")
        if not isinstance(text, str) or not isinstance(profile, str) or spun not in (None, True, False):
            raise _RefusedError(400, "give text, profile and spun")
        try:
            return self.server.inspect(text, profile, spun)
        except ConfigError as error:
            raise _RefusedError(400, str(error)) from None

    def _inspect(self, body: dict[str, Any]) -> dict[str, Any]:
        report = self._report(body)
        return {"spin": report.spin, "rate": report.rate, "family": report.family, **view(report)}

    def _apply(self, body: dict[str, Any]) -> dict[str, Any]:
        report, rejected = self._report(body), body.get("rejected", [])
        if not isinstance(rejected, list) or not all(type(n) is int and 0 <= n < len(report.edits) for n in rejected):
            raise _RefusedError(400, "rejected are numbers of edits")
        left = {report.edits[n] for n in rejected}
        return {"text": report.apply(lambda edit: edit not in left)}

    def _refuse(self, refused: _RefusedError) -> None:
        self._send(refused.status, dumps({"error": str(refused)}).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": f"{_policy()}; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: texts are nobody's business."""


def _policy() -> str:
    return policy([asset(name) for name in _STYLES], [asset(name) for name in _SCRIPTS], "'self'")


def _page(profile: str, spun: bool) -> str:
    styles, scripts = [asset(name) for name in _STYLES], [asset(name) for name in _SCRIPTS]
    start = head(f"despin {despin.__version__}: review", styles, scripts, "'self'")
    body = asset("serve.html").replace("{brand}", BRAND)
    body = body.replace(f'<option value="{profile}">', f'<option value="{profile}" selected>')
    return start + (body.replace('id="spun"', 'id="spun" checked') if spun else body)
