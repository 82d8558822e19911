"""The rows that commands look at: the dictionaries of a checkout, or those compiled into the installed model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from despin.channel.compile import numeral_rows
from despin.channel.inflect import inflections
from despin.channel.overlay import RowTexts
from despin.channel.rows import Row
from despin.errors import DictionaryError
from despin.learn.fitted import Fitted, read_fitted
from despin.lexicon.files import find_files, read_file
from despin.lexicon.vocabulary import Vocabulary

__all__ = ["BUILT_IN", "Lexicon", "Located", "find_dictionaries", "find_models"]

BUILT_IN = "(built in)"  # the place of rows that stand in no file


@dataclass(frozen=True, slots=True)
class Located:
    """A row and where it stands: `file` as the user may open it, `line` from 1 (0: in no file)."""

    row: Row
    file: str
    line: int

    @property
    def place(self) -> str:
        """``FILE:LINE``."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Lexicon:
    """Rows with their places, the model's vocabulary and what was learned about rows.

    Attributes:
        fitted: Learned weights and reliabilities; None if only the installed model is there, whose rows hold
            the learned weights already.
    """

    rows: tuple[Located, ...]
    vocabulary: Vocabulary
    fitted: Fitted | None

    @classmethod
    def open(cls, dictionaries: Path | None) -> Lexicon:
        """The lexicon of a folder of dictionaries; None: of the installed model.

        Raises:
            DictionaryError: A row is wrong, or there is no dictionary in the folder.
            ModelError: The installed model is missing or damaged.
        """
        vocabulary = Vocabulary()
        numerals = [Located(row, BUILT_IN, 0) for row in numeral_rows()]
        if dictionaries is None:
            container = vocabulary.container
            compiled = list(RowTexts(container, []))[: container.metadata["rows"]]
            return cls((*(Located(row, BUILT_IN, 0) for row in compiled), *numerals), vocabulary, None)
        rows: list[Located] = []
        for path in find_files([dictionaries]):
            file = read_file(path)
            for line, reason in file.problems:
                raise DictionaryError(f"{path}:{line}", reason)
            rows += [Located(row, str(path), line) for line, row in file.rows]
        models = find_models(dictionaries)
        return cls((*rows, *numerals), vocabulary, read_fitted(models) if models else Fitted())

    def forms(self, row: Row) -> Iterator[tuple[str, str]]:
        """The (spun, original) pairs that a row stands for, as they are written."""
        return inflections(row, self.vocabulary.words.__contains__)


def find_dictionaries(start: Path) -> Path | None:
    """``dictionaries/en`` of the checkout that a folder lies in, as a short path; None outside of one."""
    for folder in (start, *start.resolve().parents):
        found = folder / "dictionaries" / "en"
        if found.is_dir():
            return found
    return None


def find_models(dictionaries: Path) -> Path | None:
    """The folder ``models`` of the checkout that dictionaries belong to, if there is one with a language model."""
    models = dictionaries.resolve().parents[1] / "models"
    return models if (models / "en.lm").is_file() else None
