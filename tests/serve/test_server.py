"""The server of ``despin serve``: what it answers, and whom it does not."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

import despin
from despin.serve import ReviewServer

TEXT = "The Kremlin stated on Friday that the 2 sides will go over methods. He met his Russian equivalent."


@pytest.fixture(scope="module")
def server() -> Iterator[ReviewServer]:
    made = ReviewServer(max_bytes=100_000)
    threading.Thread(target=made.serve, daemon=True).start()
    yield made
    made.close()


def ask(
    server: ReviewServer, path: str = "/inspect", body: Any = None, method: str = "POST", **headers: str | None
) -> tuple[int, dict[str, str], Any]:
    origin = f"http://127.0.0.1:{server.port}"
    given = {
        "Host": origin[7:],
        "Origin": origin,
        "X-Despin-Token": server.token,
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    data = body if isinstance(body, bytes) else json.dumps(body or {"text": TEXT, "spun": True}).encode()
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Content-Length": str(len(data)), **given}.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(data if method == "POST" else None)
    answer = connection.getresponse()
    read = answer.read()
    connection.close()
    is_json = answer.headers.get_content_type() == "application/json"
    return answer.status, dict(answer.headers), json.loads(read) if is_json else read.decode()


def test_the_page(server: ReviewServer) -> None:
    status, headers, page = ask(server, "/", method="GET")
    assert status == 200
    assert server.token not in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg", "", page.replace("http-equiv", ""))


def test_inspect_and_apply(server: ReviewServer) -> None:
    status, _, found = ask(server)
    report = despin.inspect(TEXT, spun=True)
    assert status == 200
    assert [edit[:2] for edit in found["e"]] == [[e.before, e.after] for e in report.edits]
    assert len(report.edits) > 2
    for rejected in ([], [0], [1, 2], list(range(len(report.edits)))):
        left = {report.edits[n] for n in rejected}
        _, _, answer = ask(server, "/apply", {"text": TEXT, "spun": True, "rejected": rejected})
        assert answer["text"] == report.apply(lambda edit, left=left: edit not in left)


def test_a_slow_pattern_is_told() -> None:
    made = ReviewServer(lambda profile: despin.Repairer(protect=[re.compile("(?:a|a|aa)+$")]))
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        status, _, answer = ask(made, body={"text": "a" * 60 + "!", "spun": True})
    finally:
        made.close()
    assert status == 400
    assert answer["error"].startswith("protection rule 1 ('(?:a|a|aa)+$') took longer than 1 s on the text 'aaa")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": None}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": None}, 403),
        ({"Origin": "https://127.0.0.1"}, 403),
        ({"X_Despin_Token": None}, 403),
        ({"X_Despin_Token": ""}, 403),
        ({"X_Despin_Token": "é"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Length": None}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "²"}, 411),
        ({"Content_Length": "100001"}, 413),
        ({"Transfer_Encoding": "chunked"}, 411),
    ],
    ids=str,
)
def test_whom_it_does_not_answer(server: ReviewServer, headers: dict[str, str | None], status: int) -> None:
    got, _, answer = ask(server, **headers)
    assert got == status
    assert set(answer) == {"error"}


def test_another_name_of_this_machine(server: ReviewServer) -> None:
    name = f"localhost:{server.port}"
    assert ask(server, Host=name, Origin=f"http://{name}")[0] == 200
    assert ask(server, "/", method="GET", Host=name)[0] == 200
    assert ask(server, "/", method="GET", Host="evil.example")[0] == 421


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/nothing", None, 404),
        ("/inspect", b"{", 400),
        ("/inspect", b"[]", 400),
        ("/inspect", b"[" * 50_000, 400),
        ("/inspect", b"\xff", 400),
        ("/inspect", {"text": 1}, 400),
        ("/inspect", {"text": "x", "profile": "wild"}, 400),
        ("/inspect", {"text": "x", "spun": "yes"}, 400),
        ("/apply", {"text": TEXT, "spun": True, "rejected": [99]}, 400),
        ("/apply", {"text": TEXT, "spun": True, "rejected": [-1]}, 400),
        ("/apply", {"text": TEXT, "spun": True, "rejected": {"a": 1}}, 400),
    ],
)
def test_bad_requests(server: ReviewServer, path: str, body: Any, status: int) -> None:
    got, _, answer = ask(server, path, body)
    assert (got, set(answer)) == (status, {"error"})


def test_only_this_machine_is_listened_to(server: ReviewServer) -> None:
    with pytest.raises(OSError, match=r"refused"), socket.create_connection(("127.0.0.2", server.port), 5):
        pass


def test_other_methods(server: ReviewServer) -> None:
    assert ask(server, method="PUT")[0] == 501
    assert ask(server, "/x", method="GET")[0] == 404


def test_connections_that_say_nothing_do_not_fill_it(server: ReviewServer) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    for one in silent:
        one.close()
    assert ask(server)[0] == 200


def test_the_command() -> None:
    command = [sys.executable, "-m", "despin", "serve", "--profile", "eager"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = process.stdout.readline()
        match = re.fullmatch(r"Open http://127\.0\.0\.1:(\d+)/#([\w-]{32})\n", said)
        assert match
        connection = HTTPConnection("127.0.0.1", int(match[1]), timeout=20)
        connection.request("GET", "/")
        assert '<option value="eager" selected>' in connection.getresponse().read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert os.name == "posix"


def test_a_wrong_port(capsys: pytest.CaptureFixture[str]) -> None:
    from despin.cli import main

    assert main(["serve", "--port", "70000"]) == 2
    assert "--port is 70000; give a number from 0 to 65535" in capsys.readouterr().err
