"""What must never be edited: addresses, code, markup, identifiers, measurements (what the user names: text/rules.py).

A span is a pair of code-point offsets, end exclusive. Lists of spans are sorted and disjoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from despin.text.numerals import UNIT

__all__ = ["Span", "clear_of", "merge", "paragraphs", "quotations", "spans"]

Span: TypeAlias = tuple[int, int]

_EXTENSIONS = (
    "aac|apk|avi|bat|bin|bmp|cfg|cfm|conf|cpp|cs|css|csv|dat|deb|dll|dmg|docx?|dylib|eps|epub|exe|flac|gif|git|gz|hpp|html?"
    "|ico|ini|ipa|ipynb|iso|jar|java|jpe?g|js|json|jsx|log|lua|mdx?|mkv|mov|mp[34]|odt|ogg|otf|pdf|php|plist|png|ppt|pptx"
    "|psd|py|rar|rpm|rs|rst|rtf|sh|sql|svg|swf|tar|tex|tgz|tiff?|toml|ts|tsv|tsx|ttf|txt|vue|wav|webm|webp|woff2?|xlsx?"
    "|xml|ya?ml|zip|zst"
)
_DOMAINS = "com|org|net|edu|gov|mil|info|biz|io|dev|app|co|uk|eu|de|fr|nl|ru|cn|jp|au|ca|tv|ly"
_REST = r"[^\s<>\"“”]*+"  # of an address, whatever it may hold

# What must occur in the text for the pattern to be worth trying, and the pattern. Each starts with the character that
# `re` can skip to, looks back only then, and never gives back what it took: so it is fast, and linear on any text.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("www.", re.compile(rf"www\.(?<!\wwww\.){_REST}")),
    ("@", re.compile(r"@(?<![\w@.]@)[A-Za-z_][\w.]*+")),
    ("#", re.compile(r"#(?<![\w#&/]#)\w++")),
    ("/", re.compile(r"[~./](?<![\w.~/\\<:)][~./])\.?(?:(?<=/)|/)[\w.~%+-]++(?:/[\w.~%+-]*+)++")),
    ("/", re.compile(r"[~.](?<![\w.~/\\][~.])\.?/[\w.~%+-]++")),
    ("\\", re.compile(r"(?<!\w)(?:[A-Za-z]:|\\)\\[^\s<>\"|?*]++")),
    ("<", re.compile(r"<[/!?]?[A-Za-z][^<>]{0,300}>")),
    ("&", re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,31});")),
    ("{", re.compile(r"\{(?:\{[^{}\n]{0,300}\}\}|%[^{}\n]{0,300}%\}|[\w.:!-]{1,60}\})")),
    ("%", re.compile(r"%(?:\(\w{1,60}\)[a-z]|(?<!\d%)[\w.]{1,60}%)")),
    ("10.", re.compile(rf"10\.(?<![\w.]10\.)\d{{4,9}}/{_REST}")),
    ("iv:", re.compile(r"[Aa]r[Xx]iv:\s?[\w.-]++(?:/\d++(?:v\d++)?)?")),
    ("ISBN", re.compile(r"ISBN(?:-1[03])?:? ?\d(?:[ -]?[\dXx]){8,12}")),
    ("ISSN", re.compile(r"ISSN:? ?\d{4}-?\d{3}[\dXx]")),
    ("", re.compile(rf"[0-9](?<![\w.,][0-9])[0-9]*+(?:[.,][0-9]++)*+(?:[ \u00a0\u202f-]?(?:{UNIT})|\s?°)(?![\w/])")),
)
_SHORTCODE = re.compile(r"\[/?(?:caption|gallery|embed|video|audio|code|url|img|quote|size|color)\b[^\[\]\n]{0,300}\]")


class _Middle(NamedTuple):
    """What is found by a mark in its middle, with what precedes it (read backwards) and what follows."""

    trigger: str  # what must occur in the text
    mark: re.Pattern[str]
    before: re.Pattern[str]
    most: int  # characters that precede
    after: re.Pattern[str]


# Addresses; e-mail addresses; file names and domains.
_MIDDLES = (
    _Middle("://", re.compile("://"), re.compile(r"[\w+.-]{1,15}[A-Za-z](?!\w)"), 16, re.compile(_REST)),
    _Middle("@", re.compile("@"), re.compile(r"[\w+%.-]++"), 255, re.compile(r"[\w.-]++")),
    _Middle(
        ".",
        re.compile(rf"\.(?:{_EXTENSIONS}|{_DOMAINS})(?![\w-])"),
        re.compile(r"[\w~%+./\\:-]++"),
        255,
        re.compile(rf"(?:[/?:]{_REST})?"),
    ),
)
_TRAILING = ".,;:!?'’)]}*_"
_RAW_TAG = re.compile(r"<(/?)(script|style|pre|code|textarea)\b[^<>]{0,300}>", re.IGNORECASE)
_TICKS = re.compile(r"`++|\n")
_FENCE = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)(.*)$", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[ \t\r\f\v]*+\n\s*+")
_MARKS = re.compile(r"[“”\"\n]")


def spans(text: str) -> list[Span]:
    """Where `text` must never be edited.

    URLs, e-mail addresses, @handles, #hashtags, file paths and names, Markdown code, XML and HTML tags with the
    contents of ``script``, ``style``, ``pre`` and ``code``, entities, ``{{placeholders}}``, DOI, ISBN, ISSN and arXiv
    identifiers, and numbers with their units.

    Complexity: linear in the text.

    >>> text = "See https://example.org/a, mail <b>me@example.org</b> or run `make all`."
    >>> [text[start:end] for start, end in spans(text)]
    ['https://example.org/a', '<b>me@example.org</b>', '`make all`']
    """
    found: list[Span] = []
    for trigger, pattern in _PATTERNS:
        if trigger in text:
            found += _matches(pattern, text)
    for middle in _MIDDLES:
        if middle.trigger in text:
            found += _around(text, middle)
    if "[" in text:
        found += (match.span() for match in _SHORTCODE.finditer(text))
    if "`" in text or "~~~" in text:
        found += _code(text)
    if "<" in text:
        found += _raw_elements(text)
        found += _comments(text)
    return merge(found)


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same spans sorted, without empty ones; those that overlap or touch become one.

    Complexity: n log n in the number of spans.

    >>> merge([(5, 9), (0, 2), (2, 3), (7, 8), (4, 4)])
    [(0, 3), (5, 9)]
    """
    merged: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def clear_of(spans: Iterable[Span], taken: Sequence[Span]) -> Iterator[bool]:
    """Which of some sorted spans overlap none of those taken, which are sorted too.

    >>> list(clear_of([(0, 2), (3, 5), (6, 8)], [(1, 3), (9, 12)]))
    [False, True, True]
    """
    at = 0
    for start, end in spans:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        yield at == len(taken) or taken[at][0] >= end


def paragraphs(text: str) -> Iterator[Span]:
    """The paragraphs of `text`: parted by blank lines where there are any, else by line ends.

    Complexity: linear in the text.

    >>> list(paragraphs("one\\ntwo")), list(paragraphs("one\\ntwo\\n\\nthree"))
    ([(0, 3), (4, 7)], [(0, 7), (9, 14)])
    """
    separator = _BLANK_LINE if _BLANK_LINE.search(text) else re.compile(r"\n")
    start = 0
    for gap in separator.finditer(text):
        if gap.start() > start:
            yield start, gap.start()
        start = gap.end()
    if start < len(text):
        yield start, len(text)


def quotations(text: str) -> list[Span]:
    """What stands inside “...” and "..." pairs, each pair within one paragraph.

    A mark that a spinner turned (``” Of course``) opens where it stands at the start of a paragraph. A curly mark that
    is never closed opens a quotation only there, up to the end of the paragraph, as when speech goes on in the next.
    An inner pair belongs to the outer one.

    Complexity: linear in the text.

    >>> text = 'He said “yes” and "no".'
    >>> [text[start:end] for start, end in quotations(text)]
    ['yes', 'no']
    """
    if not _MARKS.search(text):
        return []
    return merge(span for start, end in paragraphs(text) for span in _quoted(text, start, end))


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """The places of `pattern`, without the punctuation of the sentence around them."""
    for match in pattern.finditer(text):
        start, end = match.span()
        if match[0][-1] in _TRAILING and match[0][0] not in "{<&%":
            end = start + len(_trimmed(match[0]))
        if end - start > 1:
            yield start, end


def _around(text: str, middle: _Middle) -> Iterator[Span]:
    """The places of a mark with what precedes and follows it."""
    last = 0
    for found in middle.mark.finditer(text):
        start, end = found.span()
        if start < last:
            continue
        earlier = middle.before.match(text[max(last, start - middle.most - 1) : start][::-1])
        later = middle.after.match(text, end) if earlier else None
        if earlier and later:
            last = start + len(_trimmed(text[start : later.end()]))
            yield start - len(earlier[0]), last


def _trimmed(shown: str) -> str:
    """Without trailing punctuation; a closing bracket stays where the match has its opening one."""
    end = len(shown)
    depth = shown.count("(") - shown.count(")")
    while end and shown[end - 1] in _TRAILING:
        if shown[end - 1] == ")":
            if depth >= 0:
                break
            depth += 1
        end -= 1
    return shown[:end]


def _code(text: str) -> Iterator[Span]:
    """Fenced blocks (an unclosed one runs to the end, as in Markdown) and `code` within a line."""
    fence, opened, last = "", 0, 0
    for line in _FENCE.finditer(text):
        if fence:
            if line[1].startswith(fence) and not line[2].strip():
                yield opened, line.end()
                fence, last = "", line.end()
        elif line[1][0] == "~" or "`" not in line[2]:
            yield from _inline_code(text, last, line.start())
            fence, opened = line[1], line.start()
    if fence:
        yield opened, len(text)
    else:
        yield from _inline_code(text, last, len(text))


def _inline_code(text: str, start: int, end: int) -> Iterator[Span]:
    """Each run of back-ticks with the next run of the same length in its line; TeX quotes (``word'') are none."""
    runs = list(_TICKS.finditer(text, start, end))
    partner: dict[int, int] = {}  # of a run, by its offset
    latest: dict[int, int] = {}  # the next run of each length
    for run in reversed(runs):
        if run[0] == "\n":
            latest.clear()
            continue
        length = run.end() - run.start()
        partner[run.start()] = latest.get(length, -1)
        latest[length] = run.start()
    last = start
    for run in runs:
        closing = partner.get(run.start(), -1)
        if run.start() < last or closing < 0 or (run[0] == "``" and "''" in text[run.end() : closing]):
            continue
        last = closing + len(run[0])
        yield run.start(), last


def _raw_elements(text: str) -> Iterator[Span]:
    """Elements whose contents are no prose; one that is never closed protects its tag only."""
    name, opened = "", 0
    for tag in _RAW_TAG.finditer(text):
        if not name and not tag[1]:
            name, opened = tag[2].lower(), tag.start()
        elif name and tag[1] and tag[2].lower() == name:
            yield opened, tag.end()
            name = ""


def _comments(text: str) -> Iterator[Span]:
    start = text.find("<!--")
    while start >= 0:
        end = text.find("-->", start + 4)
        if end < 0:
            return
        yield start, end + 3
        start = text.find("<!--", end + 3)


def _quoted(text: str, start: int, end: int) -> Iterator[Span]:
    """The quotations of one paragraph, by its marks from left to right."""
    opened, mark, at_first = -1, "", False
    first = start + len(text[start:end]) - len(text[start:end].lstrip())
    for found in _MARKS.finditer(text, start, end):
        at, this = found.start(), found[0]
        if this == "\n":
            continue
        if opened < 0:
            if this == "“" or at == first or (this == '"' and _can_open(text, at, end)):
                opened, mark = at + 1, "”" if this in "“”" else '"'
                at_first = at == first
        elif this == mark:
            yield opened, at
            opened = -1
    if opened >= 0 and mark == "”" and at_first:
        yield opened, end


def _can_open(text: str, at: int, end: int) -> bool:
    """Whether a straight mark may open: not glued to a word on its left, as the mark for inches is, nor at the end."""
    return (at == 0 or not text[at - 1].isalnum()) and at + 1 < end
