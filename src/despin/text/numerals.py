"""Small numbers: the words for them, and whether a digit stands where a journalist writes the word.

Spinners write "the 2 sides" and "a 3rd month" for "the two sides" and "a third month". Sound text has digits too, in
scores, dates, times, money, units, names and lists; those stay as they are.
"""

from __future__ import annotations

import re

__all__ = ["MONTH", "UNIT", "may_spell", "number_word"]

_CARDINALS = str.split("one two three four five six seven eight nine ten eleven twelve")
_ORDINALS = str.split("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
_SUFFIXES = ("st", "nd", "rd", *("th",) * 9)
_WORDS = {str(n): word for n, word in enumerate(_CARDINALS, 1)} | {
    f"{n}{suffix}": word for n, (suffix, word) in enumerate(zip(_SUFFIXES, _ORDINALS, strict=True), 1)
}

MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
)
"""Alternation that matches the name of a month."""

UNIT = (
    r"[kcmnµμ]?m[²³23]?|km/h|m/s|[kmnµμ]?g|[cdm]?l|L|lbs?|oz|ft|yds?|mph|kph|rpm|psi|bpm|[KMGTP]i?B|[kKMGT]bps|[KMGT]bit(?:/s)?"
    r"|[kMGT]?Hz|[kMGm]?Wh?|[kMm]?V|mAh?|Ah|dB|K|°\s?[CFK]?|degrees?|hp|mm\s?Hg|fps|dpi|megapixels?|MP"
    r"|(?:kilo|centi|milli|nano|micro)?met(?:re|er)s?|(?:kilo|milli|micro)?grams?|(?:milli)?lit(?:re|er)s?|kilos?|kilowatts?"
    r"|(?:mega|giga|kilo)(?:bytes?|bits?|watts?|hertz)|miles?|feet|foot|inch(?:es)?|yards?|acres?|hectares?|tonnes?|tons?"
    r"|pounds?|ounces?|stone|gallons?|pints?|cups?|tbsps?|tsps?|tablespoons?|teaspoons?|volts?|watts?|knots?|calories"
)
"""Alternation that matches a unit of measurement; where one letter says it, only the symbol."""

_REACH = 80  # code points looked at on either side
_WINDOW = 200  # the same for the shape of the line
_SPELLED_BELOW = 10  # style books write words for one to nine, figures from 10 on

_LABELS = frozenset(
    str.split("""
    act age aged ages algorithm annex appendix apt apartment art article block building case category channel
    chapter class clause column day definition district division eq equation episode example exhibit exit
    experiment fig figs figure figures floor game gate gen generation grade group highway hole item junction
    lane lap layer lemma level line lines lot mark mk model no nos note number numbers option p page pages para
    paragraph part patch patient phase pin plan platform point pp precinct problem proposition question ranked
    rated ref refs release room round route row rule season section sections seed seeded series set size slot
    stage step subject suite table team terminal test theorem tier top track tray type unit update v ver verse
    version vitamin vol volume ward week year zone plus minus times equals usd eur gbp rs android
    alpha beta galaxy ios ipad iphone mini pixel playstation ps radio windows xbox
    """)
)
# Capitalised words that open a sentence or title and are no name: "About 4 people", "The 2 sides".
_PLAIN_OPENERS = frozenset(
    str.split("""
    a about after all almost already an and another around as at because before being between both but by did
    do does during every fewer first for from given had has have he her his if in including into is it its just
    last less more most my nearly next not now of on once one only or other our out over past perhaps roughly
    said she since some still than that the their then there these they this those through to under until up
    was we were when where while with within without you your
    """)
)
_TIME_PREPOSITIONS = frozenset(str.split("about after around at before by from since till to until"))
_DETERMINERS = frozenset(
    str.split("""
    all at first into just last least most of only other than the them these those
    """)
)
# Something to count begins here, and no preposition, verb or clause.
_NOUN = re.compile(
    r"\s+(?!(?:a|after|an|and|are|as|at|be|because|been|before|but|by|can|could|did|does|for|from|had|has|have|he|if|in"
    r"|into|is|it|may|might|on|or|she|should|so|that|the|then|they|to|until|was|we|were|when|where|which|while|who|will|with"
    r"|would|you)\b)[\w“\"‘'(—]"
)
_PEOPLE = re.compile(r"[A-Z]\w+(?:an|ese|ish|ch|[a-z]s|[a-z]i)(?!\w)")
_BIBLE = frozenset(str.split("Chronicles Corinthians John Kings Peter Samuel Thessalonians Timothy"))

_ABBREVIATED = re.compile(
    rf"{MONTH}|St|Mt|Ft|Mr|Mrs|Ms|Dr|Prof|Gen|Col|Sgt|Rev|Sen|Rep|approx|ca?|ch|est|etc|vs|vols?|op"
)
_RIGHT_WORD = re.compile(r"\s+(\S{1,40})")
_BETWEEN_NUMBERS = r"(?:(?:and|or|to|by|in|of|out of|vs?\.?|versus|against|x|through)\s+)?"
_NUMBER_BEFORE = re.compile(rf"\d(?:st|nd|rd|th|ft|m|in)?%?(?:\s*[,;/×:&–-]\s*|\s+){_BETWEEN_NUMBERS}\Z")
_NUMBER_AFTER = re.compile(rf"\s*[,;/×:&–-]?\s*{_BETWEEN_NUMBERS}[($£€#]?\d")
_YEAR_BEFORE = re.compile(r"(?:[Ii]n|[a-z]{3}) (?:19|20)\d\d, \Z")
_BIG_BEFORE = re.compile(r"\d\d(?:\s+[a-z]+){1,3},?\s+(?:and|or|to)\s+\Z")
_BIG_AFTER = re.compile(r"(?:\s+[a-z]+){1,3},?\s+(?:and|or|to)\s+\d\d")
_MEASURE = re.compile(
    rf"""\s+(?:(?:{UNIT}|{MONTH}|[ap]\.?m\.?|noon|midnight|GMT|BST|E[SD]?T|P[SD]?T|h|hrs?|mins?|secs?|o['’]clock
    |(?:hundred|thousand|million|billion|trillion|m|mn|bn|tn|k|per|percent|percentage|pct|pc|p\.c|p|c|x|by|plus|minus|times\s+\d)
    |dollars?|euros?|pence|cents?|bucks|quid|yen|rupees|AD|BC)(?!\w)|[%×x*+=/<>|&~^–-])""",
    re.VERBOSE,
)
_OF_TIME = r"(?:hours?|minutes?|seconds?|days?|weeks?|months?|years?)"
_DURATION = re.compile(rf"\s+{_OF_TIME}(?:,|,?\s+and)?\s+\d+\s+{_OF_TIME}\b")  # of a race, a sentence
_SCORE = re.compile(r"\s+(?:under|over|up|down|all)\b")
_OF_MONTH = re.compile(rf"\s+(?:(?:day\s+)?of\s+)?(?:{MONTH})\b")
_DATE_BEFORE = re.compile(
    r"\b(?:on|by|until|till|before|after|since|from|of|between|and|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\s+the\s+\Z",
    re.IGNORECASE,
)
_CLOCK_AFTER = re.compile(
    r"[.,;:!?”\"]|\s+(?:on|in the|this|tomorrow|today|yesterday|tonight|daily|every|sharp|and|until|till)\b|\Z"
)
_ADDRESS = re.compile(
    r"(?:\s+[A-Z][\w.'’]*){0,3}\s+(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Square|Place|Court|Boulevard|Blvd"
    r"|Way|Terrace|Row|Close|Crescent|Park|Hill|Gardens|Quay|Mews|Plaza|Parkway|Highway)\b"
)
_FRACTION = re.compile(r"\s*[¼-¾⅐-⅞]|\s+\d+\s*[/⁄]")


def number_word(digits: str) -> str | None:
    """The word for a number from 1 to 12 in figures, or for its ordinal.

    Args:
        digits: ``1`` to ``12`` or ``1st`` to ``12th``, without signs or spaces; the suffix must fit.

    Returns:
        The word in lower case, or None for everything else.

    Complexity: constant.

    >>> number_word("2"), number_word("3rd"), number_word("13"), number_word("2st")
    ('two', 'third', None, None)
    """
    return _WORDS.get(digits)


def may_spell(text: str, start: int, end: int) -> bool:
    """Whether the figure at ``text[start:end]`` is a count in running prose, where a journalist writes a word.

    Style books spell one to nine and write figures from 10 on, so 10, 11 and 12 are spelled only where they open a
    sentence. In doubt the answer is no.

    Args:
        text: The whole text.
        start: Where the figure (``2`` or ``3rd``) begins.
        end: Where it ends. Offsets that do not hold exactly such a figure give False.

    Complexity: constant; a fixed stretch around the figure is read.

    >>> [may_spell(line, 4, 5) for line in ("The 2 sides met.", "on, 2 March, ", "won 2-1 away. ", "for 2 km more.")]
    [True, False, False, False]
    """
    word = _WORDS.get(text[start:end]) if 0 <= start < end <= len(text) else None
    if word is None:
        return False
    left = text[max(0, start - _REACH) : start].rpartition("\n")[2]
    right = text[end : end + _REACH].partition("\n")[0].rstrip()
    at_line_start = not left.strip() and (start <= len(left) or text[start - len(left) - 1] == "\n")
    if not _stands_free(left, right):
        return False
    if at_line_start and not _opens_prose(right):
        return False
    opens = at_line_start or _ends_sentence(left)
    if int(text[start:end].rstrip("stndrh")) >= _SPELLED_BELOW and not opens:
        return False
    if _among_numbers(left, right) or _measures(right) or not _left_allows(left, right, opens):
        return False
    ordinal = text[end - 1].isalpha()
    if (not ordinal and _SCORE.match(right)) or not _right_allows(left, right, opens, ordinal):
        return False
    line_left = text[max(0, start - _WINDOW) : start].rpartition("\n")[2]
    line_right = text[end : end + _WINDOW].partition("\n")[0]
    return _is_prose(line_left, line_right)


def _stands_free(left: str, right: str) -> bool:
    """Whether nothing is glued to the figure but the punctuation of prose."""
    if left and not left[-1].isspace() and (left[-1] not in "“\"‘'—(" or (left[-1] != "—" and left[-2:-1].isalnum())):
        return False
    if not right:
        return False  # a label, a heading, a number at the end of a cell
    if right[0].isspace() or right[0] == "—":
        return True
    return right[0] in '.,;:!?”"' and not right[1:2].isalnum()


def _is_prose(left: str, right: str) -> bool:
    """Whether the line is prose: no table, no row of numbers, enough words."""
    line = f"{left}0{right}"
    if "\t" in line or "|" in line:
        return False
    pieces = line.split()
    mixed = [piece for piece in pieces if not piece.isalpha()]
    numeric = sum(any(map(str.isdigit, piece)) for piece in mixed)
    alphabetic = len(pieces) - len(mixed) + sum(piece[0].isalpha() or piece[-1].isalpha() for piece in mixed)
    return alphabetic >= 3 and (numeric < 3 or numeric * 2 < alphabetic)


def _opens_prose(right: str) -> bool:
    """After a figure at the start of a line: a sentence, and no list item, heading, ingredient or table row."""
    if right[0] != " " or right[1:2] == " ":
        return False
    return right[1:2].islower() and (len(right) > 50 or right[-1] in '.!?”"')


def _ends_sentence(left: str) -> bool:
    """Whether a sentence ends right before; abbreviations ("No.", "p.", initials) end none."""
    before = left.rstrip().rstrip("\"”’'“‘(")
    if not before or before[-1] not in ".!?":
        return bool(not before and left.strip())
    last = before.split()[-1].rstrip(".!?")
    return len(last) > 1 and last.lower() not in _LABELS and "." not in last and not _ABBREVIATED.fullmatch(last)


def _among_numbers(left: str, right: str) -> bool:
    """Scores, ranges, fractions, rows of numbers: another figure stands beside, or a larger one in parallel."""
    return bool(
        (_NUMBER_BEFORE.search(left) and not _YEAR_BEFORE.search(left))
        or _NUMBER_AFTER.match(right)
        or _BIG_BEFORE.search(left)
        or _BIG_AFTER.match(right)
        or _FRACTION.match(right)
    )


def _measures(right: str) -> bool:
    """Units, dates, times, money, percentages and addresses."""
    return bool(_MEASURE.match(right) or _DURATION.match(right) or _OF_MONTH.match(right) or _ADDRESS.match(right))


def _word_before(left: str) -> str:
    """The word before the space at the end, "" if there is none."""
    before = left.rstrip()
    return before.rsplit(None, 1)[-1] if 0 < len(before) < len(left) else ""


def _left_allows(left: str, right: str, opens: bool) -> bool:
    """Whether the word before makes the figure neither a label ("page 4", "Apollo 8") nor a time ("at 2")."""
    if opens or left[-1:] in ("—", "("):
        return left[-1:] != "("
    written = _word_before(left)
    if not written:
        return True
    word = written.lstrip("“\"‘'([")
    if not word or not word[-1].isalpha():
        # "Spain, 2 of" may count; "Ch. 2", "Total: 2", "# 2", "$ 2", "- 2" do not.
        age = word[:1].isupper() and not _NOUN.match(right)  # "Noah, 8 with his brother"
        return word[-1:] in (",", "—", ";", "”", '"', "’", ")") and word[:-1].lower() not in _LABELS and not age
    if word.lower() in _LABELS or (word.lower() in _TIME_PREPOSITIONS and _CLOCK_AFTER.match(right)):
        return False
    if word.islower():
        return True
    head = left.rstrip()[: -len(written)].rstrip()
    return word.lower() in _PLAIN_OPENERS and (not head or head[-1] in ".!?:;—(\"“”'‘’")


def _right_allows(left: str, right: str, opens: bool, ordinal: bool) -> bool:
    """Whether what follows can be counted: a noun phrase, or nothing after "the other", "at least" and the like."""
    found = _RIGHT_WORD.match(right)
    if ordinal and _DATE_BEFORE.search(left) and (found is None or not found[1][0].islower()):
        return False
    if found is None or not right[0].isspace() or not (ordinal or opens or _NOUN.match(right)):
        return ordinal or _word_before(left).lower() in _DETERMINERS
    noun = found[1]
    if noun[0].islower() or noun[0] in "“\"‘'(—":
        return True
    if ordinal or opens or noun in _BIBLE:
        return False
    # "2 Russian soldiers", "4 Americans"; two capitals are a name ("2 Broke Girls").
    return bool(_PEOPLE.match(noun)) and not re.match(r"\s+\S+\s+[A-Z]", right)
