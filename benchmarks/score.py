"""Score a repairer against hand-annotated spun passages.

    score.py GOLD.txt [GOLD.txt ...] [--repairer MODULE:FUNCTION] [--json] [--show N]

Annotation (see README.md beside this file): passages are separated by lines
holding only '%%'; a line '# key: value' at the head of a passage is metadata.
Inside the text

    [[spun=>original|other accepted]]   the slot must be repaired
    [[spun~>original|other accepted]]   may be repaired; leaving it is right too

The repairer is any callable str -> str.  Only its output text is looked at, so
every tool can be measured the same way.  Reported per file and in total:

    precision  right repairs / all changes that are not an accepted optional one
    recall     required slots repaired rightly / required slots
    f05        F-measure with beta 0.5, the grammatical-error-correction custom
    harm       changes outside every slot, per 1000 spun words
    clean_harm changes made to the ORIGINAL side (nothing to repair), per 1000 words
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

SLOT = re.compile(r"\[\[(.*?)([=~])>(.*?)\]\]", re.S)
TOKEN = re.compile(r"\w+(?:['’\-]\w+)*|[^\w\s]")


def passages(path: Path):
    for number, block in enumerate(re.split(r"(?m)^%%\s*$", path.read_text("utf-8"))):
        meta = dict(re.findall(r"(?m)^# (\w+): (.*)$", block))
        text = re.sub(r"(?m)^# \w+: .*\n?", "", block).strip()
        if text:
            yield f"{path.name}#{number}", meta, text


def parse(marked: str):
    """-> spun text, original text, slots [(start, end, required, accepted)] in spun offsets."""
    spun, orig, slots, last = [], [], [], 0
    length = 0
    for m in SLOT.finditer(marked):
        plain = marked[last : m.start()]
        accepted = m.group(3).split("|")
        spun += [plain, m.group(1)]
        orig += [plain, accepted[0]]
        length += len(plain)
        slots.append((length, length + len(m.group(1)), m.group(2) == "=", accepted))
        length += len(m.group(1))
        last = m.end()
    spun.append(marked[last:])
    orig.append(marked[last:])
    return "".join(spun), "".join(orig), slots


def normal(text: str) -> str:
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return " ".join(TOKEN.findall(text)).casefold()


def tokens(text: str):
    """Token texts (normalised) and their (start, end) offsets."""
    found = list(TOKEN.finditer(text))
    return [normal(m.group()) for m in found], [m.span() for m in found]


def changed_blocks(before: str, after: str):
    """Changed token ranges (i1, i2, j1, j2)."""
    ops = SequenceMatcher(None, tokens(before)[0], tokens(after)[0], autojunk=False).get_opcodes()
    return [op[1:] for op in ops if op[0] != "equal"]


class Passage:
    """One spun passage, its slots as token ranges, and a repaired output to hold against it."""

    def __init__(self, spun: str, slots, output: str):
        self.spun, self.output = spun, output
        self.a, self.a_at = tokens(spun)
        self.b, self.b_at = tokens(output)
        self.slots = []
        for start, end, required, accepted in slots:
            inside = [i for i, (s, e) in enumerate(self.a_at) if s < end and e > start]
            self.slots.append((inside[0], inside[-1] + 1, required, accepted))
        ops = SequenceMatcher(None, self.a, self.b, autojunk=False).get_opcodes()
        self.blocks = [op[1:] for op in ops if op[0] != "equal"]

    def groups(self, gap: int):
        """Runs of changed blocks and slots no further than gap tokens apart, that hold a block."""
        items = [(i1, i2, "block", n) for n, (i1, i2, _, _) in enumerate(self.blocks)]
        items += [(s, e, "slot", n) for n, (s, e, *_rest) in enumerate(self.slots)]
        groups = []
        for s, e, kind, n in sorted(items):
            touching = groups and s - groups[-1][1] <= gap
            overlap = groups and (s < groups[-1][1] or (s == e == groups[-1][1]))
            if overlap or (touching and gap > 0) or (touching and "block" in (kind, groups[-1][2][-1][0])):
                groups[-1][1] = max(groups[-1][1], e)
                groups[-1][2].append((kind, n))
            else:
                groups.append([s, e, [(kind, n)]])
        return groups

    def output_range(self, start: int, end: int, blocks):
        first, last = self.blocks[blocks[0]], self.blocks[blocks[-1]]
        return first[2] - (first[0] - start), last[3] + (end - last[1])

    def pattern(self, start: int, end: int, slots, lenient: bool) -> str:
        parts, at = [], start
        for n in slots:
            s, e, _required, accepted = self.slots[n]
            parts += map(re.escape, self.a[at:s])
            options = [re.escape(normal(t)) for t in [*accepted, " ".join(self.a[s:e])]]
            if lenient:
                options.append(r"\S+(?: \S+){0,5}?")
            words = list(dict.fromkeys(o for o in options if o))
            # an accepted deletion is tried before anything else may fill the slot
            parts.append(f"(?P<s{n}>{'|'.join([''] * ('' in accepted) + words)})" + ("?" if lenient else ""))
            at = e
        parts += map(re.escape, self.a[at:end])
        return r"\ *".join(parts)


def judge(spun: str, output: str, slots):
    """Counter of tp, fn, fp (wrong at a slot), stray (outside slots), opt; and a log of misses."""
    p = Passage(spun, slots, output)
    tally, log = Counter(), []

    def context(s, e):
        s, e = min(s, len(p.a_at) - 1), max(s + 1, e)
        return spun[max(0, p.a_at[s][0] - 40) : p.a_at[min(e, len(p.a_at)) - 1][1] + 30].replace("\n", " ")

    def settle(group, lenient):
        """Judge one group; False where it fits no pattern and is to be tried another way."""
        s, e, members = group
        blocks = [n for k, n in members if k == "block"]
        inside = sorted(n for k, n in members if k == "slot")
        if not blocks:
            for n in inside:
                if p.slots[n][2]:
                    tally["fn"] += 1
                    log.append(
                        ("missed", " ".join(p.a[p.slots[n][0] : p.slots[n][1]]), p.slots[n][3][0], context(s, e))
                    )
            return True
        o1, o2 = p.output_range(s, e, blocks)
        got = " ".join(p.b[o1:o2])
        if not inside:
            tally["stray"] += len(blocks)
            log.append(("stray", " ".join(p.a[s:e]), got, context(s, e)))
            return True
        found = re.fullmatch(p.pattern(s, e, inside, lenient), got)
        if not found and not lenient:
            return False
        if not found:
            tally["fp"] += len(blocks)
            tally["fn"] += sum(1 for n in inside if p.slots[n][2])
            log.append(("wrong", " ".join(p.a[s:e]), got, context(s, e)))
            return True
        for n in inside:
            i, j, required, accepted = p.slots[n]
            filled = found.group(f"s{n}") or ""
            if filled in map(normal, accepted):
                tally["tp" if required else "opt"] += 1
            elif filled == " ".join(p.a[i:j]):
                if required:
                    tally["fn"] += 1
                    log.append(("missed", filled, accepted[0], context(i, j)))
            else:
                tally["fp"] += 1
                tally["fn"] += required
                log.append(("wrong", " ".join(p.a[i:j]), filled, context(i, j)))
        return True

    def attempt(groups, lenient):
        before, at = Counter(tally), len(log)
        if all(settle(g, lenient) for g in groups):
            return True
        tally.clear()
        tally.update(before)
        del log[at:]
        return False

    # An aligner can split one repair in two or join two in one: try the changes as it cut them,
    # then joined with their neighbours, and only then let a slot hold something not accepted.
    narrow_groups = p.groups(0)
    for wide in p.groups(2):
        narrow = [g for g in narrow_groups if g[2][0] in wide[2]]
        attempt(narrow, False) or attempt([wide], False) or attempt(narrow, True)
    return tally, log


def figures(t: Counter, words: int, clean_changes: int, clean_words: int) -> dict:
    made = t["tp"] + t["fp"] + t["stray"]
    p = t["tp"] / made if made else 0.0
    r = t["tp"] / (t["tp"] + t["fn"]) if t["tp"] + t["fn"] else 0.0
    f = 1.25 * p * r / (0.25 * p + r) if p + r else 0.0
    return {
        "precision": round(p, 4),
        "recall": round(r, 4),
        "f05": round(f, 4),
        "harm": round(1000 * t["stray"] / words, 2) if words else 0.0,
        "clean_harm": round(1000 * clean_changes / clean_words, 2) if clean_words else 0.0,
        "tp": t["tp"],
        "fp": t["fp"],
        "stray": t["stray"],
        "fn": t["fn"],
        "opt": t["opt"],
        "words": words,
    }


def score(paths, repair, show=0, out=sys.stdout):
    total, words, clean_changes, clean_words = Counter(), 0, 0, 0
    report = {}
    for path in map(Path, paths):
        ft, fw, fc, fcw = Counter(), 0, 0, 0
        for name, _meta, marked in passages(path):
            spun, orig, slots = parse(marked)
            tally, log = judge(spun, repair(spun), slots)
            ft += tally
            fw += len(spun.split())
            fc += sum(1 for _ in changed_blocks(orig, repair(orig)))
            fcw += len(orig.split())
            for row in log[:show] if show else ():
                print(name, *row, sep="\t", file=out)
        report[path.name] = figures(ft, fw, fc, fcw)
        total += ft
        words, clean_changes, clean_words = words + fw, clean_changes + fc, clean_words + fcw
    report["total"] = figures(total, words, clean_changes, clean_words)
    return report


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("gold", nargs="+")
    ap.add_argument("--repairer", default="despin:repair", help="MODULE:FUNCTION taking and giving a str")
    ap.add_argument("--show", type=int, default=0, metavar="N", help="print up to N misses a passage")
    ap.add_argument("--json", action="store_true")
    args = ap.parse_args()
    module, function = args.repairer.split(":")
    repair = getattr(importlib.import_module(module), function)
    report = score(args.gold, repair, args.show)
    if args.json:
        print(json.dumps(report, indent=1))
        return
    keys = ["precision", "recall", "f05", "harm", "clean_harm", "tp", "fp", "stray", "fn", "opt", "words"]
    width = max(map(len, report))
    print("file".ljust(width), *(k.rjust(10) for k in keys))
    for name, row in report.items():
        print(name.ljust(width), *(str(row[k]).rjust(10) for k in keys))


if __name__ == "__main__":
    main()
