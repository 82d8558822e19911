"""Reading a corpus: text files, plain or compressed, as documents in a fixed order."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from despin.errors import DespinError

__all__ = ["HELD_OUT_EVERY", "Source", "chunks", "documents", "find_sources"]

HELD_OUT_EVERY = 50
_SUFFIXES = (".txt", ".txt.gz", ".txt.zst")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the corpus and how much a word of it counts."""

    path: Path
    weight: float = 1.0

    @property
    def name(self) -> str:
        """The file's name without its endings."""
        return re.sub(r"\.txt(\.gz|\.zst)?$", "", self.path.name)


def find_sources(places: list[Path], weights: dict[str, float] | None = None) -> list[Source]:
    """The text files in the given files and folders, sorted by name; `weights` by source name (default 1).

    Raises:
        DespinError: A place does not exist, or there is no text file at all.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += [path for path in place.rglob("*") if path.name.endswith(_SUFFIXES)]
        elif place.is_file():
            found.append(place)
        else:
            raise DespinError(f"{place}: no such file or folder")
    if not found:
        raise DespinError(f"no text found in {', '.join(map(str, places))}: files must end in {', '.join(_SUFFIXES)}")
    sources = [Source(path) for path in sorted(set(found), key=lambda path: path.name)]
    return [Source(s.path, (weights or {}).get(s.name, 1.0)) for s in sources]


def documents(path: Path) -> Iterator[str]:
    """The documents of a file: runs of lines between blank lines."""
    with ExitStack() as stack:
        lines: list[str] = []
        for line in _open_text(path, stack):
            if line.strip():
                lines.append(line)
            elif lines:
                yield "".join(lines)
                lines = []
        if lines:
            yield "".join(lines)


def _open_text(path: Path, stack: ExitStack) -> IO[str]:
    if path.name.endswith(".zst"):
        import zstandard

        raw = stack.enter_context(path.open("rb"))
        reader = stack.enter_context(zstandard.ZstdDecompressor().stream_reader(raw))
        return io.TextIOWrapper(reader, encoding="utf-8", errors="replace")
    if path.name.endswith(".gz"):
        return stack.enter_context(gzip.open(path, "rt", encoding="utf-8", errors="replace"))
    return stack.enter_context(path.open(encoding="utf-8", errors="replace"))


def chunks(path: Path, held_out: bool = False, size: int = 4_000_000) -> Iterator[str]:
    """Documents to learn from, joined to chunks of about `size` characters; or, if `held_out`, the others."""
    parts: list[str] = []
    length = 0
    for number, text in enumerate(documents(path)):
        if (number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) == held_out:
            parts.append(text)
            length += len(text)
            if length >= size:
                yield "\n\n".join(parts)
                parts, length = [], 0
    if parts:
        yield "\n\n".join(parts)
