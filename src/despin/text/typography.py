"""The damage spinners do to spacing and quotation marks: what it is, and how it is mended.

A spinner turns opening quotation marks (``” Of course``), puts a space into compounds (``12- point``), glues dashes to
the word before (``war- a claim``) and cuts words off from their commas and possessives (``kids 's``). Each rule here
would rather leave damage than touch sound text: lines that are not prose are passed over, and so are suspended hyphens
("short- and long-term"), code, tables and addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from despin.text.protect import paragraphs, spans

__all__ = ["Repair", "count_marks", "repairs"]

Repair: TypeAlias = tuple[int, int, str, str]

_SUSPENDING = r"(?:and|or|nor|to|through|but|versus|vs|by|as|not|rather|resp|bis|und|oder|et|ou)\b"

_NUMBER = (
    r"(?<![\w.,-])(?:\d[\d.,]*|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-[a-z]+)?|one|two|three|four|five"
    r"|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|hundred"
    r"|dozen|first|second|third|fourth|fifth|single|double|triple|half|multi)"
)
_COUNTED = (
    r"(?:acre|bed|bedroom|billion|birdie|bit|cent|century|cylinder|day|decade|digit|dollar|dose|door|episode|euro|floor|foot"
    r"|gallon|game|gigabyte|goal|hour|hundred|inch|item|judge|kilometre|kilometer|lane|lap|leg|legged|letter|line|man|match"
    r"|member|meter|metre|mile|million|minute|month|nation|night|page|part|party|percent|person|piece|point|pointer|pound"
    r"|quarter|race|ranked|rate|room|round|run|seat|seater|seed|set|shot|sided|star|step|stop|storey|story|strong|stroke|term"
    r"|thirds|time|times|ton|tonne|try|volume|vote|way|week|wheel|wheeler|wicket|woman|word|yard|year|yr"
    r"|most|[a-z]{3,}est)(?![\w-])"
    r"|(?:year|month|week|day|hour)-[a-z]+"
)
# No compound ends in these; after a free prefix ("the vice- which") they are something else.
_FUNCTION_WORD = (
    r"(?:a|all|although|am|an|are|at|be|because|been|being|for|from|had|has|have|he|her|his|if|in|into|is|it|its|just|my|no|of"
    r"|off|on|one|our|out|over|she|so|some|than|that|the|their|them|then|there|these|they|this|those|too|up|was|we|were"
    r"|what|when|where|which|while|who|will|with|you|your)\b"
)
_PREFIX = (
    r"(?<![\w-])(?:anti|auto|bi|co|counter|cyber|ex|extra|geo|hyper|infra|inter|intra|mega|micro|mid|mini|multi|nano|neo"
    r"|neuro|non|paleo|pan|poly|post|pre|pro|proto|pseudo|psycho|quasi|re|self|semi|socio|sub|super|trans|tri|ultra"
    r"|vice)"
)
# What often follows these words with a hyphen: the pair is a compound, never a dash.
_COMPOUNDS = {
    "after": "dinner hours market party school tax",
    "air": "conditioned conditioning raid",
    "all": "new out round star time",
    "award": "winning",
    "back": "bench bencher up to-back",
    "best": "known selling",
    "box": "office",
    "break": "in up even",
    "build": "up",
    "by": "election elections product products",
    "case": "by-case",
    "cease": "fire",
    "check": "in out up ups",
    "clean": "up",
    "close": "up knit",
    "cross": "border country examination party",
    "cutting": "edge",
    "day": "to-day",
    "decision": "maker makers making",
    "director": "general",
    "door": "to-door",
    "drive": "by in through thru",
    "far": "left reaching right",
    "fact": "finding",
    "first": "class ever half hand quarter round team time",
    "follow": "on up ups",
    "front": "line loading page runner runners row",
    "full": "back blown length scale size term time year",
    "fund": "raiser raising",
    "goal": "keeper line scorer",
    "grass": "roots",
    "half": "back century hour price time way year",
    "hand": "made over held",
    "hard": "core earned hit hitting line liner liners working",
    "head": "on to-head",
    "health": "care",
    "high": "end level performance profile quality ranking resolution rise risk speed tech",
    "home": "grown made",
    "in": "depth form house law laws person store",
    "knock": "out on",
    "know": "how",
    "large": "scale",
    "last": "ditch gasp minute",
    "law": "maker makers",
    "left": "hand hander wing winger",
    "life": "long saving size threatening time",
    "line": "up ups",
    "lock": "down",
    "long": "awaited distance haul lasting range running serving standing term time",
    "low": "cost end income key level lying paid",
    "make": "up over",
    "man": "made of-the-match",
    "mass": "produced",
    "middle": "aged class",
    "near": "by miss term",
    "north": "east west",
    "off": "field line season spin",
    "old": "fashioned",
    "on": "board field going line loan screen side site target",
    "one": "off on-one sided third time",
    "open": "air ended source",
    "out": "lap of-court of-town patient put",
    "part": "time timer timers owned",
    "pay": "off out",
    "peace": "keeper keepers keeping",
    "play": "off offs",
    "pop": "up",
    "post": "war",
    "power": "sharing",
    "profit": "taking",
    "push": "up ups",
    "quarter": "final finals",
    "real": "estate life time world",
    "record": "breaking",
    "right": "hand hander wing winger",
    "round": "trip up the-clock",
    "run": "up in off",
    "runner": "up",
    "runners": "up",
    "sea": "level",
    "second": "half hand largest place quarter round",
    "sell": "off offs out",
    "set": "back piece pieces up ups",
    "short": "listed lived range term",
    "shut": "down",
    "side": "effect effects by-side",
    "small": "scale",
    "so": "called",
    "south": "east west",
    "spin": "off offs",
    "stand": "off up",
    "start": "up ups",
    "state": "backed owned run",
    "step": "by-step",
    "take": "off over away",
    "tax": "free payer payers",
    "team": "mate mates work",
    "third": "party place quarter round",
    "tie": "break up",
    "top": "flight level notch ranked rated tier",
    "two": "thirds way",
    "up": "and-coming to-date",
    "user": "friendly",
    "walk": "in ins out over through",
    "war": "time torn related",
    "warm": "up",
    "water": "proof",
    "week": "long end",
    "well": "being deserved established known received",
    "wide": "range ranging spread",
    "work": "force out place shop",
    "world": "beating class famous leading record wide",
    "year": "end long old olds on-year round",
}
_NUMBER_COMPOUND = re.compile(rf"{_NUMBER}(- )(?=(?:{_COUNTED})(?![\w]))", re.IGNORECASE)
_PREFIX_COMPOUND = re.compile(rf"{_PREFIX}(- )(?!{_SUSPENDING}|{_FUNCTION_WORD})(?=[a-z]{{3}})", re.IGNORECASE)
_WORD_PAIR = re.compile(r"(?<![\w'’-])([A-Za-z]++)(- )([a-z]++(?:-[a-z]++)*+)(?![\w-])")
_PARTICIPLE = re.compile(r"[a-z]{3,}(?:ed|ing)\Z")

# A hyphen glued to a word stands for a dash where a clause opens that no compound could end in.
_OPENS_CLAUSE = (
    r"(?:a|although|an|because|but|despite|especially|even|he|including|it|its|just|meaning|namely|nearly|now|perhaps|she|that"
    r"|the|their|they|this|though|we|when|where|which|while|who|whose|without|you)(?=,? [\w“\"‘])"
)
_SUSPENDED = frozenset(
    str.split("""
    short long high low large small and the for with from north south east west upper lower
    """)
)
_SUSPENDED_PATTERN = re.compile(f"{_NUMBER}|{_PREFIX}")
_GLUED_HYPHEN = re.compile(rf"(?<![\w'’-])([a-z]{{3,}}+)(- )(?={_OPENS_CLAUSE})")
_GLUED_DASH = re.compile(rf"(?<=[^\W\d_])(– )(?!{_SUSPENDING})(?=[“\"]?[a-z])")
_LOOSE_MARK = re.compile(r"(?<=[^\W\d_]) (?:,(?= [^\W\d_])|\.(?<=[a-z] \.)(?=\r?\Z| [“\"]?[A-Z][a-z]))")
_SOUND_MARK = re.compile(r"[^\W\d_][,.](?!\S)")
_LOOSE_POSSESSIVE = re.compile(r"(?<=[a-z]{2}) (?:'|’)s(?= [a-z]{2}|[,.])")
_SOUND_POSSESSIVE = re.compile(r"[^\W\d_](?:'|’)s\b")

_TRIGGERS = ("- ", "– ", " ,", " .", " 's", " ’s")
_TRIGGER = re.compile(r"\w[-–] | [,.]| ['’]s")
_NOT_PROSE = re.compile(r"[|\t{}\\=<>^~`]|;\s*\Z|//|::|\A {4}|\A\s*[#>$%*+]|(?<! ) {2,}+\S++ {2,}+|-- |--\w| -{1,2}\w")
_WORD = re.compile(r"[^\W\d_]+")
_FEWEST_WORDS = 5  # fewer words in a line are a label, a heading or a list item
_STYLE = 3  # as many loose marks, outnumbering the sound ones, are how the text was written (tokenised corpora)

_CURLY = re.compile(r"[“”]")
_STRAIGHT = re.compile(r'"')
_TURNED = re.compile(r"(?:\A\s*+|(?<=[.!?]) )([”\"] )(?=[A-Z][\w'’]*[ ,])")
_CODE_LIKE = re.compile(r"[|\t{}\\=<>^~`]|;\s*$|//|::|^ {4}", re.MULTILINE)
_CLOSING_BEFORE = re.compile(r"[\w.,!?…;:'’)—-]")


def repairs(text: str) -> list[Repair]:
    """The repairs of a spun text's spacing and quotation marks.

    Sound prose, code, tables, lists and addresses give none; nothing is proposed inside `protect.spans`.

    Returns:
        ``(start, end, after, rule)``, sorted and disjoint: the rule is ``quote``, ``compound``, ``dash`` or ``space``.

    Complexity: linear in the text.

    >>> text = "” Of course, the 12- point plan is out ,” said Mr Ushakov of the war- a claim he denied."
    >>> [(text[start:end], after, rule) for start, end, after, rule in repairs(text)]
    [('” ', '“', 'quote'), ('- ', '-', 'compound'), ('- ', ' — ', 'dash')]
    """
    found = list(_turned_quotes(text))
    lines = list(_prose_lines(text))
    for start, line in lines:
        found += ((start + a, start + b, after, rule) for a, b, after, rule in _line_repairs(line))
    found += _loose_marks(text, lines)
    return _disjoint(sorted(found), spans(text)) if found else []


def count_marks(text: str) -> int:
    """How many typographic marks of a spinner `text` bears: turned quotation marks, broken compounds, glued dashes.

    Loose commas and full stops are not counted, though `repairs` mends them: text extraction leaves many of them.

    Complexity: linear in the text.

    >>> count_marks("a 29- year-old man"), count_marks("short- and long-term aims of a full-year plan")
    (0, 0)
    >>> count_marks("Police held a 29- year-old man on Friday.")
    1
    """
    return sum(rule != "space" for _, _, _, rule in repairs(text))


def _prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that have a mark and are prose, with their offsets."""
    if not any(trigger in text for trigger in _TRIGGERS):
        return
    end = -1
    for hit in _TRIGGER.finditer(text):
        if hit.start() < end:
            continue
        start = text.rfind("\n", end if end > 0 else 0, hit.start()) + 1 or max(end, 0)
        end = text.find("\n", hit.start())
        end = len(text) if end < 0 else end
        line = text[start:end]
        if _is_prose(line):
            yield start, line


def _is_prose(line: str) -> bool:
    if _NOT_PROSE.search(line):
        return False
    return len(_WORD.findall(line)) >= _FEWEST_WORDS


def _line_repairs(line: str) -> Iterator[Repair]:
    for pattern in (_NUMBER_COMPOUND, _PREFIX_COMPOUND):
        for found in pattern.finditer(line):
            yield (*found.span(1), "-", "compound")
    for found in _WORD_PAIR.finditer(line):
        if _is_compound(found[1].lower(), found[3]):
            yield (*found.span(2), "-", "compound")
    for found in _GLUED_HYPHEN.finditer(line):
        if not _is_suspended(found[1]):
            yield (*found.span(2), " — ", "dash")
    for found in _GLUED_DASH.finditer(line):
        yield (*found.span(1), " – ", "dash")


def _is_compound(left: str, right: str) -> bool:
    if right in _COMPOUNDS.get(left, "").split():
        return True
    return left.endswith("ly") and len(left) > 4 and bool(_PARTICIPLE.match(right))


def _is_suspended(word: str) -> bool:
    """Whether a word with a hyphen waits for the rest of its compound: "pre- the", "two- a", not "war- a"."""
    return word in _SUSPENDED or _SUSPENDED_PATTERN.fullmatch(word) is not None


def _loose_marks(text: str, lines: list[tuple[int, str]]) -> Iterator[Repair]:
    """Commas, full stops and possessives cut off from their word, unless the whole text is written so."""
    for loose, sound in ((_LOOSE_MARK, _SOUND_MARK), (_LOOSE_POSSESSIVE, _SOUND_POSSESSIVE)):
        found = [
            (start + match.start(), start + match.end()) for start, line in lines for match in loose.finditer(line)
        ]
        if len(found) >= _STYLE and len(found) > sum(1 for _ in sound.finditer(text)):
            continue
        for start, end in found:
            yield start, end, text[start + 1 : end], "space"


def _turned_quotes(text: str) -> Iterator[Repair]:
    """A closing mark and a space where a quotation opens: at the start of a paragraph or after a sentence."""
    for mark, marks, opening in (("”", _CURLY, "“"), ('"', _STRAIGHT, '"')):
        if not _may_be_turned(text, mark):
            continue
        for start, end in paragraphs(text):
            paragraph = text[start:end]
            if _CODE_LIKE.search(paragraph):
                continue
            for at in _turned_in(paragraph, mark, marks):
                yield start + at, start + at + 2, opening, "quote"


def _may_be_turned(text: str, mark: str) -> bool:
    """Whether this mark stands between spaces or opens the text: most texts are told at a glance."""
    at = text.find(f"{mark} ")
    while at >= 0:
        if at == 0 or text[at - 1].isspace():
            return True
        at = text.find(f"{mark} ", at + 2)
    return False


def _turned_in(paragraph: str, mark: str, marks: re.Pattern[str]) -> Iterator[int]:
    """The turned marks of one paragraph, whose quotations are closed by the very next mark."""
    places = [found.start() for found in marks.finditer(paragraph)]
    turned = {found.start(1) for found in _TURNED.finditer(paragraph) if found[1][0] == mark}
    inside = False
    for number, at in enumerate(places):
        if inside:
            inside = paragraph[at] == "“"
            continue
        inside = paragraph[at] in ('"', "“") or at in turned
        if at not in turned or number + 1 == len(places):
            continue
        if mark == '"' and len(places) % 2:
            return
        if _closes(paragraph, places[number + 1], mark):
            yield at


def _closes(paragraph: str, at: int, mark: str) -> bool:
    """Whether the mark at `at` closes: right after a word or its punctuation, and not before one."""
    after = paragraph[at + 1 : at + 2]
    return paragraph[at] == mark and bool(_CLOSING_BEFORE.match(paragraph[at - 1])) and not after.isalnum()


def _disjoint(found: list[Repair], protected: list[tuple[int, int]]) -> list[Repair]:
    """Without what overlaps an earlier repair or a protected span."""
    kept: list[Repair] = []
    last = number = 0
    for repair in found:
        start, end = repair[:2]
        while number < len(protected) and protected[number][1] <= start:
            number += 1
        if start >= last and not (number < len(protected) and protected[number][0] < end):
            kept.append(repair)
            last = end
    return kept
