"""``despin repair``: repaired text on standard output, in place, as a diff, as a check, or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import despin
from despin.cli.common import (
    STDIN_NAME,
    Complaints,
    add_inputs,
    add_settings,
    inspect_inputs,
    known_spun,
    repairer,
    wants_color,
    write_out,
)

if TYPE_CHECKING:
    from despin import Report

__all__ = ["add", "run"]

_RED, _GREEN, _CYAN, _RESET = "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[0m"


def add(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_inputs(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--write", action="store_true", help="change the files in place")
    how.add_argument("--diff", action="store_true", help="show what would change")
    how.add_argument("--check", action="store_true", help="name the files with spun text; exit 1 if there are any")
    how.add_argument("--json", action="store_true", help="one JSON object a file, with every edit")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colour the diff")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    complain = Complaints()
    tool, spun = repairer(arguments), known_spun(arguments)
    found = 0
    empty = arguments.check or arguments.write  # among the files of a repository empty ones are usual
    for name, report in inspect_inputs(tool, arguments.files, spun, complain, empty=empty):
        found += bool(report.edits)
        _output(arguments, name, report, complain)
    if complain.count:
        return 2
    return 1 if arguments.check and found else 0


def _output(arguments: argparse.Namespace, name: str, report: Report, complain: Callable[[str, str], None]) -> None:
    if arguments.check:
        if report.edits:
            write_out(f"{name}: spun (probability {report.spin:.3f}), {len(report.edits)} edits\n")
    elif arguments.json:
        record = {"file": name, **report.to_dict(), "version": despin.__version__}
        write_out(json.dumps(record, ensure_ascii=False) + "\n")
    elif arguments.diff:
        write_out(_diff(name, report.text, report.apply(), wants_color(arguments.color)))
    elif arguments.write and name != STDIN_NAME:
        _write(Path(name), report, complain)
    else:
        write_out(report.apply())


def _diff(name: str, before: str, after: str, color: bool) -> str:
    paint = {"-": _RED, "+": _GREEN, "@": _CYAN} if color else {}
    lines = []
    for line in unified_diff(before.splitlines(True), after.splitlines(True), name, f"{name} (repaired)", n=1):
        ended = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        start = paint.get(line[0])
        lines.append(f"{start}{ended[:-1]}{_RESET}\n" if start else ended)
    return "".join(lines)


def _write(path: Path, report: Report, complain: Callable[[str, str], None]) -> None:
    """Replace the file in one step, keeping its mode; an unchanged file is not touched."""
    print(f"{path}: {len(report.edits)} edits", file=sys.stderr)
    if not report.edits:
        return
    target = path.resolve()  # a link stays a link
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as out:
            out.write(report.apply().encode("utf-8"))
            out.flush()
            os.fsync(out.fileno())
        os.chmod(temporary, target.stat().st_mode & 0o7777)
        os.replace(temporary, target)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        complain(str(path), f"cannot be written: {error.strerror or error}")
