"""Feeds as they last came, with what a server needs to say that nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Cache", "Fetched", "default_folder"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent.

    Attributes:
        data: The body, decompressed.
        url: Where it came from in the end, after redirects.
        content_type: As the server said.
        etag, last_modified: Of this body; empty if the server gave none.
        cached: Whether the server said that it has not changed since.
    """

    data: bytes
    url: str
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    cached: bool = False


def default_folder() -> Path:
    """Where this user's feeds are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "despin" / "feeds"


class Cache:
    """A folder with one file a feed, written in one step: a line of JSON, then the body.

    A file that is damaged or of another address counts as none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, url: str) -> Fetched | None:
        """What came last time from this address, if that can be asked for again."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            head, _, data = self._path(url).read_bytes().partition(b"\n")
            meta = json.loads(head)
            if meta.pop("asked") == url and meta.pop("sha256") == hashlib.sha256(data).hexdigest():
                return Fetched(data, **meta)
        return None

    def put(self, url: str, fetched: Fetched) -> None:
        """Keep what came.

        Raises:
            OSError: The folder cannot be written.
        """
        meta = {"asked": url, "sha256": hashlib.sha256(fetched.data).hexdigest(), **asdict(fetched)}
        del meta["data"], meta["cached"]
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(json.dumps(meta).encode() + b"\n" + fetched.data)
            os.replace(temporary, self._path(url))
        except BaseException:
            os.unlink(temporary)
            raise

    def _path(self, url: str) -> Path:
        return self._folder / hashlib.sha256(url.encode()).hexdigest()[:32]
