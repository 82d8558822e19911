"""What a feed tells of its items: ``python benchmarks/feeds.py`` (needs ``pip install 'despin[feeds]'``).

RSS feeds of ten items, each the first 40 words of an annotated passage that nothing was learned from: the spun sides in
some feeds, the sound ones (traps too) in others. Counts the items opened when every item stands alone and when
`despin.feeds.repair_feed` judges each in the light of the others. Results go to ``benchmarks/results/feeds.json``.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from xml.sax.saxutils import escape

import despin
from despin.feeds import repair_feed
from despin.learn.gold import read_passages

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "feeds.json"
GOLD = ("dev", "fresh", "natural")
SIZE, WORDS = 10, 40


def beginning(text: str) -> str:
    """The first words of a text."""
    return " ".join(text.split()[:WORDS])


def feed(texts: list[str]) -> bytes:
    """An RSS feed with an item for each text."""
    items = "".join(f"<item><description>{escape(text)}</description></item>" for text in texts)
    return f'<rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'.encode()


def count(texts: list[str], repairer: despin.Repairer) -> dict[str, int]:
    """How many items are opened, alone and together."""
    least = repairer.config.min_spin
    feeds = [feed(texts[at : at + SIZE]) for at in range(0, len(texts), SIZE)]
    entries = [entry for data in feeds for entry in repair_feed(data, repairer).entries]
    return {
        "items": len(texts),
        "opened alone": sum(repairer.score(text).spin >= least for text in texts),
        "opened in a feed": sum(entry.report.spin >= least for entry in entries),
    }


def main() -> None:
    """Count, print, save."""
    passages = [p for name in GOLD for p in read_passages(HERE / "gold" / f"{name}.gold.txt")]
    repairer = despin.Repairer()
    output = {
        "date": datetime.date.today().isoformat(),
        "despin": despin.__version__,
        "spun": count([beginning(p.spun) for p in passages if p.slots], repairer),
        "sound": count([beginning(p.original) for p in passages], repairer),
    }
    print(json.dumps(output, indent=1))
    RESULTS.write_text(json.dumps(output, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
