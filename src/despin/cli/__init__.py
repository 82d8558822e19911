"""The command line: ``despin repair``, ``despin score``, ``despin explain``, ``despin lexicon``.

A command is a module with ``add(parser)`` and ``run(arguments) -> int``; only the one that is called is imported.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from despin.errors import DespinError

__all__ = ["main"]

# name -> (module, one line of help)
COMMANDS = {
    "repair": ("despin.cli.repair", "put the original wording back"),
    "clean": ("despin.cli.clean", "repair files of records: JSON Lines, CSV, Parquet, WARC, folders of text"),
    "feed": ("despin.cli.feed", "repair an RSS, Atom or JSON feed, from its address or a file"),
    "serve": ("despin.cli.serve", "paste a text in the browser, and accept or reject each edit"),
    "score": ("despin.cli.score", "tell how likely texts are to be spun"),
    "explain": ("despin.cli.explain", "show each edit with its reasons"),
    "lexicon": ("despin.cli.lexicon", "check, search, measure and import dictionaries"),
}
USAGE_OR_FAILURE = 2
INTERRUPTED = 130


class _LazyParser(argparse.ArgumentParser):
    """A subcommand's parser that asks its module for the arguments when it is first needed."""

    module = ""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        if self.module:
            importlib.import_module(self.module).add(self)
            self.module = ""
        return super().parse_known_args(args, namespace)


def _parser() -> argparse.ArgumentParser:
    import despin

    parser = argparse.ArgumentParser(prog="despin", description="Find spun phrasing and put the original wording back.")
    parser.add_argument("--version", action="version", version=f"despin {despin.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_LazyParser)
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        command.module = module
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code: 0 fine, 1 spun text found (``--check``), 2 usage error or failure."""
    try:
        arguments = _parser().parse_args(argv)
        code: int = importlib.import_module(COMMANDS[arguments.command][0]).run(arguments)
        sys.stdout.flush()
        return code
    except SystemExit as exit_:  # argparse: 0 after --help, 2 after a usage error
        return exit_.code if isinstance(exit_.code, int) else USAGE_OR_FAILURE
    except BrokenPipeError:
        # the reader has gone: keep the interpreter from complaining about it when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE_OR_FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED
    except (DespinError, OSError) as error:
        if os.environ.get("DESPIN_DEBUG"):
            raise
        print(f"despin: {_told(error)}", file=sys.stderr)
        return USAGE_OR_FAILURE


def _told(error: Exception) -> str:
    """An error as the user should see it: of the system's own, the file and the reason, without its number."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror.lower()}"
    return str(error)
