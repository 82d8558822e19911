"""Files that are one text each: plain text, HTML, Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from despin.formats.base import Block, Format, Layout, Position, Record, Reject, Source, Treated
from despin.formats.compression import ByteSource, DamageError
from despin.formats.encoding import decode_file, describe

__all__ = ["WholeFile"]


class WholeFile(Format):
    """A file that is one record.

    Args:
        name: Of the format, which is also what its content is.
        suffixes: Of its files.
    """

    unit = "file"
    joins = False
    annotates = False
    has_fields = False

    def __init__(self, name: str, suffixes: tuple[str, ...]) -> None:
        self.name = name
        self.suffixes = suffixes

    def check(self, sources: Sequence[Source], layout: Layout) -> None:
        """Whether this build can repair such files."""
        check_content(self.name)

    def blocks(self, source: Source, layout: Layout, start: Position) -> Iterator[Block]:
        """The whole file as one block; a reject if it is too long or cannot be read to its end."""
        data = bytearray()
        reason = ""
        with ByteSource(source.path, layout.max_ratio) as stream:
            try:
                for chunk in stream.chunks():
                    data += chunk
                    if len(data) > layout.max_record:
                        reason = f"is longer than {layout.max_record:,} bytes; raise --max-record if that is right"
                        break
            except DamageError as error:
                reason = str(error)
            consumed = stream.consumed
        after = Position(max(1, len(data)), 1)
        block = Block(source.number, source.output, source.name, source.format, start, after, b"")
        block.first = block.last = block.opens = True
        block.consumed = consumed
        if reason:
            block.rejects.append(Reject(0, 0, reason))
        else:
            block.data = bytes(data)
        yield block

    def parse(self, block: Block, layout: Layout) -> Iterator[Record | Reject]:
        """The one record."""
        if block.rejects:
            return
        try:
            mark, text, encoding = decode_file(block.data, layout.encoding)
        except UnicodeDecodeError as error:
            yield Reject(0, 0, describe(error, layout.encoding), length=len(block.data))
            return
        texts = (text,) if text else ()
        yield Record(1, "", block.data, texts, content=self.name, encoding=encoding, detail=mark)

    def assemble(self, block: Block, kept: Sequence[tuple[Record, Treated]], layout: Layout) -> list[bytes]:
        """The file again; its mark and encoding stay."""
        pieces = []
        for record, treated in kept:
            changed = record.texts and treated.texts[0] is not record.texts[0]
            pieces.append(record.detail + treated.texts[0].encode(record.encoding) if changed else record.raw)
        return pieces


def check_content(content: str) -> None:
    """Make sure, before hours of work, that texts of this kind can be repaired.

    Raises:
        MissingExtraError: A package is missing.
    """
    if content == "markdown":
        from despin.markup.markdown import scan_markdown

        scan_markdown("")
