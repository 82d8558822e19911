"""What pooling by site changes: ``python benchmarks/grouping.py``.

Sites are made of annotated passages, ten each: five whole articles and five first sentences, as a front page has them.
On a spun site all are spun, on a sound site all are the originals, with one trap (sound prose full of the spinners'
favourites) in ten. First sentences are judged with and without what their site tells. Results go to
``benchmarks/results/grouping.json``.
"""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import despin
from despin.learn.gold import Passage, read_passages
from despin.odds import logit
from despin.pooling import Pool

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "grouping.json"
SIZE = 10


def first_sentence(passage: Passage, side: str) -> str:
    """The first sentence, at least 40 characters long."""
    return re.split(r"(?<=[.!?”])\s+(?=[A-Z“\"])", getattr(passage, side), maxsplit=1)[0]


def judge(report: despin.Report, passage: Passage, side: str) -> Counter[str]:
    """Right and wrong edits; one that falls on no slot, or on a sound text, is wrong."""
    found = Counter(texts=1, touched=int(bool(report.edits)), right=0, wrong=0, slots=0)
    slots = passage.slots if side == "spun" else ()
    for edit in report.edits:
        forms = [f for slot in slots if slot.start < edit.end and edit.start < slot.end for f in slot.accepted]
        good = any(edit.after.strip().lower().endswith(form.strip().lower()) for form in forms)
        found["right" if good else "wrong"] += 1
    found["slots"] = sum(slot.required and slot.end <= len(report.text) for slot in slots)
    return found


def sites() -> Iterator[tuple[str, str, list[tuple[Passage, str]]]]:
    """Side, name, and passages with their texts: whole ones, then first sentences."""
    passages = [p for path in sorted((HERE / "gold" / "train").glob("*.txt")) for p in read_passages(path)]
    heavy = [p for p in passages if p.meta.get("spin") == "heavy"]
    traps = [p for p in passages if p.meta.get("spin") == "none"]
    for side in ("spun", "original"):
        for start in range(0, len(heavy) - SIZE + 1, SIZE):
            members = heavy[start : start + SIZE]
            if side == "original":
                members[-1] = traps[start // SIZE % len(traps)]
            whole = [(p, getattr(p, side)) for p in members[: SIZE // 2]]
            yield side, f"{side} {start}", [*whole, *((p, first_sentence(p, side)) for p in members[SIZE // 2 :])]


def main() -> None:
    """Pool, judge, print, save."""
    repairer, pool = despin.Repairer(), Pool()
    items: list[tuple[str, Passage, str, int, float]] = []
    for side, name, members in sites():
        group = pool.group(name)
        for number, (passage, text) in enumerate(members):
            score = repairer.score(text)
            pool.add(group, logit(score.spin), score.rate)
            if number >= SIZE // 2:
                items.append((side, passage, text, group, logit(score.spin)))
    pool.fit()
    results: dict[str, Counter[str]] = {}
    for side, passage, text, group, odds in items:
        prior = pool.prior(group, odds)
        pooled = repairer.inspect(text, prior=prior.log_odds, rate=prior.rate or None)
        for way, report in (("alone", repairer.inspect(text)), ("pooled", pooled)):
            results.setdefault(f"{side}, {way}", Counter()).update(judge(report, passage, side))
    output = {
        "date": datetime.date.today().isoformat(),
        "despin": despin.__version__,
        "first_sentences": results,
        "shares": {name: round(pool.share(group), 3) for group, name in enumerate(pool.names)},
    }
    print(json.dumps(output, indent=1))
    RESULTS.write_text(json.dumps(output, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
