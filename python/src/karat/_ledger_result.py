"""What a retention campaign achieved against those who were held out."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from karat import _karat
from karat._frame import to_frame


class RetentionResult:
    """The outcome of a campaign; made by `RetentionLedger.result`.

    Everybody counts where the hash put them, reached or not: what is compared is the offer to act, which
    nobody could pick. `saved_if_reached` divides by the share that was reached (Angrist, Imbens & Rubin
    1996).

    Attributes
    ----------
    treated, held_out : int
        Closed cases of either arm.
    open : int
        Cases without an outcome yet.
    treated_left, held_out_left : int
        How many of them left.
    saved_rate : float
        Share of those held out that left less that of those treated: what the campaign saved. NaN without
        outcomes in both arms.
    saved_low, saved_high : float
        Newcombe's (1998) interval.
    p_value : float
        The probability of a difference as large if nothing had been done.
    saved_customers, saved_value : float
        By the campaign: `saved_rate` times closed treated cases, and times what these are worth.
    reached_rate, accepted_rate : float
        Shares of treated cases that were contacted, and that accepted.
    saved_if_reached : float
        `saved_rate` over `reached_rate`.
    cost : float
        What all events cost.
    median_days_to_contact : float
        From the flag to the first contact; NaN where there was none.
    contaminated : int
        Customers held out who were contacted all the same. Above a few percent the comparison says too
        little.
    cells : dict
        Closed cases by `contacted` and `left` for each arm.
    missed : int or None
        Customers who left without a flag; None where all who left were not given.
    """

    def __init__(
        self,
        campaign: str,
        rows: Sequence[tuple[str, str, str, str, str]],
        level: float,
        gone: set[str] | None,
    ) -> None:
        cases: dict[str, dict[str, Any]] = {}
        self.campaign, self.level, self.cost = campaign, level, 0.0
        for customer, event, arm, at, details in rows:
            detail = json.loads(details)
            self.cost += detail.get("cost", 0.0)
            case = cases.setdefault(customer, {"arm": arm, "times": {}, "value": 0.0})
            case["times"].setdefault(event, at)
            case["value"] = detail.get("value", case["value"])
        closed = [case for case in cases.values() if {"stayed", "left"} & case["times"].keys()]
        arms = {arm: [case for case in closed if case["arm"] == arm] for arm in ("treated", "held out")}
        left = {arm: sum("left" in case["times"] for case in members) for arm, members in arms.items()}
        self.treated, self.held_out = len(arms["treated"]), len(arms["held out"])
        self.treated_left, self.held_out_left = left["treated"], left["held out"]
        self.open = len(cases) - len(closed)
        self._compare(sum(case["value"] for case in arms["treated"]))
        self._reach([case for case in cases.values() if case["arm"] == "treated"])
        self.contaminated = sum("contaminated" in case["times"] for case in cases.values())
        self.cells = {
            (arm, contacted, gone_too): sum(
                _was_contacted(case) == contacted and ("left" in case["times"]) == gone_too
                for case in members
            )
            for arm, members in arms.items()
            for contacted in (True, False)
            for gone_too in (True, False)
        }
        self.missed = None if gone is None else len(gone - cases.keys())

    def _compare(self, value: float) -> None:
        if self.treated == 0 or self.held_out == 0:
            self.saved_rate = self.saved_low = self.saved_high = self.p_value = np.nan
        else:
            found = _karat.difference_of_proportions(
                (self.treated_left, self.treated), (self.held_out_left, self.held_out), self.level
            )
            self.saved_rate, self.saved_low, self.saved_high, self.p_value = found
        self.saved_customers = self.saved_rate * self.treated
        self.saved_value = self.saved_rate * value

    def _reach(self, treated: Sequence[dict[str, Any]]) -> None:
        share = 1 / len(treated) if treated else np.nan
        self.reached_rate = sum(_was_contacted(case) for case in treated) * share
        self.accepted_rate = sum("accepted" in case["times"] for case in treated) * share
        self.saved_if_reached = self.saved_rate / self.reached_rate if self.reached_rate else np.nan
        days = [
            (_moment(case["times"]["contacted"]) - _moment(case["times"]["flagged"])).total_seconds() / 86_400
            for case in treated
            if "contacted" in case["times"]
        ]
        self.median_days_to_contact = float(np.median(days)) if days else np.nan

    def summary(self) -> dict[str, float]:
        """Return every figure by name."""
        return {
            name: float(value)
            for name, value in vars(self).items()
            if isinstance(value, int | float) and name != "level"
        }

    def to_frame(self, like: Any = "pandas") -> Any:
        """Return the cells: arm, contacted, left, customers."""
        keys = list(self.cells)
        return to_frame(
            {
                "arm": np.array([arm for arm, _, _ in keys], dtype=object),
                "contacted": np.array([contacted for _, contacted, _ in keys]),
                "left": np.array([left for _, _, left in keys]),
                "customers": np.array(list(self.cells.values()), dtype=np.int64),
            },
            like,
        )

    def __repr__(self) -> str:
        saved = (
            f"saved {self.saved_rate:.1%} ({self.saved_low:.1%} to {self.saved_high:.1%}), "
            f"{self.saved_value:.6g} for "
            f"{self.cost:.6g}"
            if np.isfinite(self.saved_rate)
            else "no outcomes in both arms yet"
        )
        return (
            f"<RetentionResult of {self.campaign}: {self.treated} treated, {self.held_out} held out, "
            f"{self.open} open; {saved}>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name.replace('_', ' '))}</td><td style='text-align:right'>{value:.4g}</td></tr>"
            for name, value in self.summary().items()
        )
        return f"<table><caption>{escape(repr(self)[1:-1])}</caption>{rows}</table>"


def _was_contacted(case: dict[str, Any]) -> bool:
    return bool({"contacted", "accepted", "refused", "contaminated"} & case["times"].keys())


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
