"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol, TextIO

from despin.clean.counts import Counts
from despin.clean.summary import duration

__all__ = ["BarProgress", "LineProgress", "NoProgress", "Progress", "choose_progress"]


class Progress(Protocol):
    """Told by a run how far it is."""

    def start(self, what: str, total: int, records: int) -> None:
        """A phase begins: its name, bytes of all sources, records done before."""
        ...

    def advance(self, done: int, counts: Counts) -> None:
        """Bytes of the sources read, and what was done with them."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


class NoProgress:
    """Says nothing."""

    def start(self, what: str, total: int, records: int) -> None:
        """See `Progress`."""

    def advance(self, done: int, counts: Counts) -> None:
        """See `Progress`."""

    def close(self) -> None:
        """See `Progress`."""


class _Pace:
    """Speed and remaining time since a phase began."""

    def __init__(self, total: int, records: int) -> None:
        self._began = time.monotonic()
        self._total = total
        self._records = records
        self._first: int | None = None

    def told(self, done: int, counts: Counts) -> tuple[float, str]:
        """The share done (0 to 1), and what to say about it."""
        self._first = done if self._first is None else self._first
        spent = max(1e-9, time.monotonic() - self._began)
        share = min(1.0, done / self._total) if self._total else 1.0
        text = f"{counts.records:,} records, {(counts.records - self._records) / spent:,.0f}/s"
        if done > self._first:
            text += f", {duration(spent * (self._total - done) / (done - self._first))} left"
        if counts.changed:
            text += f", {counts.changed:,} repaired"
        if counts.rejected:
            text += f", {counts.rejected:,} rejected"
        return share, text


class LineProgress:
    """A line at the beginning, and one every `interval` seconds."""

    def __init__(self, stream: TextIO, interval: float = 30.0) -> None:
        self._stream = stream
        self._interval = interval
        self._last = 0.0
        self._what = ""
        self._pace = _Pace(0, 0)

    def start(self, what: str, total: int, records: int) -> None:
        """See `Progress`."""
        self._what = what
        self._pace = _Pace(total, records)
        self._last = time.monotonic()
        again = f", going on after {records:,} records" if records else ""
        print(f"despin: {what} {total / 1e6:,.1f} MB{again}", file=self._stream, flush=True)

    def advance(self, done: int, counts: Counts) -> None:
        """See `Progress`."""
        if time.monotonic() - self._last >= self._interval:
            self._last = time.monotonic()
            share, text = self._pace.told(done, counts)
            print(f"despin: {self._what} {share:.0%}, {text}", file=self._stream, flush=True)

    def close(self) -> None:
        """See `Progress`."""


class BarProgress:
    """A bar, drawn by rich. It is drawn anew when the run tells something, not by a thread."""

    def __init__(self, rich_progress: Any) -> None:
        self._bar = rich_progress
        self._task: Any = None
        self._pace = _Pace(0, 0)

    def start(self, what: str, total: int, records: int) -> None:
        """See `Progress`."""
        self._pace = _Pace(total, records)
        if self._task is None:
            self._bar.start()
        else:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=1.0, told="")

    def advance(self, done: int, counts: Counts) -> None:
        """See `Progress`."""
        share, text = self._pace.told(done, counts)
        self._bar.update(self._task, completed=share, told=text)

    def close(self) -> None:
        """See `Progress`."""
        self._bar.stop()


def choose_progress(quiet: bool) -> Progress:
    """A bar where standard error is a terminal and rich is installed, else lines."""
    if quiet:
        return NoProgress()
    if sys.stderr.isatty():
        try:
            from rich import progress
            from rich.console import Console
        except ImportError:
            return LineProgress(sys.stderr, interval=5.0)
        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.TextColumn("{task.fields[told]}"),
        )
        return BarProgress(progress.Progress(*columns, console=Console(stderr=True)))
    return LineProgress(sys.stderr)
