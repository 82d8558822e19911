"""What the commands share: their options, reading inputs, and colour."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from despin.errors import ConfigError, SlowPatternError

if TYPE_CHECKING:
    from despin import Repairer, Report

__all__ = [
    "add_inputs",
    "add_settings",
    "inspect_inputs",
    "known_spun",
    "read_inputs",
    "repairer",
    "wants_color",
    "write_out",
]

STDIN_NAME = "-"


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """The input files."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="UTF-8 text files; - or none: standard input")


def add_settings(parser: argparse._ActionsContainer) -> None:
    """The settings of the repairer."""
    parser.add_argument(
        "--profile",
        choices=("safe", "balanced", "eager"),
        default="balanced",
        help="how sure an edit must be (default: balanced)",
    )
    parser.add_argument("--min-confidence", type=float, metavar="P", help="least confidence of an edit, 0 to 1")
    parser.add_argument("--min-spin", type=float, metavar="P", help="least spin probability of a text, 0 to 1")
    known = parser.add_mutually_exclusive_group()
    known.add_argument("--spun", action="store_true", help="the texts are known to be spun")
    known.add_argument("--not-spun", action="store_true", help="the texts are known to be sound")
    parser.add_argument("--dictionary", action="append", default=[], metavar="TSV", help="rows of your own")
    parser.add_argument("--protect", action="append", default=[], metavar="REGEX", help="never change what matches")
    parser.add_argument("--protect-text", action="append", default=[], metavar="TEXT", help="never change this phrase")
    parser.add_argument("--keep-quotations", action="store_true", help="leave text in quotation marks alone")
    parser.add_argument("--no-fuzzy", action="store_true", help="do not look for damaged phrases")
    parser.add_argument("--no-typography", action="store_true", help="leave damaged spacing and quotation marks")


def known_spun(arguments: argparse.Namespace) -> bool | None:
    """What the caller says about the texts."""
    return True if arguments.spun else False if arguments.not_spun else None


def repairer(arguments: argparse.Namespace) -> Repairer:
    """The repairer that the options ask for.

    Raises:
        ConfigError: A pattern or setting is wrong.
    """
    from despin import Config, Repairer
    from despin.text.patterns import compiled

    changes: dict[str, float | bool] = {
        "quotations": not arguments.keep_quotations,
        "fuzzy": not arguments.no_fuzzy,
        "typography": not arguments.no_typography,
    }
    for name in ("min_confidence", "min_spin"):
        if getattr(arguments, name) is not None:
            changes[name] = getattr(arguments, name)
    rules: list[Any] = list(arguments.protect_text)
    for pattern in arguments.protect:
        try:
            rules.append(compiled(pattern))
        except ConfigError as error:
            raise ConfigError(f"--protect {pattern}: {error}") from None
    return Repairer(arguments.dictionary, Config.of(arguments.profile, **changes), rules)


def inspect_inputs(
    tool: Repairer, files: list[str], spun: bool | None, complain: Callable[[str, str], None], *, empty: bool = False
) -> Iterator[tuple[str, Report]]:
    """Name and report of each input that can be read and inspected, see `read_inputs`."""
    for name, text in read_inputs(files, complain, empty=empty):
        try:
            report = tool.inspect(text, spun=spun)
        except SlowPatternError as error:
            complain(name, str(error))
        else:
            yield name, report


def read_inputs(
    files: list[str], complain: Callable[[str, str], None], *, empty: bool = False
) -> Iterator[tuple[str, str]]:
    """Name and text of each input that can be read; `complain(name, reason)` is called for every other.

    Args:
        empty: Whether an input without a byte is a text like others; to who wants output it is most often a mistake.

    Raises:
        ConfigError: No file is named and standard input is a terminal.
    """
    if not files and sys.stdin.isatty():
        raise ConfigError("no FILE given and standard input is a terminal; name a file, or pipe a text in")
    for name in files or [STDIN_NAME]:
        try:
            data = sys.stdin.buffer.read() if name == STDIN_NAME else Path(name).read_bytes()
        except OSError as error:
            complain(name, (error.strerror or str(error)).lower())
            continue
        if not data and not empty:
            complain(name, "is empty")
            continue
        try:
            yield name, data.decode("utf-8")
        except UnicodeDecodeError as error:
            complain(name, f"is not UTF-8 (byte {error.start}: 0x{data[error.start]:02x}); convert it first")


class Complaints:
    """Messages about single files; counts them, so that the command can fail at its end."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, name: str, reason: str) -> None:
        self.count += 1
        shown = "standard input" if name == STDIN_NAME else name
        print(f"despin: {shown}: {reason}", file=sys.stderr)


def write_out(text: str) -> None:
    """Write to standard output as UTF-8, line ends untouched."""
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(text)
    else:
        stream.write(text.encode("utf-8"))


def wants_color(choice: str) -> bool:
    """Whether to colour: as told, or on a terminal unless NO_COLOR is set."""
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
