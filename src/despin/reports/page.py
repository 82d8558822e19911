"""Pages that need nothing but themselves: styles and scripts inside, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from despin.jsontext import dumps
from despin.report import Report

__all__ = ["BRAND", "asset", "head", "json_block", "policy", "view"]

BRAND = (
    '<span class="brand"><svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.6" '
    'stroke-linecap="round" aria-hidden="true"><path d="M30 27H14A10 10 0 1 1 24 17a6.5 6.5 0 1 1-6.5-6.5'
    'A3.2 3.2 0 0 1 20.7 13.7"/></svg>despin</span>'
)


@cache
def asset(name: str) -> str:
    """A style sheet or script of the package."""
    return files("despin.reports").joinpath("assets", name).read_text("utf-8")


def policy(styles: list[str], scripts: list[str], connect: str = "'none'") -> str:
    """The content security policy of a page with just these styles and scripts.

    Args:
        styles, scripts: As they stand in the page.
        connect: Where scripts may send requests to.
    """
    return (
        f"default-src 'none'; style-src {_hashes(styles)}; script-src {_hashes(scripts)}; connect-src {connect}; "
        "base-uri 'none'; form-action 'none'"
    )


def head(title: str, styles: list[str], scripts: list[str], connect: str = "'none'") -> str:
    """A page up to its body."""
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(styles, scripts, connect))}">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        '<meta name="referrer" content="no-referrer">\n',
        f"<title>{escape(title)}</title>\n",
        *(f"<style>{style}</style>\n" for style in styles),
        *(f"<script>{script}</script>\n" for script in scripts),
        "</head>\n",
    ]
    return "".join(parts)


def json_block(value: Any, attributes: str) -> str:
    """Data for a page's script; nothing in it can end the block or begin another."""
    written = dumps(value).replace("<", "\\u003c")
    return f'<script type="application/json" {attributes}>{written}</script>\n'


def view(report: Report) -> dict[str, Any]:
    """A report as the scripts want it: paragraphs of strings and numbers of edits, so that no offsets are needed."""
    paragraphs: list[list[str | int]] = [[]]
    at = 0
    for number, edit in enumerate(report.edits):
        _flow(paragraphs, report.text[at : edit.start])
        paragraphs[-1].append(number)
        at = edit.end
    _flow(paragraphs, report.text[at:])
    edits = [
        [
            edit.before,
            edit.after,
            round(edit.confidence, 3),
            [[other.text, round(other.confidence, 3)] for other in edit.alternatives],
            edit.rule,
        ]
        for edit in report.edits
    ]
    return {"p": [runs for runs in paragraphs if runs], "e": edits}


def _flow(paragraphs: list[list[str | int]], text: str) -> None:
    """Add text; each line end begins a new paragraph."""
    first, *others = text.replace("\r\n", "\n").split("\n")
    if first:
        paragraphs[-1].append(first)
    paragraphs += ([line] if line.strip() else [] for line in others)


def _hashes(contents: list[str]) -> str:
    digests = (hashlib.sha256(content.encode()).digest() for content in contents)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
