"""``despin score``: the spin probability and rate of each text."""

from __future__ import annotations

import argparse
import json

import despin
from despin.cli.common import Complaints, add_inputs, read_inputs, write_out

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_inputs(parser)
    parser.add_argument("--min", type=float, default=0.0, metavar="P", help="only texts at or above this probability")
    parser.add_argument("--json", action="store_true", help="one JSON object a file")
    parser.add_argument("--dictionary", action="append", default=[], metavar="TSV", help="rows of your own")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    complain = Complaints()
    # nothing is decoded: an impossible threshold keeps the document closed
    tool = despin.Repairer(arguments.dictionary, despin.Config(min_spin=1.0, fuzzy=False))
    for name, text in read_inputs(arguments.files, complain):
        report = tool.inspect(text)
        if report.spin < arguments.min:
            continue
        if arguments.json:
            record = {"file": name, "spin": round(report.spin, 4), "rate": round(report.rate, 4)}
            write_out(json.dumps({**record, "version": despin.__version__}, ensure_ascii=False) + "\n")
        else:
            write_out(f"{report.spin:.3f}\t{report.rate:.3f}\t{name}\n")
    return 2 if complain.count else 0
