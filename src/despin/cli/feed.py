"""``despin feed``: a feed in, the same feed out with its texts repaired."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from despin.cli.common import STDIN_NAME, add_settings, known_spun, repairer
from despin.errors import ConfigError, InputError, SlowPatternError

if TYPE_CHECKING:
    from despin.feeds import FeedResult

__all__ = ["add", "run"]

_MEGABYTE = 1 << 20
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


def add(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("source", metavar="URL|FILE", help="RSS, Atom or JSON Feed; - : standard input")
    parser.add_argument("-o", "--output", metavar="FILE", help="where the feed goes (default: standard output)")
    parser.add_argument("--report", metavar="FILE", help="what was found: FILE.html, .json, .jsonl or .sarif")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="S", help="seconds for everything (default: 30)")
    parser.add_argument("--max-size", type=float, default=32.0, metavar="MB", help="longest feed (default: 32)")
    parser.add_argument("--max-redirects", type=int, default=5, metavar="N", help="redirects followed (default: 5)")
    parser.add_argument("--allow-private", action="store_true", help="let addresses of private networks be fetched")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--cache", metavar="FOLDER", help="where feeds are kept (default: in the user's cache folder)")
    kept.add_argument("--no-cache", action="store_true", help="keep nothing, ask for everything")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from despin.feeds import repair_feed
    from despin.reports import check_report_path

    if arguments.report:
        check_report_path(arguments.report)
    for name in ("timeout", "max_size"):
        if not getattr(arguments, name) > 0:
            raise ConfigError(f"--{name.replace('_', '-')} is {getattr(arguments, name):g}; give more than 0")
    tool = repairer(arguments)
    data, content_type = _read(arguments)
    try:
        result = repair_feed(data, tool, content_type=content_type, spun=known_spun(arguments))
    except (InputError, SlowPatternError) as error:
        raise type(error)(f"{_shown(arguments.source)}: {error}") from None
    _write(result.data, arguments.output)
    if arguments.report:
        _report(result, arguments.source, arguments.report)
    edits = [len(entry.report.edits) for entry in result.entries]
    touched = sum(map(bool, edits))
    print(
        f"{_shown(arguments.source)}: {result.kind}, {len(edits)} items, {touched} repaired, {sum(edits)} edits",
        file=sys.stderr,
    )
    return 0


def _shown(source: str) -> str:
    return "standard input" if source == STDIN_NAME else source


def _read(arguments: argparse.Namespace) -> tuple[bytes, str | None]:
    """The feed, and what kind of thing the server said it is."""
    source, most = arguments.source, int(arguments.max_size * _MEGABYTE)
    scheme = _SCHEME.match(source)
    if scheme and not Path(source).exists():
        return _fetch(arguments, most, scheme[1].lower())
    with sys.stdin.buffer if source == STDIN_NAME else open(source, "rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise InputError(f"{_shown(source)}: is longer than {arguments.max_size:g} MB; raise --max-size")
    return data, None


def _fetch(arguments: argparse.Namespace, most: int, scheme: str) -> tuple[bytes, str]:
    if scheme == "file":
        raise ConfigError(f"{arguments.source}: file: addresses are refused; give the path of the file instead")
    from despin.feeds.cache import default_folder
    from despin.feeds.fetch import Limits, fetch

    folder = None if arguments.no_cache else Path(arguments.cache) if arguments.cache else default_folder()
    limits = Limits(arguments.timeout, most, arguments.max_redirects)
    fetched = fetch(arguments.source, limits=limits, allow_private=arguments.allow_private, cache=folder)
    if fetched.cached:
        print(f"{arguments.source}: not modified, taken from the cache", file=sys.stderr)
    return fetched.data, fetched.content_type


def _write(data: bytes, output: str | None) -> None:
    """Write the feed, a file in one step."""
    if output is None or output == STDIN_NAME:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    target = Path(output).resolve()
    mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _report(result: FeedResult, source: str, path: str) -> None:
    from despin.reports import Entry, write_report

    entries = (
        Entry(source, entry.name, None, entry.report.text, entry.report)
        for entry in result.entries
        if entry.report.edits
    )
    write_report(entries, path)
