"""From a log of transactions to one row a customer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._estimator import check_number, check_threads
from karat._frame import frame_kind, to_frame

#: Seconds of the units of time.
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "D": 86_400.0, "W": 604_800.0}


def _column(table: Any, name: str) -> NDArray[Any]:
    try:
        column = table[name]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        names = ", ".join(map(str, getattr(table, "columns", None) or list(table)))
        raise ParameterError(f"the log has no column `{name}`; it has {names}") from error
    return np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)


def _numbered(customers: NDArray[Any]) -> tuple[NDArray[np.uint32], NDArray[Any]]:
    """Numbers of customers in ascending order of their identifiers."""
    if customers.dtype.kind in "iu" and len(customers):
        low, high = int(customers.min()), int(customers.max())
        if high - low < 4 * len(customers) + 1024:
            # Identifiers that lie densely are numbered without sorting them.
            taken = np.zeros(high - low + 1, dtype=bool)
            offsets = customers - low
            taken[offsets] = True
            numbers = (np.cumsum(taken) - 1).astype(np.uint32)
            ids = (np.flatnonzero(taken) + low).astype(customers.dtype)
            return np.ascontiguousarray(numbers[offsets]), ids
    ids, places = np.unique(customers, return_inverse=True)
    return np.ascontiguousarray(places.reshape(-1), dtype=np.uint32), ids


def _seconds(values: Any) -> NDArray[np.float64] | None:
    """Seconds since 1970 of dates, None for numbers."""
    array = np.asarray(values)
    if array.dtype.kind in "OUS":
        array = array.astype("datetime64[s]")
    if array.dtype.kind != "M":
        return None
    seconds = array.astype("datetime64[s]").astype(np.float64)
    seconds[np.isnat(array)] = np.nan
    return seconds


def summary_from_transactions(
    transactions: Any,
    customer_id_col: str = "customer_id",
    datetime_col: str = "date",
    monetary_value_col: str | None = None,
    *,
    observation_period_end: Any = None,
    calibration_period_end: Any = None,
    freq: str | float = "D",
    include_first_transaction: bool = False,
    n_threads: int | None = None,
) -> Any:
    """Summarise a log of transactions: frequency, recency, T and mean value of every customer.

    Transactions within one period of `freq` count as one, as in the literature and in ``lifetimes``.

    Parameters
    ----------
    transactions : frame or mapping of columns
        One row a transaction, in any order.
    customer_id_col, datetime_col : str
        Who and when. Times are dates, text such as ``"2026-03-01"``, or numbers.
    monetary_value_col : str, optional
        How much.
    observation_period_end : date or number, optional
        Now; by default the last transaction of all.
    calibration_period_end : date or number, optional
        What comes after it counts as hold-out.
    freq : {"D", "W", "h", "m", "s"} or float, default "D"
        Unit of time of dates: days, weeks, hours, minutes or seconds. Weeks begin on Thursdays, as the count
        since 1970 does. For times that are numbers it is how many of them make one period.
    include_first_transaction : bool, default False
        Whether the first transaction counts in the mean value.
    n_threads : int or None, default None
        Threads, None for all. Never changes a result.

    Returns
    -------
    frame
        Of the kind of `transactions`, with `customer_id_col`, ``frequency``, ``recency``, ``T``,
        ``monetary_value`` if values were given, and with a calibration ``frequency_holdout``,
        ``monetary_value_holdout`` and ``duration_holdout``.

    Raises
    ------
    DataError
        Naming the rows whose time or value is not finite.

    Examples
    --------
    >>> from karat.lifetime import summary_from_transactions
    >>> log = {"customer_id": [7, 7, 9], "date": ["2026-01-01", "2026-01-11", "2026-01-05"]}
    >>> table = summary_from_transactions(log, observation_period_end="2026-01-31")
    >>> table["frequency"].tolist(), table["recency"].tolist(), table["T"].tolist()
    ([1.0, 0.0], [10.0, 0.0], [30.0, 26.0])
    """
    numbers, ids = _numbered(_column(transactions, customer_id_col))
    times = _column(transactions, datetime_col)
    seconds = _seconds(times)
    if seconds is None:
        period = 1.0 if isinstance(freq, str) else check_number("freq", freq, 1e-300, 1e300)
        moments = np.ascontiguousarray(times, dtype=np.float64)
    else:
        if freq not in _UNITS:
            raise ParameterError(f"`freq` must be one of {', '.join(_UNITS)} for dates, got {freq!r}")
        period, moments = _UNITS[str(freq)], seconds

    def moment(value: Any) -> float | None:
        if value is None:
            return None
        found = None if seconds is None else _seconds(np.asarray([value], dtype="datetime64[s]"))
        return float(value) if found is None else float(found[0])

    values = None
    if monetary_value_col is not None:
        column = _column(transactions, monetary_value_col)
        values = np.ascontiguousarray(column, dtype=np.float64)
    found = _karat.transaction_summary(
        numbers,
        moments,
        values,
        len(ids),
        period,
        moment(observation_period_end),
        moment(calibration_period_end),
        bool(include_first_transaction),
        check_threads(n_threads),
    )
    columns: dict[str, Any] = {
        customer_id_col: ids[found["customer"]],
        "frequency": found["frequency"],
        "recency": found["recency"],
        "T": found["T"],
    }
    if values is not None:
        columns["monetary_value"] = found["monetary"]
    if calibration_period_end is not None:
        columns["frequency_holdout"] = found["holdout_frequency"]
        if values is not None:
            columns["monetary_value_holdout"] = found["holdout_monetary"]
        columns["duration_holdout"] = np.full(len(columns["T"]), found["holdout_duration"])
    if columns[customer_id_col].dtype.kind in "OUS":
        columns[customer_id_col] = [str(value) for value in columns[customer_id_col]]
    return to_frame(columns, frame_kind(transactions))
