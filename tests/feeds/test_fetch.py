"""Fetching, from real servers on this machine that behave well or badly."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from despin.errors import FetchError

pytest.importorskip("httpx", reason="httpx is not installed")

from despin.feeds.cache import Cache, Fetched
from despin.feeds.fetch import Limits, fetch
from despin.feeds.network import is_public

FEED = b"<rss><channel><item><title>He stated</title></item></channel></rss>"
SMALL = Limits(seconds=5, size=100_000, redirects=3)


class Handler(BaseHTTPRequestHandler):
    """Answers by what the test put at the path."""

    protocol_version = "HTTP/1.1"
    pages: dict[str, Callable[[Handler], None]]
    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.close_connection = True
        self.pages[self.path](self)

    def answer(self, body: bytes = FEED, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class Site:
    """A server, its address, and what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[Handler], None]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        handler = type("SiteHandler", (Handler,), {"pages": self.pages, "seen": self.seen})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def raw() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """A server that says what it likes: give what it does with a connection, get its address."""
    listeners: list[socket.socket] = []
    over = threading.Event()

    def start(behave: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    behave(connection)
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    start.over = over  # type: ignore[attr-defined]
    yield start
    over.set()
    for listener in listeners:
        listener.close()


def get(url: str, limits: Limits = SMALL, cache: Path | None = None) -> Fetched:
    return fetch(url, limits=limits, allow_private=True, cache=cache)


def test_a_feed(site: Site) -> None:
    site.pages["/feed?a=b%20c"] = lambda h: h.answer(Content_Type="text/xml; charset=x")
    fetched = get(f"{site.url}/feed?a=b%20c#part")
    assert (fetched.data, fetched.content_type, fetched.cached) == (FEED, "text/xml; charset=x", False)
    assert "#" not in fetched.url
    headers = site.seen[0][1]
    assert headers["user-agent"].startswith("despin/")
    assert "cookie" not in headers


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_compressed(site: Site, coding: str) -> None:
    body = gzip.compress(FEED) if coding == "gzip" else zlib.compress(FEED)
    site.pages["/"] = lambda h: h.answer(body, Content_Encoding=coding)
    assert get(site.url + "/").data == FEED


@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
def test_asked_for_what_is_newer(site: Site, tmp_path: Path, validator: str) -> None:
    value = '"v1"' if validator == "ETag" else "Mon, 06 Mar 2023 09:15:00 GMT"
    condition = "if-none-match" if validator == "ETag" else "if-modified-since"

    def page(h: Handler) -> None:
        if h.headers.get(condition) == value:
            h.answer(b"", 304)
        else:
            h.answer(**{validator.replace("-", "_"): value, "Content_Type": "text/xml"})

    site.pages["/"] = page
    first, second = (get(site.url + "/", cache=tmp_path / "feeds") for _ in range(2))
    assert (first.cached, second.cached) == (False, True)
    assert second.data == FEED
    assert second.content_type == "text/xml"
    assert len(site.seen) == 2
    (kept,) = (tmp_path / "feeds").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    # damaged: asked for anew
    kept.write_bytes(kept.read_bytes()[:-1])
    assert not get(site.url + "/", cache=tmp_path / "feeds").cached


def test_without_validators_nothing_is_kept(site: Site, tmp_path: Path) -> None:
    site.pages["/"] = lambda h: h.answer()
    get(site.url + "/", cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_cache_that_cannot_be_written(site: Site, tmp_path: Path) -> None:
    site.pages["/"] = lambda h: h.answer(ETag='"1"')
    (tmp_path / "file").touch()
    assert get(site.url + "/", cache=tmp_path / "file").data == FEED


def test_cache_files_of_another_address_are_not_used(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("http://a.example/", Fetched(FEED, "http://a.example/", etag='"1"'))
    (file,) = tmp_path.iterdir()
    head, _, body = file.read_bytes().partition(b"\n")
    assert cache.get("http://a.example/") is not None
    file.write_bytes(json.dumps({**json.loads(head), "asked": "http://b.example/"}).encode() + b"\n" + body)
    assert cache.get("http://a.example/") is None


def test_redirects(site: Site) -> None:
    for step in range(3):
        site.pages[f"/{step}"] = lambda h, n=step: h.answer(b"", 302, Location=f"/{n + 1}")
    site.pages["/3"] = lambda h: h.answer()
    assert get(f"{site.url}/0").url == f"{site.url}/3"
    site.pages["/3"] = lambda h: h.answer(b"", 301, Location="/0")
    with pytest.raises(FetchError, match="redirects more than 3 times"):
        get(f"{site.url}/0")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "gopher://x", "javascript:0", "http://[::"])
def test_redirects_to_elsewhere(site: Site, target: str) -> None:
    site.pages["/"] = lambda h: h.answer(b"", 302, Location=target)
    with pytest.raises(FetchError, match=r"not fetched|no host|cannot be fetched|answer is broken"):
        get(site.url + "/")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/", "x", "", "//x", "http:///x", "data:,x"])
def test_other_addresses(url: str) -> None:
    with pytest.raises(FetchError, match=r"not fetched|no host|no address"):
        get(url)


def test_private_addresses_are_refused(site: Site) -> None:
    site.pages["/"] = lambda h: h.answer()
    port = site.url.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"):
        with pytest.raises(FetchError, match=r"private network|cannot be found|no address"):
            fetch(f"http://{host}:{port}/", limits=SMALL)
    assert not site.seen


def test_every_hop_is_checked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that redirects to a private address: the first address is taken for a public one here."""
    from despin.feeds import network

    monkeypatch.setattr(network, "is_public", lambda address: address != "127.0.0.2")
    port = site.url.rpartition(":")[2]
    site.pages["/"] = lambda h: h.answer(b"", 302, Location=f"http://127.0.0.2:{port}/inner")
    site.pages["/inner"] = lambda h: h.answer()
    with pytest.raises(FetchError, match=r"127\.0\.0\.2, an address of a private network"):
        fetch(site.url + "/", limits=SMALL)
    assert [path for path, _ in site.seen] == ["/"]


def test_a_name_with_one_private_address_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def both(host: str, port: int, **more: object) -> list[object]:
        if host != "two.example":
            return list(real(host, port, **more))  # type: ignore[arg-type]
        return [(2, 1, 6, "", (address, port)) for address in ("93.184.216.34", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(FetchError, match=r"two\.example is 127\.0\.0\.1"):
        fetch("http://two.example/", limits=SMALL)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:192.168.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    site.pages["/"] = lambda h: h.answer()
    assert get(site.url + "/").data == FEED


@pytest.mark.parametrize("status", [204, 206, 400, 404, 500])
def test_other_answers(site: Site, status: int) -> None:
    site.pages["/"] = lambda h: h.answer(b"" if status == 204 else FEED, status)
    with pytest.raises(FetchError, match=f"answers {status}"):
        get(site.url + "/")


def test_not_modified_without_being_asked(site: Site) -> None:
    site.pages["/"] = lambda h: h.answer(b"", 304)
    with pytest.raises(FetchError, match="answers 304"):
        get(site.url + "/")


def test_long_feeds(site: Site) -> None:
    site.pages["/"] = lambda h: h.answer(b"x" * 100_001)
    with pytest.raises(FetchError, match="100,001 bytes long; more than 100,000 are not read"):
        get(site.url + "/")


def test_endless_feeds(raw: Callable[..., str]) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    with pytest.raises(FetchError, match="longer than 100,000 bytes"):
        get(raw(endless))


def test_gzip_bombs(site: Site) -> None:
    site.pages["/"] = lambda h: h.answer(gzip.compress(bytes(50 << 20)), Content_Encoding="gzip")
    with pytest.raises(FetchError, match="longer than 100,000 bytes"):
        get(site.url + "/")


@pytest.mark.parametrize(
    ("body", "coding", "message"),
    [
        (gzip.compress(FEED * 9)[:-20], "gzip", "ends in the middle"),
        (b"no gzip", "gzip", "is damaged"),
        (FEED, "br", "compressed as br, which was not asked for"),
    ],
)
def test_damaged_compression(site: Site, body: bytes, coding: str, message: str) -> None:
    site.pages["/"] = lambda h: h.answer(body, Content_Encoding=coding)
    with pytest.raises(FetchError, match=message):
        get(site.url + "/")


def test_a_server_that_promises_more_than_it_sends(site: Site) -> None:
    site.pages["/"] = lambda h: h.answer(FEED, length=90_000)
    with pytest.raises(FetchError, match="answer is broken"):
        get(site.url + "/")


def test_a_server_that_sends_more_than_it_promises(site: Site) -> None:
    site.pages["/"] = lambda h: h.answer(FEED, length=10)
    assert get(site.url + "/").data == FEED[:10]


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", b"HTTP/1.1 200"])
def test_a_server_that_hangs(raw: Callable[..., str], said: bytes) -> None:
    def hang(connection: socket.socket) -> None:
        connection.sendall(said)
        raw.over.wait(20)  # type: ignore[attr-defined]

    with pytest.raises(FetchError, match=r"did not answer within|took longer than"):
        get(raw(hang), Limits(seconds=0.5))


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_drips(raw: Callable[..., str], start: bytes) -> None:
    """Each byte comes in time; all of them would not."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        for byte in b"HTTP/1.1 200 OK\r\n" * 50:
            connection.sendall(bytes([byte]))
            if raw.over.wait(0.05):  # type: ignore[attr-defined]
                return

    with pytest.raises(FetchError, match=r"did not answer within|took longer than"):
        get(raw(drip), Limits(seconds=0.6))


@pytest.mark.parametrize("said", [b"hello\r\n\r\n", b"\0" * 100, b"HTTP/1.1 999999 X\r\n\r\n", b"A" * 300_000])
def test_no_http(raw: Callable[..., str], said: bytes) -> None:
    with pytest.raises(FetchError, match="answer is broken"):
        get(raw(lambda connection: connection.sendall(said)))


def test_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate must be trusted, and be that of the name in the address, not of the number connected to."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl here to make a certificate with")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files]
    subprocess.run(command, check=True, capture_output=True)
    site = Site()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    site.pages["/"] = lambda h: h.answer()
    port = site.url.rpartition(":")[2]
    try:
        with pytest.raises(FetchError, match="certificate verify failed"):
            get(f"https://localhost:{port}/")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert"))
        assert get(f"https://localhost:{port}/").data == FEED
        with pytest.raises(FetchError, match="certificate verify failed"):
            get(f"https://127.0.0.1:{port}/")
    finally:
        site.server.shutdown()
        site.server.server_close()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchError, match="cannot be fetched"):
        get(f"http://127.0.0.1:{port}/")


def test_an_unknown_name() -> None:
    with pytest.raises(FetchError, match=r"nowhere\.invalid cannot be found"):
        get("http://nowhere.invalid/")
