"""One sentence on its way through the model, for docs/example.md: every number from the installed model file.

The plain Python of tests/reference computes them, to which the tests hold the compiled core; the confidences are
compared with the core's here once more.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import despin
from despin.channel.overlay import RowTexts
from despin.channel.rows import FAMILIES
from despin.learn.features import EDIT_FEATURES
from despin.model.container import Container

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.reference.embedding import embed_candidates  # noqa: E402
from tests.reference.infer import (  # noqa: E402
    KEPT,
    LEAST_PROMISE,
    RARE_GAIN,
    RATES,
    Document,
    capped_ratios,
    estimate_rate,
    find_candidates,
    infer,
    judge,
    keep_promising,
    kept_words,
    log_likelihood,
    places,
)
from tests.reference.lattice import Arc, Cluster, State, decode  # noqa: E402
from tests.reference.model import ReferenceModel  # noqa: E402
from tests.reference.scan import scan  # noqa: E402

__all__ = ["page_and_drawing"]

TEXT = "Xi will satisfy his Russian equivalent in Moscow."
_COLUMN, _ROW, _TOP, _LEFT = 200, 46, 40, 60


def page_and_drawing() -> tuple[str, str]:
    """The page in Markdown, and the lattice in SVG.

    Raises:
        RuntimeError: The core does something else than the reference.
    """
    container = Container(Path(despin.__file__).parent / "data" / "en.despin")
    model, decision = ReferenceModel(container), container.metadata["decision"]
    before = Document(model, None, decision["lattice"], model.encode(scan(TEXT)))
    before.register = decision["register"]["weights"]
    find_candidates(before)
    embed_candidates(before)
    judge(before)
    candidates = [*_candidates(before, RowTexts(container, []))]
    keep_promising(before)
    estimate_rate(before)
    _p, _rate, _family, edits, after = infer(model, decision, TEXT, spin=1.0)
    for found in after.candidates:
        for candidate in found:
            candidate.posterior = 0.0
    (cluster,) = decode(after)
    report = despin.inspect(TEXT, spun=True)
    for made, (candidate, confidence, _features) in zip(report.edits, edits, strict=True):
        if made.after != candidate.h.surface or abs(made.confidence - confidence) > 1e-6:
            raise RuntimeError(f"the core and the reference differ: {made}, {candidate}, {confidence}")
    parts = [
        _tokens(before),
        candidates,
        _rates(before, after.rate),
        _lattice(cluster),
        _edits(after, edits, len(model.forests["edit"])),
        _result(report),
    ]
    return "\n".join(["\n".join(_intro()), *("\n".join(part) for part in parts)]) + "\n", _drawing(cluster)


def _intro() -> Iterator[str]:
    yield from (
        "# One sentence, step by step",
        "",
        "Made by `python docs/generate.py` from the installed model; the steps are those of",
        "[the design](design.md). The sentence is told to be spun (`spun=True`): one alone is too little evidence.",
        "",
        f"> {TEXT}",
        "",
    )


def _table(head: str, rows: Iterator[Sequence[object]]) -> Iterator[str]:
    yield f"| {head} |"
    yield "| " + " | ".join("---" for _ in head.split("|")) + " |"
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


def _written(doc: Document, start: int, n: int = 1) -> str:
    return TEXT[doc.tokens[start].start : doc.tokens[start + n - 1].end]


def _tokens(doc: Document) -> Iterator[str]:
    yield from (
        "## 1. Tokens",
        "",
        "Each word by the hash of its lower case; how likely a spinner replaces it, if ever.",
        "",
    )
    words, replaceable = doc.model.words, doc.model.replaceable
    yield from _table(
        "token | word of the model | log P(word) | replaced",
        (
            (_written(doc, i), f"{words[t.id]} ({t.id})", f"{doc.model.logp1[t.id]:.1f}", f"{replaceable[t.id]:.3f}")
            for i, t in enumerate(doc.tokens)
        ),
    )


def _candidates(doc: Document, rows: RowTexts) -> Iterator[str]:
    yield from (
        "## 2. Candidates, and how they fit",
        "",
        "Every row whose spun side stands there. *Channel* is log P(spun | original); *learned* how much more often",
        "than the average this reading, and this spun form at all, proved right; *topic* how much better the original",
        "fits the 15 words on either side. log R is all that together with the language model, which is not asked",
        f"where it would have to add more than {RARE_GAIN:g}; a reading below {LEAST_PROMISE:g} goes no further.",
        "",
    )
    ordered = sorted((c for found in doc.candidates for c in found), key=lambda c: (c.start, -c.promise))
    yield from _table(
        "written | reading | row | channel | learned | topic | log R",
        (
            (
                _written(doc, c.start, c.n),
                c.h.surface,
                rows.describe(c.h.row, False).partition(":")[0],
                f"{c.h.weight:.1f}",
                f"{c.h.reliability + c.h.mark:+.1f}",
                f"{c.topic:+.1f}",
                f"{c.promise:.1f}" if c.asked else "not asked",
            )
            for c in ordered
        ),
    )


def _rates(doc: Document, used: float) -> Iterator[str]:
    yield from (
        "## 3. Spin rate",
        "",
        "The log-likelihood of the text at each rate, relative to a text that nobody spun, if the spinner is of the",
        "family that explains it best: places where he may have been speak for a high one, words that he would have",
        "replaced and did not against it.",
        "",
    )
    rows = [row for _phrase, row in places(doc)]
    ratios, kept = capped_ratios(doc.family, rows), kept_words(doc)
    weight = KEPT[doc.spinner]
    yield from _table(
        "rate | log-likelihood", ((f"{r:.2f}", f"{log_likelihood(ratios, kept, r, weight):.2f}") for r in RATES[::3])
    )
    family, share = FAMILIES[doc.spinner], doc.family[doc.spinner]
    yield from (
        f"The best is {doc.rate:.2f}, with a gain of {doc.gain:.2f}; the family is {family}, and its table has a share",
        f"of {share:.2f}. Decoding uses {used:.2f}.",
        "",
    )


def _lattice(cluster: Cluster) -> Iterator[str]:
    states = sum(map(len, cluster.at))
    yield from (
        "## 4. Lattice",
        "",
        f"![The lattice: {states} states, {len(cluster.arcs)} arcs, the best path drawn thick](example-lattice.svg)",
        "",
        "A state is the last two words; an arc keeps a token or puts a reading in its place, and its score is the",
        "language model's log-probability of the words after those of the state, with the channel's for a reading. The",
        "best path:",
        "",
    )
    yield from _table(
        "after | arc | score | best score so far",
        (
            (_named(cluster, arc.source), f"**{_label(cluster, arc)}**" if arc.candidate else _label(cluster, arc),
             f"{arc.score:.2f}", f"{arc.target.best:.2f}")
            for arc in _best_path(cluster)
        ),
    )  # fmt: skip
    yield from ("Forward and backward sums give the share of all paths that goes through a reading, its posterior:", "")
    shown = {(arc.candidate.start, arc.candidate.h.surface): arc.candidate for arc in cluster.arcs if arc.candidate}
    by_posterior = sorted(shown.values(), key=lambda c: (c.start, -c.posterior))
    yield from _table(
        "written | reading | posterior",
        ((_written(cluster.doc, c.start, c.n), c.h.surface, _shown(c.posterior)) for c in by_posterior),
    )


def _shown(p: float) -> str:
    return f"{p:.4f}" if p >= 0.00005 else "below 0.0001"


def _edits(doc: Document, edits: Sequence[Any], n_trees: int) -> Iterator[str]:
    yield from (
        "## 5. Confidence",
        "",
        f"{n_trees} small trees look at {len(EDIT_FEATURES)} features of each edit on that path; those that are not 0:",
        "",
    )
    features = [f for _candidate, _confidence, f in edits]
    yield from _table(
        "feature | " + " | ".join(f"{_written(doc, c.start, c.n)} -> {c.h.surface}" for c, _p, _f in edits),
        (
            (name.replace("|", "\\|"), *(f"{one[number]:.2f}" for one in features))
            for number, name in enumerate(EDIT_FEATURES)
            if number and any(one[number] for one in features)
        ),
    )
    odds = ", ".join(f"{math.log(p / (1 - p)):.2f} for {c.h.surface}" for c, p, _f in edits)
    yield from (f"Their leaves add up to log-odds of {odds}, as probabilities:", "")
    yield from _table(
        "edit | confidence", ((f"{_written(doc, c.start, c.n)} -> {c.h.surface}", f"{p:.3f}") for c, p, _f in edits)
    )


def _result(report: despin.Report) -> Iterator[str]:
    config = despin.Config()
    left = despin.spin_score(TEXT)
    yield from (
        "## 6. Edits",
        "",
        f"Those of at least {config.min_confidence:g} (default profile) are made; capitals, articles and spaces fit:",
        "",
        f"> {report.apply()}",
        "",
        f"Without `spun=True` the sentence by itself is spun with a probability of {left:.2f}; a text is edited from",
        f"{config.min_spin:g} on. In an article each such place adds its evidence to that of all others.",
    )


def _best_path(cluster: Cluster) -> list[Arc]:
    path: list[Arc] = []
    state = max(cluster.at[-1], key=lambda state: state.best)
    while state.back:
        path.append(state.back)
        state = state.back.source
    return path[::-1]


def _named(cluster: Cluster, state: State) -> str:
    words = cluster.doc.model.words
    return " ".join(words[word] for word in (state.a, state.b) if word >= 0)


def _label(cluster: Cluster, arc: Arc) -> str:
    if arc.candidate:
        return arc.candidate.h.surface
    at = next(position for position, states in enumerate(cluster.at) if arc.source in states)
    return _written(cluster.doc, cluster.start + at)


def _drawing(cluster: Cluster) -> str:
    """States in columns by position, best first; arcs between them, those of the best path thick."""
    where: dict[int, tuple[float, float]] = {}
    tallest = max(map(len, cluster.at))
    for column, states in enumerate(cluster.at):
        ordered = sorted(states, key=lambda state: -state.best)
        for row, state in enumerate(ordered):
            y = _TOP + (row + (tallest - len(states)) / 2) * _ROW
            where[id(state)] = (_LEFT + column * _COLUMN, y)
    best = set(map(id, _best_path(cluster)))
    width, height = 2 * _LEFT + (len(cluster.at) - 1) * _COLUMN, 2 * _TOP + (tallest - 1) * _ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for arc in sorted(cluster.arcs, key=lambda arc: id(arc) in best):
        (x1, y1), (x2, y2) = where[id(arc.source)], where[id(arc.target)]
        stroke = 'stroke="#b00" stroke-width="3"' if id(arc) in best else 'stroke="#999"'
        lines.append(f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" {stroke}/>')
        if id(arc) in best:
            x, y = (x1 + x2) / 2, (y1 + y2) / 2 - 6
            label = escape(f"{_label(cluster, arc)} {arc.score:.1f}")
            lines.append(f'<text x="{x:g}" y="{y:g}" text-anchor="middle" fill="#b00">{label}</text>')
    for states in cluster.at:
        for state in states:
            x, y = where[id(state)]
            name = escape(_named(cluster, state))
            lines.append(
                f'<rect x="{x - 50:g}" y="{y - 11:g}" width="100" height="32" rx="6" fill="#eef" stroke="#99b"/>'
            )
            lines.append(f'<text x="{x:g}" y="{y + 2:g}" text-anchor="middle">{name}</text>')
            lines.append(f'<text x="{x:g}" y="{y + 15:g}" text-anchor="middle" fill="#555">{state.best:.1f}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"
