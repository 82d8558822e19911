"""What is on disk while a run lasts: growing files, and how far they count.

Everything lies in the folder ``TARGET.despin-state``. A checkpoint makes the files durable and then replaces
``state.json``; whatever the files hold beyond it is cut off when the run goes on.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from despin.clean.counts import Counts
from despin.errors import ConfigError
from despin.formats.base import Position

__all__ = ["Progressed", "Sink", "StateFolder", "state_path", "sync_folder"]

_VERSION = 1


@dataclass(slots=True)
class Progressed:
    """How far a run is.

    Attributes:
        phase: ``score``, ``clean`` or ``finish``.
        source, position: Where the next block begins.
        output: Number of the output that is open.
        closing: Whether that output is complete and only has to be put in its place.
        blocks: Blocks done in this phase.
        written: Records in the open output.
        sizes: Bytes that count of each growing file.
        counts: Of this phase.
        seconds: Spent so far, earlier attempts included.
    """

    phase: str
    source: int = 0
    position: Position = field(default_factory=Position)
    output: int = 0
    closing: bool = False
    blocks: int = 0
    written: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """For ``state.json``."""
        return {
            **{name: getattr(self, name) for name in self.__slots__},
            "position": asdict(self.position),
            "counts": self.counts.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Progressed:
        """What `to_dict` gave."""
        return cls(**{**data, "position": Position(**data["position"]), "counts": Counts.from_dict(data["counts"])})


class Sink:
    """A file that grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file: BinaryIO | None = None

    def open(self, size: int) -> None:
        """Open it with its first `size` bytes, which must be there; all else is cut off."""
        self.close()
        self._file = open(self.path, "ab")  # noqa: SIM115
        if self._file.seek(0, os.SEEK_END) < size:
            raise ConfigError(f"{self.path} is shorter than it was; start again with --restart")
        self._file.truncate(size)
        self._file.seek(size)
        self.size = size

    def append(self, data: bytes) -> None:
        if self._file is not None and data:
            self._file.write(data)
            self.size += len(data)

    def sync(self) -> None:
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class StateFolder:
    """The folder of a run, held by one process at a time.

    Args:
        target: What the run makes.
        job: All that the result depends on; a run can only be gone on with if it is the same.

    Raises:
        ConfigError: Another process is at work there.
    """

    def __init__(self, target: Path, job: dict[str, Any]) -> None:
        self.path = state_path(target)
        self._job = json.loads(json.dumps(job))
        self._lock: int | None = None

    def exists(self) -> bool:
        """Whether an interrupted run can be gone on with."""
        return (self.path / "state.json").exists()

    def acquire(self) -> None:
        """Make the folder, and take it."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = None
            raise ConfigError(f"{self.path}: another despin is at work on this target; wait for it") from None

    def release(self) -> None:
        """Let others take it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def load(self) -> Progressed:
        """How far the interrupted run was.

        Raises:
            ConfigError: It was another run, or its state cannot be read.
        """
        try:
            data = json.loads((self.path / "state.json").read_text("utf-8"))
            version, job, state = data["version"], data["job"], data["state"]
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"{self.path} cannot be read ({error}); start again with --restart") from None
        if version != _VERSION:
            raise ConfigError(f"{self.path} was left by another version of despin; start again with --restart")
        different = sorted(name for name in {*job, *self._job} if job.get(name) != self._job.get(name))
        if different:
            was = "; ".join(f"{name}: {_short(job.get(name))}, now {_short(self._job.get(name))}" for name in different)
            raise ConfigError(
                f"{self.path} belongs to another run ({was}); repeat its options, or start again with --restart"
            )
        return Progressed.from_dict(state)

    def save(self, state: Progressed) -> None:
        """Replace ``state.json`` in one durable step."""
        text = json.dumps({"version": _VERSION, "job": self._job, "state": state.to_dict()})
        temporary = self.path / "state.json.new"
        with temporary.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, self.path / "state.json")
        sync_folder(self.path)

    def clear(self) -> None:
        """Forget what an earlier run left."""
        for path in self.path.iterdir():
            if path.name != "lock":
                path.unlink()

    def remove(self) -> None:
        """Remove the folder at the end; what tells that the run is complete goes last."""
        for path in self.path.iterdir():
            if path.name != "state.json":
                path.unlink()
        (self.path / "state.json").unlink()
        self.path.rmdir()


def state_path(target: Path) -> Path:
    """The folder of a run that makes this target."""
    return target.with_name(f"{target.name}.despin-state")


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
