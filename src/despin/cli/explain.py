"""``despin explain``: each edit with its confidence, the other readings, and the dictionary row behind it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import despin
from despin.cli.common import (
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
    from despin import Edit, Report

__all__ = ["add", "run"]

_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_CONTEXT = 36


def add(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_inputs(parser)
    parser.add_argument("--all", action="store_true", help="also the repairs that were considered and left")
    parser.add_argument("--json", action="store_true", help="one JSON object a file")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    complain = Complaints()
    tool, spun = repairer(arguments), known_spun(arguments)
    color = wants_color(arguments.color)
    for name, report in inspect_inputs(tool, arguments.files, spun, complain):
        if arguments.json:
            record = {"file": name, **report.to_dict(), "version": despin.__version__}
            if not arguments.all:
                del record["skipped"]
            write_out(json.dumps(record, ensure_ascii=False) + "\n")
        else:
            write_out("\n".join(_lines(name, report, arguments.all, color)) + "\n")
    return 2 if complain.count else 0


def _lines(name: str, report: Report, everything: bool, color: bool) -> Iterator[str]:
    yield f"{name}: spin probability {report.spin:.3f}, rate {report.rate:.2f}, {len(report.edits)} edits"
    made = [(edit, True) for edit in report.edits]
    left = [(edit, False) for edit in report.skipped] if everything else []
    if not made and not left:
        yield "  nothing found"
    at, line, line_start = 0, 1, 0
    for edit, done in sorted(made + left, key=lambda pair: pair[0].start):
        newlines = report.text.count("\n", at, edit.start)
        if newlines:
            line += newlines
            line_start = report.text.rindex("\n", at, edit.start) + 1
        at = edit.start
        yield from _edit(report.text, edit, done, f"{line}:{edit.start - line_start + 1}", color)


def _edit(text: str, edit: Edit, done: bool, place: str, color: bool) -> Iterator[str]:
    bold, dim, reset = (_BOLD, _DIM, _RESET) if color else ("", "", "")
    after = edit.after or "(nothing)"
    yield f"{place}: {bold}{edit.before} -> {after}{reset}  {edit.confidence:.2f}{'' if done else '  (left alone)'}"
    left = text[max(0, edit.start - _CONTEXT) : edit.start].replace("\n", " ")
    right = text[edit.end : edit.end + _CONTEXT].replace("\n", " ")
    yield f"    {dim}...{left}{reset}[{edit.before}]{dim}{right}...{reset}"
    yield f"    row: {edit.rule}"
    if edit.alternatives:
        others = ", ".join(f"{other.text or '(nothing)'} {other.confidence:.2f}" for other in edit.alternatives)
        yield f"    other readings: {others}"
