"""HTML: where its text stands, and its repair in place.

The scanner follows the tokenisation chapter of the HTML standard: attribute values with ``>`` in them, the six ways to
end a comment, elements whose content is raw text, script that holds ``<!--<script>``. Parsers that build a tree (lxml,
lexbor) change what they were given, and html.parser does not say where a character reference ends, so neither can
put a word back where it came from.
"""

from __future__ import annotations

import re

from despin.markup.entities import REFERENCE, decode, escaper
from despin.markup.inplace import Inspector, MarkupResult, repair_map
from despin.markup.textmap import Prose, TextMap

__all__ = ["EXCLUDED", "repair_html", "scan_html"]

# Within the text of a block; any other element parts texts.
_INLINE = frozenset(
    "a abbr acronym applet b basefont bdi bdo big blink cite data del dfn em font i ins label mark nobr q rb rp rt rtc"
    " ruby s small span strike strong time tt u wbr".split()
)
_PICTURES = frozenset("audio button canvas embed img input meter object picture progress select video".split())
# Their content is no prose. The second group stands within sentences.
_EXCLUDED_BLOCKS = frozenset("math pre svg".split())
_EXCLUDED_INLINE = frozenset("code kbd samp sub sup var".split())
EXCLUDED = _EXCLUDED_BLOCKS | _EXCLUDED_INLINE
_FOREIGN = frozenset(("math", "svg"))
_RAW_INLINE = frozenset(("script", "style"))
_RAW = _RAW_INLINE | frozenset("iframe noembed noframes textarea title xmp".split())

_SPACE = r"[ \t\n\f\r]"
_TAG = re.compile(
    rf"""<(/?)([A-Za-z][^ \t\n\f\r/>]*+)
    (?:[ \t\n\f\r/]++
      | [^ \t\n\f\r/>][^ \t\n\f\r/>=]*+
        (?:{_SPACE}*+={_SPACE}*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)?+)?+
    )*+>""",
    re.VERBOSE,
)
_UNFINISHED_TAG = re.compile(r"</?[A-Za-z]")
_COMMENT_END = re.compile(r"--!?>")
# Where text is not what it looks like; a single space between words is.
_PART = re.compile(rf"( {_SPACE}++|[\t\n\f\r]{_SPACE}*+)|({REFERENCE.pattern})|[\u00ad\u200b\u2060\ufeff]")
_SCRIPT_PART = re.compile(r"<!--|-->|<(/?)script(?=[ \t\n\f\r/>])", re.IGNORECASE)


def repair_html(
    text: str,
    repairer: Inspector,
    *,
    spun: bool | None = None,
    prior: float | None = None,
    rate: float | None = None,
    encoding: str = "utf-8",
) -> MarkupResult:
    """Repair an HTML page or fragment in place.

    The text of all blocks is judged as one document, phrases that cross inline tags are seen whole. Tags, attributes,
    comments, character references, white space and the content of ``script``, ``style``, ``pre``, ``code``, ``kbd``,
    ``samp``, ``var``, ``sub``, ``sup``, ``textarea``, ``svg`` and ``math`` stay as they are.

    Args:
        text: Any `str`.
        repairer: A `despin.Repairer`.
        spun, prior, rate: See `despin.Repairer.inspect`.
        encoding: What the page will be stored in: characters that it lacks are put in as references.

    Raises:
        TypeError: `text` is not a `str`.

    Complexity: linear in the text.

    >>> import despin
    >>> page = '<p>He met his <b title="his equivalent">Russian</b> equivalent in Moscow.</p>'
    >>> repair_html(page, despin.Repairer(), spun=True).text
    '<p>He met his <b title="his equivalent">Russian</b> counterpart in Moscow.</p>'
    """
    if not isinstance(text, str):
        raise TypeError(f"repair_html takes str, not {type(text).__name__}: decode it first")
    return repair_map(scan_html(text, encoding), repairer, spun, prior, rate)


def scan_html(
    source: str, encoding: str = "utf-8", *, start: int = 0, end: int | None = None, xml: bool = False
) -> TextMap:
    """The text of an HTML document, or of a part of a document, with its places.

    Args:
        source: The document.
        encoding: What it will be stored in.
        start, end: The part.
        xml: Whether it is XML (``<p/>`` is a whole element).

    >>> scan_html("<p>Tom &amp; <i>Ann</i></p><p>two").text
    'Tom & Ann\\n\\ntwo'
    """
    return _Scanner(source, start, len(source) if end is None else end, xml).scan(encoding)


class _Scanner:
    """One pass over a document."""

    def __init__(self, source: str, start: int, end: int, xml: bool) -> None:
        self._source = source
        self._start, self._end = start, end
        self._xml = xml
        self._prose = Prose(source)
        self._seen: dict[str, str] = {}  # characters that are written as references
        self._excluded = ""  # the excluded element that we are in
        self._depth = 0  # and how many of its name are open
        self._since = 0  # where it began

    def scan(self, encoding: str) -> TextMap:
        """Go through it once."""
        at = self._start
        while at < self._end:
            opened = self._source.find("<", at, self._end)
            if opened < 0:
                opened = self._end
            self._text(at, opened)
            at = self._markup(opened) if opened < self._end else opened
        return self._prose.finish(escaper(self._source, self._seen, encoding))

    def _text(self, start: int, end: int) -> None:
        """Character data."""
        if self._excluded or start == end:
            return
        at = start
        for part in _PART.finditer(self._source, start, end):
            if part.start() < at:
                continue  # within a reference
            self._words(at, part.start())
            at = part.end()
            if part[1]:
                self._prose.space(part.start(), at)
            elif part[2]:
                at = self._reference(part.start(), part[2])
        self._words(at, end)

    def _words(self, start: int, end: int) -> None:
        """Words with single spaces between them, and perhaps one before and after."""
        if start < end and self._source[start] == " ":
            self._prose.space(start, start + 1)
            start += 1
        after = start < end and self._source[end - 1] == " "
        self._prose.literal(start, end - after)
        if after:
            self._prose.space(end - 1, end)

    def _reference(self, start: int, written: str) -> int:
        """A character reference, or an ampersand that looks like one; gives where it ends."""
        meaning, length = decode(written)
        if not length:
            self._prose.literal(start, start + 1)
            return start + 1
        end = start + length
        if meaning in "\u00ad\u200b\u2060\ufeff":
            return end
        if len(meaning) == 1 and not meaning.isspace():
            self._prose.character(meaning, start, end)
            self._seen.setdefault(meaning, written[:length])
        elif meaning == "\u00a0":
            self._prose.character(meaning, start, end)
        elif meaning.isspace():
            self._prose.space(start, end)
        else:
            self._prose.atom(start, end)
        return end

    def _markup(self, start: int) -> int:
        """What a ``<`` begins; gives where it ends."""
        source = self._source
        tag = _TAG.match(source, start, self._end)
        if tag:
            return self._tag(tag)
        opening = source[start : min(start + 3, self._end)]
        if source.startswith("<!--", start):
            end = self._comment(start)
        elif opening.startswith("<![") and (self._xml or self._excluded in _FOREIGN):
            end = self._until("]]>", start)
        elif _UNFINISHED_TAG.match(opening):
            end = self._end  # a tag that never ends: a browser drops all that follows
        elif opening.startswith(("<!", "<?")) or (opening.startswith("</") and len(opening) == 3):
            end = self._until(">", start)
        else:
            if not self._excluded:
                self._prose.literal(start, start + 1)
            return start + 1
        if not self._excluded:
            self._prose.mark(start, end)
        return end

    def _until(self, closing: str, start: int) -> int:
        end = self._source.find(closing, start, self._end)
        return self._end if end < 0 else end + len(closing)

    def _comment(self, start: int) -> int:
        source = self._source
        for short in ("<!-->", "<!--->"):
            if source.startswith(short, start):
                return start + len(short)
        end = _COMMENT_END.search(source, start + 4, self._end)
        return end.end() if end else self._end

    def _tag(self, tag: re.Match[str]) -> int:
        closing, name = bool(tag[1]), tag[2].lower()
        start, end = tag.span()
        empty = tag[0].endswith("/>") and (self._xml or name in _FOREIGN)
        if self._excluded:
            return self._tag_in_excluded(closing, name, end, empty)
        if not closing and not empty and name == "plaintext":
            end = self._end
        elif not closing and not empty and name in _RAW:
            return self._raw(name, start, end)
        elif not closing and not empty and name in EXCLUDED:
            self._excluded, self._depth, self._since = name, 1, start
            return end
        self._place(name, closing, start, end)
        return end

    def _place(self, name: str, closing: bool, start: int, end: int) -> None:
        """What a tag does to the text around it."""
        if name in _PICTURES and not closing:
            self._prose.atom(start, end)
            return
        self._prose.mark(start, end, opens=name == "a" and not closing)
        if name == "br":
            self._prose.line()
        elif name not in _INLINE and name not in _PICTURES and name not in EXCLUDED:
            self._prose.block()

    def _tag_in_excluded(self, closing: bool, name: str, end: int, empty: bool) -> int:
        if name == "plaintext" and not closing and not empty and self._excluded not in _FOREIGN:
            return self._end  # no tag counts behind it, not even the end of what it stands in
        if name in _RAW and not closing and not empty and self._excluded not in _FOREIGN:
            return self._content_end(name, end)
        if name == self._excluded and not empty:
            self._depth += -1 if closing else 1
            if not self._depth:
                self._leave(end)
        return end

    def _leave(self, end: int) -> None:
        """An excluded element is over."""
        if self._excluded in _EXCLUDED_INLINE:
            self._prose.atom(self._since, end)
        else:
            self._prose.mark(self._since, end)
            self._prose.block()
        self._excluded = ""

    def _raw(self, name: str, start: int, end: int) -> int:
        """An element whose content has no tags; the title of a page is text all the same."""
        content_end = self._content_end(name, end)
        if name not in _RAW_INLINE:
            self._prose.block()
        if name == "title":
            self._prose.mark(start, end)
            self._text(end, content_end)
            self._prose.block()
        else:
            self._prose.mark(start, content_end)
        return content_end

    def _content_end(self, name: str, at: int) -> int:
        if name == "script":
            return self._script_end(at)
        closing = re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE)
        found = closing.search(self._source, at, self._end)
        return found.start() if found else self._end

    def _script_end(self, at: int) -> int:
        """A script that opens a comment and then a script is not over at the first end tag."""
        escaped = doubled = False
        for part in _SCRIPT_PART.finditer(self._source, at, self._end):
            if part[0] == "<!--":
                escaped = True
            elif part[0] == "-->":
                escaped = doubled = False
            elif not part[1]:
                doubled = doubled or escaped
            elif doubled:
                doubled = False
            else:
                return part.start()
        return self._end
