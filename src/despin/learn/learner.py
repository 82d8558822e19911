"""Passages in folds: what is proposed for each, and what is seen in each, without looking at the answer.

What is known of a fold's passages never helps to decide on them: row weights, rows that come from annotated passages
only, weights of words, reliabilities and first opinions are taken from the other folds. Passages spun by the same hand
share a fold: every hand has favourites of its own, and the next text is by another one. Which hands share one moves
what is learned, so they are parted in several ways (repeated cross-fitting, Chernozhukov et al. 2018).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from despin.channel.compile import entries, model_sections
from despin.channel.link import Entry
from despin.channel.rows import Row
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.learn.features import CLOSED_FEATURES, FIRST_FEATURES
from despin.learn.fitted import Fitted, Reliability
from despin.learn.gold import AT_RISK, LISTED, SYNTHETIC, Passage
from despin.learn.label import judge
from despin.learn.reliability import Lemmas, reliabilities
from despin.learn.trees import Trees, tree_sections
from despin.learn.weights import fit_weights, pairs_seen, phrase
from despin.learn.words import WordLearner, joined
from despin.model.container import Container, write
from despin.model.word_weights import GATE, REGISTER, read_decision, read_word_weights, weight_sections
from despin.model.words import read_words
from despin.text import protect
from despin.text.render import draft

__all__ = ["FOLDS", "FROM_PASSAGES", "Example", "Learner", "Text"]

FROM_PASSAGES = "train"  # the note of a row whose only source is the annotated passages
FOLDS = 4  # in each round
_BEGINNING = 200  # characters of a passage that stand for a short text
_JOINED = (3, 10)  # passages that stand together for a long one
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
    hand: str


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
    """Rows, a language model and passages, and the folds of their hands: others in every `round`."""

    rows: list[Row]
    language_model: Path
    embedding: Path
    passages: list[Passage]
    lattice: dict[str, float]
    folder: Path
    round: int = 0
    clean: list[str] = field(default_factory=list)  # to learn words from
    # `passages` teach everything; listed ones not the weights of rows; synthetic ones the decisions alone;
    # those at risk, which are hardly ever opened, the decision on texts with its opinions and words alone
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
        models = self.language_model.parent
        self._register = read_word_weights(models / REGISTER[1])
        self._register_decision = read_decision(models / REGISTER[2])
        self.forms = entries(self.rows, set(self._words))
        self.lemmas = Lemmas(self.rows, self.forms)

    @cached_property
    def _number(self) -> dict[str, int]:
        """The hands, numbered."""
        return {hand: n for n, hand in enumerate(sorted({passage.hand for passage in self.everything}))}

    @property
    def everything(self) -> list[Passage]:
        """All passages; where one stands is its number."""
        return [*self.passages, *self.synthetic, *self.listed, *self.at_risk]

    @property
    def folds(self) -> range:
        """The folds of this round; no two rounds share one."""
        return range(FOLDS * self.round, FOLDS * (self.round + 1))

    def fold_of(self, n: int) -> int:
        """The fold of the `n`-th hand, or text; two that share one in a round hardly do in the next."""
        return self.folds[(n + self.round * (n // FOLDS)) % FOLDS]

    def _folds_of(self, passages: Sequence[Passage]) -> list[int]:
        return [self.fold_of(self._number[passage.hand]) for passage in passages]

    def fold(self, number: int) -> list[tuple[int, Passage]]:
        """The passages of a fold, with their numbers."""
        everything = self.everything
        folds = self._folds_of(everything)
        return [(n, p) for n, (p, fold) in enumerate(zip(everything, folds, strict=True)) if fold == number]

    def _not_in(self, number: int, passages: Sequence[Passage]) -> list[Passage]:
        """Those of other folds."""
        return [p for p, fold in zip(passages, self._folds_of(passages), strict=True) if fold != number]

    def decoder(
        self,
        number: int,
        reliability: Mapping[tuple[str, str], Reliability] | None = None,
        opinion: Trees | None = None,
    ) -> Decoder:
        """A decoder that has learned from the other folds, with reliabilities and opinions that come from them too."""
        others = self._not_in(number, self.passages)
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
            "first": {
                "weights": [0.0] * len(FIRST_FEATURES),
                "closed": [0.0] * len(CLOSED_FEATURES),
                "open_above": 0.0,
            },
            "register": self._register_decision,
        }
        sections = self._sections(fitted, Fitted({}, reliability or {})) | tree_sections([opinion or [], [], []])
        if number not in self._weights:
            taught = others + self._not_in(number, self.at_risk)
            self._weights[number] = self._word_weights(path, sections, fitted, forms, taught)
        known = {GATE[0]: self._weights[number], REGISTER[0]: self._register}
        self._write(path, {"decision": decision}, sections | weight_sections(known, sections))
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
        known = {"lm_unknown": self._lm.metadata["lm_unknown"], "lm_words": len(self._words)}
        write(path, {**header, **known}, sections)

    def examples(self, first: Sequence[Example] = ()) -> list[Example]:
        """Proposed edits on both sides of every passage.

        `first`: the examples of a first round, from which reliabilities are taken.
        """
        found: list[Example] = []
        for number in self.folds:
            decoder = self._decoder_after(number, first)
            for n, passage in self.fold(number):
                for spun_side, text in ((True, passage.spun), (False, passage.original)):
                    found += _examples(decoder, passage, text, spun_side, number, n)
        return found

    def texts(self, first: Sequence[Example], opinions: Sequence[Trees], sound: Sequence[str]) -> list[Text]:
        """The evidence in the sides of passages, in their beginnings, in passages joined to long texts, in sound texts.

        `opinions`: the trees for each fold of the round, learned from the others.
        """
        found: list[Text] = []
        everything = self.everything
        for number, opinion in zip(self.folds, opinions, strict=True):
            decoder = self._decoder_after(number, first, opinion)
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
            clean = [text for n, text in enumerate(sound) if self.fold_of(n) == number]
            found += [_evidence(decoder, text, -1, number, False, "clean") for text in clean]
        return found

    def _decoder_after(self, number: int, first: Sequence[Example], opinion: Trees | None = None) -> Decoder:
        others = set(self.folds) - {number}
        return self.decoder(number, reliabilities(first, self.lemmas, others) if first else None, opinion)


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
            passage.hand,
        )


def _evidence_of(passage: Passage) -> float:
    """What the edits of a passage count in reliabilities."""
    if passage.source == LISTED:
        return passage.evidence * _LISTED_EVIDENCE
    return passage.evidence * (1.0 if passage.slots else _SOUND_IMPORTANCE)
