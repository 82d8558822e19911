"""20,000 records in Parquet files, what one machine makes of them, and a rule that kills the process it runs in."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import despin
from despin.cli import main
from despin.learn.gold import Passage

RECORDS = 20_000
FILES = 8
HEADLINE = "China’s Xi to satisfy Putin in Russia next week"


@dataclass(frozen=True)
class Records:
    """Parquet files of records, and the texts by record that one machine makes: each by itself, and pooled by site."""

    folder: Path
    table: Any
    alone: dict[int, str | None]
    by_site: dict[int, str | None]

    @property
    def files(self) -> list[str]:
        return sorted(map(str, self.folder.glob("*.parquet")))


@pytest.fixture(scope="session")
def records(passages: list[Passage], tmp_path_factory: pytest.TempPathFactory) -> Records:
    """Sound, spun, short, empty and absent texts of 60 sites, three of which spin; some have no site."""
    table = pa.Table.from_pylist(_rows(passages))
    folder = tmp_path_factory.mktemp("records")
    part = -(-RECORDS // FILES)
    for number in range(FILES):
        parquet.write_table(table.slice(number * part, part), folder / f"{number}.parquet", row_group_size=1000)
    repaired = {text: None if text is None else despin.repair(text) for text in set(table.column("text").to_pylist())}
    alone = {row["id"]: repaired[row["text"]] for row in table.select(["id", "text"]).to_pylist()}
    target = tmp_path_factory.mktemp("pooled") / "clean.parquet"
    files = sorted(map(str, folder.glob("*.parquet")))
    assert main(["clean", *files, "-o", str(target), "--group-by", "domain", "--workers", "1", "--quiet"]) == 0
    by_site = texts_by_id(parquet.read_table(target))
    assert alone != dict(zip(alone, table.column("text").to_pylist(), strict=True)), "nothing to repair"
    assert by_site != alone, "sites make no difference"
    return Records(folder, table, alone, by_site)


def _rows(passages: list[Passage]) -> list[dict[str, Any]]:
    chance = random.Random(11)
    heavy = [p.spun for p in passages if p.meta.get("spin") == "heavy"]
    sentences = [part for p in passages for part in p.original.split(". ") if part]
    rows: list[dict[str, Any]] = []
    for number in range(RECORDS):
        site = chance.randrange(60)
        kind = chance.random()
        text: str | None
        if kind < (0.3 if site < 3 else 0.005):
            text = chance.choice(heavy)
        elif kind < 0.4 and site < 6:
            text = HEADLINE
        elif kind > 0.99:
            text = chance.choice([None, "", "Grüße aus 北京 🙂"])
        else:
            text = f"{'. '.join(chance.choices(sentences, k=chance.randint(1, 3)))}. No. {number}."
        url = None if chance.random() < 0.02 else f"https://www.site{site}.example/{number}"
        rows.append({"id": number, "url": url, "text": text, "meta": {"n": [number]}})
    return rows


def texts_by_id(table: Any) -> dict[int, str | None]:
    """Texts of a table by record."""
    ids = table.column("id").to_pylist()
    found = dict(zip(ids, table.column("text").to_pylist(), strict=True))
    assert len(found) == len(ids), "records came twice"
    return found


def differing(found: dict[int, str | None], expected: dict[int, str | None]) -> list[int]:
    """Records that differ, for a message that can be read."""
    return [key for key in found.keys() | expected.keys() if found.get(key, 0) != expected.get(key, 0)]


class KillOnce:
    """A rule that protects nothing: it kills its process without warning at a text, if none was killed before."""

    def __init__(self, flag: Path, after: int) -> None:
        self._flag = flag
        self._left = after

    def __call__(self, text: str) -> list[tuple[int, int]]:
        self._left -= 1
        if self._left < 0:
            try:
                os.close(os.open(self._flag, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return []
            os.kill(os.getpid(), signal.SIGKILL)
        return []


@pytest.fixture
def killing(tmp_path: Path) -> tuple[despin.Repairer, Callable[[], bool]]:
    """A repairer that kills the first process to repair 500 texts with it, and whether it has."""
    flag = tmp_path / "killed"
    return despin.Repairer(protect=[KillOnce(flag, 500)]), flag.exists
