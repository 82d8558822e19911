"""From the files of a run's state to the files that were asked for, each in one step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from despin.clean.state import sync_folder
from despin.errors import DespinError
from despin.formats.base import Format, Layout, Source
from despin.formats.compression import compression_of, pack
from despin.reports import Entry, write_report

__all__ = ["finish_output", "finish_rejects", "finish_report", "rejects_path"]


def rejects_path(target: Path) -> Path:
    """Where the records go that could not be handled."""
    return target.with_name(f"{target.name}.rejects.jsonl")


def finish_output(
    form: Format, spool: Path, target: Path, sources: Sequence[Source], written: int, layout: Layout
) -> None:
    """Check a complete output by reading it again, and put it in its place.

    Does nothing if that has been done before. A file without any record for which its source had nothing but rejects
    is not made where records are files.

    Raises:
        DespinError: It does not hold the records that were written.
    """
    if not spool.exists():
        return
    if not written and form.unit == "file":
        spool.unlink()
        return
    if spool.stat().st_size == 0 and compression_of(target):
        spool.write_bytes(pack(b"", compression_of(target)))
    found = written if form.unit == "file" else form.count(spool, layout)
    if found != written:
        raise DespinError(
            f"{spool} holds {found} records where {written} were written; is another program changing it?"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with spool.open("rb") as done:
        os.fsync(done.fileno())
    form.finish(spool, target, sources)
    sync_folder(target.parent)


def finish_rejects(spool: Path, target: Path) -> Path | None:
    """Put the rejects in their place; None if there are none, and none of an earlier run stay there."""
    if spool.exists() and spool.stat().st_size:
        os.replace(spool, target)
        return target
    if spool.exists() and target.exists():
        target.unlink()
    return target if target.exists() else None


def finish_report(spool: Path, target: Path) -> None:
    """Write the report in the format of its name; nothing if that has been done before."""
    if not spool.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.despin-part{target.suffix}")
    try:
        write_report(_entries(spool), temporary)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _entries(spool: Path) -> Iterator[Entry]:
    with spool.open(encoding="utf-8") as lines:
        for line in lines:
            yield Entry.from_dict(json.loads(line))
