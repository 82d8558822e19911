"""Inference: candidates, spin rate, lattice, features, decisions (decode/_decode.pyx)."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.reference.embedding import embed_candidates
from tests.reference.lattice import decode
from tests.reference.model import END, STARTS, VOWEL, Hypothesis, ReferenceModel, Sections
from tests.reference.scan import BREAK, CAP, CAPS, KEYWORD, NUMBER, PROTECTED, START, WORD, Token, scan
from tests.reference.scan import END as END_FLAG

MAX_PHRASE = 10
RATES = [0.02 * 45.0 ** (i / 15) for i in range(16)]
# by family: pseudo-counts of a spinner's edits of his own table, of that of news, of others; what a kept word weighs
OWN_TABLE = (0.0, 6.0, 10.0, 10.0, 10.0, 10.0, 30.0, 0.0)
FROM_NEWS = (0.0, 6.0, 3.0, 3.0, 3.0, 3.0, 2.0, 0.0)
SHARED = (0.0, 0.0, 0.3, 0.15, 0.15, 0.3, 0.15, 0.0)
KEPT = (0.0, 1.0, 0.6, 0.6, 0.6, 0.6, 0.8, 0.0)
NEWS, ACADEMIC = 1, 6
RARE_FAMILY, LEAST_PAPER = 0.01, 0.02
MAX_LOG_RATIO = 5.0
LEAST_PROMISE = -4.0
RARE_GAIN = 4.0
SPIN = 6  # the feature that the whole text decides


@dataclass
class Candidate:
    """A hypothesis at tokens start to start + n."""

    h: Hypothesis
    others: list[Hypothesis]  # of the same phrase
    start: int
    n: int
    own: bool
    price: float
    weight: float = 0.0
    posterior: float = 0.0
    promise: float = 0.0
    asked: bool = False  # whether the language model had a say in it
    topic: float = 0.0
    fit_kept: float = 0.0


@dataclass
class Document:
    """A text on its way through inference."""

    model: ReferenceModel
    own: Sections | None
    lattice: dict[str, float]
    tokens: list[Token]
    candidates: list[list[Candidate]] = field(default_factory=list)
    rate: float = 0.0
    gain: float = 0.0
    family: list[float] = field(default_factory=list)
    spinner: int = NEWS  # the family whose spinner explains it best
    chosen: dict[int, Candidate] = field(default_factory=dict)
    register: list[float] = field(default_factory=list)  # weights of the decision on its register
    judged: bool = False  # whether the trees had a say in its spin probability

    @property
    def turns(self) -> float:
        """How often a reading counts, if it is there as often."""
        return max(1.0, len(self.tokens) / 150)

    def id(self, i: int) -> int:
        """The id at token i; what stands before the text ends a sentence."""
        if i < 0:
            return END if i == -1 else -1
        return self.tokens[i].id if i < len(self.tokens) else END

    def clashes(self, i: int, word: int) -> bool:
        """Would the article before token i clash with this word?"""
        if i < 1 or self.tokens[i].flags & BREAK:
            return False
        before = self.tokens[i - 1]
        if not before.flags & WORD or before.id != self.model.article:
            return False
        vowel = word < len(self.model.flags) and bool(self.model.flags[word] & VOWEL)
        return vowel != (before.end - before.start == 2)

    def run(self, a: int, b: int, ids: Sequence[int]) -> tuple[float, int, int, int]:
        """Log probability of words after a context, the new context, and the sum of n-gram lengths."""
        total, orders = 0.0, 0
        for word in ids:
            p, order = self.model.logp(a, b, word)
            total, orders = total + p, orders + order
            a, b = b, word
        return total, a, b, orders

    def in_place(self, i: int, n: int, ids: Sequence[int]) -> float:
        """Log probability of words in place of tokens, the two tokens after them included."""
        total, a, b, _orders = self.run(self.id(i - 2), self.id(i - 1), ids)
        for token in self.tokens[i + n : i + n + 2]:
            p, a, b, _orders = self.run(a, b, [token.id])
            total += p
            if token.id == END:
                break
        return total

    def prior(self, c: Candidate) -> float:
        trust, topic = self.lattice["trust"], self.lattice["topic"]
        return c.h.weight + c.price + trust * (c.h.reliability + c.h.mark) + topic * c.topic


def _condition_holds(doc: Document, sections: Sections, at: int, i: int, n: int) -> bool:
    codes = sections.conditions
    while codes[at]:
        side, negated, count = codes[at : at + 3]
        if side == 2:
            holds = _is_name(doc, i, n)
        else:
            holds = _side_holds(doc, i - 1 if side < 0 else i + n, codes[at + 3 : at + 3 + count])
        if holds == bool(negated):
            return False
        at += 3 + count
    return True


def _is_name(doc: Document, i: int, n: int) -> bool:
    capitals = [bool(token.flags & CAP) for token in doc.tokens[i : i + n]]
    return capitals[0] and (not doc.tokens[i].flags & START or any(capitals[1:]))


def _side_holds(doc: Document, i: int, codes: Sequence[int]) -> bool:
    token = doc.tokens[i] if 0 <= i < len(doc.tokens) else None
    if (token is None or token.flags & END_FLAG) and (-4 in codes or -5 in codes):
        return True
    if token is None:
        return False
    name = bool(token.flags & CAP and not token.flags & START)
    return (-2 in codes and name) or (-3 in codes and bool(token.flags & NUMBER)) or token.id in codes


def find_candidates(doc: Document) -> None:
    """Every spun phrase at every token, longest first, the last hypothesis of a node first."""
    doc.candidates = [[] for _ in doc.tokens]
    for i, token in enumerate(doc.tokens):
        if token.id < len(doc.model.flags) and doc.model.flags[token.id] & STARTS:
            _walk(doc, doc.model, i, False)
        if doc.own:
            _walk(doc, doc.own, i, True)


def _walk(doc: Document, sections: Sections, i: int, own: bool) -> None:
    node = 0
    for j in range(i, min(len(doc.tokens), i + MAX_PHRASE)):
        token = doc.tokens[j]
        closed = PROTECTED | END_FLAG | (0 if own else KEYWORD)
        if token.flags & closed or (j > i and token.flags & BREAK):
            return
        node = sections.children.get((node, token.id), 0)
        if not node:
            return
        add_node(doc, sections, node, i, j + 1 - i, 0.0, own)


def add_node(doc: Document, sections: Sections, node: int, i: int, n: int, price: float, own: bool) -> None:
    closed = n == 1 and not own and _is_lone_name(doc, i)
    readings = sections.readings(node)
    for h in readings:
        if h.condition and not _condition_holds(doc, sections, h.condition, i, n):
            continue
        if not closed or "A" <= h.surface[:1] <= "Z":
            doc.candidates[i].insert(0, Candidate(h, readings, i, n, own, price))


def _is_lone_name(doc: Document, i: int) -> bool:
    flags = doc.tokens[i].flags
    if not flags & CAP or flags & (START | BREAK):
        return False
    for beside in (doc.tokens[max(0, i - 2) : i][::-1], doc.tokens[i + 1 : i + 3]):
        for token in itertools.takewhile(lambda token: token.flags & WORD, beside):
            long = token.end - token.start > 3
            if token.flags & CAP and (long or not token.flags & START):
                return False
            if token.flags & CAP or long:
                break
    return True


def judge(doc: Document) -> None:
    """The promise of every hypothesis; the language model is not asked where it would have to add very much."""
    for i, found in enumerate(doc.candidates):
        for c in found:
            c.promise = doc.prior(c)
            c.asked = c.own or c.promise + RARE_GAIN >= LEAST_PROMISE
            if not c.asked:
                continue
            ids = [token.id for token in doc.tokens[i : i + c.n]]
            ratio = doc.in_place(i, c.n, c.h.target) - doc.in_place(i, c.n, ids)
            if c.h.target and doc.clashes(i, ids[0]) and not doc.clashes(i, c.h.target[0]):
                ratio -= doc.lattice["clash"]
            c.promise += doc.lattice["lm_scale"] * ratio


def keep_promising(doc: Document) -> None:
    """Leave out the hypotheses that are no reading of their place."""
    judge(doc)
    for i, found in enumerate(doc.candidates):
        doc.candidates[i] = [c for c in found if c.own or c.promise >= LEAST_PROMISE]


def places(doc: Document) -> list[tuple[tuple[int, ...], list[float]]]:
    """Words and likelihood ratios by family of each place; of overlapping places the better one counts."""
    found_rows: list[tuple[tuple[int, ...], list[float]]] = []
    end = 0
    for i, found in enumerate(doc.candidates):
        at = 0
        while at < len(found):
            n = found[at].n
            phrase = tuple(token.id for token in doc.tokens[i : i + n])
            row = [0.0] * len(SHARED)
            while at < len(found) and found[at].n == n:
                c = found[at]
                row[c.h.family] += math.exp(min(MAX_LOG_RATIO, c.promise))
                at += 1
            if found_rows and i < end:
                if sum(row) > sum(found_rows[-1][1]):
                    found_rows[-1] = phrase, row
                end = max(end, i + n)
            else:
                found_rows.append((phrase, row))
                end = i + n
    return found_rows


def kept_words(doc: Document) -> list[float]:
    """How likely a spinner replaces each word of a text: kept ones speak against spinning."""
    known = len(doc.model.replaceable)
    return [doc.model.replaceable[t.id] for t in doc.tokens if t.id < known and not t.flags & (PROTECTED | KEYWORD)]


def log_likelihood(ratios: Sequence[float], kept: Sequence[float], rate: float, weight: float) -> float:
    """Of a text at a spin rate, relative to the rate 0; `weight`: of the kept words."""
    replaced = sum(math.log1p(rate * x) for x in ratios)
    return replaced - weight * (rate * sum(kept) + rate * rate * sum(0.5 * a * a for a in kept))


def capped_ratios(family: Sequence[float], rows: Sequence[Sequence[float]]) -> list[float]:
    """Of each place, with the families' shares; one outlying place must not decide on a whole text."""
    return [min(sum(f * x for f, x in zip(family, row, strict=True)), math.exp(MAX_LOG_RATIO)) for row in rows]


def scholarly(doc: Document) -> float:
    """How likely a text is a research paper, by its words."""
    if not doc.model.register:
        return 0.0
    total = sum(doc.model.register.get(token.id, 0) for token in doc.tokens)
    n = max(60, len(doc.tokens))
    return _probability(doc.register, (1, math.log(n) - 5, 10 * total / 32 / n))


def log_prior(spinner: int, paper: float) -> float:
    """How likely a spinner of this family is beforehand."""
    if spinner == ACADEMIC:
        return math.log(LEAST_PAPER + (1 - LEAST_PAPER) * paper)
    other = math.log(LEAST_PAPER + (1 - LEAST_PAPER) * (1 - paper))
    return other if spinner == NEWS else other + math.log(RARE_FAMILY)


def fit_rate(rows: Sequence[Sequence[float]], kept: Sequence[float], spinner: int) -> tuple[float, float, list[float]]:
    """Log-likelihood, rate and shares of the tables, if the spinner is of this family, in four rounds."""
    beforehand = list(SHARED)
    beforehand[NEWS] = FROM_NEWS[spinner]
    beforehand[spinner] = OWN_TABLE[spinner]
    counts = list(beforehand)
    best, rate, family = 0.0, 0.0, [0.0] * len(counts)
    for _ in range(4):
        total = sum(counts)
        family = [1.0, *(count / total for count in counts[1:-1]), 1.0]
        ratios = capped_ratios(family, rows)
        best, rate = 0.0, 0.0
        for step in RATES:
            value = log_likelihood(ratios, kept, step, KEPT[spinner])
            if value > best:
                best, rate = value, step
        if not rate:
            break
        counts = list(beforehand)
        for row, ratio in zip(rows, ratios, strict=True):
            share = rate / (1 + rate * ratio)
            for f in range(1, len(counts) - 1):
                counts[f] += min(1.0, share * family[f] * row[f])
    return best, rate, family


def estimate_rate(doc: Document) -> None:
    """Family of spinners, rate and shares of all tables that explain the document best."""
    found = places(doc)
    rows = [row for _phrase, row in found]
    kept = kept_words(doc)
    paper = scholarly(doc)
    fits = {spinner: fit_rate(rows, kept, spinner) for spinner in range(NEWS, ACADEMIC + 1)}
    chosen = max(fits, key=lambda spinner: fits[spinner][0] + log_prior(spinner, paper))
    doc.spinner = chosen
    _best, doc.rate, doc.family = fits[chosen]
    doc.gain = 0.0
    if not doc.rate:
        return
    by_phrase: dict[tuple[int, ...], list[float]] = {}
    for (phrase, _row), ratio in zip(found, capped_ratios(doc.family, rows), strict=True):
        by_phrase.setdefault(phrase, []).append(ratio)
    replaced = sum(min(len(r), doc.turns) * math.log1p(doc.rate * sum(r) / len(r)) for r in by_phrase.values())
    doc.gain = max(0.0, replaced + log_likelihood([], kept, doc.rate, KEPT[chosen]))


def first_features(doc: Document) -> list[float]:
    n = max(60, len(doc.tokens))
    return [
        1,
        min(60, max(0, doc.gain)),
        math.log(min(n, 1000)),
        min(30, max(0, 100 * doc.gain / n)),
        math.log1p(doc.gain),
    ]


def closed_features(doc: Document) -> list[float]:
    return [*first_features(doc), words_evidence(doc)]


def words_evidence(doc: Document) -> float:
    """What the words tell, log odds per 10 tokens."""
    return 10 * sum(doc.model.word_weights.get(token.id, 0) for token in doc.tokens) / 32 / max(60, len(doc.tokens))


def _protect_keywords(tokens: Sequence[Token]) -> None:
    """Words all in capitals among ordinary ones."""
    capitals = [False, *(bool(token.flags & CAPS) for token in tokens), False]
    for i, token in enumerate(tokens):
        if capitals[i + 1] and not (capitals[i] or capitals[i + 2]) and token.end - token.start >= 4:
            token.flags |= KEYWORD


def _weigh(doc: Document, candidates: Sequence[Candidate]) -> None:
    for c in candidates:
        c.weight = math.log(doc.rate) + doc.prior(c) + (0 if c.own else math.log(doc.family[c.h.family]))


def _cached(doc: Document, candidates: Sequence[Candidate]) -> None:
    """Words that the document has restored elsewhere become likelier."""
    restored = Counter(c.h.target[0] for c in doc.chosen.values() if len(c.h.target) == 1)
    for c in candidates:
        if len(c.h.target) == 1:
            here = doc.chosen.get(c.start)
            same = here is not None and here.h.target == c.h.target
            c.weight += doc.lattice["cache"] * min(2.0, math.log1p(restored[c.h.target[0]] - same))


def infer(
    model: ReferenceModel,
    decision: dict[str, Any],
    text: str,
    protected: Sequence[tuple[int, int]] = (),
    spin: float | None = None,
    own: Sections | None = None,
    fuzzy: Sequence[tuple[int, int, int, float]] = (),
) -> tuple[float, float, list[float], list[tuple[Candidate, float, list[float]]], Document]:
    """Spin probability, rate, families, and (candidate, confidence, features) of each edit.

    `fuzzy`: (first token, tokens, node of the phrase, log price).
    """
    from tests.reference.features import features

    tokens = model.encode(scan(text), own)
    doc = Document(model, own, decision["lattice"], tokens)
    doc.register = decision["register"]["weights"]
    for token in tokens:
        if any(token.end > start and token.start < end for start, end in protected):
            token.flags |= PROTECTED
    _protect_keywords(tokens)
    find_candidates(doc)
    embed_candidates(doc)
    keep_promising(doc)
    estimate_rate(doc)
    p = min(0.5, _probability(decision["first"]["closed"], closed_features(doc))) if spin is None else spin
    if spin is not None and spin > 0.5:
        doc.rate = max(doc.rate, 0.3)
    if not doc.rate or not (fuzzy or any(doc.candidates)):
        return p, doc.rate, doc.family, [], doc
    _weigh(doc, [c for found in doc.candidates for c in found])
    decode(doc)
    _cached(doc, [c for found in doc.candidates for c in found])
    decode(doc)
    if fuzzy:  # a text decoded takes them in; its rate and families stay as they were
        known = {id(c) for found in doc.candidates for c in found}
        for first, n, node, price in fuzzy:
            flags = [token.flags for token in tokens[first : first + n]]
            if not any(f & (PROTECTED | KEYWORD | END_FLAG) for f in flags) and not any(f & BREAK for f in flags[1:]):
                add_node(doc, model, node, first, n, price, False)
        embed_candidates(doc)
        keep_promising(doc)
        new = [c for found in doc.candidates for c in found if id(c) not in known]
        _weigh(doc, new)
        _cached(doc, new)
        decode(doc)
    described = [(c, features(doc, c)) for _start, c in sorted(doc.chosen.items())]
    first = _probability(decision["first"]["weights"], first_features(doc))
    doc.judged = spin is None and first >= decision["first"]["open_above"]
    if doc.judged:
        p = spin_probability(doc, [f for _c, f in described])
    edits = []
    for c, f in described:
        f[SPIN] = spin_logit(p)
        edits.append((c, 1 / (1 + math.exp(-model.score("edit", f))), f))
    return p, doc.rate, doc.family, edits, doc


def spin_logit(p: float) -> float:
    """A spin probability as the edits of its text see it."""
    return min(8.0, max(-8.0, math.log(p / (1 - p)))) if 0 < p < 1 else 8.0 if p else -8.0


def spin_probability(doc: Document, edits: list[list[float]]) -> float:
    """How likely a decoded text is spun, by the features of its edits."""
    from tests.reference.features import likely_readings, text_features

    score = doc.model.score("text", text_features(doc, edits))
    readings = likely_readings(doc, edits)
    return 1 / (1 + math.exp(-(score if sum(v > 0 for v in readings.values()) > 1 else min(score, 0.0))))


def _probability(weights: Sequence[float], features: Sequence[float]) -> float:
    return 1 / (1 + math.exp(-sum(w * f for w, f in zip(weights, features, strict=True))))
