"""The features of the edit decision; names in despin/learn/features.py."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.reference.model import END
from tests.reference.scan import CAP, NUMBER, START

if TYPE_CHECKING:
    from tests.reference.infer import Candidate, Document

MAX_PHRASE = 10  # tokens of a spun phrase


def clip(x: float, least: float, most: float) -> float:
    return max(least, min(most, x))


def logit(p: float) -> float:
    if not 0 < p < 1:
        return 10.0 if p >= 1 else -10.0
    return clip(math.log(p / (1 - p)), -10, 10)


def path(doc: Document) -> list[tuple[int, int]]:
    """The decoded words, each with the number of the token where its piece begins."""
    words, i = [], 0
    while i < len(doc.tokens):
        if i in doc.chosen:
            words += [(word, i) for word in doc.chosen[i].h.target]
            i += doc.chosen[i].n
        else:
            words.append((doc.tokens[i].id, i))
            i += 1
    return words


def _before(doc: Document, i: int) -> tuple[int, int]:
    words = [word for word, at in path(doc) if at < i]
    b = words[-1] if words else END
    if not words:
        return -1, b
    if len(words) < 2:
        return END, b
    return words[-2], b


def _after(doc: Document, i: int) -> list[int]:
    words = [word for word, at in path(doc) if at >= i][:2]
    return words[: words.index(END) + 1] if END in words else words


def _becomes(doc: Document, i: int, word: int | None) -> float:
    """Posterior that token i is repaired to this word, by whatever row; None: that it is repaired at all."""
    total = 0.0
    for j in range(max(0, i - MAX_PHRASE + 1), i + 1):
        for c in doc.candidates[j]:
            if c.n > i - j and (word is None or (c.n == len(c.h.target) and c.h.target[i - j] == word)):
                total += c.posterior
    return min(total, 1.0)


def _marginal(doc: Document, c: Candidate) -> float:
    """Posterior of what an edit makes of its tokens."""
    if c.n != len(c.h.target):
        return c.posterior
    changed = [k for k in range(c.n) if c.h.target[k] != doc.tokens[c.start + k].id]
    return max(c.posterior, min((_becomes(doc, c.start + k, c.h.target[k]) for k in changed), default=1.0))


def _change(doc: Document, c: Candidate) -> tuple[int, int, tuple[int, ...], int]:
    """Tokens that change, from and to, what is put in their place, and how many words of the row stay beside them."""
    spun, target = [token.id for token in doc.tokens[c.start : c.start + c.n]], list(c.h.target)
    head = tail = 0
    while head < min(len(spun), len(target)) and spun[head] == target[head]:
        head += 1
    while head + tail < min(len(spun), len(target)) and spun[-1 - tail] == target[-1 - tail]:
        tail += 1
    return c.start + head, c.start + c.n - tail, tuple(target[head : len(target) - tail]), head + tail


def _kept_beside(doc: Document, c: Candidate) -> int:
    """The most kept words that a row asks for beside the change that an edit makes."""
    changes = [_change(doc, other) for found in doc.candidates[: c.start + c.n + 1] for other in found]
    return max(kept for *change, kept in changes if tuple(change) == _change(doc, c)[:3])


def features(doc: Document, c: Candidate) -> list[float]:
    """The feature vector of a chosen candidate; what the whole text decides is left at 0."""
    model, i = doc.model, c.start
    spun = [token.id for token in doc.tokens[i : i + c.n]]
    after = _after(doc, i + c.n)
    a, b = _before(doc, i)
    kept, _a, _b, kept_orders = doc.run(a, b, [*spun, *after])
    new, _a, _b, new_orders = doc.run(a, b, [*c.h.target, *after])

    def unigrams(words: Sequence[int]) -> float:
        return sum(model.logp1[word] if word < len(model.logp1) else -16.0 for word in words)

    def unigram(words: Sequence[int]) -> float:
        return unigrams(words) / len(words)

    spun_anyhow = math.log(sum(math.exp(h.weight + unigrams(h.target)) for h in c.others))
    n_target = len(c.h.target)
    capitals = sum(bool(t.flags & CAP and not t.flags & START) for t in doc.tokens[i : i + c.n])
    readings = Counter((x.h.row, x.own) for x in doc.chosen.values())
    kept_words = Counter(
        token.id for n, token in enumerate(doc.tokens) if not any(s <= n < s + x.n for s, x in doc.chosen.items())
    )
    clash_kept = doc.clashes(i, spun[0])
    clash_new = bool(n_target) and doc.clashes(i, c.h.target[0])
    left = doc.run(a, b, list(c.h.target))[0] - doc.run(a, b, spun)[0]
    after_unigram = unigram(after) * len(after) if after else 0.0
    rivals = [x.posterior for x in doc.candidates[i] if x.n == c.n and (x.h.surface, x.own) != (c.h.surface, c.own)]
    target_unigram = unigram(c.h.target) * n_target if n_target else 0.0
    sure = [start for start, x in doc.chosen.items() if x.posterior > 0.5]
    new_length = n_target + len(after)
    values = [
        1,
        logit(_marginal(doc, c)),
        logit(_becomes(doc, i, None)),
        clip((new - kept) / 4, -4, 4),
        c.h.weight,
        math.log(doc.rate),
        0.0,
        c.h.reliability,
        c.n >= 2,
        c.n >= 3,
        n_target == 0,
        capitals / c.n,
        clash_kept and n_target > 0 and not clash_new,
        clash_new and not clash_kept,
        clip(unigram(spun), -16, 0),
        kept_orders / (c.n + len(after)) - 2,
        new_orders / (n_target + len(after)) - 2 if n_target + len(after) else 0,
        clip(unigram(c.h.target), -16, 0) if n_target else -8,
        bool(doc.tokens[i].flags & NUMBER),
        0 if c.own else math.log(doc.family[c.h.family]),
        bool(doc.tokens[i].flags & START),
        c.price,
        c.h.mark,
        min(2.0, math.log1p(readings[c.h.row, c.own] - 1)),
        min(2.0, math.log1p(kept_words[c.h.target[0]])) if n_target == 1 else 0,
        c.topic,
        clip(left / 4, -4, 4),
        clip((kept - unigram(spun) * c.n - after_unigram) / (c.n + len(after)), -8, 8),
        clip((new - target_unigram - after_unigram) / new_length, -8, 8) if new_length else 0,
        c.fit_kept,
        c.fit_kept + c.topic,
        clip(math.log((c.posterior + 1e-4) / (max(rivals, default=0.0) + 1e-4)), -8, 8),
        sum(p > 0.05 for p in rivals),
        sum(i - 12 <= start < i + c.n + 12 for start in sure) - 1,
        100 * len(sure) / max(60, len(doc.tokens)),
        n_target,
        _kept_beside(doc, c),
        *((15, 15) if c.own else c.h.hands),
        *map(math.log, doc.family[1:-1]),
        *c.h.against,
        math.log1p(len(c.others)),
        clip(spun_anyhow - unigrams(spun), -8, 6),
        clip(c.h.weight + unigrams(c.h.target) - spun_anyhow, -8, 0),
    ]
    return [float(value) for value in values]


def text_features(doc: Document, edits: list[list[float]]) -> list[float]:
    """What the decision on a decoded text looks at."""
    from tests.reference.infer import first_features

    share = 100 / max(60, len(doc.tokens))
    counts_of_all = portions(doc) if edits else []
    sure = [(f, counts) for f, counts in zip(edits, counts_of_all, strict=True) if f[1] > 0]
    n = sum(counts for _f, counts in sure)

    def mean(at: int) -> float:
        return sum(counts * f[at] for f, counts in sure) / n if n else 0.0

    gains = [(4 * f[3], f[25], counts) for f, counts in sure]
    return [
        *first_features(doc),
        share * sum(counts_of_all),
        share * n,
        share * sum(counts * clip(lm, 0, 8) for lm, _topic, counts in gains),
        share * sum(counts * clip(topic, 0, 6) for _lm, topic, counts in gains),
        share * sum(counts * (lm > 3) for lm, _topic, counts in gains),
        share * sum(counts * (lm + topic > 5) for lm, topic, counts in gains),
        sum(counts * (lm + topic < 1) for lm, topic, counts in gains) / n if n else 0.0,
        share * sum(counts * f[12] for f, counts in sure),
        mean(7),
        mean(22),
        4 * mean(3),
        mean(25),
        mean(19),
        math.log(doc.rate) if n else 0.0,
        share * sum(counts * min(0.0, f[27]) for f, counts in sure),
        *_opinions(doc, edits, share),
    ]


def portions(doc: Document) -> list[float]:
    """What each edit counts beside others with the same reading: together as much as one in 150 tokens."""
    readings = [(doc.chosen[start].h.row, doc.chosen[start].own) for start in sorted(doc.chosen)]
    return [min(1.0, doc.turns / readings.count(reading)) for reading in readings]


def likely_readings(doc: Document, edits: list[list[float]]) -> dict[tuple[int, bool], float]:
    """The first opinion on the likeliest edit of each reading."""
    best: dict[tuple[int, bool], float] = {}
    for start, f in zip(sorted(doc.chosen), edits, strict=False):
        c = doc.chosen[start]
        value = clip(doc.model.score("opinion", f), -7, 7)
        best[c.h.row, c.own] = max(value, best.get((c.h.row, c.own), -7.0))
    return best


def _opinions(doc: Document, edits: list[list[float]], share: float) -> list[float]:
    from tests.reference.infer import words_evidence

    values = [clip(doc.model.score("opinion", f), -7, 7) for f in edits]
    counts = portions(doc) if edits else []
    weights = [doc.model.word_weights.get(token.id, 0) for token in doc.tokens]
    chosen = [doc.chosen[start] for start in sorted(doc.chosen)] if edits else []
    likeliest = [*sorted(likely_readings(doc, edits).values(), reverse=True), -7, -7, -7]
    return [
        share * sum(n * (v > 0) for v, n in zip(values, counts, strict=True)),
        likeliest[0],
        likeliest[2],
        share * sum(n * clip(v + 1, -2, 3) for v, n in zip(values, counts, strict=True)),
        words_evidence(doc),
        share
        * sum(
            n * sum(weights[c.start : c.start + c.n]) for c, v, n in zip(chosen, values, counts, strict=True) if v > 0
        )
        / 320,
        share * sum(n * f[18] for v, n, f in zip(values, counts, edits, strict=True) if v > 0),
    ]
