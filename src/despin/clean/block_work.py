"""What a worker does with a block: parse, score or repair, put together, compress."""

from __future__ import annotations

import base64
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from despin.clean.counts import Counts
from despin.clean.treatment import Treatment
from despin.errors import SlowPatternError
from despin.formats import get_format
from despin.formats.base import Block, Format, Layout, Record, Reject, Treated
from despin.formats.compression import pack
from despin.formats.lines import KEPT_RAW
from despin.jsontext import dumps
from despin.pooling import NOTHING, Evidence, evidence
from despin.reports import Entry

if TYPE_CHECKING:
    from despin.repairer import Repairer

__all__ = ["BlockWork", "Cleaned", "Keep", "Scored", "WorkSettings"]

Keep = Literal["all", "spun", "sound"]


@dataclass(frozen=True)
class WorkSettings:
    """All that a worker has to know; it can be pickled.

    Attributes:
        keep: Which records are written when they are only scored.
        report: Whether entries for a report are wanted.
    """

    repairer: Repairer
    layout: Layout
    spun: bool | None = None
    only_score: bool = False
    keep: Keep = "all"
    mend: bool = False
    report: bool = False


@dataclass(slots=True)
class Scored:
    """Group, log-odds of spin and spin rate of each record with text, in order; `keys` as in `Cleaned`."""

    groups: list[str] = field(default_factory=list)
    odds: array[float] = field(default_factory=lambda: array("f"))
    rates: array[float] = field(default_factory=lambda: array("f"))
    counts: Counts = field(default_factory=Counts)
    keys: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Cleaned:
    """The output of a block, as bytes to be appended, and what was counted.

    Attributes:
        written: Records in `output`.
        keys: Of the first record that lacks the fields, to tell what there is instead.
    """

    output: bytes = b""
    rejects: bytes = b""
    report: bytes = b""
    written: int = 0
    counts: Counts = field(default_factory=Counts)
    keys: list[str] = field(default_factory=list)


class BlockWork:
    """Does the work of blocks, one after the other."""

    def __init__(self, settings: WorkSettings) -> None:
        self._settings = settings
        self._layout = settings.layout
        self._treatment = Treatment(
            settings.repairer,
            settings.spun,
            annotate=settings.layout.annotate,
            only_score=settings.only_score,
            mend=settings.mend,
        )
        self._min_spin = settings.repairer.config.min_spin

    def score(self, block: Block) -> Scored:
        """Score the records of a block."""
        scored = Scored()
        for item in get_format(block.format).parse(block, self._layout):
            if isinstance(item, Reject):
                scored.counts.reject(item.reason)
            elif not item.texts:
                _count_missing(item, scored)
            else:
                report = self._treatment.score(item)
                own = evidence(report)
                scored.groups.append(item.group if own else "")
                odds, rate = own or Evidence(0.0, 0.0)
                scored.odds.append(odds)
                scored.rates.append(rate)
                scored.counts.characters += len(report.text)
        scored.counts.records = block.records
        return scored

    def clean(self, block: Block) -> Cleaned:
        """Repair the records of a block.

        Raises:
            RuntimeError: Records went missing, which is a defect.
        """
        form = get_format(block.format)
        done = Cleaned()
        done.counts.records = block.records
        kept: list[tuple[Record, Treated]] = []
        rejects = list(block.rejects)
        entries: list[str] = []
        priors = iter(block.priors)
        for item in form.parse(block, self._layout):
            if isinstance(item, Reject):
                rejects.append(item)
                continue
            prior = next(priors, NOTHING) if item.texts else NOTHING
            try:
                treated = self._treatment(item, prior)
            except SlowPatternError as error:
                rejects.append(Reject(item.number, self._offset(block, item), str(error), item.raw, len(item.raw)))
                continue
            if self._count(item, treated, done):
                kept.append((item, treated))
            if self._settings.report and treated.report.edits:
                entry = Entry(block.name, item.place, item.group or None, treated.report.text, treated.report)
                entries.append(dumps(entry.to_dict()))
        for reject in rejects:
            done.counts.reject(reject.reason)
        if done.counts.accounted != block.records:
            raise RuntimeError(
                f"{block.name}: {block.records} records were read from byte {block.start.offset} on and "
                f"{done.counts.accounted} accounted for; this is a defect of despin, please report it"
            )
        done.output = _packed(form, form.assemble(block, kept, self._layout), block.pack)
        done.written = sum(form.writes(record) for record, _ in kept)
        done.rejects = "".join(_reject_line(block, form, item) for item in rejects).encode()
        done.report = "".join(f"{entry}\n" for entry in entries).encode()
        return done

    def _offset(self, block: Block, record: Record) -> int:
        """Where a record stands in its source; where records are no bytes, its number."""
        at = 0
        for item in get_format(block.format).parse(block, self._layout):
            if isinstance(item, Record):
                at = max(block.data.find(item.raw, at), at)
                if item.number == record.number:
                    break
                at += len(item.raw)
        return block.start.offset + at if record.raw else record.number

    def _count(self, record: Record, treated: Treated, done: Cleaned) -> bool:
        """Count a record, and tell whether it is written."""
        counts = done.counts
        if not record.texts:
            counts.without_text += 1
            _count_missing(record, done)
            return True
        counts.characters += len(treated.report.text)
        spun = treated.report.spin >= self._min_spin
        counts.spun += spun
        keep = self._settings.keep
        if keep != "all" and spun != (keep == "spun"):
            counts.left_out += 1
            return False
        if any(new is not old for new, old in zip(treated.texts, record.texts, strict=True)):
            counts.changed += 1
            counts.edits += len(treated.report.edits)
        else:
            counts.unchanged += 1
        return True


def _count_missing(record: Record, done: Scored | Cleaned) -> None:
    if record.missing:
        done.counts.missing += 1
        done.keys = done.keys or list(record.keys)


def _packed(form: Format, pieces: list[bytes], how: str) -> bytes:
    if how and form.each_piece:
        return b"".join(pack(piece, how) for piece in pieces)
    data = b"".join(pieces)
    return pack(data, how) if data else b""


def _reject_line(block: Block, form: Format, reject: Reject) -> str:
    line = {"source": block.name, form.unit: reject.record, "offset": reject.offset, "reason": reject.reason}
    if reject.length >= 0:
        line["length"] = reject.length
    if 0 < len(reject.raw) <= KEPT_RAW:
        try:
            line["raw"] = reject.raw.decode()
        except UnicodeDecodeError:
            line["raw_base64"] = base64.b64encode(reject.raw).decode()
    return dumps(line) + "\n"
