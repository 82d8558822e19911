"""The English indefinite article: which of `a` and `an` fits the words that follow.

The choice goes by sound: "an hour", "a university", "an FBI agent", "a NASA probe", "an 11,000-seat ground".
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fit_article", "starts_with_vowel_sound"]

_LONGEST = 64  # code points of a word that are looked at; what comes later cannot change the first sound
_HEAD = 400  # code points of the following text that are looked at

_OPENING = re.compile(r"[^\w]*")  # quotation marks, brackets, currency signs, markup
_NUMBER = re.compile(r"[0-9]+(?:,[0-9]{3})*")
_CONSONANT_LETTER = re.compile(  # words that are written with a vowel and spoken with "you" or "w"
    r"""eu|ewe|ewer|ouija|oui\b
    |one(?:s|self|ness|sies?)?\b|once\b
    |u[kf]|ubiq|ugand|ulyss|unanim|upsilon|uvul
    |uni(?!m(?!od)|n|d(?!ir)|ron|ss|de)
    |us[aeu]|ut(?![tm])|ur[aeiou]""",
    re.VERBOSE,
)
_VOWEL_LETTER = re.compile(r"hour|honest|hono(?:u?r)|heir|hors\b|y(?:tt|pres|ves|vonne)|mp[34]\b")
_SPELLED = re.compile(r"[A-Z](?:\.[A-Z])+\b|[A-Z]{1,3}[0-9]|[A-Za-z](?![\w'’])|m[RDT]NA\b|M(?:Sc|Phil)\b")
_ACRONYM = re.compile(r"[A-Z]{2,}(?=s?(?![a-z]))")
# Consonants that open an English syllable: before a vowel they make capitals a word (SCOTUS), else letters (NFL).
_SYLLABLE = re.compile(r"(?:[BCDFGHJKLMNPQRSTVWXZ]|F[LR]|S[CKLMNPQTW]|SH|SCR|STR|SPR|RH)[AEIOUY]")
_SPOKEN_AS_WORDS = frozenset(
    str.split("""
    FARC FEMA FERPA FIBA FICA FICO FIFA FINA FINRA FOMO HEPA HIPAA HUD LAN LASER LEGO LIDAR LIFO MAGA MERS MIDI
    MILF MOMA MOSFET NAFTA NAND NASA NASCAR NASDAQ NATO NICE NIMBY NIST NOAA RADAR RAID RAM RAND REIT REM RICO
    ROM SALT SARS SAAS SAGE SCUBA SEAL SEATO SIDS SIM SLAPP SMART SNAP SOHO SONAR SPAC SPAM STAR START STEAM
    STEM SWAT
    """)
)
_SPOKEN_AS_LETTERS = frozenset(
    str.split("""
    EU FAQ HIV HOA LED LAX LOL MOT MP NAACP RIP RUC SAT SEC SEO SOS SUV UFO USAID
    """)
)


def starts_with_vowel_sound(word: str) -> bool:
    """Whether `word` is spoken with a vowel first, so that "an" stands before it.

    Leading quotation marks, brackets and currency signs are passed over; of several words or a hyphenated word only
    the beginning counts. Text without a letter or digit has no vowel sound.

    Args:
        word: A word, number or acronym, or text that begins with one.

    Complexity: constant; only the first code points are read.

    >>> [starts_with_vowel_sound(word) for word in ("hour", "FBI", "“umbrella", "11,000", "X-ray", "u-boat")]
    [True, True, True, True, True, False]
    """
    return bool(_sound(word, headline=False))


def fit_article(article: str, following: str) -> str:
    """`a` or `an` as `following` needs it, in the capitals of `article`.

    Args:
        article: The article that stands there: ``a``, ``an``, ``A``, ``An``, ``AN``; anything else is given back.
        following: The text after it; its first word decides, and whether both first words are capitals throughout
            tells a headline ("A OLD MAN") from an acronym ("A FBI agent").

    Returns:
        The fitting article, or `article` itself where `following` has nothing to go by.

    Complexity: constant; only the first code points are read.

    >>> fit_article("a", "essential meeting"), fit_article("An", "university"), fit_article("A", "OLD MAN")
    ('an', 'A', 'AN')
    """
    if article not in ("a", "an", "A", "An", "AN"):
        return article
    headline = _is_headline(following)
    vowel = _sound(following, headline)
    if vowel is None:
        return article
    if article in ("a", "an"):
        return "an" if vowel else "a"
    if not vowel:
        return "A"
    return "AN" if article == "AN" or (article == "A" and headline) else "An"


def _sound(text: str, headline: bool) -> bool | None:
    """Whether the first sound is a vowel; None where no letter or digit begins the text."""
    opening = _OPENING.match(text[:_HEAD])
    start = opening.end() if opening else 0
    word = unicodedata.normalize("NFKD", text[start : start + _LONGEST]).lstrip("_")
    if not word:
        return None
    if word[0] in "0123456789":
        return _number_sound(word)
    if _SPELLED.match(word):
        return word[0].upper() in "AEFHILMNORSX"
    acronym = _ACRONYM.match(word)
    if acronym and _is_spelled(acronym[0], headline):
        return acronym[0][0] in "AEFHILMNORSX"
    lower = word.lower()
    if _VOWEL_LETTER.match(lower):
        return True
    return lower[0] in "aeiouæœø" and not _CONSONANT_LETTER.match(lower)


def _number_sound(word: str) -> bool:
    """Eight, eleven and eighteen begin with a vowel, whatever thousands follow; so do years like 1845."""
    found = _NUMBER.match(word)
    digits = found[0] if found else word
    if digits[0] == "8":
        return True
    first, comma, _ = digits.partition(",")
    if first[:2] not in ("11", "18"):
        return False
    return len(first) % 3 == 2 or (len(first) == 4 and not comma)


def _is_spelled(capitals: str, headline: bool) -> bool:
    """Whether a word in capitals is spoken letter by letter (FBI) and not as a word (NASA, or SHOCK in a headline)."""
    if capitals in _SPOKEN_AS_LETTERS:
        return True
    if capitals[0] in "AEIO" or capitals in _SPOKEN_AS_WORDS:
        return False
    if capitals[0] == "U":  # "you" in UN, UEFA and UNESCO, but UGLY and URGENT are words
        return not headline and (len(capitals) < 5 or capitals in ("UNESCO", "UNICEF", "UNRWA"))
    return not (_SYLLABLE.match(capitals) and (headline or len(capitals) > 4))


def _is_headline(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text[:_HEAD])[:2]
    return len(words) == 2 and all(len(word) > 1 and word.isupper() for word in words)
