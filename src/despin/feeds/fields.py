"""The texts of a feed, each through its layers: HTML that is written in XML or JSON, XHTML, or plain text.

What a reader sees is found through all layers, and a repair goes back through them: it is escaped as HTML first, then
as XML or JSON, and only the characters that change are written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import dumps, loads
from typing import Literal, TypeAlias

from despin.markup.entities import REFERENCE, decode
from despin.markup.html import scan_html
from despin.markup.textmap import ATOM, Escape, Mark, Patch, Places, TextMap

__all__ = ["Content", "Field", "json_field", "xml_field"]

Content: TypeAlias = Literal["html", "text", "xhtml"]

_XML_PART = re.compile(
    rf"<!\[CDATA\[(.*?)\]\]>|<!--.*?-->|<\?.*?\?>|<[^<>\"']*+(?:\"[^\"]*+\"[^<>\"']*+|'[^']*+'[^<>\"']*+)*+>|{REFERENCE.pattern}",
    re.DOTALL,
)
_XML_NAMES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
_XML_SYNTAX = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_JSON_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\.")


@dataclass(frozen=True, slots=True)
class Field:
    """A text of a feed.

    Attributes:
        outer: What is written in the feed's own syntax; None if the text is part of that syntax (XHTML).
        inner: The text in it; None if it is the text as it is.
    """

    outer: TextMap | None
    inner: TextMap | None

    @property
    def text(self) -> str:
        """What a reader sees."""
        found = self.inner or self.outer
        return found.text if found else ""

    def patches(self, start: int, end: int, after: str) -> list[Patch] | None:
        """What to do to the feed so that ``text[start:end]`` becomes `after`; None if that cannot be done."""
        if self.inner is None or self.outer is None:
            found = self.inner or self.outer
            return found.patches(start, end, after) if found else None
        through: list[Patch] = []
        for left, right, new in self.inner.patches(start, end, after) or ():
            made = self.outer.patches(left, right, new)
            if made is None:
                return None
            through += made
        return through


def xml_field(source: str, start: int, end: int, content: Content, encoding: str) -> Field:
    """The text of an XML element.

    Args:
        source: The feed.
        start, end: The content of the element.
        content: What it holds.
        encoding: Of the feed; characters that it lacks become references where XML allows them.
    """
    if content == "xhtml":
        return Field(None, scan_html(source, encoding, start=start, end=end, xml=True))
    outer = _xml_text(source, start, end, encoding)
    if content == "text":
        return Field(outer, None)
    # CDATA cannot hold references of XML, so those of HTML must do
    in_html = encoding if "<![CDATA[" in source[start:end] else "utf-8"
    return Field(outer, scan_html(outer.text, in_html))


def json_field(source: str, start: int, end: int, content: Content, encoding: str) -> Field:
    """The text of a JSON string literal, which stands with its quotation marks at ``source[start:end]``."""
    outer = _json_text(source, start, end, encoding)
    return Field(outer, scan_html(outer.text) if content == "html" else None)


class _Written:
    """Collects text that is written in another syntax."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[str] = []
        self.places = Places()
        self.marks: list[Mark] = []

    def literal(self, start: int, end: int) -> None:
        """Characters that stand for themselves."""
        if start < end:
            self.pieces.append(self.source[start:end])
            self.places.add(end - start, start, end)

    def character(self, character: str, start: int, end: int) -> None:
        """A character that is written as ``source[start:end]``."""
        self.pieces.append(character)
        self.places.add(1, start, end)

    def finish(self, escape: Escape) -> TextMap:
        """The text with its places."""
        return TextMap(self.source, "".join(self.pieces), self.places, tuple(self.marks), escape)


def _xml_text(source: str, start: int, end: int, encoding: str) -> TextMap:
    written = _Written(source)
    sections: list[tuple[int, int]] = []  # CDATA
    at = start
    for part in _XML_PART.finditer(source, start, end):
        written.literal(at, part.start())
        at = part.end()
        if part[1] is not None:
            written.marks += (Mark(part.start(), part.start(1)), Mark(part.end(1), at))
            written.literal(*part.span(1))
            sections.append(part.span(1))
        elif part[0][0] == "<":
            written.marks.append(Mark(part.start(), at))
        else:
            written.character(_xml_reference(part[0]), part.start(), at)
    written.literal(at, end)

    def escape(text: str, left: int, right: int) -> str | None:
        if any(first <= left and right <= last for first, last in sections):
            around = source[max(start, left - 2) : left] + text + source[right : right + 2]
            return text if "]]>" not in around and _fits(text, encoding) else None
        return text.translate(_XML_SYNTAX).encode(encoding, "xmlcharrefreplace").decode(encoding)

    return written.finish(escape)


def _xml_reference(written: str) -> str:
    """The character of a reference; of one that XML does not know, something that nobody will edit."""
    if written in _XML_NAMES:
        return _XML_NAMES[written]
    meaning = decode(written)[0] if written[1] == "#" else ""
    return meaning if len(meaning) == 1 else ATOM


def _json_text(source: str, start: int, end: int, encoding: str) -> TextMap:
    written = _Written(source)
    at = start + 1
    for part in _JSON_ESCAPE.finditer(source, at, end - 1):
        written.literal(at, part.start())
        at = part.end()
        for character, left, right in _json_characters(part[0], part.start()):
            written.character(character, left, right)
    written.literal(at, end - 1)
    ascii_only = "\\u" in source[start:end]

    def escape(text: str, left: int, right: int) -> str:
        return dumps(text, ensure_ascii=ascii_only or not _fits(text, encoding))[1:-1]

    return written.finish(escape)


def _json_characters(escapes: str, at: int) -> Iterator[tuple[str, int, int]]:
    """The characters of escapes that stand together, and where; two halves of a pair are one character."""
    characters = loads(f'"{escapes}"')
    for character in characters:
        length = 2 if escapes[1] != "u" else 12 if ord(character) > 0xFFFF else 6
        yield character, at, at + length
        at += length


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
