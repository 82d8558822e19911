"""Mining: dictionary rows for the annotated swaps that no row covers.

``python -m despin.learn.mine GOLD...`` adds them to the dictionaries of a checkout, with the note ``train``: a row that
only annotated passages attest is left out when those passages are judged.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from despin.channel.compile import entries
from despin.channel.lint import lint_row
from despin.channel.rows import PARTS_OF_SPEECH, Row, read_folder
from despin.errors import DespinError
from despin.learn.gold import Passage, read_passages
from despin.learn.learner import FROM_PASSAGES
from despin.learn.weights import cuts, family_of, phrase
from despin.lexicon.files import open_target
from despin.model.container import Container
from despin.model.words import read_words

__all__ = ["base_pair", "mine"]

ROOT = Path(__file__).resolve().parents[3]
_UPOS = {"noun": "NOUN", "verb": "VERB", "adjective": "ADJ"}
_TAGS = {"noun": ("NN", "NNS"), "verb": ("VB", "VBZ", "VBG", "VBD", "VBN"), "adjective": ("JJ", "JJR", "JJS")}
_ONCE, _OFTEN = 0.05, 0.15
_LONGEST = 5  # words of a side: what is longer is no habit of a spinner


def base_pair(spun: str, original: str) -> tuple[str, str, str]:
    """Base forms and part of speech of two written phrases, if both stand in one inflected form; else as written.

    >>> base_pair("officers", "policemen")
    ('officer', 'policeman', 'noun')
    >>> base_pair("took a trip", "travelled")
    ('take a trip', 'travel', 'verb')
    """
    for pos in _UPOS:
        at = 0 if pos == "verb" else -1
        left, right = spun.split(), original.split()
        if not left or not right:
            break
        lemmas = _common_form(left[at], right[at], pos)
        if lemmas:
            left[at], right[at] = lemmas
            return " ".join(left), " ".join(right), pos
    return spun, original, "phrase"


def _common_form(left: str, right: str, pos: str) -> tuple[str, str] | None:
    from lemminflect import getAllLemmas, getInflection

    for tag in _TAGS[pos]:
        for a in getAllLemmas(left, upos=_UPOS[pos]).get(_UPOS[pos], ()):
            for b in getAllLemmas(right, upos=_UPOS[pos]).get(_UPOS[pos], ()):
                if left in getInflection(a, tag) and right in getInflection(b, tag):
                    return a, b
    return None


def _missing(passages: Iterable[Passage], covered: set[tuple[tuple[str, ...], tuple[str, ...]]]) -> Iterator[Row]:
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for passage in passages:
        for slot in passage.slots:
            spun = phrase(passage.spun[slot.start : slot.end])
            pairs = cuts(spun, phrase(slot.accepted[0]))
            if any(pair in covered for pair in pairs) or spun == phrase(slot.accepted[0]):
                continue
            left, right = (" ".join(side).replace(" - ", "-") for side in pairs[-1])
            fragment = "-" in left.split() + right.split()  # "- legged": half a compound
            if max(len(pairs[-1][0]), len(pairs[-1][1])) <= _LONGEST and left and not left.isdigit() and not fragment:
                seen[(*base_pair(left, right), family_of(passage))] += 1
    for (left, right, pos, family), n in sorted(seen.items()):
        if left != right:
            yield Row(left, right, pos, family, _OFTEN if n > 1 else _ONCE, "", FROM_PASSAGES)


def mine(passages: Sequence[Passage], rows: Sequence[Row], words: set[str]) -> list[Row]:
    """Rows for the swaps of the passages that `rows` do not cover, as far as they keep the rules of the dictionaries.

    A row whose opposite stands in its family goes to the family ``any``.
    """
    covered = {(phrase(form.spun), phrase(form.original)) for form in entries(list(rows), words)}
    taken = {(row.family, row.pos, row.spun, row.original) for row in rows}
    found = []
    for row in _missing(passages, covered):
        for family in (row.family, "any"):
            moved = Row(row.spun, row.original, row.pos, family, row.weight, "", row.note)
            key = (family, row.pos, row.spun, row.original)
            if key in taken or (family, row.pos, row.original, row.spun) in taken or any(lint_row(moved)):
                continue
            taken.add(key)
            found.append(moved)
            break
    return found


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m despin.learn.mine", description=__doc__)
    parser.add_argument("gold", type=Path, nargs="+", help="annotated passages")
    parser.add_argument("--dictionaries", type=Path, default=ROOT / "dictionaries/en")
    parser.add_argument("--model", type=Path, default=ROOT / "models/en.lm")
    args = parser.parse_args(argv)
    try:
        rows = read_folder(args.dictionaries)
        passages = [passage for path in args.gold for passage in read_passages(path)]
        found = mine(passages, rows, set(read_words(Container(args.model))))
        for family in sorted({row.family for row in found}):
            for pos in PARTS_OF_SPEECH:
                new = [row for row in found if (row.family, row.pos) == (family, pos)]
                if new:
                    file = open_target(args.dictionaries / f"{family}.{pos}.tsv", family, pos)
                    file.path.write_text(file.canonical(new), "utf-8")
    except (DespinError, OSError) as error:
        print(f"despin.learn.mine: {error}", file=sys.stderr)
        return 2
    print(f"{len(found)} rows added")
    return 0


if __name__ == "__main__":
    sys.exit(main())
