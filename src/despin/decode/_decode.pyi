from collections.abc import Callable, Sequence
from typing import Any

from despin.decode._model import Model

# (surface, posterior, row, from the user's rows)
Other = tuple[str, float, int, bool]
# (start, end, confidence, surface, row, from the user's rows, others, features)
Proposal = tuple[int, int, float, str, int, bool, list[Other], list[float] | None]

class Decoder:
    def __init__(self, model: Model, own: Model | None, decision: Any) -> None: ...
    def __call__(
        self,
        text: str,
        protected: Sequence[tuple[int, int]] = ...,
        spin: float | None = ...,
        min_spin: float = ...,
        detail: bool = ...,
        rate: float | None = ...,
        prior: float = ...,
        damaged: Callable[[list[str], bytes], Sequence[tuple[int, int, str, float]]] | None = ...,
        others: bool = ...,
        least: float = ...,
    ) -> tuple[float, float, list[float], list[Proposal]]: ...
    def evidence(self, text: str, protected: Sequence[tuple[int, int]] = ...) -> tuple[list[float], list[float]]: ...
    def glance(self, text: str, min_spin: float) -> float | None: ...
    def glances(self, texts: list[str], min_spin: float) -> list[str | None]: ...
    def words(self, text: str) -> tuple[list[str], bytes]: ...

def use_vectors(wanted: bool) -> bool: ...
