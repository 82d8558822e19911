"""Dictionary files as people edit them: rows with their places, comments, and the one canonical form of a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from despin.channel.rows import FAMILIES, PARTS_OF_SPEECH, Row, read_lines
from despin.errors import DictionaryError

__all__ = ["COLUMNS", "DictionaryFile", "find_files", "open_target", "read_file", "row_line", "sort_key"]

# Columns of a file of one family and part of speech, which its comments name; other files name more.
COLUMNS = ("spun", "original", "weight", "context", "note")
_ALL_COLUMNS = ("spun", "original", "pos", "family", "weight", "context", "note")


@dataclass(frozen=True)
class DictionaryFile:
    """A dictionary file.

    Attributes:
        path: Where it is.
        text: Its contents, a byte order mark and line ends as they are.
        comments: Comment lines, ``# family:`` and ``# pos:`` left out where the file's name says both.
        columns: The columns that it names.
        rows: Rows with the numbers of their lines.
        problems: Lines that cannot be read, and why.
    """

    path: Path
    text: str
    comments: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Row], ...]
    problems: tuple[tuple[int, str], ...]

    @property
    def lines(self) -> list[str]:
        """The lines as they are counted: without a byte order mark and with any kind of line end."""
        text = self.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        return text.removesuffix("\n").split("\n")

    @property
    def kind(self) -> tuple[str, str] | None:
        """Family and part of speech by the file's name, FAMILY.POS.tsv; None if it is named otherwise."""
        parts = self.path.name.split(".")
        known = len(parts) == 3 and parts[0] in FAMILIES and parts[1] in PARTS_OF_SPEECH and parts[2] == "tsv"
        return (parts[0], parts[1]) if known else None

    def canonical(self, more: Iterable[Row] = ()) -> str:
        """The text in canonical form, with `more` rows: sorted, rows that are equal in every cell kept once."""
        rows = sorted({*(row for _line, row in self.rows), *more}, key=sort_key)
        columns: Sequence[str]
        if self.kind:
            head, columns = [f"# family: {self.kind[0]}", f"# pos: {self.kind[1]}"], COLUMNS
        else:
            needed = {*self.columns, *self._said_otherwise(rows)}
            head, columns = [], tuple(name for name in _ALL_COLUMNS if name in needed)
        lines = [*head, *self.comments, "\t".join(columns), *(row_line(row, columns) for row in rows)]
        return "\n".join(lines) + "\n"

    def _said_otherwise(self, rows: Iterable[Row]) -> list[str]:
        """Columns that rows need because the comments, once they all stand first, would say something else of them."""
        parts = (line[1:].partition(":") for line in self.comments)
        said = {key.strip(): value.strip() for key, _, value in parts}
        default = Row("a", "b")
        return [n for n in ("pos", "family") if {getattr(r, n) for r in rows} - {said.get(n, getattr(default, n))}]


def sort_key(row: Row) -> tuple[str, str, str, str, str, float, str]:
    """Where a row stands in its file."""
    return row.spun, row.original, row.context, row.pos, row.family, row.weight, row.note


def row_line(row: Row, columns: Sequence[str] = COLUMNS) -> str:
    """A row as a line of a file with these columns, empty cells at its end left out.

    >>> row_line(Row("state", "say", weight=0.40))
    'state\\tsay\\t0.4'
    """
    return "\t".join(f"{v:g}" if isinstance(v := getattr(row, name), float) else v for name in columns).rstrip("\t")


def read_file(path: Path) -> DictionaryFile:
    """Read a file, its wrong lines as well.

    Raises:
        DictionaryError: It is not UTF-8.
        OSError: It cannot be read.
    """
    rows: list[tuple[int, Row]] = []
    problems: list[tuple[int, str]] = []
    for number, row in read_lines(path):
        if isinstance(row, DictionaryError):
            problems.append((number, row.reason))
        else:
            rows.append((number, row))
    file = DictionaryFile(path, path.read_bytes().decode("utf-8"), (), (), tuple(rows), tuple(problems))
    known = ("# family:", "# pos:") if file.kind else ()
    comments = tuple(line.rstrip() for line in file.lines if line.startswith("#") and not line.startswith(known))
    columns = next((line for line in file.lines if line.strip() and not line.startswith("#")), "")
    return replace(file, comments=comments, columns=tuple(columns.split("\t")))


def find_files(places: Iterable[Path]) -> list[Path]:
    """The TSV files among files and folders, sorted.

    Raises:
        DictionaryError: A place does not exist, or a folder holds no TSV file.
    """
    found: list[Path] = []
    for place in places:
        inside = sorted(place.glob("*.tsv")) if place.is_dir() else [place]
        if not inside or not inside[0].exists():
            raise DictionaryError(str(place), "no dictionary here; name a TSV file or a folder of them")
        found += inside
    return list(dict.fromkeys(found))


def open_target(path: Path | None, family: str | None = None, pos: str | None = None) -> DictionaryFile:
    """The file that rows are to be added to: as it is, or an empty one; None: one that will have no name.

    Raises:
        DictionaryError: A line of it is wrong, or its name says another family or part of speech.
        OSError: It is there and cannot be read.
    """
    file = DictionaryFile(path or Path("imported.tsv"), "", (), _ALL_COLUMNS, (), ())
    if file.kind and (family or file.kind[0], pos or file.kind[1]) != file.kind:
        raise DictionaryError(str(path), f"by its name it holds {' '.join(file.kind)} rows, not {family} {pos}")
    if path is None or not path.exists():
        return file
    file = read_file(path)
    for line, reason in file.problems:
        raise DictionaryError(f"{path}:{line}", reason)
    # a file that is named otherwise says in each row what it is
    return file if file.kind else replace(file, columns=_ALL_COLUMNS)
