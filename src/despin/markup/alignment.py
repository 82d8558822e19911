"""Where the words of a Markdown block stand: its tokens, which have no positions, laid along its content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from despin.markup.entities import REFERENCE, decode
from despin.markup.html import EXCLUDED
from despin.markup.textmap import Prose

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["Step", "align", "replay"]

Kind: TypeAlias = Literal["literal", "character", "atom", "space", "mark", "opening", "line"]
Step: TypeAlias = tuple[Kind, int, int, str]  # what stands at source[start:end], and the character it is

_RUN = re.compile(r"[^ \t\\&\[]{1,200}")
_BREAK = re.compile(r"(?:[ \t]*|\\)\n[ \t]*")
_FOOTNOTE = re.compile(r"\[\^[^\[\]\s]+\]")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_LABEL = re.compile(r"\[(?:\\.|[^\[\]\\])*+\]", re.DOTALL)
_WHITE = re.compile(r"[ \t\n]*")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def align(content: str, places: Sequence[int], tokens: Iterable[Token]) -> list[Step] | None:
    """What stands where in a block; None if tokens and content disagree.

    Args:
        content: Of the block, without the marks of quotations and lists.
        places: Where its characters stand in the source, and where it ends.
        tokens: Its inline tokens.
    """
    alignment = _Alignment(content, places)
    try:
        for token in tokens:
            alignment.take(token)
    except _MismatchError:
        return None
    return alignment.result()


def replay(steps: Iterable[Step], prose: Prose) -> None:
    """Tell a `Prose` what stands where."""
    for kind, start, end, character in steps:
        if kind == "character":
            prose.character(character, start, end)
        elif kind == "opening":
            prose.mark(start, end, opens=True)
        elif kind == "line":
            prose.mark(start, end)
            prose.line()
        else:
            getattr(prose, kind)(start, end)


class _MismatchError(Exception):
    """The tokens are not those of the text."""


class _Alignment:
    """Goes through the content token by token."""

    def __init__(self, content: str, places: Sequence[int]) -> None:
        self._content = content
        self._places = places
        self._at = 0
        self._steps: list[Step] = []
        self._in_address = False  # an address in angle brackets is one piece, but three tokens
        self._excluded: list[str] = []  # open HTML elements whose content is no prose
        self._since = 0

    def result(self) -> list[Step] | None:
        """The steps, if the content is used up."""
        return None if self._excluded or self._content[self._at :].strip(" \t") else self._steps

    def take(self, token: Token) -> None:
        """Go on by one token."""
        if self._in_address:
            self._in_address = token.type != "link_close"
            return
        match token.type:
            case "text":
                self._text(token.content)
            case "softbreak":
                self._add("space", self._break())
            case "hardbreak":
                self._add("line", self._break())
            case "code_inline":
                self._add("atom", self._code_end(token.markup))
            case "html_inline":
                self._html(token.content)
            case "image":
                self._add("atom", self._link_end(self._after(f"![{token.content}")))
            case "link_open" if token.markup == "autolink":
                self._in_address = True
                self._add("atom", self._content.index(">", self._after("<")) + 1)
            case "link_open":
                self._add("opening", self._after("["))
            case "link_close":
                self._add("mark", self._link_end(self._at))
            case "em_open" | "strong_open" | "s_open":
                self._add("opening", self._after(token.markup))
            case "em_close" | "strong_close" | "s_close":
                self._add("mark", self._after(token.markup))
            case _:
                raise _MismatchError

    def _add(self, kind: Kind, end: int, character: str = "") -> None:
        """The content up to `end` is this; go there."""
        start, self._at = self._at, end
        if not self._excluded and start < end:
            self._steps.append((kind, self._places[start], self._places[end - 1] + 1, character))

    def _after(self, written: str) -> int:
        """Where `written`, which must come next, ends."""
        if not self._content.startswith(written, self._at):
            raise _MismatchError
        return self._at + len(written)

    def _break(self) -> int:
        found = _BREAK.match(self._content, self._at)
        if not found:
            raise _MismatchError
        return found.end()

    def _text(self, text: str) -> None:
        at = 0
        if not text.startswith((" ", "\t")):  # white space at the start of a line is in no token
            self._add("space", self._skip(self._at))
        while at < len(text):
            at += self._piece(text, at)

    def _skip(self, at: int) -> int:
        while self._content[at : at + 1] in (" ", "\t"):
            at += 1
        return at

    def _piece(self, text: str, at: int) -> int:
        """The next piece of a text, a run of plain characters if it can be; gives its length."""
        run = _RUN.match(text, at)
        if run:
            shared = _shared(run[0], self._content[self._at : self._at + len(run[0])])
            if shared:
                self._add("literal", self._at + shared)
                return shared
        character, written = text[at], self._content[self._at : self._at + 2]
        if written[:1] == "&":
            reference = REFERENCE.match(self._content, self._at)
            meaning, length = decode(reference[0]) if reference else ("", 0)
            if meaning and reference and reference[0].endswith(";") and text.startswith(meaning, at):
                if len(meaning) == 1:
                    self._add("character", self._at + length, meaning)
                else:
                    self._add("atom", self._at + length)
                return len(meaning)
        if written == f"\\{character}" and character in _PUNCTUATION:
            self._add("character", self._at + 2, character)
        elif written[:1] != character:
            raise _MismatchError
        elif character in " \t":
            self._add("space", self._at + 1)
        else:
            footnote = _FOOTNOTE.match(text, at)
            if footnote and self._content.startswith(footnote[0], self._at):
                self._add("atom", self._at + len(footnote[0]))
                return len(footnote[0])
            self._add("literal", self._at + 1)
        return 1

    def _code_end(self, ticks: str) -> int:
        """Where code ends: at the next run of as many back-ticks."""
        closing = re.compile(rf"(?<!`){ticks}(?!`)").search(self._content, self._after(ticks))
        if not closing:
            raise _MismatchError
        return closing.end()

    def _html(self, written: str) -> None:
        end = self._after(written)
        tag = _TAG.match(written)
        name = tag[2].lower() if tag else ""
        if name == "br":
            self._add("line", end)
        elif name not in EXCLUDED or not tag:
            self._add("opening" if name == "a" and tag and not tag[1] else "mark", end)
        elif not tag[1]:
            if not self._excluded:
                self._since = self._at
            self._at = end
            self._excluded.append(name)
        elif self._excluded and self._excluded[-1] == name:
            self._excluded.pop()
            self._at = self._since if not self._excluded else end
            self._add("atom", end)
        else:
            self._add("mark", end)

    def _link_end(self, at: int) -> int:
        """Where the link ends whose text ends at `at`."""
        content = self._content
        if content[at : at + 1] != "]":
            raise _MismatchError
        if content[at + 1 : at + 2] == "(":
            end = _destination_end(content, at + 2)
            if end:
                return end
        label = _LABEL.match(content, at + 1)
        return label.end() if label else at + 1


def _shared(first: str, second: str) -> int:
    """How many characters two strings have in common at their beginning."""
    if first == second:
        return len(first)
    return next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


def _destination_end(content: str, at: int) -> int:
    """Where ``address "title")`` ends, 0 if it is no such thing."""
    from markdown_it.helpers import parseLinkDestination, parseLinkTitle

    at = _white(content, at)
    destination = parseLinkDestination(content, at, len(content))
    if destination.ok:
        at = destination.pos
        after = _white(content, at)
        title = parseLinkTitle(content, after, len(content))
        if after > at and title.ok:
            at = title.pos
    at = _white(content, at)
    return at + 1 if content[at : at + 1] == ")" else 0


def _white(content: str, at: int) -> int:
    found = _WHITE.match(content, at)
    return found.end() if found else at
