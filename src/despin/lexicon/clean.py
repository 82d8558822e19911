"""Harm of single rows: what reversing them changes in text that nobody spun."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from despin.channel.compile import build
from despin.language.corpus import chunks, find_sources
from despin.lexicon.files import DictionaryFile
from despin.lexicon.lexicon import find_models
from despin.lexicon.lint import Complaint
from despin.repairer import Repairer

__all__ = ["Harm", "complaints", "held_out", "measure", "repairer"]

_ALLOWED = 1e-6  # edits a word


@dataclass(frozen=True, slots=True)
class Harm:
    """Edits of clean text by row (as `Edit.rule` names it), and the words of the text."""

    edits: Counter[str]
    words: int

    def excessive(self) -> dict[str, int]:
        """Rows with more than one edit in a million words; a single edit proves nothing, however short the text."""
        return {rule: n for rule, n in self.edits.items() if n > max(1.0, _ALLOWED * self.words)}


def held_out(corpus: Sequence[Path]) -> Iterator[str]:
    """The documents of a corpus that the language model was not trained on, one at a time.

    Raises:
        DespinError: There is no corpus.
    """
    for source in find_sources(list(corpus)):
        yield from chunks(source.path, held_out=True, size=1)


def repairer(folder: Path, files: Iterable[DictionaryFile]) -> Repairer:
    """A repairer with these files' rows: compiled from a checkout's sources, else laid over the installed model."""
    models = find_models(folder)
    if models is None:
        return Repairer([file.path for file in files])
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "en.despin"
        build(folder, models, path)
        return Repairer(model=path)


def measure(tool: Repairer, texts: Iterable[str], spun: bool | None = None) -> Harm:
    """Count edits by row; `spun` as for `Repairer.inspect` (True: what a row does once a document counts as spun)."""
    edits: Counter[str] = Counter()
    words = 0
    for text in texts:
        words += len(text.split())
        edits.update(edit.rule for edit in tool.inspect(text, spun=spun).edits)
    return Harm(edits, words)


def complaints(harm: Harm, files: Iterable[DictionaryFile]) -> list[Complaint]:
    """Complaints about the rows of files that change clean text too often, the worst first."""
    excessive = harm.excessive()
    found = [
        (-excessive[str(row)], Complaint(str(file.path), line, "harm", _message(excessive[str(row)], harm.words)))
        for file in files
        for line, row in file.rows
        if str(row) in excessive
    ]
    return [complaint for _count, complaint in sorted(found)]


def _message(edits: int, words: int) -> str:
    return f"changes clean text {edits} times in {words} words ({1e6 * edits / words:.1f} a million)"
