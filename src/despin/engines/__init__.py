"""despin on engines that people already run, a page each: `spark`, `ray`, `datatrove`, `duckdb`, `polars`.

They bring the cluster, `despin.arrow` brings the kernel.
"""

from __future__ import annotations

from despin.errors import MissingExtraError

__all__ = ["missing"]


def missing(engine: str, error: ModuleNotFoundError) -> MissingExtraError:
    """What is said where an engine, or something that it needs, is not installed: the command that installs it."""
    return MissingExtraError(f"despin.engines.{engine}", (error.name or engine).partition(".")[0], engine)
