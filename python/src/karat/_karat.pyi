from os import PathLike
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__version__: str

# ----- datasets, k-means, judgments and weights
@final
class SyntheticTable:
    @property
    def names(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def column(self, name: str) -> tuple[NDArray[np.int32 | np.int64 | np.float64], list[str] | None]: ...
    def write_csv(self, path: str | PathLike[str]) -> None: ...

def make_operator(
    n_customers: int, months: int, seed: int, preset: str, dirty: bool, ties: bool, n_threads: int
) -> dict[str, SyntheticTable]: ...
