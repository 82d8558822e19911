"""The lattice: forward-backward and Viterbi over kept tokens and hypotheses, states being the last two words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.reference.model import END

if TYPE_CHECKING:
    from tests.reference.infer import Candidate, Document

BEAM = 24
LONGEST = 2048


@dataclass(eq=False)
class State:
    """A place in the lattice after the words a, b."""

    a: int
    b: int
    best: float = -math.inf
    forward: float = -math.inf
    backward: float = -math.inf
    back: Arc | None = None


@dataclass(eq=False)
class Arc:
    source: State
    target: State
    candidate: Candidate | None
    score: float


@dataclass
class Cluster:
    """The lattice of the tokens start to stop."""

    doc: Document
    start: int
    stop: int
    at: list[list[State]] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)

    def reach(self, position: int, source: State, candidate: Candidate | None, score: float, a: int, b: int) -> None:
        a = -1 if b == END else a
        states = self.at[position]
        state = next((s for s in states if (s.a, s.b) == (a, b)), None)
        if state is None:
            state = State(a, b)
            states.insert(0, state)
        arc = Arc(source, state, candidate, score)
        self.arcs.append(arc)
        if source.best + score > state.best:
            state.best, state.back = source.best + score, arc
        state.forward = log_add(state.forward, source.forward + score)

    def expand(self, i: int, state: State) -> None:
        doc, lattice = self.doc, self.doc.lattice
        word = doc.tokens[i].id
        score = lattice["lm_scale"] * doc.model.logp(state.a, state.b, word)[0]
        if word < len(doc.model.replaceable):
            score += math.log1p(-doc.rate * doc.model.replaceable[word])
        if doc.clashes(i, word):
            score += lattice["clash"]
        self.reach(i + 1 - self.start, state, None, score, state.b, word)
        for c in doc.candidates[i]:
            total, a, b, _orders = doc.run(state.a, state.b, c.h.target)
            score = lattice["lm_scale"] * total + lattice["channel_scale"] * c.weight + lattice["bias"]
            self.reach(i + c.n - self.start, state, c, score, a, b)

    def decode(self) -> None:
        doc = self.doc
        self.at = [[] for _ in range(self.stop - self.start + 1)]
        a, b = doc.id(self.start - 2), doc.id(self.start - 1)
        self.at[0] = [State(-1 if b == END else a, b, 0.0, 0.0)]
        for i in range(self.start, self.stop):
            states = self.at[i - self.start]
            while len(states) > BEAM:
                states.remove(min(states, key=lambda state: state.best))
            for state in states:
                self.expand(i, state)
        last = self.at[-1]
        total = -math.inf
        for state in last:
            state.backward = 0.0
            total = log_add(total, state.forward)
        state = max(last, key=lambda state: state.best)
        while state.back:
            if state.back.candidate:
                doc.chosen[state.back.candidate.start] = state.back.candidate
            state = state.back.source
        for arc in reversed(self.arcs):
            if arc.target.backward == -math.inf:
                continue
            arc.source.backward = log_add(arc.source.backward, arc.target.backward + arc.score)
            if arc.candidate:
                arc.candidate.posterior += math.exp(arc.source.forward + arc.score + arc.target.backward - total)


def log_add(x: float, y: float) -> float:
    """log(e^x + e^y)."""
    x, y = max(x, y), min(x, y)
    return x if y == -math.inf else x + math.log1p(math.exp(y - x))


def decode(doc: Document) -> list[Cluster]:
    """Decode each run of tokens around candidates; two kept tokens in between make runs independent.

    A run that is too long is cut between two phrases.
    """
    doc.chosen = {}
    for found in doc.candidates:
        for c in found:
            c.posterior = 0.0
    clusters = []
    i, n = 0, len(doc.tokens)
    while i < n:
        if not doc.candidates[i]:
            i += 1
            continue
        start = stop = i
        while i < n and i < stop + 3 and (i < stop or i < start + LONGEST):
            stop = max([stop, *(i + c.n for c in doc.candidates[i])])
            i += 1
        stop = i if i >= start + LONGEST and i >= stop else min(stop + 2, n)
        clusters.append(Cluster(doc, start, stop))
        clusters[-1].decode()
        i = max(i, stop)
    return clusters
