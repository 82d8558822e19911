from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

class Trainer:
    def __init__(
        self,
        arrays: Sequence[NDArray[Any]],
        sums: Sequence[NDArray[Any]],
        subsample: NDArray[Any],
        far: NDArray[Any],
        starts: NDArray[Any],
        confusions: NDArray[Any],
        noise: NDArray[Any],
    ) -> None: ...
    def learn(self, ids: NDArray[Any], share: float, rate: float, seed: int) -> float: ...
