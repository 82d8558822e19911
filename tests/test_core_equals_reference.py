"""The compiled core against the plain Python of tests/reference."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import despin
from despin import Row
from despin.channel.overlay import overlay
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.decode._scan import Scan, word_hash
from despin.learn.gold import read_passages
from despin.model.container import Container
from tests.reference import scan as reference_scan
from tests.reference.infer import SPIN, infer, spin_logit, spin_probability
from tests.reference.model import ReferenceModel, Sections

ROOT = Path(__file__).parent.parent
MODEL = Path(despin.__file__).parent / "data" / "en.despin"

ROUGH = st.text(
    st.one_of(
        st.sampled_from("aAbs.'’ \n\r-–—\"“1290,:;U.S!?…%$\xad\u0301İßΣ\u2028\ud800中ا🏳"),
        st.characters(codec=None),
    ),
    max_size=60,
)


@settings(max_examples=400)
@given(ROUGH)
def test_scanning(text: str) -> None:
    scan = Scan(text)
    expected = reference_scan.scan(text)
    spans = np.frombuffer(scan.spans(), np.int64).reshape(-1, 2)
    assert [tuple(span) for span in spans.tolist()] == [(token.start, token.end) for token in expected]
    assert np.frombuffer(scan.flags(), np.uint32).tolist() == [token.flags for token in expected]
    assert np.frombuffer(scan.hashes(), np.uint64).tolist() == [token.hash for token in expected]


@given(st.text(max_size=20))
def test_hashing(word: str) -> None:
    assert word_hash(word) == reference_scan.word_hash(word)


@pytest.fixture(scope="module")
def models() -> tuple[ReferenceModel, Decoder, dict[str, Any]]:
    container = Container(MODEL)
    decision = container.metadata["decision"]
    return ReferenceModel(container), Decoder(Model(container), None, decision), decision


def _same(found: Any, expected: Any, model: ReferenceModel) -> None:
    spin, rate, families, edits = found
    # what trees say, by the core's own features: those a thousandth apart may lie on two sides of a threshold
    by_core = [features for *_, features in edits]
    document = expected[4]
    assert spin == pytest.approx(spin_probability(document, by_core) if document.judged else expected[0], abs=1e-6)
    assert rate == pytest.approx(expected[1], abs=1e-9)
    assert families == pytest.approx(expected[2] or families, abs=1e-4)
    tokens = document.tokens
    places = [
        (tokens[c.start].start, tokens[c.start + c.n - 1].end, c.h.surface, c.h.row, c.own) for c, _p, _f in expected[3]
    ]
    assert [(start, end, surface, row, own) for start, end, _p, surface, row, own, *_ in edits] == places
    for features, (_c, _confidence, reference) in zip(by_core, expected[3], strict=True):
        reference[SPIN] = spin_logit(spin)
        assert features == pytest.approx(reference, abs=1e-3)  # the core adds vectors in single precision
    log_odds = [model.score("edit", features) for features in by_core]
    assert [edit[2] for edit in edits] == pytest.approx([1 / (1 + math.exp(-x)) for x in log_odds], abs=1e-6)


def _passages() -> list[str]:
    found = [p for path in sorted((ROOT / "benchmarks/gold/train").glob("*.txt")) for p in read_passages(path)]
    return [side for p in found[::60] for side in (p.spun, p.original)]


@pytest.mark.parametrize("spin", [None, 1.0])
@pytest.mark.parametrize("text", _passages())
def test_inference_on_passages(models: Any, text: str, spin: float | None) -> None:
    reference, decoder, decision = models
    protected = [(40, 60), (200, 201)]
    _same(decoder(text, protected, spin, detail=True), infer(reference, decision, text, protected, spin), reference)


def test_inference_on_the_seed_article(models: Any) -> None:
    reference, decoder, decision = models
    text = (ROOT / "seeds/xi-visits-russia.txt").read_text("utf-8")
    assert len(decoder(text)[3]) > 100
    _same(decoder(text, detail=True), infer(reference, decision, text), reference)


@settings(max_examples=60)
@given(st.data())
def test_inference_on_word_salad(models: Any, data: st.DataObject) -> None:
    reference, decoder, decision = models
    phrases = decoder_phrases()
    pieces = data.draw(
        st.lists(
            st.one_of(
                st.sampled_from(phrases),
                st.sampled_from(["a", "an", "the", ".", ",", "\n\n", "Xi", "Putin's", "2", "5th", "“", "zxqy", "-"]),
            ),
            max_size=14,
        )
    )
    text = " ".join(pieces)
    _same(decoder(text, (), 1.0, detail=True), infer(reference, decision, text, (), 1.0), reference)


@cache
def decoder_phrases() -> list[str]:
    return Model(Container(MODEL)).phrases()[::97]


def test_inference_with_rows_of_the_user_and_damaged_phrases(models: Any) -> None:
    reference, _decoder, decision = models
    base = Model(reference.container)
    rows = [
        Row("wumbled", "muttered"),
        Row("kick the pail", "die", "phrase", context="prev!=NAME"),
        Row("says", "said"),
    ]
    _rows, own = overlay([rows], base)
    sections = Sections(own.container, base.n_words)
    decoder = Decoder(base, own, decision)
    text = "He wumbled that Smith kick the pail and stated it considring that the war, he says, started in between."
    fuzzy = [(8, 2, "considering that", -3.9)]
    node = 0
    for word in ("considering", "that"):
        node = reference.children[node, base.word_id(word)]
    found = decoder(text, (), 1.0, detail=True, damaged=lambda _words, _known: fuzzy)
    _same(found, infer(reference, decision, text, (), 1.0, sections, [(8, 2, node, -3.9)]), reference)
    assert any(edit[5] for edit in found[3])


def test_nothing_is_read_behind_a_text(models: Any) -> None:
    """A word put behind the last one stands where no token is; what a longer text left there must not be seen."""
    reference, _decoder, decision = models
    base = Model(reference.container)
    _rows, own = overlay([[Row("prime", "prime minister"), Row("ages then", "minister ages then")]], base)
    sections = Sections(own.container, base.n_words)
    decoder = Decoder(base, own, decision)
    text = "He was elected prime"
    decoder(f"{text} ages then", (), 1.0, detail=True)
    found = decoder(text, (), 1.0, detail=True)
    _same(found, infer(reference, decision, text, (), 1.0, sections), reference)
    assert [edit[3] for edit in found[3]] == ["prime minister"]


def test_language_model(models: Any) -> None:
    reference, _decoder, _decision = models
    base = Model(reference.container)
    text = (ROOT / "seeds/xi-visits-russia.txt").read_text("utf-8")
    ids = np.frombuffer(base.encode(text), np.int32).tolist()
    assert ids == [token.id for token in reference.encode(reference_scan.scan(text))]
    expected = [reference.logp(a, b, w) for a, b, w in zip([-1, -1, *ids], [-1, *ids], ids, strict=False)]
    found = base.logp(ids)
    assert [order for _p, order in found] == [order for _p, order in expected]
    assert [p for p, _order in found] == pytest.approx([p for p, _order in expected])
    assert {order for _p, order in found} == {1, 2, 3}
