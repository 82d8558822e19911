"""Cutting a byte stream into blocks at the ends of its records, with a limit on the length of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from despin.errors import InputError
from despin.formats.base import Block, Layout, Position, Reject, Source
from despin.formats.compression import ByteSource, DamageError

__all__ = ["BOM", "KEPT_RAW", "Cut", "cut_blocks", "cut_lines", "refuse_wide", "split_lines"]

BOM = b"\xef\xbb\xbf"
KEPT_RAW = 1 << 20  # bytes of a rejected record that go along with it
_WIDE = ((b"\xff\xfe\0\0", "UTF-32"), (b"\0\0\xfe\xff", "UTF-32"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))

# Given bytes, and whether the source ends with them: the ends of the complete records, and how many these are.
Cut = Callable[[bytes, bool], tuple[list[int], int]]
_LINE_END = re.compile(rb"\n")


def cut_lines(data: bytes, at_end: bool) -> tuple[list[int], int]:
    """Records that are lines; only the last end is told.

    >>> cut_lines(b"a\\nb\\nc", False), cut_lines(b"a\\nb\\nc", True)
    (([4], 2), ([5], 3))
    """
    end = len(data) if at_end else data.rfind(b"\n") + 1
    if not end:
        return [], 0
    return [end], data.count(b"\n", 0, end) + (data[end - 1 : end] != b"\n")


def split_lines(data: bytes) -> list[bytes]:
    r"""Lines with their ends, which are ``\n`` and nothing else.

    >>> split_lines(b"a\rb\n\nc")
    [b'a\rb\n', b'\n', b'c']
    """
    parts = data.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def cut_blocks(
    source: Source,
    layout: Layout,
    start: Position,
    cut: Cut,
    *,
    resume: re.Pattern[bytes] = _LINE_END,
    unended: str = "does not end",
    begin: int = 0,
) -> Iterator[Block]:
    """Blocks of about `layout.block_size` bytes that end where `cut` says; at least one, if without records.

    A record longer than `layout.max_record`, or one that `cut` finds no end for, is skipped up to the end of the next
    match of `resume` without being held, and rejected, for `unended` in the second case. What cannot be read at the
    end of a damaged source is one reject more. The first block begins at the offset `begin`.

    Raises:
        InputError: The source is UTF-16 or UTF-32.
    """
    with ByteSource(source.path, layout.max_ratio) as stream:
        window = _Window(stream, max(start.offset, begin))
        at = start if start.offset else Position(begin)
        while True:
            size = layout.block_size
            data, at_end = window.view(size)
            if at.offset == 0:
                refuse_wide(data)
            ends, count = cut(data, at_end)
            while not ends and data and not at_end and len(data) == size <= layout.max_record:
                size = min(2 * size, layout.max_record + 1)
                data, at_end = window.view(size)
                ends, count = cut(data, at_end)
            block = Block(
                source.number, source.output, source.name, source.format, at, at, b"", first=at.offset == begin
            )
            block.opens = source.opens and block.first
            if ends:
                block.data, block.ends = data[: ends[-1]], ends
                window.drop(ends[-1])
                block.after = Position(at.offset + ends[-1], at.record + count)
            elif data or window.damage:
                reject = window.reject(at, layout.max_record, resume, unended)
                block.rejects.append(reject)
                block.after = Position(at.offset + reject.length, at.record + 1)
            block.last = window.spent()
            if block.last and source.more and block.data and not block.data.endswith(b"\n"):
                block.data += b"\n"
                block.ends[-1] += 1
            block.consumed = stream.consumed
            yield block
            if block.last:
                return
            at = block.after


class _Window:
    """The bytes of a stream that are held, from where the next block begins."""

    def __init__(self, stream: ByteSource, start: int) -> None:
        self._chunks = stream.chunks(start)
        self._held = bytearray()
        self._ended = False
        self.damage = ""

    def view(self, size: int) -> tuple[bytes, bool]:
        """The next `size` bytes, or what there is, and whether the source ends soundly with them."""
        self._grow(size + 1)
        return bytes(self._held[:size]), self._ended and not self.damage and len(self._held) <= size

    def drop(self, size: int) -> None:
        del self._held[:size]

    def spent(self) -> bool:
        """Whether nothing is left, not even damage to be told."""
        self._grow(1)
        return self._ended and not self._held and not self.damage

    def reject(self, at: Position, max_record: int, resume: re.Pattern[bytes], unended: str) -> Reject:
        """Skip what cannot be cut: the rest of a damaged source, or a record without an end."""
        raw = bytes(self._held[: KEPT_RAW + 1])
        if self._ended and self.damage:
            reason, length = self.damage, len(self._held)
            self._held.clear()
            self.damage = ""
            return Reject(at.record + 1, at.offset, reason, raw, length)
        too_long = len(self._held) > max_record
        length = self._skip(resume)
        if too_long:
            reason = f"does not end within {max_record:,} bytes; raise --max-record if that is right"
        else:
            reason = unended
        return Reject(at.record + 1, at.offset, reason, raw[:length] if length <= KEPT_RAW else b"", length)

    def _skip(self, resume: re.Pattern[bytes]) -> int:
        skipped = 0
        while (found := resume.search(self._held)) is None:
            if self._ended:
                skipped += len(self._held)
                self._held.clear()
                return skipped
            keep = min(len(self._held), 64)  # a match may begin here and end in the next chunk
            skipped += len(self._held) - keep
            del self._held[: len(self._held) - keep]
            self._grow(keep + 1)
        self.drop(found.end())
        return skipped + found.end()

    def _grow(self, size: int) -> None:
        while len(self._held) < size and not self._ended:
            try:
                self._held += next(self._chunks)
            except StopIteration:
                self._ended = True
            except DamageError as error:
                self._ended, self.damage = True, str(error)


def refuse_wide(data: bytes) -> None:
    """Raise `InputError` for bytes that begin with the mark of UTF-16 or UTF-32."""
    for mark, name in _WIDE:
        if data.startswith(mark):
            raise InputError(f"is {name}, which cannot be cut into lines; convert it: iconv -f {name} -t UTF-8")
