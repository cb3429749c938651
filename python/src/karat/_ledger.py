"""The retention ledger: who was flagged, what was done, what came of it; append-only, in one file."""

from __future__ import annotations

import datetime
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import Any

import numpy as np

from karat._errors import DataError, FormatError, ModelIOError, ParameterError, ShapeError
from karat._frame import to_frame
from karat._ledger_result import RetentionResult

#: What may follow what: the states of a case, and the events that each of them takes.
_FOLLOWS: dict[str, tuple[str, ...]] = {
    "flagged": ("assigned", "contacted", "unreachable", "expired", "stayed", "left"),
    "assigned": ("contacted", "unreachable", "expired", "stayed", "left"),
    "contacted": ("accepted", "refused", "stayed", "left", "expired"),
    "unreachable": ("contacted", "unreachable", "expired", "stayed", "left"),
    "accepted": ("stayed", "left"),
    "refused": ("stayed", "left"),
    "expired": ("stayed", "left"),
    "stayed": (),
    "left": (),
}
_HELD_OUT = ("expired", "stayed", "left")
_SCHEMA = """
CREATE TABLE ledger (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    campaign TEXT NOT NULL,
    customer TEXT NOT NULL,
    event TEXT NOT NULL,
    arm TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX of_case ON events (campaign, customer, number);
CREATE TRIGGER never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER never_removed BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
"""
_VERSION = "1"


class RetentionLedger:
    """Flags, contacts and outcomes of retention campaigns, with a control group that nobody can pick.

    Events are appended and never changed. An event is on the disk when the call returns: whatever happens to
    the process then, it is not lost. Several processes may write and read at once.

    Parameters
    ----------
    path : path-like
        The file, an SQLite database; made if it is not there.
    holdout : float, default 0.1
        Share of flagged customers who are left alone, of a new file. It shows what would have happened
        anyway: without it a save rate cannot be told from customers who would have stayed.
    salt : str, default ""
        Text that decides with the customer's id who is held out, of a new file. Another salt deals anew.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from karat.churn import RetentionLedger
    >>> folder = tempfile.TemporaryDirectory()
    >>> ledger = RetentionLedger(pathlib.Path(folder.name) / "saves.db", holdout=0.5, salt="demo")
    >>> arms = ledger.flag(["a", "b", "c", "d"], campaign="2026-11", value=[120, 80, 60, 90])
    >>> treated = [customer for customer, arm in arms.items() if arm == "treated"]
    >>> ledger.record(treated[0], "contacted", campaign="2026-11", cost=1.5)
    >>> ledger.record(treated[0], "accepted", campaign="2026-11", cost=10)
    >>> ledger.state(treated[0], campaign="2026-11")
    'accepted'
    >>> ledger.close(); folder.cleanup()
    """

    def __init__(self, path: str | PathLike[str], *, holdout: float = 0.1, salt: str = "") -> None:
        if not 0 <= holdout < 1:
            raise ParameterError(f"`holdout` must be 0 or more and below 1, got {holdout!r}")
        self.path = fspath(path)
        try:
            self._database = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            # Every commit waits for the disk; readers do not wait for writers.
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._open(holdout, salt)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise ModelIOError(f"{self.path}: cannot open: {error}") from None
            raise FormatError(f"{self.path}: not a ledger: {error}") from None

    def _open(self, holdout: float, salt: str) -> None:
        with _Transaction(self._database):
            known = self._database.execute(
                "SELECT count(*) FROM sqlite_master WHERE name IN ('ledger', 'events')"
            ).fetchone()[0]
            others = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if known == 0 and others == 0:
                for statement in _statements(_SCHEMA):
                    self._database.execute(statement)
                made = {"version": _VERSION, "holdout": repr(float(holdout)), "salt": salt}
                self._database.executemany("INSERT INTO ledger VALUES (?, ?)", made.items())
            elif known != 2:
                raise FormatError(f"{self.path}: a database, but not a ledger")
        found = dict(self._database.execute("SELECT key, value FROM ledger").fetchall())
        if found.get("version") != _VERSION:
            raise FormatError(
                f"{self.path}: a ledger of version {found.get('version')!r}; this karat reads {_VERSION}"
            )
        self.holdout, self.salt = float(found["holdout"]), found["salt"]

    def arm(self, customer: object, campaign: str) -> str:
        """Return the arm of a customer in a campaign, `"treated"` or `"held out"`: always the same one."""
        digest = hashlib.md5(f"{self.salt}:{campaign}:{customer}".encode(), usedforsecurity=False)
        share = int.from_bytes(digest.digest()[:8], "big") / 2**64
        return "held out" if share < self.holdout else "treated"

    def flag(
        self,
        customers: Iterable[object],
        *,
        campaign: str,
        value: Sequence[float] | None = None,
        probability: Sequence[float] | None = None,
        reason: Sequence[str] | None = None,
        at: datetime.datetime | None = None,
    ) -> dict[str, str]:
        """Open a case for each customer, all or none, and return their arms.

        Parameters
        ----------
        customers : iterable
            Ids, each once; they are kept as texts.
        campaign : str
            Whose cases these are, such as the month.
        value, probability, reason : sequences, optional
            What each is worth if kept, how likely to leave, and why.
        at : datetime, optional
            When, now by default.

        Returns
        -------
        dict of str to str
            `"treated"` or `"held out"` for each; who is held out must be left alone.

        Raises
        ------
        DataError
            For a customer who has a case in this campaign already, or is there twice.
        """
        ids = [str(customer) for customer in customers]
        details = _details(ids, value=value, probability=probability, reason=reason)
        double = [name for name, times in Counter(ids).items() if times > 1]
        if double:
            raise DataError(f"{len(double)} customers are flagged twice, first {double[0]!r}; give each once")
        arms = {name: self.arm(name, campaign) for name in ids}
        when = _time(at)
        with _Transaction(self._database):
            for name, detail in zip(ids, details, strict=True):
                last = self._last(name, campaign)
                if last is not None:
                    raise DataError(
                        f"customer {name!r} has a case in campaign {campaign!r} already, "
                        f"which is {last[0]!r}; "
                        "nothing was recorded"
                    )
                self._append(when, campaign, name, "flagged", arms[name], detail)
        return arms

    def record(
        self,
        customer: object,
        event: str,
        *,
        campaign: str,
        cost: float = 0.0,
        note: str = "",
        at: datetime.datetime | None = None,
    ) -> None:
        """Append an event of one case.

        Parameters
        ----------
        customer : object
            Who.
        event : {"assigned", "contacted", "accepted", "refused", "unreachable", "expired", "stayed", "left"}
            What happened; "stayed" and "left" close a case.
        campaign : str
            Of which campaign.
        cost : float, default 0
            What it cost.
        note : str, optional
            Anything worth keeping.
        at : datetime, optional
            When, now by default; not before the last event of the case.

        Raises
        ------
        DataError
            For an event that cannot follow the last one, one before it in time, or no case; contacts of a
            customer who is held out are refused as well: give them as `contaminated`.
        """
        self.record_many([(customer, event)], campaign=campaign, cost=cost, note=note, at=at)

    def record_many(
        self,
        events: Iterable[tuple[object, str]],
        *,
        campaign: str,
        cost: float = 0.0,
        note: str = "",
        at: datetime.datetime | None = None,
    ) -> None:
        """Append events of several cases, all or none; as `record`."""
        if not (np.isfinite(cost) and cost >= 0):
            raise ParameterError(f"`cost` must be finite and >= 0, got {cost!r}")
        when = _time(at)
        detail = {key: value for key, value in (("cost", float(cost)), ("note", note)) if value}
        with _Transaction(self._database):
            for customer, event in events:
                self._follow(str(customer), event, campaign, when, detail)

    def _follow(self, customer: str, event: str, campaign: str, when: str, detail: Mapping[str, Any]) -> None:
        if event not in _FOLLOWS and event != "contaminated":
            raise ParameterError(f"`event` must be one of {', '.join(list(_FOLLOWS)[1:])}, got {event!r}")
        last = self._last(customer, campaign)
        if last is None:
            raise DataError(f"customer {customer!r} has no case in campaign {campaign!r}; flag first")
        state, arm, before = last
        allowed = _FOLLOWS[state]
        if arm == "held out":
            allowed = (
                *[name for name in allowed if name in _HELD_OUT],
                *(("contaminated",) if allowed else ()),
            )
        if event not in allowed:
            more = " and is held out" if arm == "held out" else ""
            rule = f"{', '.join(allowed)} may follow" if allowed else "the case is closed"
            raise DataError(
                f"customer {customer!r} in campaign {campaign!r} is {state!r}{more}: "
                f"{event!r} cannot follow; {rule}"
            )
        if when < before:
            raise DataError(
                f"customer {customer!r} in campaign {campaign!r}: {event!r} at {when} is before "
                f"{state!r} at {before}"
            )
        self._append(when, campaign, customer, event, arm, detail)

    def state(self, customer: object, *, campaign: str) -> str | None:
        """Return the state of a case, None where there is none."""
        last = self._last(str(customer), campaign)
        return None if last is None else last[0]

    def _last(self, customer: str, campaign: str) -> tuple[str, str, str] | None:
        """Return state, arm and time of the last event; a contamination leaves the state as it was."""
        rows = self._database.execute(
            "SELECT event, arm, at FROM events WHERE campaign = ? AND customer = ? ORDER BY number DESC",
            (campaign, customer),
        ).fetchall()
        if not rows:
            return None
        state = next(event for event, _, _ in rows if event != "contaminated")
        return state, rows[0][1], rows[0][2]

    def _append(
        self, when: str, campaign: str, customer: str, event: str, arm: str, detail: Mapping[str, Any]
    ) -> None:
        self._database.execute(
            "INSERT INTO events (at, campaign, customer, event, arm, details) VALUES (?, ?, ?, ?, ?, ?)",
            (when, campaign, customer, event, arm, json.dumps(detail, sort_keys=True)),
        )

    def events(self, campaign: str | None = None, like: Any = "pandas") -> Any:
        """Return all events in their order as a frame.

        Parameters
        ----------
        campaign : str, optional
            Of one campaign alone.
        like : table or {"pandas", "polars", "pyarrow", "dict"}, default "pandas"
            What kind of frame to build.
        """
        where, given = ("", ()) if campaign is None else (" WHERE campaign = ?", (campaign,))
        names = ("number", "at", "campaign", "customer", "event", "arm", "details")
        query = f"SELECT {', '.join(names)} FROM events{where} ORDER BY number"
        rows = self._database.execute(query, given).fetchall()
        columns: dict[str, Any] = {
            name: np.array([row[place] for row in rows], dtype=np.int64 if place == 0 else object)
            for place, name in enumerate(names)
        }
        return to_frame(columns, like)

    def campaigns(self) -> list[str]:
        """Return the campaigns in the order in which they began."""
        query = "SELECT campaign FROM events GROUP BY campaign ORDER BY min(number)"
        return [campaign for (campaign,) in self._database.execute(query)]

    def result(
        self, campaign: str, *, level: float = 0.95, left: Iterable[object] | None = None
    ) -> RetentionResult:
        """Say what a campaign achieved against those who were held out.

        Parameters
        ----------
        campaign : str
            Which.
        level : float, default 0.95
            Confidence of the intervals.
        left : iterable, optional
            Ids of all customers who left in the campaign's time, flagged or not, which tells what was missed.

        Raises
        ------
        DataError
            For a campaign without cases.
        """
        query = "SELECT customer, event, arm, at, details FROM events WHERE campaign = ? ORDER BY number"
        rows = self._database.execute(query, (campaign,)).fetchall()
        if not rows:
            known = ", ".join(self.campaigns()) or "none"
            raise DataError(f"no case in campaign {campaign!r}; campaigns: {known}")
        gone = None if left is None else {str(customer) for customer in left}
        return RetentionResult(campaign, rows, level, gone)

    def close(self) -> None:
        """Close the file; what was recorded is there already."""
        self._database.close()

    def __enter__(self) -> RetentionLedger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<RetentionLedger {self.path}: {self.holdout:.0%} held out>"


class _Transaction:
    """All or nothing; other writers wait."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _statements(schema: str) -> list[str]:
    """Split a schema into statements; those of triggers hold semicolons."""
    statements, open_one = [], ""
    for line in schema.strip().splitlines():
        open_one += line + "\n"
        if sqlite3.complete_statement(open_one):
            statements.append(open_one)
            open_one = ""
    return statements


def _details(ids: Sequence[str], **given: Sequence[Any] | None) -> list[dict[str, Any]]:
    details: list[dict[str, Any]] = [{} for _ in ids]
    for name, values in given.items():
        if values is None:
            continue
        listed = list(values.tolist() if hasattr(values, "tolist") else values)
        if len(listed) != len(ids):
            raise ShapeError(f"expected {len(ids)} of `{name}`, one a customer, got {len(listed)}")
        for place, (detail, item) in enumerate(zip(details, listed, strict=True)):
            if isinstance(item, float | int) and not np.isfinite(item):
                raise DataError(f"`{name}` of customer {ids[place]!r} is {item}; give a finite number")
            detail[name] = item
    return details


def _time(at: datetime.datetime | None) -> str:
    """Write a time in UTC to the microsecond, so that the order of texts is that in time."""
    if at is None:
        at = datetime.datetime.now(datetime.timezone.utc)
    if at.tzinfo is None:
        raise ParameterError(f"`at` must have a time zone, got {at!r}; such as datetime.now(timezone.utc)")
    return at.astimezone(datetime.timezone.utc).isoformat(timespec="microseconds")
