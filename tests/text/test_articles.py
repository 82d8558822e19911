"""Which of `a` and `an` fits."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.text.articles import fit_article, starts_with_vowel_sound

CASES = json.loads((Path(__file__).parents[1] / "cases" / "text_articles.json").read_text("utf-8"))


@pytest.mark.parametrize("word", CASES["vowel"], ids=ascii)
def test_vowel_sound(word: str) -> None:
    assert starts_with_vowel_sound(word)
    assert fit_article("a", word) == "an"


@pytest.mark.parametrize("word", CASES["consonant"], ids=ascii)
def test_consonant_sound(word: str) -> None:
    assert not starts_with_vowel_sound(word)
    assert fit_article("an", word) == "a"


@pytest.mark.parametrize("word", CASES["silent"], ids=ascii)
def test_text_without_a_word_keeps_its_article(word: str) -> None:
    assert not starts_with_vowel_sound(word)
    assert [fit_article(article, word) for article in ("a", "an")] == ["a", "an"]


@pytest.mark.parametrize(("article", "following", "fitting"), CASES["fit"], ids=ascii)
def test_fit_article(article: str, following: str, fitting: str) -> None:
    assert fit_article(article, following) == fitting


@given(st.sampled_from(["a", "an", "A", "An", "AN"]), st.text())
def test_any_text_has_an_article(article: str, following: str) -> None:
    fitting = fit_article(article, following)
    assert fitting.lower() in ("a", "an")
    assert fit_article(fitting, following) in (fitting, fitting.title())
    assert fitting[0] == article[0]


@given(st.text(), st.text())
def test_other_words_are_given_back(article: str, following: str) -> None:
    if article.lower() not in ("a", "an"):
        assert fit_article(article, following) == article


@pytest.mark.parametrize("char", ["8", "u", "U", "“", "\u0301", "\ufdfa", "F.", "1,000,"], ids=ascii)
def test_long_text(char: str) -> None:
    assert fit_article("a", char * 1_000_000) in ("a", "an")
