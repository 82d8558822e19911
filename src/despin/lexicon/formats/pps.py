"""Tortured phrases as the Problematic Paper Screener (Cabanac, Labbé, Magazinov) lets them be downloaded, as CSV.

Its fingerprints are queries: ``"brain organization" AND "neural network"``, ``"surface highlights" NOT specular``,
``"exactness accuracy"~5``. A dictionary row is a phrase without conditions on the rest of the document, so the first
phrase of a query is taken if it is one by itself; the expected texts bear remarks, which are dropped.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from despin.errors import DictionaryError
from despin.lexicon.formats import Item, Pair, Skipped

__all__ = ["NOTE", "read"]

NOTE = "PPS"  # the credit that such rows bear in the dictionaries
_SPUN = ("Fingerprint - Tortured Phrase", "Fingerprint", "tortured_phrase", "tortured")
_ORIGINAL = ("Expected Text", "expected_phrase", "expected")
_QUERY = re.compile(r'"([^"]*)"(~\d+)?(.*)', re.DOTALL)
_REMARK = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_MOST_WORDS = 8


def read(text: str) -> Iterator[Item]:
    """The pairs of a download; separated by commas, semicolons or tabs.

    Raises:
        DictionaryError: The first line does not name the columns that are expected.

    >>> [item.spun for item in read("Fingerprint,Expected Text\\nbosom peril,breast cancer (BC)")]
    ['bosom peril']
    """
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [_plain(name) for name in next(reader, [])]
        spun, original = (_column(names, variants) for variants in (_SPUN, _ORIGINAL))
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > max(spun, original):
                yield from _pairs(line, cells[spun], cells[original])
            elif any(cells):
                yield Skipped(line, "too few cells")
            line = reader.line_num + 1
    except csv.Error as error:
        raise DictionaryError(f"line {reader.line_num}", f"no CSV: {error}") from None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().lower()


def _column(names: list[str], variants: tuple[str, ...]) -> int:
    for variant in variants:
        if _plain(variant) in names:
            return names.index(_plain(variant))
    expected = " or ".join(map(repr, variants))
    raise DictionaryError("line 1", f"no column {expected}; the Problematic Paper Screener's CSV is expected")


def _pairs(line: int, query: str, expected: str) -> Iterator[Item]:
    phrases = _phrases(query)
    if isinstance(phrases, str):
        yield Skipped(line, phrases)
        return
    original = _REMARK.sub("", expected.replace('\\"', "").replace('"', "")).strip()
    if "?" in expected or re.search(r"[/:,;]", original):
        yield Skipped(line, "the expected text is uncertain, or several")
    elif not original or len(original.split()) > _MOST_WORDS:
        yield Skipped(line, "the expected text is no phrase")
    else:
        yield from (Pair(line, phrase, original, NOTE) for phrase in phrases)


def _phrases(query: str) -> list[str] | str:
    """The phrases that a query finds wherever they stand, or why there is none."""
    query = query.strip().translate(str.maketrans("“”", '""'))
    match = _QUERY.fullmatch(query)
    if match is None:
        if re.search(r'"|\b(AND|OR|NOT)\b', query):
            return "a query that is not understood"
        phrase, near, rest = query, None, ""
    else:
        phrase, near, rest = match[1].strip(), match[2], match[3].strip()
    if near and near != "~0":
        return "a query for words near each other, not a phrase"
    if set("*()?") & set(phrase):
        return "a wildcard or a parenthesis in the phrase"
    if rest and len(phrase.split()) == 1:
        return "a single word that is tortured only beside others"
    if rest.startswith("OR"):
        return [phrase, *(other.strip() for other in re.findall(r'"([^"*()?]+)"', rest))]
    return [phrase]
