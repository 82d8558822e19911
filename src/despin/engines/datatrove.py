"""datatrove: a pipeline step that repairs, annotates and filters; and two that pool by site.

    from despin.engines.datatrove import DespinRepair

    LocalPipelineExecutor([JsonlReader("pages"), DespinRepair(max_spin=0.999), JsonlWriter("clean")], tasks=64).run()

Pooling by site takes three executors, each ``depends`` on the one before:
``[reader, DespinSiteScores(folder), writer]``;
``[DespinSites(folder)]`` with one task; ``[reader of what the first wrote, DespinRepair(sites=folder), writer]``.
"""

from __future__ import annotations

import contextlib
import json
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from despin.engines import missing

try:
    import pyarrow as pa
    from datatrove.io import DataFolderLike, get_datafolder
    from datatrove.pipeline.base import PipelineStep
    from datatrove.utils.typeshelper import StatHints
except ModuleNotFoundError as error:
    raise missing("datatrove", error) from None

import despin
from despin.arrow import ORDER, SITE, SUMS, Shipped, mixing, sites_schema
from despin.formats.grouping import group_of
from despin.pooling import NOTHING, Evidence, Lent, Pool, evidence, inspected, repaired, sample_key
from despin.repairer import Repairer
from despin.report import Report

if TYPE_CHECKING:
    from datatrove.data import Document
    from datatrove.pipeline.writers.disk_base import DiskWriter

__all__ = ["DespinRepair", "DespinSiteScores", "DespinSites"]

_OWN = "despin_log_odds"  # metadata that goes from the first executor to the last
_TABLE = "sites.arrow"


class DespinRepair(PipelineStep):  # type: ignore[misc]
    """Repairs documents and keeps the edits in their metadata, under ``despin``.

    Args:
        repairer: Default: `Repairer()`.
        annotate: Whether ``metadata["despin"]`` says what was done: spin, rate, family, edits, version. Without it,
            and without `max_spin`, edits are not counted in the stats either, only the repaired documents: repairing
            without reasons takes less time.
        max_spin: Documents that are more probably spun than this (0 to 1) are dropped.
        exclusion_writer: Takes the dropped documents, repaired and annotated.
        sites: The folder of `DespinSites`.
        site_key, domain: As for `DespinSiteScores`.
    """

    name = "🌀 despin: repair"
    type = "🔧 - REPAIR"

    def __init__(
        self,
        repairer: Repairer | None = None,
        *,
        annotate: bool = True,
        max_spin: float | None = None,
        exclusion_writer: DiskWriter | None = None,
        sites: DataFolderLike | None = None,
        site_key: str = "url",
        domain: bool = True,
    ) -> None:
        super().__init__()
        self._shipped = Shipped(repairer)
        self._annotate = annotate
        self._max_spin = max_spin
        self._exclusion_writer = exclusion_writer
        self._folder = get_datafolder(sites) if sites is not None else None
        self._site_key = site_key
        self._domain = domain

    def run(self, data: Iterator[Document], rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Repaired documents."""
        sites = _Sites(self._folder) if self._folder is not None else None
        with self._exclusion_writer or contextlib.nullcontext() as writer:
            for document in data:
                self.stat_update(StatHints.total)
                with self.track_time():
                    spin = self._treat(document, sites)
                if self._max_spin is None or spin <= self._max_spin:
                    self.stat_update(StatHints.forwarded)
                    self.update_doc_stats(document)
                    yield document
                    continue
                self.stat_update(StatHints.dropped, f"{StatHints.dropped}_spun")
                if writer is not None:
                    document.metadata["filter_reason"] = "spun"
                    writer.write(document, rank)

    def _treat(self, document: Document, sites: _Sites | None) -> float:
        """Repair a document; gives its spin, 0 where nobody asks for it."""
        repairer, lent = self._shipped.repairer, NOTHING
        if sites is not None:
            if _OWN not in document.metadata:  # lost between the executors
                document.metadata[_OWN] = _log_odds(evidence(repairer.score(document.text)))
            own = document.metadata.pop(_OWN)
            lent = sites.lend(group_of(document.metadata.get(self._site_key), self._domain), own)
        if not self._annotate and self._max_spin is None:
            text, spin = repaired(repairer, document.text, lent), 0.0
        else:
            report = inspected(repairer, document.text, lent, brief=not self._annotate)
            text, spin = report.apply() if report.edits else document.text, report.spin
            self._note(document, report)
        if text is not document.text:
            document.text = text
            self.stat_update("repaired")
        return spin

    def _note(self, document: Document, report: Report) -> None:
        if report.edits:
            self.stat_update("edits", value=len(report.edits), unit="doc")
        if self._annotate:
            note = report.to_dict()
            del note["skipped"]
            document.metadata["despin"] = {**note, "version": despin.__version__}


class DespinSiteScores(PipelineStep):  # type: ignore[misc]
    """First step of pooling by site: scores documents, adds the scores of its task up, passes the documents on.

    Args:
        folder: Where the sums of each task go.
        site_key: The metadata that names a document's site.
        domain: Whether that is an address, whose host is the site.
        repairer: Default: `Repairer()`.
    """

    name = "🌀 despin: scores of sites"
    type = "📊 - STATS"

    def __init__(
        self, folder: DataFolderLike, *, site_key: str = "url", domain: bool = True, repairer: Repairer | None = None
    ) -> None:
        super().__init__()
        self._folder = get_datafolder(folder)
        self._site_key = site_key
        self._domain = domain
        self._shipped = Shipped(repairer)

    def run(self, data: Iterator[Document], rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """The documents, with ``metadata["despin_log_odds"]``."""
        pool = Pool()
        for document in data:
            self.stat_update(StatHints.total)
            with self.track_time():
                own = evidence(self._shipped.repairer.score(document.text))
                document.metadata[_OWN] = _log_odds(own)
                name = group_of(document.metadata.get(self._site_key), self._domain)
                if name and own:
                    pool.add(pool.group(name), *own)
            yield document
        _write(self._folder, f"{rank:05d}.part.arrow", _sums(pool))


class DespinSites(PipelineStep):  # type: ignore[misc]
    """Second step, in one task: adds up what the tasks of `DespinSiteScores` found.

    Args:
        folder: Theirs.
    """

    name = "🌀 despin: sites"
    type = "📊 - STATS"

    def __init__(self, folder: DataFolderLike) -> None:
        super().__init__()
        self._folder = get_datafolder(folder)

    def run(self, data: Any = None, rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Writes the table of sites, sorted; no documents."""
        names = self._folder.list_files(glob_pattern="*.part.arrow")
        parts = pa.concat_tables([_read(self._folder, name) for name in names])
        added = parts.group_by(SITE).aggregate([(ORDER, "min"), *((name, "sum") for name in SUMS)])
        sites = added.rename_columns([SITE, ORDER, *SUMS]).sort_by(SITE).combine_chunks()
        self.stat_update("sites", value=sites.num_rows)
        _write(self._folder, _TABLE, sites.replace_schema_metadata({"mixing": json.dumps(mixing(sites))}))
        yield from ()


class _Sites:
    """The table of sites, mapped where it is local: found by bisection, so a task holds none but its own."""

    def __init__(self, folder: Any) -> None:
        self._table = _read(folder, _TABLE)
        self._names = self._table.column(SITE)
        self._pool = Pool(json.loads(self._table.schema.metadata[b"mixing"]))

    def lend(self, name: str, own: float | None) -> Lent:
        """What a site lends to a document that has these log-odds by itself; ``""`` is no site."""
        number = self._pool.group(name) if name and own is not None else None
        if number is not None and not self._pool.texts(number):
            row = bisect_left(range(len(self._names)), name, key=lambda at: self._names[at].as_py())
            self._pool.add_sums(number, [self._table.column(column)[row].as_py() for column in SUMS])
        return self._pool.lend(number, own)


def _log_odds(own: Evidence | None) -> float | None:
    return own and own.log_odds


def _sums(pool: Pool) -> Any:
    rows = [(name, sample_key(name)[0], *pool.sums(number)) for number, name in enumerate(pool.names)]
    fields = sites_schema().names
    return pa.Table.from_pylist([dict(zip(fields, row, strict=True)) for row in rows], sites_schema())


def _write(folder: Any, name: str, table: Any) -> None:
    with folder.open(name, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _read(folder: Any, name: str) -> Any:
    if folder.is_local():
        return pa.ipc.open_file(pa.memory_map(folder.resolve_paths(name))).read_all()
    with folder.open(name, "rb") as file:
        return pa.ipc.open_file(file.read()).read_all()
