"""A repairer on its way to worker processes: one per process, however many tasks bring it."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any

from despin.errors import ConfigError
from despin.repairer import Repairer

__all__ = ["Shipped"]


class Shipped:
    """Pickles as its repairer does, but unpickles to the one that the process already has.

    A repairer builds some of its tables when they are first needed; an engine that sends it with each task would have
    them built in each.

    Raises:
        ConfigError: The repairer cannot be pickled.

    >>> import pickle
    >>> one, other = (pickle.loads(pickle.dumps(Shipped(Repairer()))) for _ in range(2))
    >>> one.repairer is other.repairer
    True
    """

    __slots__ = ("_pickled", "repairer")

    def __init__(self, repairer: Repairer | None = None) -> None:
        try:
            self._pickled = pickle.dumps(repairer or Repairer())
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ConfigError(
                f"the repairer cannot be sent to workers ({error}); `protect` takes functions of a module, no lambdas"
            ) from None
        self.repairer = _unpacked(self._pickled)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_arrived, (self._pickled,))


@lru_cache(maxsize=8)
def _unpacked(pickled: bytes) -> Repairer:
    repairer: Repairer = pickle.loads(pickled)
    return repairer


def _arrived(pickled: bytes) -> Shipped:
    shipped = Shipped.__new__(Shipped)
    shipped._pickled = pickled
    shipped.repairer = _unpacked(pickled)
    return shipped
