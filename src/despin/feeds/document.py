"""A feed in, the same feed out: only the words that were spun are written anew."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from html import unescape
from typing import Protocol

from despin.errors import InputError, SlowPatternError
from despin.feeds import jsonfeed, xmlfeed
from despin.feeds.fields import Field, json_field, xml_field
from despin.markup.inplace import Inspector, apply_patches
from despin.markup.textmap import SEAM, Patch
from despin.pooling import Pool, evidence
from despin.report import Edit, Report

__all__ = ["FeedEntry", "FeedResult", "Judge", "repair_feed"]

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_PAGE = re.compile(
    r"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_LINK = re.compile(r"<link\b[^<>]*>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/(?:rss\+xml|atom\+xml|feed\+json)", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)


class Judge(Inspector, Protocol):
    """What is needed of a `despin.Repairer`."""

    def score(self, text: str) -> Report:
        """See `despin.Repairer.score`."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An item of a feed.

    Attributes:
        name: Its guid, address or title, or ``item 3``.
        report: Of what a reader sees of it: title, summary and content, parted by blank lines.
    """

    name: str
    report: Report


@dataclass(frozen=True, slots=True)
class FeedResult:
    """A repaired feed.

    Attributes:
        data: The feed; the very object that was given if nothing changed.
        kind: ``rss`` (0.9x and 2.0), ``rss1`` (1.0 and 0.90), ``atom`` or ``json``.
        entries: Its items that have text, in its order.
    """

    data: bytes
    kind: str
    entries: tuple[FeedEntry, ...]


def repair_feed(
    data: bytes, repairer: Judge, *, content_type: str | None = None, spun: bool | None = None
) -> FeedResult:
    """Repair the titles, summaries and contents of a feed in place; every other byte stays.

    The texts of an item are judged together, and each item in the light of the others: a feed is one source with one
    habit (`despin.pooling`). RSS titles and descriptions are taken for HTML, as feed readers do it;
    Atom says what it has, and so does JSON Feed.

    Args:
        data: The feed as it came.
        repairer: A `despin.Repairer`.
        content_type: What the server said, for a feed that does not say its encoding itself.
        spun: See `despin.Repairer.inspect`.

    Raises:
        InputError: It is empty, a web page, no feed, not well-formed, in another encoding than it says, or declares
            entities.
        SlowPatternError: A pattern of the repairer takes too long on an item; the message names the item.
        TypeError: `data` is not bytes.

    >>> import despin
    >>> feed = b"<rss><channel><item><title>Xi &amp;amp; his Russian equivalent meet</title></item></channel></rss>"
    >>> repair_feed(feed, despin.Repairer(), spun=True).data
    b'<rss><channel><item><title>Xi &amp;amp; his Russian counterpart meet</title></item></channel></rss>'
    """
    if not isinstance(data, bytes):
        raise TypeError(f"repair_feed takes bytes, not {type(data).__name__}: a feed says itself how it is encoded")
    mark, source, encoding = _decode(data, content_type)
    if not source.strip():
        raise InputError("is empty")
    if _PAGE.match(source):
        raise InputError(f"is a web page, no feed{_hint(source)}")
    if source.lstrip()[0] in "{[":
        kind, items, field = "json", jsonfeed.find_items(source), json_field
    elif source.lstrip()[0] == "<":
        kind, items = xmlfeed.find_items(source)
        field = xml_field
    else:
        raise InputError("is neither XML nor JSON, so no feed")
    found = []
    for number, item in enumerate(items, 1):
        fields = [field(source, start, end, content, encoding) for start, end, content in item.texts]
        text = SEAM.join(one.text for one in fields)
        if text.strip():
            found.append((item.name or f"item {number}", fields, text))
    known = _priors([text for _, _, text in found], repairer) if spun is None and len(found) > 1 else []
    entries, patches = [], []
    for number, (name, fields, text) in enumerate(found):
        prior, rate = known[number] if known else (None, None)
        try:
            found_in_text = repairer.inspect(text, spun=spun, prior=prior, rate=rate)
        except SlowPatternError as error:
            raise SlowPatternError(f"{name}: {error}") from None
        report, made = _split(found_in_text, fields)
        entries.append(FeedEntry(name, report))
        patches += made
    fixed = mark + apply_patches(source, patches).encode(encoding) if patches else data
    return FeedResult(fixed, kind, tuple(entries))


def _priors(texts: list[str], repairer: Judge) -> list[tuple[float, float | None]]:
    """What the other items of the feed say about each: log-odds, and the spin rate if there is one."""
    pool = Pool()  # never fitted: from one group nothing can be learned about others
    feed = pool.group("feed")
    found = [evidence(repairer.score(text)) for text in texts]
    for own in found:
        if own:
            pool.add(feed, *own)
    lent = (pool.lend(feed, own and own.log_odds) for own in found)
    return [(one.log_odds, one.rate or None) for one in lent]


def _split(report: Report, fields: list[Field]) -> tuple[Report, list[Patch]]:
    """What is to be done to the feed, and the report with the edits that can be made in it."""
    made: list[Edit] = []
    patches: list[Patch] = []
    shift, rest = 0, list(reversed(report.edits))
    for one in fields:
        end = shift + len(one.text)
        while rest and rest[-1].start < end:
            edit = rest.pop()
            if edit.start < shift or edit.end > end:
                continue  # over the seam of two texts
            found = one.patches(edit.start - shift, edit.end - shift, edit.after)
            if found:
                made.append(edit)
                patches += found
        shift = end + len(SEAM)
    return replace(report, edits=tuple(made)), patches


def _decode(data: bytes, content_type: str | None) -> tuple[bytes, str, str]:
    """Byte order mark, text, and encoding of a feed."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", ""))
    if not encoding:
        declared = _DECLARED.match(data)
        charset = _CHARSET.search(content_type or "")
        encoding = declared[1].decode() if declared else charset[1] if charset else "utf-8"
    body = data[len(mark) :]
    try:
        text = body.decode(encoding)
        same = text.encode(encoding) == body
    except LookupError:
        raise InputError(f"is in an unknown encoding, {encoding}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not {encoding} as it says (byte {len(mark) + error.start})") from None
    if not same:
        raise InputError(f"is {encoding} that cannot be written again byte for byte")
    return mark, text, codecs.lookup(encoding).name


def _hint(page: str) -> str:
    """The feeds that a page names."""
    tags = (tag for tag in _LINK.findall(page[:200_000]) if _FEED_TYPE.search(tag))
    found = [match[1] or match[2] or match[3] for tag in tags if (match := _HREF.search(tag))]
    return f"; it names {', '.join(unescape(address)[:200] for address in found[:3])}" if found else ""
