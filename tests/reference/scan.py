"""Scanning: a text to tokens with flags and hashes (decode/_scan.pyx)."""

from __future__ import annotations

from dataclasses import dataclass

CAP, CAPS, START, SPACE, BREAK, NUMBER, WORD, END = 1, 2, 4, 8, 16, 32, 64, 128
MIXED, PROTECTED, LETTERS, KEYWORD = 256, 512, 1024, 2048

_U64 = (1 << 64) - 1
_ABBREVIATED = frozenset(
    "mr mrs ms dr st jr sr gov sen rep gen col lt sgt capt prof rev hon vs inc ltd co corp no etc "
    "jan feb mar apr aug sept oct nov dec mt ft dept est fig al approx".split()
)


@dataclass
class Token:
    """``text[start:end]``, the hash of its lower case, and flags."""

    start: int
    end: int
    hash: int
    flags: int
    id: int = 0


def lower(ch: str) -> str:
    """Simple lower case of one code point; curly apostrophes become straight."""
    if ch in "’ʼ":
        return "'"
    return ch.lower()[:1]


def word_hash(word: str) -> int:
    """The hash of a word's lower case."""
    h = 0xD5
    for ch in word:
        h = ((h ^ ord(lower(ch))) * 0x9E3779B97F4A7C15) & _U64
        h ^= h >> 29
    return h


def kind(ch: str) -> str:
    """What a character is: lower, upper, digit, space, newline, quote, apostrophe, stop, hyphen, dash, symbol."""
    code = ord(ch)
    if ch in "\n\r\v\f\x85\u2028\u2029":
        return "newline"
    if ch in "'’ʼ":
        return "apostrophe"
    if ch in '"()[]{}*_`<>«»‘“”„‚':
        return "quote"
    if ch in ".!?…":
        return "stop"
    if ch in "-‐‑":
        return "hyphen"
    if ch in "–—―":
        return "dash"
    if ch == "\xad" or 0x300 <= code <= 0x36F or ch in "\u200c\u200d":
        return "lower"
    if ch.isalpha():
        return "upper" if ch.isupper() else "lower"
    if ch.isspace():
        return "space"
    return "digit" if ch.isdecimal() else "symbol"


def _letter(text: str, i: int) -> bool:
    return 0 <= i < len(text) and kind(text[i]) in ("lower", "upper")


def _alnum(text: str, i: int) -> bool:
    return 0 <= i < len(text) and kind(text[i]) in ("lower", "upper", "digit")


def _clitic(text: str, i: int) -> bool:
    """Does an apostrophe at i begin the clitic 's?"""
    return text[i + 1 : i + 2] in ("s", "S") and not _alnum(text, i + 2)


class Scanner:
    """Scans one text; the methods follow the branches of the core."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.pending = START
        self.ended = True

    def push(self, start: int, end: int, h: int, flags: int) -> None:
        self.tokens.append(Token(start, end, h, flags | self.pending))
        self.pending = 0
        self.ended = False

    def close(self, start: int, end: int) -> None:
        """The end of a sentence or paragraph."""
        self.push(start, end, word_hash("</s>"), END)
        self.pending = START
        self.ended = True

    def scan(self) -> list[Token]:
        i, text = 0, self.text
        branches = {
            "lower": self.word,
            "upper": self.word,
            "digit": self.number,
            "apostrophe": self.apostrophe,
            "stop": self.stop,
            "newline": self.newline,
        }
        while i < len(text):
            what = kind(text[i])
            if what == "space":
                self.pending |= SPACE
                i += 1
            elif what == "quote":
                self.pending |= BREAK
                i += 1
            else:
                i = branches.get(what, self.symbol)(i)
        return self.tokens

    def word(self, start: int) -> int:
        text, i = self.text, start
        flags = WORD | (CAP if kind(text[i]) == "upper" else 0)
        letters = upper = 0
        while True:
            upper += kind(text[i]) == "upper"
            flags |= MIXED if kind(text[i]) == "digit" else 0
            letters += 1
            i += 1
            if _alnum(text, i):
                continue
            if i < len(text) and _letter(text, i + 1):
                if kind(text[i]) == "apostrophe":
                    if _clitic(text, i):
                        break
                    continue
                initials = letters == 1 or text[i - 2] == "."
                if text[i] == "." and letters % 2 == 1 and text[i + 2 : i + 3] == "." and initials:
                    continue  # U.S., p.m.
            break
        h = word_hash(text[start:i])
        if text[i : i + 1] == ".":
            word = "".join(map(lower, text[start:i]))
            initial = letters == 1 and upper == 1 and text[i + 1 : i + 2] == " "
            if (letters >= 3 and text[i - 2] == ".") or (letters <= 6 and word in _ABBREVIATED) or initial:
                i += 1
        if upper >= 2 and upper == letters:
            flags |= CAPS
        elif upper >= 2 or (upper == 1 and not flags & CAP):
            flags |= MIXED
        self.push(start, i, h, flags)
        return i

    def number(self, start: int) -> int:
        text, i, flags = self.text, start, NUMBER
        while True:
            i += 1
            if i >= len(text):
                break
            if kind(text[i]) in ("lower", "upper"):
                flags |= LETTERS
            elif kind(text[i]) != "digit" and not (
                text[i] in ".,:/" and i + 1 < len(text) and kind(text[i + 1]) == "digit"
            ):
                break
        self.push(start, i, word_hash(text[start:i]), flags)
        return i

    def apostrophe(self, i: int) -> int:
        text = self.text
        if self.tokens and _alnum(text, i - 1):
            if _clitic(text, i):
                self.push(i, i + 2, word_hash("'s"), WORD)
                return i + 2
            if lower(text[i - 1]) == "s" and text[i + 1 : i + 2] == " " and _letter(text, i + 2):
                self.push(i, i + 1, word_hash("'"), WORD)
                return i + 1
        self.pending |= BREAK
        return i + 1

    def stop(self, start: int) -> int:
        text, i = self.text, start
        while i < len(text) and kind(text[i]) == "stop":
            i += 1
        if text[start] == "." and i == start + 1 and _alnum(text, i) and _alnum(text, start - 1):
            self.push(start, i, word_hash("."), 0)  # example.com
            self.ended = False
        elif not self.ended:
            self.close(start, i)
        return i

    def newline(self, start: int) -> int:
        text, i, lines = self.text, start, 0
        while i < len(text) and kind(text[i]) in ("newline", "space"):
            lines += kind(text[i]) == "newline" and text[i] != "\r"
            i += 1
        self.pending |= SPACE
        goes_on = i < len(text) and kind(text[i]) == "lower"
        if not self.ended and (lines > 1 or not goes_on):
            self.close(start, i)
            self.pending |= SPACE
        return i

    def symbol(self, start: int) -> int:
        text, i = self.text, start + 1
        what = kind(text[start])
        if what in ("hyphen", "dash"):
            while i < len(text) and kind(text[i]) == what:
                i += 1
            joins = what == "hyphen" and i == start + 1 and _alnum(text, i) and _alnum(text, start - 1)
            h = word_hash("-" if joins else "—")
        else:
            h = word_hash(text[start])
        self.push(start, i, h, 0)
        return i


def scan(text: str) -> list[Token]:
    """The tokens of a text."""
    return Scanner(text).scan()
