"""Is a text a research paper? Spinners of those have tables of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import despin
from despin.learn import register
from despin.learn.gold import Passage
from despin.learn.register import is_paper
from despin.model.word_weights import REGISTER, read_word_weights

ROOT = Path(__file__).parent.parent
PAPER = """# register: academic-x
# spin: heavy
# family: academic
We [[recommend=>propose]] an algorithm for the estimation of parameters.
"""
NEWS = """# register: news
# spin: heavy
Police [[stated=>said]] that two men were arrested on Tuesday.
"""


def _passage(**meta: str) -> Passage:
    return Passage("x#0", "", "", (), meta)


@pytest.mark.parametrize(
    ("meta", "paper"),
    [
        ({"register": "academic-biology"}, True),
        ({"register": "science", "family": "academic"}, True),
        ({"register": "science"}, False),
        ({}, False),
    ],
)
def test_passages_of_papers(meta: dict[str, str], paper: bool) -> None:
    assert is_paper(_passage(**meta)) is paper


@pytest.fixture
def learned(tmp_path: Path) -> Path:
    """Weights from a small corpus and two passages."""
    abstract = "We propose an algorithm for the estimation of sparse parameters and prove a bound. " * 5
    story = "Police said on Tuesday that two men were arrested after a fight in the town. " * 5
    (tmp_path / "arxiv_abstracts.txt").write_text("\n\n".join([abstract] * 60), "utf-8")
    (tmp_path / "stories.txt").write_text("\n\n".join([story] * 60), "utf-8")
    (tmp_path / "gold.txt").write_text(f"{PAPER}%%\n{NEWS}", "utf-8")
    models = tmp_path / "models"
    models.mkdir()
    (models / "en.lm").symlink_to(ROOT / "models" / "en.lm")
    corpus = [str(tmp_path / "arxiv_abstracts.txt"), str(tmp_path / "stories.txt")]
    command = ["--gold", str(tmp_path / "gold.txt"), "--models", str(models), "--clean", *corpus]
    assert register.main(command) == 0
    return models


def test_words_of_papers_weigh_more(learned: Path) -> None:
    weights = read_word_weights(learned / REGISTER[1])
    assert min(weights["propose"], weights["parameters"]) > 0 > max(weights["police"], weights["tuesday"])
    assert len(json.loads((learned / REGISTER[2]).read_text("utf-8"))["weights"]) == 3


def test_a_corpus_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert register.main(["--clean", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_the_family_of_a_text(seed: str) -> None:
    paper = (
        "In this paper we propose a profound neural organization for the acknowledgment of faces. The organization "
        "was prepared on an enormous informational collection, and highlight extraction was followed by an irregular "
        "woodland classifier. The exactness of the calculation was 94 percent, and the mean square blunder was "
        "lower than that of a bolster vector machine. The outcomes show that counterfeit consciousness can help."
    )
    assert despin.inspect(paper).family == "academic"
    assert despin.inspect(seed).family == "news"
