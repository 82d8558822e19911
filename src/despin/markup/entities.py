"""Character references of HTML: what they stand for, and how a document writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.entities import html5

__all__ = ["REFERENCE", "decode", "escaper"]

# What may be a reference; `decode` tells whether it is one, and how much of it.
REFERENCE = re.compile(r"&(?:#[0-9]++;?|#[xX][0-9A-Fa-f]++;?|[A-Za-z][0-9A-Za-z]{0,31}+;?)")
_LONGEST_NUMBER = 12
_TYPOGRAPHY = "“”‘’–—…"  # what an edit may put in that documents write in more than one way
_SYNTAX = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def decode(written: str) -> tuple[str, int]:
    """What a possible reference stands for and its length; an empty text and 0 if it is none.

    >>> decode("&rsquo;"), decode("&#8217;"), decode("&notit;"), decode("&none;")
    (('’', 7), ('’', 7), ('¬', 4), ('', 0))
    """
    if written[1] == "#":
        return (unescape(written), len(written)) if len(written) <= _LONGEST_NUMBER else ("\ufffd", len(written))
    name = written[1:]
    if name in html5:
        return html5[name], len(written)
    for length in range(len(name) - 1, 1, -1):
        if name[:length] in html5:
            return html5[name[:length]], length + 1
    return "", 0


def escaper(source: str, seen: dict[str, str], encoding: str = "utf-8") -> Callable[[str, int, int], str]:
    """How text is written into an HTML document: the way the document writes the same characters.

    Args:
        source: The document.
        seen: Characters that it writes as references, with the reference.
        encoding: What the document is stored in; characters that it lacks become references.
    """
    usual = {c: seen[c] for c in _TYPOGRAPHY if c in seen and c not in source}

    def escape(text: str, start: int, end: int) -> str:
        if text.isascii() and text.isalnum():
            return text
        before = source[start:end]
        here = {c: written for c, written in seen.items() if written in before and not c.isalnum()}
        new = "".join(here.get(c) or _SYNTAX.get(c) or usual.get(c, c) for c in text)
        return new if encoding == "utf-8" else new.encode(encoding, "xmlcharrefreplace").decode(encoding)

    return escape
