"""Markdown: where its text stands, and its repair in place.

markdown-it-py parses CommonMark with tables, but tells positions by line only. So its tokens are laid along the source
again, character by character: each token says what must come next, and where the two disagree the block is left
alone. After the repair the document is parsed once more; a block whose structure changed gets its old text back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from despin.errors import MissingExtraError
from despin.markup.alignment import align, replay
from despin.markup.inplace import Inspector, MarkupResult, repair_map
from despin.markup.textmap import Prose, TextMap
from despin.report import Edit, Report

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ["repair_markdown", "scan_markdown"]

_FRONT_MATTER = re.compile(
    r"\A(?:---[ \t]*\n(?:.*?^)??(?:---|\.\.\.)|\+\+\+[ \t]*\n(?:.*?^)??\+\+\+)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]++")
_SPECIAL = re.compile(r"[\\`*_\[\]<>#&|~]")


def repair_markdown(
    text: str,
    repairer: Inspector,
    *,
    spun: bool | None = None,
    prior: float | None = None,
    rate: float | None = None,
) -> MarkupResult:
    """Repair a Markdown document in place.

    The text of all blocks is judged as one document, phrases that cross emphasis, links and line ends are seen whole.
    Front matter, code, addresses, pictures, HTML, footnote marks, link definitions and the layout of the source stay
    as they are.

    Args:
        text: Any `str`.
        repairer: A `despin.Repairer`.
        spun, prior, rate: See `despin.Repairer.inspect`.

    Raises:
        TypeError: `text` is not a `str`.
        MissingExtraError: markdown-it-py is not installed.

    >>> import despin
    >>> repair_markdown("He met his *Russian*\\nequivalent: `equivalent`.", despin.Repairer(), spun=True).text
    'He met his *Russian*\\ncounterpart: `equivalent`.'
    """
    if not isinstance(text, str):
        raise TypeError(f"repair_markdown takes str, not {type(text).__name__}: decode it first")
    result = repair_map(scan_markdown(text), repairer, spun, prior, rate)
    if not result.report.edits:
        return result
    return _same_structure(result.report)


def _same_structure(report: Report) -> MarkupResult:
    """Leave out the edits that would change the structure of the document."""
    before = _structure(report.text)

    def keeps(edits: Sequence[Edit]) -> bool:
        return _structure(replace(report, edits=tuple(edits)).apply()) == before

    def sound(edits: Sequence[Edit]) -> Sequence[Edit]:
        if keeps(edits):
            return edits
        half = len(edits) // 2
        return [*sound(edits[:half]), *sound(edits[half:])] if half else ()

    kept = sound(report.edits)
    if len(kept) < len(report.edits) and not keeps(kept):
        kept = ()  # sound one by one, not together
    report = replace(report, edits=tuple(kept))
    return MarkupResult(report.apply(), report)


@cache
def _parser() -> MarkdownIt:
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise MissingExtraError("Repairing Markdown", "markdown-it-py", "feeds") from None
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _body(source: str) -> int:
    """Where the front matter ends."""
    match = _FRONT_MATTER.match(source)
    return match.end() if match else 0


def _structure(source: str) -> list[tuple[object, ...]]:
    """Everything about a document but its text."""
    found: list[tuple[object, ...]] = []
    for token in _parser().parse(source[_body(source) :], {}):
        found.append((token.type, token.tag, token.info, "" if token.type == "inline" else token.content))
        inner = (child for child in token.children or () if child.type not in ("text", "softbreak"))
        found += ((child.type, child.tag, child.content, tuple(child.attrs.items())) for child in inner)
    return found


def scan_markdown(source: str) -> TextMap:
    """The text of a Markdown document, with its places.

    Raises:
        MissingExtraError: markdown-it-py is not installed.

    >>> scan_markdown("# Tom &amp; *Ann*\\n\\n> [two\\n> words](/x)").text
    'Tom & Ann\\n\\ntwo words'
    """
    prose = Prose(source)
    at = _body(source)
    lines = [(line.start(), line.start() + len(line[0].rstrip("\r\n"))) for line in _LINE.finditer(source, at)]
    first = 0  # line of the block
    for token in _parser().parse(source[at:], {}):
        first = token.map[0] if token.map else first
        if token.type != "inline":
            continue
        places = _locate(source, token.content, lines[first:], at)
        if places is None:
            continue
        steps = align(token.content, places, token.children or ())
        if steps is not None:
            prose.block()
            replay(steps, prose)
            at = places[-1]
    return prose.finish(_escape, fragile=True)


def _locate(source: str, content: str, lines: Sequence[tuple[int, int]], at: int) -> list[int] | None:
    """Where each character of a block's content stands, and its end; None if it is not there as it is."""
    places: list[int] = []
    for number, wanted in enumerate(content.split("\n")):
        if number >= len(lines):
            return None
        start, end = lines[number]
        found = source.find(wanted, max(start, at), end)
        if found < 0:
            return None
        places += range(found, found + len(wanted))
        places.append(found + len(wanted))
    return places


def _escape(text: str, start: int, end: int) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
