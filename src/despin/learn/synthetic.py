"""Sound text spun with the project's own channel: passages whose truth is known, where annotated ones are few.

They teach decisions only; row weights and reliabilities, which they would merely echo, come from annotated passages.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from despin.channel.link import Entry
from despin.channel.rows import Row
from despin.learn.gold import SYNTHETIC, Passage, Slot

__all__ = ["spin"]

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_LONGEST = 4  # words of an original


def spin(
    texts: Iterable[str], rows: Sequence[Row], forms: Iterable[Entry], family: str, rate: float, seed: int = 1
) -> list[Passage]:
    """Spin texts as a family of spinners does, replacing words and phrases with probability `rate` (0 to 1).

    Linear in the length of the texts. Equal input gives equal passages.
    """
    pick = random.Random(seed)
    table: dict[tuple[str, ...], list[tuple[str, float]]] = defaultdict(list)
    for form in forms:
        row = rows[form.row]
        if row.family == family and form.original and not row.context:
            table[tuple(form.original.lower().split())].append((form.spun, row.weight))
    return [_spin(text, table, family, rate, pick, number) for number, text in enumerate(texts)]


def _spin(
    text: str,
    table: dict[tuple[str, ...], list[tuple[str, float]]],
    family: str,
    rate: float,
    pick: random.Random,
    number: int,
) -> Passage:
    words = list(_WORD.finditer(text))
    pieces: list[str] = []
    slots: list[Slot] = []
    at = i = length = 0
    while i < len(words):
        for n in range(min(_LONGEST, len(words) - i), 0, -1):
            start, end = words[i].start(), words[i + n - 1].end()
            found = table.get(tuple(text[start:end].lower().split()))
            if found and pick.random() < rate:
                spun = pick.choices([s for s, _w in found], [w for _s, w in found])[0]
                spun = spun[0].upper() + spun[1:] if text[start].isupper() else spun
                pieces += [text[at:start], spun]
                length += start - at + len(spun)
                slots.append(Slot(length - len(spun), length, True, (text[start:end],)))
                at, i = end, i + n
                break
        else:
            i += 1
    meta = {"register": family, "spin": "heavy", "family": family, "source": SYNTHETIC}
    return Passage(f"synthetic#{number}", "".join([*pieces, text[at:]]), text, tuple(slots), meta)
