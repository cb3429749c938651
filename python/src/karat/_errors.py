"""Exceptions of karat. The class is the kind of the error; each is also the builtin a caller expects."""

from __future__ import annotations


class KaratError(Exception):
    """Parent of every error that karat raises."""


class ParameterError(KaratError, ValueError):
    """A parameter lies outside its allowed values."""


class ShapeError(KaratError, ValueError):
    """A row, column or buffer has the wrong length."""


class SchemaError(KaratError, ValueError):
    """Columns do not match the fields of the model."""


class ModelIOError(KaratError, OSError):
    """The operating system refused a file operation."""


class FormatError(KaratError, ValueError):
    """Bytes are not a model file, or a damaged one."""


class UnsupportedError(KaratError, RuntimeError):
    """The model needs a newer karat."""


class NumericsError(KaratError, RuntimeError):
    """The machine computes other bits than the one that wrote the model."""


class DataError(KaratError, ValueError):
    """The data cannot be fitted or scored."""


class JudgmentError(KaratError, ValueError):
    """Pairwise judgments contradict each other or are incomplete."""


class InternalError(KaratError, RuntimeError):
    """A defect inside karat."""


class NotFittedError(KaratError, ValueError, AttributeError):
    """A model was used before it was fitted or loaded."""
