"""Passages in folds: what is proposed for each, and what is seen in each, without looking at the answer.

What is known of a fold's passages never helps to decide on them: row weights, rows that come from annotated passages
only, weights of words, reliabilities and first opinions are taken from the other folds.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from despin.channel.compile import entries, model_sections
from despin.channel.link import Entry
from despin.channel.rows import Row
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.learn.features import FIRST_FEATURES
from despin.learn.fitted import Fitted
from despin.learn.gold import AT_RISK, LISTED, SYNTHETIC, Passage
from despin.learn.label import judge
from despin.learn.trees import Trees, tree_sections
from despin.learn.weights import fit_weights, pairs_seen, phrase
from despin.learn.words import WordLearner, joined
from despin.model.container import Container, write
from despin.model.gate import gate_sections
from despin.model.words import read_words
from despin.text import protect
from despin.text.render import draft

__all__ = ["FOLDS", "FROM_PASSAGES", "Example", "Learner", "Text", "reliabilities"]

FROM_PASSAGES = "train"  # the note of a row whose only source is the annotated passages
FOLDS = 4
_BEGINNING = 200  # characters of a passage that stand for a short text
_JOINED = (3, 10)  # passages that stand together for a long one
# Strength of the prior of a reliability, in observations.
_SHRINK = 2.0
_IMPORTANCE = {SYNTHETIC: 0.3, LISTED: 0.3, AT_RISK: 1.0}  # of an edit, by the source of its passage; else its evidence
_LISTED_EVIDENCE = 0.5  # for reliabilities: the same few swaps over and over
_SOUND_IMPORTANCE = 0.3  # of an edit in a sound text, trap or original: such texts are seldom opened at all


@dataclass(frozen=True)
class Example:
    """One proposed edit: its features, whether it is right, what it counts, and where it comes from."""

    features: list[float]
    right: bool
    importance: float
    fold: int
    passage: int
    spun_side: bool
    required: bool
    before: str
    after: str
    evidence: float
    source: str


@dataclass(frozen=True)
class Text:
    """One side of a passage: ``heavy``, ``light``, ``none`` (a trap) or ``clean``.

    `first` and `features` are what tells of its spin before and after decoding; `passage` is negative where it is
    no whole passage.
    """

    passage: int
    fold: int
    spun_side: bool
    kind: str
    first: list[float]
    features: list[float]


@dataclass
class Learner:
    """Rows, a language model and passages, and the folds of the passages."""

    rows: list[Row]
    language_model: Path
    embedding: Path
    passages: list[Passage]
    lattice: dict[str, float]
    folder: Path
    clean: list[str] = field(default_factory=list)  # to learn words from
    # `passages` teach everything; listed ones not the weights of rows; synthetic ones the decisions alone; those at
    # risk, which are hardly ever opened, the decision on texts with its opinions and words alone
    listed: list[Passage] = field(default_factory=list)
    at_risk: list[Passage] = field(default_factory=list)
    synthetic: list[Passage] = field(default_factory=list)

    def __post_init__(self) -> None:
        random.Random(5).shuffle(self.passages)
        self._lm = Container(self.language_model)
        self._embedding = Container(self.embedding)
        self._words = read_words(self._lm)
        self._word_learner = WordLearner(self._lm)
        self._weights: dict[int, dict[str, int]] = {}
        self.forms = entries(self.rows, set(self._words))

    @property
    def everything(self) -> list[Passage]:
        """All passages; where one stands is its number."""
        return [*self.passages, *self.synthetic, *self.listed, *self.at_risk]

    def fold(self, number: int) -> list[tuple[int, Passage]]:
        """The passages of a fold, with their numbers."""
        return [(n, p) for n, p in enumerate(self.everything) if n % FOLDS == number]

    def decoder(
        self, number: int, reliability: Mapping[tuple[str, str], float] | None = None, opinion: Trees | None = None
    ) -> Decoder:
        """A decoder that has learned from the other folds, with reliabilities and opinions that come from them too."""
        others = [p for n, p in enumerate(self.passages) if n % FOLDS != number]
        seen = pairs_seen(others)
        alive = {form.row for form in self.forms if (phrase(form.spun), phrase(form.original)) in seen}
        keep = [n for n, row in enumerate(self.rows) if row.note != FROM_PASSAGES or n in alive]
        place = {old: new for new, old in enumerate(keep)}
        rows = [self.rows[n] for n in keep]
        forms = [Entry(f.spun, f.original, place[f.row]) for f in self.forms if f.row in place]
        fitted = fit_weights(rows, forms, others)
        path = self.folder / f"fold{number}"
        decision = {
            "lattice": self.lattice,
            "first": {"weights": [0.0] * len(FIRST_FEATURES), "open_above": 0.0},
        }
        sections = self._sections(fitted, Fitted({}, reliability or {})) | tree_sections([opinion or [], [], []])
        if number not in self._weights:
            known = others + [p for n, p in enumerate(self.everything) if n % FOLDS != number and p.source == AT_RISK]
            self._weights[number] = self._word_weights(path, sections, fitted, forms, known)
        self._write(path, {"decision": decision}, sections | gate_sections(self._weights[number], sections))
        return Decoder(Model(Container(path)), None, decision)

    def word_weights(self, rows: list[Row]) -> dict[str, int]:
        """What each word tells of spinning, by all passages and the clean texts; `rows` with fitted weights."""
        known = self.passages + self.at_risk
        return self._word_weights(self.folder / "all", self._sections(rows, Fitted()), rows, self.forms, known)

    def _word_weights(
        self, path: Path, sections: dict[str, bytes], rows: list[Row], forms: list[Entry], passages: list[Passage]
    ) -> dict[str, int]:
        self._write(path, {}, sections)
        model = Model(Container(path))
        return self._word_learner.fit(model, rows, forms, passages, self.clean).by_word(model)

    def _sections(self, rows: list[Row], fitted: Fitted) -> dict[str, bytes]:
        return model_sections(rows, fitted, self._lm, self._embedding, self._words)

    def _write(self, path: Path, header: dict[str, Any], sections: dict[str, bytes]) -> None:
        write(path, {**header, "lm_unknown": self._lm.metadata["lm_unknown"]}, sections)

    def examples(self, first: Sequence[Example] = ()) -> list[Example]:
        """Proposed edits on both sides of every passage.

        `first`: the examples of a first round, from which reliabilities are taken.
        """
        found: list[Example] = []
        for number in range(FOLDS):
            decoder = self._decoder_after(number, first)
            for n, passage in self.fold(number):
                for spun_side, text in ((True, passage.spun), (False, passage.original)):
                    found += _examples(decoder, passage, text, spun_side, number, n)
        return found

    def texts(self, first: Sequence[Example], opinions: Sequence[Trees], sound: Sequence[str]) -> list[Text]:
        """The evidence in the sides of passages, in their beginnings, in passages joined to long texts, in sound texts.

        `opinions`: the trees for each fold, learned from the others.
        """
        found: list[Text] = []
        everything = self.everything
        for number in range(FOLDS):
            decoder = self._decoder_after(number, first, opinions[number])
            numbers = [n for n, _passage in self.fold(number)]
            for group in [*([n] for n in numbers), *joined(numbers, everything, _JOINED)]:
                chosen = [everything[n] for n in group]
                kind = chosen[0].meta.get("spin", "heavy")
                for spun_side, sides in ((True, [p.spun for p in chosen]), (False, [p.original for p in chosen])):
                    text, what = "\n\n".join(sides), kind if spun_side else "clean"
                    whole = group[0] if len(group) == 1 else -1
                    found.append(_evidence(decoder, text, whole, number, spun_side, what))
                    if whole >= 0:
                        beginning = text[:_BEGINNING].rsplit(" ", 1)[0]
                        found.append(_evidence(decoder, beginning, -1, number, spun_side, what))
            found += [_evidence(decoder, text, -1, number, False, "clean") for text in sound[number::FOLDS]]
        return found

    def _decoder_after(self, number: int, first: Sequence[Example], opinion: Trees | None = None) -> Decoder:
        others = set(range(FOLDS)) - {number}
        return self.decoder(number, reliabilities(first, others) if first else None, opinion)


def _evidence(decoder: Decoder, text: str, passage: int, fold: int, spun_side: bool, kind: str) -> Text:
    return Text(passage, fold, spun_side, kind, *decoder.evidence(text, protect.spans(text)))


def _examples(decoder: Decoder, passage: Passage, text: str, spun_side: bool, fold: int, n: int) -> Iterator[Example]:
    spans = protect.spans(text)
    for start, end, _confidence, surface, _row, _own, _others, features in decoder(text, spans, detail=True)[3]:
        if features is None or draft(text, start, end, surface) is None:
            continue
        right, required = judge(passage, start, end, surface) if spun_side else (False, False)
        spun = spun_side and bool(passage.slots)
        # an optional repair counts less, and so does an edit of a text that is seldom opened
        importance = (1.0 if required or not right else 0.4) if spun else _SOUND_IMPORTANCE
        importance *= _IMPORTANCE.get(passage.source, passage.evidence)  # what is real counts more, here too
        yield Example(
            features,
            right,
            importance,
            fold,
            n,
            spun_side,
            required,
            text[start:end].lower(),
            surface,
            _evidence_of(passage),
            passage.source,
        )


def _evidence_of(passage: Passage) -> float:
    """What the edits of a passage count in reliabilities."""
    if passage.source == LISTED:
        return passage.evidence * _LISTED_EVIDENCE
    return passage.evidence * (1.0 if passage.slots else _SOUND_IMPORTANCE)


def reliabilities(examples: Sequence[Example], folds: Iterable[int] | None = None) -> dict[tuple[str, str], float]:
    """Log odds that a form, or a pair of forms, is right, relative to all of them; from some folds (default: all).

    Listed passages are easier, more of their edits are right: each is counted so that it tells as much as elsewhere.
    """
    chosen = set(range(FOLDS)) if folds is None else set(folds)
    counted = [e for e in examples if e.spun_side and e.fold in chosen]
    share, listed_share = (_share_right([e for e in counted if (e.source == LISTED) == listed]) for listed in (0, 1))
    scale = {LISTED: ((1 - share) / (1 - listed_share), share / listed_share)}
    counts: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for example in counted:
        weight = example.evidence * scale.get(example.source, (1.0, 1.0))[example.right]
        counts[example.before, ""][example.right] += weight
        counts[example.before, example.after][example.right] += weight
    base = math.log(share / (1 - share))
    return {
        key: math.log((right + _SHRINK * share) / (wrong + _SHRINK * (1 - share))) - base
        for key, (wrong, right) in counts.items()
    }


def _share_right(examples: Sequence[Example]) -> float:
    total = [1.0, 1.0]
    for example in examples:
        total[example.right] += example.evidence
    return total[1] / sum(total)
