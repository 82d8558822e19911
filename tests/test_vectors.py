"""Vector instructions, chosen when the program runs, change no result."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import despin
from despin.decode._decode import use_vectors
from despin.learn.gold import Passage


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    use_vectors(True)


@pytest.mark.usefixtures("restored")
def test_every_path_gives_the_same_to_the_last_bit(passages: list[Passage]) -> None:
    if not use_vectors(True):
        pytest.skip("this processor has no AVX2: there is one path only")
    texts = [passage.spun for passage in passages[::10]]
    fast = [repr(despin.inspect(text, spun=True)) for text in texts]
    assert not use_vectors(False)
    assert [repr(despin.inspect(text, spun=True)) for text in texts] == fast
    assert sum("Edit(" in report for report in fast) > len(texts) / 2
