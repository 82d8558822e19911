"""despin on engines that people already run, a page each: `spark`, `ray`, `datatrove`, `duckdb`, `polars`.

They bring the cluster, `despin.arrow` brings the kernel. Each of the five has ``repair`` and ``repair_by_site``.
"""

from __future__ import annotations

from importlib import import_module

from despin.errors import MissingExtraError

__all__ = ["require"]


def require(engine: str, *modules: str) -> None:
    """Import what an engine needs.

    Raises:
        MissingExtraError: It is not installed; the message is the command that installs it.
    """
    for module in ("pyarrow", *(modules or (engine,))):
        try:
            import_module(module)
        except ImportError:
            raise MissingExtraError(f"despin.engines.{engine}", module.partition(".")[0], engine) from None
