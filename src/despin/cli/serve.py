"""``despin serve``: paste a text in the browser, accept or reject each edit, copy the result."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING

from despin.cli.common import add_settings, known_spun, repairer
from despin.errors import ConfigError

if TYPE_CHECKING:
    from despin import Repairer

__all__ = ["add", "run"]

_HIGHEST_PORT = 65535


def add(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--port", type=int, default=0, help="of this machine (default: a free one)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command until it is stopped."""
    from despin.serve import ReviewServer

    if not 0 <= arguments.port <= _HIGHEST_PORT:
        raise ConfigError(f"--port is {arguments.port}; give a number from 0 to {_HIGHEST_PORT}")
    repairer(arguments)  # what is wrong with the settings is told now

    def repairer_of(profile: str) -> Repairer:
        return repairer(argparse.Namespace(**{**vars(arguments), "profile": profile}))

    server = ReviewServer(repairer_of, arguments.port, profile=arguments.profile, spun=known_spun(arguments) is True)
    print(f"Open {server.url}", flush=True)
    print("It is for this machine only. Ctrl-C stops it.", file=sys.stderr)
    if arguments.open:
        webbrowser.open(server.url)
    with suppress(KeyboardInterrupt):
        server.serve()
    return 0
