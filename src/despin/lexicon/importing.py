"""Importing: pairs from elsewhere become the canonical text of a dictionary file that lint has no errors in."""

from __future__ import annotations

import codecs
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from despin.channel.lint import lint_row
from despin.channel.rows import Row, parse_rows
from despin.errors import DictionaryError
from despin.lexicon.files import sort_key
from despin.lexicon.formats import Item, Pair, codespell, pps, spintax, tsv
from despin.lexicon.formats.spintax import Original
from despin.lexicon.lint import RULES
from despin.lexicon.vocabulary import Vocabulary

__all__ = ["FORMATS", "Imported", "decode", "read", "to_rows"]

FORMATS = ("tsv", "codespell", "spintax", "pps")
_ASCII = str.maketrans({"‘": "'", "’": "'", "´": "'", "`": "'", "–": "-", "—": "-", "‐": "-", "‑": "-", "…": "..."})
_AROUND = ' \t\r\n.,;:!?"“”„«»'


@dataclass
class Imported:
    """What came of an import: new rows, sorted; pairs that were there already; lines left out, by reason."""

    rows: list[Row] = field(default_factory=list)
    known: int = 0
    skipped: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def summary(self) -> Iterator[str]:
        """What to tell the user, a line at a time."""
        yield f"{len(self.rows)} rows imported, {self.known} known already"
        for reason, lines in sorted(self.skipped.items(), key=lambda pair: -len(pair[1])):
            some = ", ".join(map(str, lines[:5])) + (", ..." if len(lines) > 5 else "")
            yield f"skipped {len(lines)}: {reason} (line {some})"


def decode(data: bytes, name: str) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark, as spreadsheets save.

    Raises:
        DictionaryError: It is neither.
    """
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DictionaryError(name, f"not {encoding} at byte {error.start}; save the file as UTF-8") from None


def read(text: str, format_: str, original: Original = "first") -> Iterator[Item]:
    """The items of a text in one of `FORMATS`; `original` is for spintax.

    Raises:
        DictionaryError: The text as a whole cannot be read.
    """
    if format_ == "spintax":
        return spintax.read(text, original)
    return {"tsv": tsv.read, "codespell": codespell.read, "pps": pps.read}[format_](text)


def to_rows(
    items: Iterable[Item],
    template: Row,
    vocabulary: Vocabulary,
    known: Iterable[Row] = (),
) -> Imported:
    """Rows from what a format's reader found.

    Args:
        template: Family, part of speech and weight of rows whose source does not tell.
        known: Rows that are there already.
    """
    result = Imported()
    pairs = {(row.spun, row.original) for row in known}
    for item in items:
        if not isinstance(item, Pair):
            result.skipped[item.reason].append(item.line)
            continue
        row, reason = _row(item, template, vocabulary)
        if row is None:
            result.skipped[reason].append(item.line)
        elif (row.spun, row.original) in pairs:
            result.known += 1
        elif (row.original, row.spun) in pairs:
            result.skipped["the opposite is there already"].append(item.line)
        else:
            pairs.add((row.spun, row.original))
            result.rows.append(row)
    result.rows.sort(key=sort_key)
    return result


def _row(pair: Pair, template: Row, vocabulary: Vocabulary) -> tuple[Row | None, str]:
    spun, original = (vocabulary.lower(_clean(phrase)) for phrase in (pair.spun, pair.original))
    weight = template.weight if pair.weight is None else pair.weight
    note = " ".join(pair.note.split())
    row = Row(spun, original, template.pos, template.family, weight, "", note)
    if spun.startswith("#"):
        return None, "a phrase that begins with # would be read as a comment"
    try:
        [row] = parse_rows([row])
    except DictionaryError as error:
        return None, error.reason if "same" not in error.reason else "spun and original are the same"
    for rule, _message in lint_row(row):
        if RULES[rule][0] == "error":
            return None, RULES[rule][1]
    return row, ""


def _clean(phrase: str) -> str:
    """Without punctuation around it and typographic signs in it."""
    return " ".join(phrase.translate(_ASCII).strip(_AROUND).split())
