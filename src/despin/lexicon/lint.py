"""Lint of dictionaries: form of the files, rows by themselves, rows against each other, words against the model.

Each complaint has a rule, and each rule a level: an error must not be merged, a warning is for a person to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from despin.channel.inflect import inflections
from despin.channel.lint import lint_row
from despin.channel.rows import Row
from despin.lexicon.files import COLUMNS, DictionaryFile, row_line, sort_key
from despin.lexicon.vocabulary import UPOS, Vocabulary, known_base_forms

__all__ = ["RULES", "Complaint", "fix", "lint"]

# name -> (level, what it is about)
RULES = {
    "unreadable": ("error", "a line that is no row"),
    "header": ("error", "the comments do not name the family and part of speech of the file's name"),
    "form": ("error", "columns, cells, numbers or line ends are not in canonical form"),
    "order": ("error", "a row is not in its sorted place"),
    "duplicate": ("error", "the same pair under the same condition stands twice in a file"),
    "function-word": ("error", "a bare function word has no condition"),
    "list": ("error", "a character of lists and remarks in a phrase"),
    "quotes": ("error", "a typographic quotation mark or apostrophe"),
    "hyphen": ("error", "a hyphen by itself: a compound taken apart, or half of one"),
    "no-effect": ("error", "both sides are the same words"),
    "opposite": ("error", "the opposite row stands in the same family and part of speech"),
    "harm": ("error", "reversing the row changes clean text too often (--clean)"),
    "symbols": ("warning", "a dash or symbol outside ASCII"),
    "capitals": ("warning", "a capital letter where no name is known"),
    "base-form": ("warning", "the inflected word is not in its base form"),
    "redundant": ("warning", "another row of the family, or of `any`, gives all written forms of this one"),
    "cycle": ("warning", "the opposite row applies to the same texts: another part of speech, or `any`"),
    "unknown-word": ("warning", "a word that the language model has never seen"),
}


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """What is wrong with a line of a file (line 0: with the file); `rule` is a name in `RULES`."""

    file: str
    line: int
    rule: str
    message: str

    @property
    def level(self) -> str:
        """``error`` or ``warning``."""
        return RULES[self.rule][0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.level}: {self.message} [{self.rule}]"

    def to_dict(self) -> dict[str, Any]:
        """A plain structure for JSON."""
        return {**asdict(self), "level": self.level}


@dataclass(frozen=True, slots=True)
class _Item:
    """A row of a file with its place."""

    row: Row
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{Path(self.file).name}:{self.line}"


def lint(
    files: Sequence[DictionaryFile], vocabulary: Vocabulary, beside: Iterable[DictionaryFile] = ()
) -> list[Complaint]:
    """Complaints about files, sorted; `beside`: files that their rows are compared with, but that are not linted."""
    items = [_Item(row, str(file.path), line) for file in files for line, row in file.rows]
    others = [_Item(row, str(file.path), line) for file in beside for line, row in file.rows]
    found = [complaint for file in files for complaint in _form(file)]
    for item in items:
        found += (Complaint(item.file, item.line, rule, text) for rule, text in _by_itself(item.row, vocabulary))
    found += _opposites(items, others)
    found += _redundant(items, others, vocabulary.words)
    return sorted(found)


def fix(file: DictionaryFile) -> bool:
    """Rewrite a file in canonical form: sorted, rows that are equal in every cell kept once. True if it changed.

    A file with a line that cannot be read is left alone, because that line would be lost.

    Raises:
        OSError: It cannot be written.
    """
    text = file.canonical()
    if file.problems or text == file.text:
        return False
    file.path.write_bytes(text.encode("utf-8"))
    return True


def _form(file: DictionaryFile) -> Iterator[Complaint]:
    name = str(file.path)
    for line, reason in file.problems:
        yield Complaint(name, line, "unreadable", reason)
    if file.problems:
        return
    if file.text.startswith("\ufeff") or "\r" in file.text:
        yield Complaint(name, 0, "form", "a byte order mark or Windows line ends; --fix takes them out")
    yield from _header(file, name)
    lines = file.lines
    columns = COLUMNS if file.kind else file.columns
    for line, row in file.rows:
        if lines[line - 1] != row_line(row, columns):
            yield Complaint(name, line, "form", f"write {row_line(row, columns)!r}")
    for (_, before), (line, row) in pairwise(file.rows):
        if _same_fact(before, row):
            yield Complaint(name, line, "duplicate", f"{row} stands twice")
        elif sort_key(before) > sort_key(row):
            yield Complaint(name, line, "order", f"{row} is not in its sorted place; --fix sorts")


def _same_fact(a: Row, b: Row) -> bool:
    return (a.spun, a.original, a.context, a.pos, a.family) == (b.spun, b.original, b.context, b.pos, b.family)


def _header(file: DictionaryFile, name: str) -> Iterator[Complaint]:
    if file.kind is None:
        return
    wrong = next(((line, row) for line, row in file.rows if (row.family, row.pos) != file.kind), None)
    family, pos = file.kind
    head = [f"# family: {family}", f"# pos: {pos}", *file.comments, "\t".join(COLUMNS)]
    if wrong:
        line, row = wrong
        yield Complaint(name, line, "header", f"{row} is not of the family and part of speech of the file's name")
    elif file.lines[: len(head)] != head:
        wanted = "# family, # pos, other comments, column names: " + " ".join(COLUMNS)
        yield Complaint(name, 0, "form", f"the file must begin with {wanted}; --fix puts it so")
    elif len(file.lines) != len(head) + len(file.rows) or not file.text.endswith("\n"):
        yield Complaint(name, 0, "form", "an empty line among the rows, or no line end at the end; --fix mends it")


def _by_itself(row: Row, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    yield from lint_row(row)
    for phrase in (row.spun, row.original):
        capitals = vocabulary.needless_capitals(phrase)
        if capitals:
            yield "capitals", f"lower case, unless it is a name: {', '.join(capitals)}"
        unknown = vocabulary.unknown(phrase)
        if unknown:
            side = "spun" if phrase is row.spun else "original"
            yield "unknown-word", f"the language model has never seen this {side} word: {', '.join(unknown)}"
        if row.pos in UPOS and phrase:
            word = phrase.split()[0 if row.pos == "verb" else -1]
            base = known_base_forms(word.lower(), row.pos)
            if base and word.lower() not in base:
                yield (
                    "base-form",
                    f"{word} is a form of {' or '.join(sorted(base))}; forms that stand alone are phrases",
                )


def _opposites(items: Collection[_Item], others: Collection[_Item]) -> Iterator[Complaint]:
    """Pairs written both ways. Longer cycles do no harm: a text is decoded in one step, never to and fro."""
    place: dict[tuple[str, str], list[_Item]] = defaultdict(list)
    for item in (*items, *others):
        place[item.row.spun, item.row.original].append(item)
    for item in items:
        row = item.row
        opposite = [
            other
            for other in place.get((row.original, row.spun), ())
            if other.row.family in (row.family, "any") or row.family == "any"
        ]
        same = [o for o in opposite if (o.row.family, o.row.pos) == (row.family, row.pos)]
        if same:
            message = f"the opposite of {same[0].place} in the same family; keep the better attested one"
            yield Complaint(item.file, item.line, "opposite", message)
        elif opposite:
            best = max(opposite, key=lambda other: other.row.weight)
            if (row.weight, row.original) < (best.row.weight, row.spun):  # once a pair: at the less frequent row
                yield Complaint(item.file, item.line, "cycle", f"{row} is the opposite of {best.place}, {best.row}")


def _redundant(items: Collection[_Item], others: Collection[_Item], words: frozenset[str]) -> Iterator[Complaint]:
    """Rows that add nothing: no written form that another row of the family or of `any` lacks, and no more weight."""
    everything = (*items, *others)
    forms = {item: frozenset(inflections(item.row, words.__contains__)) for item in everything}
    givers: dict[tuple[str, str], list[_Item]] = defaultdict(list)
    for item in everything:
        for form in forms[item]:
            givers[form].append(item)
    for item in items:
        for other in givers[next(iter(forms[item]))] if forms[item] else ():
            if _adds_nothing(item, other) and forms[item] <= forms[other]:
                # of two rows that say the same, the later one could go
                if forms[item] == forms[other] and _rank(item) < _rank(other):
                    continue
                yield Complaint(
                    item.file, item.line, "redundant", f"{item.row} adds nothing to {other.place}, {other.row}"
                )
                break


def _adds_nothing(item: _Item, other: _Item) -> bool:
    row, by = item.row, other.row
    same_file = (row.family, row.pos) == (by.family, by.pos)
    return (
        other is not item
        and by.family in (row.family, "any")
        and by.context == row.context
        and by.weight >= row.weight
        and not (same_file and (row.spun, row.original) == (by.spun, by.original))  # a duplicate
    )


def _rank(item: _Item) -> tuple[bool, str, int]:
    return item.row.family != "any", item.file, item.line
