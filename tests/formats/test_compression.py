"""Compressed files: any split into members, damage, limits, pieces that can be cut."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from despin.errors import InputError
from despin.formats.compression import ByteSource, DamageError, pack

DATA = os.urandom(100_000) + b"words and words " * 60_000 + os.urandom(100_000)


def read(path: Path, start: int = 0, ratio: float = 200) -> tuple[bytes, str]:
    """What can be read, and what stopped it."""
    got = bytearray()
    try:
        with ByteSource(path, ratio) as source:
            for chunk in source.chunks(start):
                got += chunk
    except DamageError as error:
        return bytes(got), str(error)
    return bytes(got), ""


def zst(data: bytes) -> bytes:
    compressed: bytes = zstandard.ZstdCompressor(write_checksum=True).compress(data)
    return compressed


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [(".gz", gzip.compress), (".zst", zst), ("", bytes)]


@pytest.mark.parametrize(("suffix", "packer"), PACKERS)
@pytest.mark.parametrize("start", [0, 1, 65_536, 150_000, len(DATA), len(DATA) + 5])
def test_members_follow_each_other(suffix: str, packer: Callable[[bytes], bytes], start: int, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(packer(DATA[:70_000]) + packer(b"") + packer(DATA[70_000:]))
    assert read(path, start) == (DATA[start:], "")


@pytest.mark.parametrize(("suffix", "packer"), PACKERS[:2])
@pytest.mark.parametrize("cut", [1, 10, 50_000])
def test_a_cut_off_file_gives_what_it_has(
    suffix: str, packer: Callable[[bytes], bytes], cut: int, tmp_path: Path
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(packer(DATA)[:-cut])
    got, reason = read(path)
    assert DATA.startswith(got)
    assert len(got) >= 65_536
    assert "ends early" in reason


@pytest.mark.parametrize(("suffix", "packer"), PACKERS[:2])
def test_a_damaged_file_gives_what_comes_before(suffix: str, packer: Callable[[bytes], bytes], tmp_path: Path) -> None:
    raw = bytearray(packer(DATA[:90_000]) + packer(DATA[90_000:]))
    raw[150_000] ^= 0xFF  # in the second member
    path = tmp_path / f"a{suffix}"
    path.write_bytes(raw)
    got, reason = read(path)
    assert len(got) >= 90_000
    assert got[:90_000] == DATA[:90_000]
    assert "is damaged" in reason


@pytest.mark.parametrize(("suffix", "packer"), PACKERS[:2])
def test_a_bomb_stops_early(suffix: str, packer: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(packer(bytes(200_000_000)))
    got, reason = read(path)
    assert len(got) < 60_000_000
    assert "--max-ratio" in reason
    assert read(path, ratio=1e6) == (bytes(200_000_000), "")


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_name_that_is_wrong(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b'{"text": "not compressed"}\n')
    with pytest.raises(InputError, match="in spite of its name"):
        read(path)


def test_zeros_after_the_last_member_are_padding(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"abc") + bytes(100_000))
    assert read(path) == (b"abc", "")


@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from(["gzip", "zstd", ""]))
def test_pieces_can_be_cut_after_any_of_them(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], how: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"pieces{ {'gzip': '.gz', 'zstd': '.zst', '': ''}[how] }"
    for count in range(len(parts) + 1):
        path.write_bytes(b"".join(pack(part, how) for part in parts[:count]))
        assert read(path) == (b"".join(parts[:count]), "")
