"""Pooling by site in two steps, for engines: see `despin.pooling` for what is pooled.

1. `score_batches` gives each row its site, the log-odds of its spin score, and its rate. `site_batches` adds these up
   within a batch; the engine adds up the rest (``GROUP BY despin_site``, sums of `SUMS`, the least `ORDER`).
   `mixing` learns from the `despin.pooling.SAMPLE` first sites by `ORDER` how common spun sites are.
2. The engine joins the scored rows with the sums of their sites, and `repair_batches(..., mixing=...)` repairs them.

Sums are exact, so neither the order of the rows nor the number of workers changes any result; what counts as evidence
and what is made of it is `despin.pooling`'s, as in ``despin clean``, which gives the same texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from despin.arrow.nested import check_text, reached, resolved
from despin.arrow.shipping import Shipped
from despin.arrow.strings import texts
from despin.errors import ConfigError, InputError
from despin.formats.grouping import group_of
from despin.pooling import SHARES, Lent, Pool, evidence, sample_key
from despin.repairer import Repairer

__all__ = [
    "LOG_ODDS",
    "ORDER",
    "RATE",
    "SITE",
    "SUMS",
    "WORKING",
    "lent",
    "mixing",
    "score_batches",
    "scored_schema",
    "site_batches",
    "sites_schema",
]

SITE = "despin_site"
LOG_ODDS = "despin_log_odds"
RATE = "despin_rate"
ORDER = "despin_order"
SUMS = (
    "despin_texts",
    "despin_spun",
    "despin_spun_rate",
    *(f"despin_share_{number}" for number in range(len(SHARES))),
)
WORKING = frozenset((SITE, LOG_ODDS, RATE, ORDER, *SUMS))  # columns that come and go with pooling


def scored_schema(schema: Any, column: str | Sequence[str], site: str | Sequence[str]) -> Any:
    """The schema of what `score_batches` gives for batches of a schema.

    Raises:
        InputError: A column is missing or of another kind, or there are columns with the names that are added.
        ConfigError: A row may have several texts, or sites.
    """
    if check_text(schema, resolved(schema, column)):
        raise ConfigError("pooling by site needs one text per row; explode the list first")
    if check_text(schema, resolved(schema, site)):
        raise ConfigError("pooling by site needs one site per row")
    taken = WORKING.intersection(schema.names)
    if taken:
        raise InputError(f"there are columns {', '.join(sorted(taken))} already: rename them")
    added = [pa.field(SITE, pa.string()), pa.field(LOG_ODDS, pa.float32()), pa.field(RATE, pa.float32())]
    return pa.schema([*schema, *added], schema.metadata)


def score_batches(
    batches: Iterable[Any],
    column: str | Sequence[str] = "text",
    site: str | Sequence[str] = "url",
    *,
    domain: bool = True,
    repairer: Repairer | Shipped | None = None,
) -> Iterator[Any]:
    """First step: add to each row its site, and what its text says by itself.

    Args:
        batches, column, repairer: As in `despin.arrow.repair_batches`.
        site: The column that names the site.
        domain: Whether that is an address, whose host is the site.

    Raises:
        InputError, ConfigError: As `scored_schema` does.
    """
    made = repairer.repairer if isinstance(repairer, Shipped) else repairer or Shipped().repairer
    for batch in batches:
        schema = scored_schema(batch.schema, column, site)
        text = _reached(batch, column)
        odds, rates = _scores(text, made)
        names = [group_of(value, domain) or None for value in _reached(batch, site).to_pylist()]
        columns = [*batch.columns, pa.array(names, "string"), odds, rates]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def sites_schema() -> Any:
    """The schema of what `site_batches` gives."""
    return pa.schema([(SITE, pa.string()), (ORDER, pa.int64()), *((name, pa.float64()) for name in SUMS)])


def site_batches(batches: Iterable[Any]) -> Iterator[Any]:
    """Add up the scored rows of each batch by site; rows of the same site in other batches are the engine's to add."""
    for batch in batches:
        pool = Pool()
        scores = (batch.column(name).to_pylist() for name in (SITE, LOG_ODDS, RATE))
        for site, odds, rate in zip(*scores, strict=True):
            if site is not None and odds is not None:
                pool.add(pool.group(site), odds, rate)
        order = [sample_key(name)[0] for name in pool.names]
        sums = [*zip(*(pool.sums(number) for number in range(len(pool.names))), strict=True)] or [()] * len(SUMS)
        columns = zip((pool.names, order, *sums), sites_schema(), strict=True)
        arrays = [pa.array(values, field.type) for values, field in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=sites_schema())


def mixing(sites: Any) -> tuple[float, ...]:
    """How common each share of spun texts is among sites.

    Args:
        sites: A `pyarrow.Table` of the sums of sites: all, or at least the first `despin.pooling.SAMPLE` by `ORDER`
            and `SITE`.
    """
    pool = Pool()
    for row in sites.select([SITE, *SUMS]).to_pylist():
        pool.add_sums(pool.group(row[SITE]), [row[name] for name in SUMS])
    pool.fit()
    return pool.mixing


def lent(batch: Any, learned: Sequence[float]) -> tuple[list[Lent], Any]:
    """What sites lend to the rows of a batch that was joined with their sums, and the batch without working columns."""
    missing = {SITE, LOG_ODDS, *SUMS}.difference(batch.schema.names)
    if missing:
        raise InputError(f"no columns {', '.join(sorted(missing))}: join the scored rows with the sums of their sites")
    pool = Pool(learned)
    sums = [batch.column(name) for name in SUMS]
    found = []
    known = zip(batch.column(SITE).to_pylist(), batch.column(LOG_ODDS).to_pylist(), strict=True)
    for row, (site, own) in enumerate(known):
        number = pool.group(site) if site is not None and own is not None else None
        if number is not None and not pool.texts(number):
            pool.add_sums(number, [column[row].as_py() for column in sums])
        found.append(pool.lend(number, own))
    return found, batch.drop_columns([name for name in batch.schema.names if name in WORKING])


def _reached(batch: Any, column: str | Sequence[str]) -> Any:
    path = resolved(batch.schema, column)
    return reached(batch.column(path[0]), path[1:])[0]


def _scores(array: Any, repairer: Repairer) -> tuple[Any, Any]:
    """Log-odds and rates of texts, each value of a dictionary scored once."""
    if pa.types.is_dictionary(array.type):
        odds, rates = _scores(array.dictionary, repairer)
        return odds.take(array.indices), rates.take(array.indices)
    found: list[list[float | None]] = [[None] * len(array), [None] * len(array)]
    for row, text in texts(array):
        found[0][row], found[1][row] = evidence(repairer.score(text)) or (None, None)
    return pa.array(found[0], "float32"), pa.array(found[1], "float32")
