"""Where RSS and Atom feeds have their texts.

expat reads the whole feed, so what is repaired is well-formed, and tells where elements begin and end. Entities that a
feed declares itself, the stuff of "billion laughs" and of stolen files, are refused; nothing external is ever read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn
from xml.parsers import expat

from despin.errors import InputError
from despin.feeds.fields import Content

__all__ = ["Item", "find_items"]

_DEEPEST = 200
_ATOM = {"http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"}
_RSS = {"", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://purl.org/net/rss1.1#",
        "http://backend.userland.com/rss2", "http://blogs.law.harvard.edu/tech/rss"}  # fmt: skip
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_MEDIA = "http://search.yahoo.com/mrss/"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"

_RSS_TEXTS = {"title", "description"}
_ATOM_TEXTS = {"title", "summary", "content"}
_EXTENSION_TEXTS = {
    (_CONTENT, "encoded"), (_DUBLIN_CORE, "description"), (_ITUNES, "subtitle"), (_ITUNES, "summary"),
    (_ITUNES, "title"), (_MEDIA, "description"), (_MEDIA, "title"),
}  # fmt: skip
_NAMES = ("guid", "id", "link", "title")  # of an item, the best first
_ATOM_CONTENT: dict[str, Content] = {
    "text": "text", "text/plain": "text", "html": "html", "text/html": "html",
    "xhtml": "xhtml", "application/xhtml+xml": "xhtml",
}  # fmt: skip
_TAG = re.compile(r"<[^<>\"']*+(?:\"[^\"]*+\"[^<>\"']*+|'[^']*+'[^<>\"']*+)*+>")


@dataclass(slots=True)
class Item:
    """An item of a feed: what it is called, and where its texts stand."""

    name: str = ""
    texts: list[tuple[int, int, Content]] = field(default_factory=list)


def find_items(source: str) -> tuple[str, list[Item]]:
    """The kind of a feed (``rss``, ``rss1``, ``atom``) and its items, in the feed's order.

    Raises:
        InputError: It is no well-formed XML, no feed, nested too deeply, or declares entities.
    """
    start = len(source) - len(source.lstrip())  # some feeds begin with an empty line, which XML forbids
    return _Reader(source, start).read()


class _Reader:
    """One pass over a feed."""

    def __init__(self, source: str, start: int) -> None:
        self._source = source
        self._data = source[start:].encode()
        self._place = (0, start)  # a byte offset that was asked for, and its character offset
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.buffer_text = True
        self._kind = ""
        self._path: list[tuple[str, str]] = []
        self._item: Item | None = None
        self._item_depth = 0
        self._open: tuple[int, int, Content] | None = None  # depth, start and content of the text that we are in
        self._called: dict[str, str] = {}
        self._collecting = ""
        self._items: list[Item] = []

    def read(self) -> tuple[str, list[Item]]:
        """Kind and items."""
        parser = self._parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        try:
            parser.Parse(self._data, True)
        except expat.ExpatError as error:
            reason = expat.errors.messages.get(error.code, str(error))
            raise InputError(
                f"is not well-formed XML: {reason} (line {error.lineno}, column {error.offset + 1})"
            ) from None
        return self._kind, self._items

    def _refuse(self, *declaration: Any) -> NoReturn:
        raise InputError("declares entities of its own; such feeds are refused, as they can be bombs or read files")

    def _offset(self) -> int:
        """Where the parser is, in characters."""
        at_byte, at = self._place
        index = self._parser.CurrentByteIndex
        at += len(self._data[at_byte:index].decode())
        self._place = (index, at)
        return at

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self._path.append((namespace, local))
        if len(self._path) > _DEEPEST:
            raise InputError(f"has elements nested more than {_DEEPEST} deep")
        if len(self._path) == 1:
            self._kind = _kind(namespace, local)
        elif self._item is None:
            if local == ("entry" if self._kind == "atom" else "item") and self._is_own(namespace):
                self._item, self._item_depth, self._called = Item(), len(self._path), {}
        elif self._open is None:
            direct = len(self._path) == self._item_depth + 1
            content = self._content(namespace, local, attributes, direct)
            tag = _TAG.match(self._source, self._offset()) if content else None
            if content and tag and not tag[0].endswith("/>"):
                self._open = (len(self._path), tag.end(), content)
            if direct and local in _NAMES and self._is_own(namespace):
                self._collecting = local
                self._called.setdefault(local, attributes.get("href", ""))

    def _is_own(self, namespace: str) -> bool:
        return namespace in (_ATOM if self._kind == "atom" else _RSS)

    def _content(self, namespace: str, local: str, attributes: dict[str, str], direct: bool) -> Content | None:
        """What an element of an item holds, if that is text to repair."""
        if (namespace, local) in _EXTENSION_TEXTS and (direct or namespace == _MEDIA):
            return "text" if attributes.get("type") == "plain" else "html"
        if not direct or not self._is_own(namespace):
            return None
        if self._kind != "atom":
            return "html" if local in _RSS_TEXTS else None
        if local not in _ATOM_TEXTS or "src" in attributes:
            return None
        if attributes.get("mode") == "escaped":  # Atom 0.3
            return "html"
        return _ATOM_CONTENT.get(attributes.get("type", "text").lower())

    def _characters(self, data: str) -> None:
        if self._collecting and len(self._called[self._collecting]) < 300:
            self._called[self._collecting] += data

    def _end(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        self._collecting = ""
        if self._open and self._open[0] == depth and self._item:
            self._item.texts.append((self._open[1], self._offset(), self._open[2]))
            self._open = None
        elif self._item and depth == self._item_depth:
            called = (" ".join(self._called.get(name, "").split()) for name in _NAMES)
            self._item.name = next(filter(None, called), "")
            self._items.append(self._item)
            self._item = None


def _kind(namespace: str, local: str) -> str:
    if local == "rss":
        return "rss"
    if local == "RDF" and namespace == _RDF:
        return "rss1"
    if local == "feed" and namespace in _ATOM:
        return "atom"
    raise InputError(f"is XML, but no feed: its root element is <{local[:50]}>")
