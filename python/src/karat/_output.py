"""Tables that estimators give back: as the kind that came in, or as was asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from karat._errors import ParameterError
from karat._frame import frame_kind, to_frame
from karat._targets import is_array

Self = TypeVar("Self", bound="Output")


class Output:
    """An array for an array, a frame of the same kind for a frame, unless `set_output` says otherwise."""

    def set_output(self: Self, *, transform: str | None = None) -> Self:
        """Choose what kind of table `transform` returns: "default", "pandas" or "polars"."""
        if transform is not None:
            if transform not in ("default", "pandas", "polars"):
                raise ParameterError(f"`transform` must be default, pandas or polars, got {transform!r}")
            self._sklearn_output_config = {"transform": transform}
        return self

    def _wrap(self, columns: dict[str, Any], X: Any) -> Any:
        wanted = getattr(self, "_sklearn_output_config", {}).get("transform")
        if wanted is None and "sklearn" in sys.modules:
            wanted = import_module("sklearn").get_config().get("transform_output")
        if wanted in ("pandas", "polars"):
            return to_frame(columns, X if frame_kind(X) == wanted else wanted)
        if is_array(X):
            texts = any(isinstance(column, list) for column in columns.values())
            return np.array(list(columns.values()), dtype=object if texts else None).T
        return to_frame(columns, X)
