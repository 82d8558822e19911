"""From decoded hypotheses to edits of the text: case, articles, spaces around deletions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from despin.text.articles import fit_article
from despin.text.casing import match_case
from despin.text.numerals import may_spell

__all__ = ["Draft", "draft", "fit_articles", "part_neighbours"]

_BEHIND_ARTICLE = frozenset(("a", "A", "n", "N", " ", "\t"))  # before the space before a word
_ARTICLE_BEFORE = re.compile(r"(?<![\w’'-])([Aa]n?|AN)([ \t]+)\Z")
_NO = re.compile(r"\bno\.\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]")
_SENTENCE_OPENING = re.compile(r"(?:^|[.!?:…][\"”’')\]]*\s+|\n\s*)[\"“‘'(\[]*\Z")


class Draft(NamedTuple):
    """A change before its article is settled: ``text[start:end]`` becomes `after`."""

    start: int
    end: int
    after: str


def draft(text: str, start: int, end: int, surface: str) -> Draft | None:
    """The change that puts `surface` (lower case, from the dictionary) at ``text[start:end]`` as it should look there.

    None where it must not be made: a digit that stands in a score, date or unit.

    >>> draft("Stated differently", 0, 6, "said")
    Draft(start=0, end=6, after='Said')
    >>> draft("had actually gone", 4, 12, "")
    Draft(start=4, end=13, after='')
    """
    before = text[start:end]
    if before.isalpha() and before.islower() and surface.isalpha():
        return Draft(start, end, surface)  # one word for another, and no capitals
    if before[:1].isdigit() and not may_spell(text, start, end):
        return None
    if _NO.search(before) and not surface.endswith(".") and not text[end : end + 2].lstrip().isdigit():
        end -= 1  # the full stop of a sentence, which the scanner takes for that of "No. 5"
        before = before[:-1]
    if not before.isalpha():
        start, end, surface = _trimmed(text, start, end, surface)
        before = text[start:end]
    if surface and before[:1].islower() and before.islower():
        after = surface  # no capitals to match, wherever it stands
    else:
        opening = _SENTENCE_OPENING.search(text, max(0, start - 12), start) is not None
        if not surface:
            return _deletion(text, start, end, opening)
        if len(surface) > 1 and surface.startswith("'"):
            return Draft(start, end, surface)
        after = match_case(before, surface, opening)
    if "’" in before:
        after = after.replace("'", "’")
    return Draft(start, end, after)


_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|\S")


def _trimmed(text: str, start: int, end: int, surface: str) -> tuple[int, int, str]:
    """The change without the words that both sides share at their ends: they keep their looks."""
    if surface and _plain(text[start]) != _plain(surface[0]) and _plain(text[end - 1]) != _plain(surface[-1]):
        return start, end, surface
    old = [(m.start() + start, m.end() + start, _plain(m[0])) for m in _TOKEN.finditer(text[start:end])]
    new = [(m.start(), m.end(), _plain(m[0])) for m in _TOKEN.finditer(surface)]
    left = 0
    while left < len(old) - 1 and left < len(new) and old[left][2] == new[left][2]:
        left += 1
    right = 0
    while right < len(old) - left - 1 and right < len(new) - left and old[-1 - right][2] == new[-1 - right][2]:
        right += 1
    while left and left < len(new) and _parted(old, left) != _parted(new, left):  # "few-shot" for "not many shot"
        left -= 1
    while right and right < len(new) - left and _parted(old, len(old) - right) != _parted(new, len(new) - right):
        right -= 1
    if left + right == len(new) and new:  # a deletion shows the word beside it
        left, right = (left, right - 1) if right else (left - 1, right)
    kept = new[left : len(new) - right]
    trimmed = surface[kept[0][0] : kept[-1][1]] if kept else ""
    return old[left][0], old[len(old) - 1 - right][1], trimmed


def _parted(tokens: Sequence[tuple[int, int, str]], number: int) -> bool:
    """Whether a space stands before the token."""
    return tokens[number - 1][1] < tokens[number][0]


def _plain(word: str) -> str:
    return word.lower().replace("’", "'")


def _deletion(text: str, start: int, end: int, opening: bool) -> Draft | None:
    """Remove a word and one of the spaces beside it; at the opening of a sentence the next word gets the capital."""
    if text[end : end + 1] != " ":
        return Draft(start - 1, end, "") if text[start - 1 : start] == " " else Draft(start, end, "")
    following = text[end + 1 : end + 2]
    if opening and text[start].isupper() and following.islower():
        return Draft(start, end + 2, following.upper()) if following.upper().isalpha() else None
    return Draft(start, end + 1, "")


def part_neighbours(text: str, drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts that do not overlap: a deletion reaches to the space or the first letter beside it, which may change too.

    `drafts` are sorted, and disjoint but for that. Linear in their number.

    >>> part_neighbours("Actually stated.", [Draft(0, 10, "S"), Draft(9, 15, "said")])
    [Draft(start=0, end=9, after=''), Draft(start=9, end=15, after='Said')]
    >>> part_neighbours("It was actually also.", [Draft(7, 16, ""), Draft(15, 20, "")])
    [Draft(start=6, end=15, after=''), Draft(start=15, end=20, after='')]
    """
    parted: list[Draft] = []
    for item in drafts:
        if parted and item.start < parted[-1].end:
            before = parted.pop()
            least = parted[-1].end if parted else 0
            if before.after:  # the capital of the sentence goes to what opens it now
                before = Draft(before.start, before.end - 1, "")
                item = _capital(text, Draft(max(item.start, before.end), item.end, item.after))
            elif before.start > least and text[before.start - 1] == " ":
                before = Draft(before.start - 1, before.end - 1, "")
            else:
                item = Draft(before.end, item.end, item.after)
            parted.append(before)
        parted.append(item)
    return parted


def _capital(text: str, item: Draft) -> Draft:
    """The draft with a capital at its beginning, or behind it if it deletes."""
    letter = item.after[:1] or text[item.end : item.end + 1]
    capital = letter.upper() if len(letter.upper()) == 1 else letter
    if item.after:
        return Draft(item.start, item.end, capital + item.after[1:])
    return item if capital == letter else Draft(item.start, item.end + 1, capital)


def fit_articles(text: str, drafts: Sequence[Draft]) -> list[Draft]:
    """Where a change turns the sound after "a" or "an", take the article into the change.

    `drafts` are sorted and disjoint; so is what comes back. Linear in the number of drafts.

    >>> fit_articles("an equal", [Draft(3, 8, "counterpart")])
    [Draft(start=0, end=8, after='a counterpart')]
    """
    fitted: list[Draft] = []
    last_end = 0
    for number, item in enumerate(drafts):
        start = item.start
        near = text[start - 2 : start - 1] in _BEHIND_ARTICLE
        found = near and _ARTICLE_BEFORE.search(text, max(last_end, start - 8), start)
        if found and found.start() >= last_end:
            following = _following(text, drafts, number)
            article = fit_article(found[1], following) if following else found[1]
            if article != found[1]:
                item = Draft(found.start(), item.end, article + found[2] + item.after)
        fitted.append(item)
        last_end = item.end
    return fitted


def _following(text: str, drafts: Sequence[Draft], number: int) -> str:
    """What stands after the article once the changes are made: at least one word of it, if there is one."""
    result = drafts[number].after
    at = drafts[number].end
    for item in drafts[number + 1 : number + 4]:
        if _WORD.search(result) or item.start - at > 40:
            break
        result += text[at : item.start] + item.after
        at = item.end
    result += text[at : at + 40]
    return result.lstrip(" \t\"“‘'(")
