"""Context embeddings trained on a small corpus in which one word has its place in one half, another in the other."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from despin.decode._model import Model
from despin.model.container import Container

HOME = "painted the {} beside the kitchen|swept the {} before lunch|lit the {} with a candle".split("|")
SKY = "flew into {} above the moon|looked at {} by telescope|sent a rocket to {} at dawn".split("|")
PEOPLE = "she|he|they|we|nobody|the girl|the boy".split("|")
ROWS = "# licence: CC BY 4.0\nspun\toriginal\tpos\tfamily\tweight\tcontext\tnote\nspace\troom\tnoun\tnews\t0.6\t\t\n"


def _corpus(folder: Path) -> Path:
    pick = random.Random(3)
    made = [
        f"{pick.choice(PEOPLE)} {pick.choice(frames).format(word)}."
        for frames, word in ((HOME, "room"), (SKY, "space"))
        for _ in range(2000)
    ]
    pick.shuffle(made)
    path = folder / "all.txt"
    path.write_text("\n\n".join(" ".join(made[i : i + 4]) for i in range(0, len(made), 4)), "utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("embedding")
    (folder / "rows").mkdir()
    (folder / "rows" / "news.noun.tsv").write_text(ROWS, "utf-8")
    _run("despin.train", str(_corpus(folder)), "-o", str(folder / "small.lm"), "--buckets", "500")
    return folder


def _run(module: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _train(folder: Path, name: str) -> Container:
    places = [str(folder / "all.txt"), "--model", str(folder / "small.lm"), "--dictionaries", str(folder / "rows")]
    _run("despin.train.embedding", *places, "-o", str(folder / name), "--dim", "16", "--passes", "20")
    return Container(folder / name)


def test_words_are_told_apart_by_what_stands_around(folder: Path) -> None:
    embedding = _train(folder, "first.embedding")
    model = Model(Container(folder / "small.lm"))

    def numbers(name: str, kind: type[np.generic]) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        return np.frombuffer(embedding.section(f"embedding.{name}"), kind)

    bias = numbers("bias", np.float32)
    shape = (len(bias), -1)
    context = numbers("context", np.int8).reshape(shape) * numbers("context_scale", np.float32)[:, None]
    output = numbers("output", np.int8).reshape(shape) * numbers("output_scale", np.float32)[:, None]
    place = numbers("place", np.float32).reshape(12, -1)

    def score(left: str, word: str, right: str) -> float:
        h = np.zeros(output.shape[1])
        for side, words in ((0, left.split()[::-1]), (1, right.split())):
            for d, near in enumerate(words[:5]):
                h += place[side * 5 + d] * context[model.word_id(near)]
        return float(h @ output[model.word_id(word)] + bias[model.word_id(word)])

    def prefers_room(left: str, right: str) -> float:
        return score(left, "room", right) - score(left, "space", right)

    assert prefers_room("she painted the", "beside the kitchen") > 2
    assert prefers_room("they sent a rocket to", "at dawn") < -2


def test_the_same_bytes_every_time(folder: Path) -> None:
    _train(folder, "second.embedding")
    _train(folder, "third.embedding")
    assert (folder / "second.embedding").read_bytes() == (folder / "third.embedding").read_bytes()
