"""The language model trained on a small corpus of made-up sentences."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zstandard

from despin.decode._model import Model
from despin.errors import DespinError
from despin.language.corpus import HELD_OUT_EVERY, Source, chunks, documents, find_sources
from despin.language.counts import CLASSES, Counts, count_words, merge
from despin.model.container import Container
from despin.model.words import read_words

SUBJECTS = "the old man|a young woman|the council|our team|the minister|every doctor".split("|")
VERBS = "said|visited|repaired|found|lost|described".split("|")
OBJECTS = "the bridge|a house in Paris|the new road|three dogs|the report|nothing".split("|")


def _sentences(n: int) -> list[str]:
    pick = random.Random(7)
    made = [f"{pick.choice(SUBJECTS)} {pick.choice(VERBS)} {pick.choice(OBJECTS)}." for _ in range(n)]
    return [sentence[0].upper() + sentence[1:] for sentence in made]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    text = "\n\n".join(" ".join(_sentences(3000)[i : i + 5]) for i in range(0, 3000, 5))
    (folder / "plain.txt").write_text(text, "utf-8")
    (folder / "zipped.txt.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "packed.txt.zst").write_bytes(zstandard.ZstdCompressor().compress(text.encode()))
    return folder


def _train(corpus: Path, output: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "despin.train", str(corpus), "-o", str(output), "--buckets", "500", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("model") / "small.lm"
    done = _train(corpus, output)
    assert done.returncode == 0, done.stderr
    assert "sha256" in done.stdout
    assert "counting" in done.stderr  # the progress bar
    return output


def test_reading(corpus: Path) -> None:
    sources = find_sources([corpus], {"packed": 2.0})
    assert [(source.name, source.weight) for source in sources] == [("packed", 2.0), ("plain", 1.0), ("zipped", 1.0)]
    first, *others = ([*documents(source.path)] for source in sources)
    assert others == [first, first]
    assert len(first) == 600


def test_held_out(corpus: Path) -> None:
    path = corpus / "plain.txt"
    kept = "\n\n".join(chunks(path)).split("\n\n")
    held = "\n\n".join(chunks(path, held_out=True)).split("\n\n")
    assert len(held) == 600 // HELD_OUT_EVERY
    assert len(kept) == 600 - len(held)
    assert [*documents(path)][HELD_OUT_EVERY - 1].strip() == held[0].strip()


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(DespinError, match="no text found"):
        find_sources([tmp_path])
    done = _train(tmp_path / "nowhere", tmp_path / "x.lm")
    assert done.returncode == 2
    assert "no such file or folder" in done.stderr


def test_vocabulary(corpus: Path) -> None:
    found = count_words([Source(corpus / "plain.txt")], 1000, set(), 0, lambda n: None)
    assert found.words[: len(CLASSES)] == list(CLASSES)
    assert "visited" in found.words
    assert "paris" not in found.words  # a name, and no names are wanted
    assert "paris" in count_words([Source(corpus / "plain.txt")], 1000, set(), 5, lambda n: None).words


def test_merging_counts() -> None:
    def counts(keys: list[int], raw: list[float]) -> Counts:
        return Counts(np.array(keys, np.uint64), np.array(raw), 2 * np.array(raw))

    both = merge([counts([1, 5], [2, 3]), counts([5, 9], [4, 1])])
    assert both.keys.tolist() == [1, 5, 9]
    assert both.raw.tolist() == [2, 7, 1]
    assert both.weighted.tolist() == [4, 14, 2]


def test_probabilities_sum_to_one(trained: Path) -> None:
    container = Container(trained)
    model, words = Model(container), read_words(container)
    ids = range(len(words))
    for context in (["the"], ["</s>"], ["council", "said"], ["old", "man"], ["a", "house"], ["visited", "three"]):
        before = [words.index(word) for word in context]
        total = sum(np.exp(model.logp([*before, w])[-1][0]) for w in ids)
        assert total == pytest.approx(1, abs=0.06)  # quantised to steps of 1/16


def test_it_learned(trained: Path) -> None:
    model = Model(Container(trained))

    def logp(text: str) -> float:
        return sum(p for p, _order in model.logp(np.frombuffer(model.encode(text), np.int32).tolist()))

    assert logp("The council visited the bridge.") > logp("The bridge visited the council.") + 2


def test_deterministic(corpus: Path, trained: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.lm"
    assert _train(corpus, again).returncode == 0
    assert again.read_bytes() == trained.read_bytes()
    weights = tmp_path / "weights.tsv"
    weights.write_text("source\tweight\nplain\t5\n", "utf-8")
    assert _train(corpus, again, "--weights", str(weights)).returncode == 0
    assert again.read_bytes() != trained.read_bytes()
