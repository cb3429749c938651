"""The retention ledger: states, hold-out, results, crashes, several writers."""

from __future__ import annotations

import datetime
import random
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from karat import DataError, FormatError, ModelIOError, ParameterError, ShapeError
from karat.churn import RetentionLedger

NOON = datetime.datetime(2026, 11, 2, 12, tzinfo=datetime.timezone.utc)


@pytest.fixture
def ledger(tmp_path):
    with RetentionLedger(tmp_path / "saves.db", holdout=0.3, salt="test") as made:
        yield made


def hours(count):
    return NOON + datetime.timedelta(hours=count)


def test_arms_are_those_of_the_hash(ledger):
    ids = [f"c{i}" for i in range(20_000)]
    arms = ledger.flag(ids, campaign="a")
    held = np.array([arms[name] == "held out" for name in ids])
    # Five standard deviations of a binomial share.
    assert abs(held.mean() - 0.3) < 5 * (0.3 * 0.7 / len(ids)) ** 0.5
    other = np.array([ledger.arm(name, "b") == "held out" for name in ids])
    assert abs((held & other).mean() - 0.09) < 0.011  # campaigns deal anew
    assert ledger.arm("c7", "a") == arms["c7"]


def test_states_follow_each_other(ledger):
    arms = ledger.flag(range(50), campaign="a", at=NOON)
    treated = next(name for name, arm in arms.items() if arm == "treated")
    held = next(name for name, arm in arms.items() if arm == "held out")
    assert ledger.state(treated, campaign="a") == "flagged"
    for hour, event in enumerate(
        ("assigned", "unreachable", "unreachable", "contacted", "refused", "left"), 1
    ):
        ledger.record(treated, event, campaign="a", at=hours(hour))
    with pytest.raises(DataError, match="is 'left': 'stayed' cannot follow; the case is closed"):
        ledger.record(treated, "stayed", campaign="a", at=hours(9))
    with pytest.raises(DataError, match="is 'flagged' and is held out: 'contacted' cannot follow"):
        ledger.record(held, "contacted", campaign="a", at=hours(1))
    ledger.record(held, "contaminated", campaign="a", at=hours(1))
    assert ledger.state(held, campaign="a") == "flagged"
    ledger.record(held, "stayed", campaign="a", at=hours(2))
    assert len(ledger.events("a", like="dict")["event"]) == 50 + 6 + 2


def test_bad_events_are_refused_and_leave_nothing(ledger):
    ledger.flag(["x"], campaign="a", at=NOON)
    before = ledger.events(like="dict")["number"].tolist()
    wrong = [
        (
            lambda: ledger.record("y", "contacted", campaign="a"),
            DataError,
            "no case in campaign 'a'; flag first",
        ),
        (
            lambda: ledger.record("x", "called", campaign="a"),
            ParameterError,
            "`event` must be one of assigned",
        ),
        (lambda: ledger.record("x", "accepted", campaign="a"), DataError, "'accepted' cannot follow"),
        (
            lambda: ledger.record("x", "expired", campaign="a", at=hours(-1)),
            DataError,
            "'expired' at 2026-11-02T11:00:00.000000",
        ),
        (
            lambda: ledger.record("x", "expired", campaign="a", at=datetime.datetime(2026, 11, 3)),
            ParameterError,
            "time zone",
        ),
        (
            lambda: ledger.record("x", "expired", campaign="a", cost=-1),
            ParameterError,
            "`cost` must be finite",
        ),
        (lambda: ledger.flag(["z", "x"], campaign="a"), DataError, "'x' has a case in campaign 'a' already"),
        (lambda: ledger.flag(["z", "z"], campaign="a"), DataError, "flagged twice, first 'z'"),
        (lambda: ledger.flag(["z"], campaign="a", value=[1, 2]), ShapeError, "expected 1 of `value`"),
        (
            lambda: ledger.flag(["z"], campaign="a", value=[np.nan]),
            DataError,
            "`value` of customer 'z' is nan",
        ),
        (
            lambda: ledger.record_many([("x", "expired"), ("q", "expired")], campaign="a"),
            DataError,
            "customer 'q'",
        ),
        (lambda: ledger.result("b"), DataError, "no case in campaign 'b'; campaigns: a"),
    ]
    for act, kind, message in wrong:
        with pytest.raises(kind, match=message):
            act()
    assert ledger.events(like="dict")["number"].tolist() == before


def test_result_against_the_held_out(ledger):
    """By hand: of 200 cases the treated lose 10 %, those held out 30 %."""
    arms = ledger.flag([f"c{i}" for i in range(200)], campaign="a", value=[50.0] * 200, at=NOON)
    treated = [name for name, arm in arms.items() if arm == "treated"]
    held = [name for name, arm in arms.items() if arm == "held out"]
    reached = treated[: len(treated) // 2]
    ledger.record_many([(name, "contacted") for name in reached], campaign="a", cost=2, at=hours(36))
    gone = [*treated[: len(treated) // 10], *held[: round(0.3 * len(held))]]
    ledger.record_many(
        [(name, "left" if name in gone else "stayed") for name in arms], campaign="a", at=hours(99)
    )
    found = ledger.result("a", left=[*gone, "never flagged"])
    assert (found.treated, found.held_out, found.open) == (len(treated), len(held), 0)
    expected = round(0.3 * len(held)) / len(held) - len(treated) // 10 / len(treated)
    assert found.saved_rate == pytest.approx(expected, rel=1e-12)
    assert found.saved_low < expected < found.saved_high
    assert found.saved_value == pytest.approx(expected * 50 * len(treated), rel=1e-12)
    assert found.saved_if_reached == pytest.approx(expected / (len(reached) / len(treated)), rel=1e-12)
    assert found.cost == 2 * len(reached)
    assert found.median_days_to_contact == 1.5
    assert found.missed == 1
    assert sum(found.cells.values()) == 200
    assert found.cells["treated", True, True] == len(set(gone) & set(reached))
    assert "saved" in repr(found)
    assert "<table>" in found._repr_html_()
    assert found.to_frame().shape == (8, 4)


def test_without_outcomes_there_is_no_rate(ledger):
    ledger.flag(["x"], campaign="a")
    found = ledger.result("a")
    assert np.isnan(found.saved_rate)
    assert found.open == 1
    assert "no outcomes in both arms yet" in repr(found)


def test_events_are_never_changed(ledger):
    ledger.flag(["x"], campaign="a")
    other = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        other.execute("UPDATE events SET event = 'left'")
    with pytest.raises(sqlite3.IntegrityError, match="never removed"):
        other.execute("DELETE FROM events")


def test_a_file_keeps_its_holdout(tmp_path):
    with RetentionLedger(tmp_path / "a.db", holdout=0.25, salt="one") as first:
        arm = first.arm("x", "a")
    with RetentionLedger(tmp_path / "a.db", holdout=0.5, salt="two") as again:
        assert (again.holdout, again.salt, again.arm("x", "a")) == (0.25, "one", arm)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.db").write_bytes(b"no database" * 1000)
    with pytest.raises(FormatError, match="not a ledger"):
        RetentionLedger(tmp_path / "text.db")
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.commit()
    with pytest.raises(FormatError, match="a database, but not a ledger"):
        RetentionLedger(tmp_path / "other.db")
    with pytest.raises(ModelIOError, match="cannot open"):
        RetentionLedger(tmp_path / "none" / "a.db")


WRITER = """
import sys
from karat.churn import RetentionLedger
ledger = RetentionLedger(sys.argv[1], holdout=0.2)
for number in range(int(sys.argv[3])):
    customer = f"{sys.argv[2]}-{number}"
    ledger.flag([customer], campaign="a")
    print(customer, flush=True)
"""


def kill_at_random(path, times, seed):
    """Start writers, kill each at a random moment; return the customers whose flag was acknowledged."""
    moments, acknowledged = random.Random(seed), []
    for number in range(times):
        command = [sys.executable, "-c", WRITER, path, str(number), "1000000"]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        acknowledged.append(writer.stdout.readline().strip())
        time.sleep(moments.random() * 0.03)
        writer.send_signal(signal.SIGKILL)
        rest = writer.communicate()[0].splitlines(keepends=True)
        acknowledged += [line.strip() for line in rest if line.endswith("\n")]
    return acknowledged


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system cannot kill a process at once")
def test_a_killed_writer_loses_nothing_acknowledged(tmp_path):
    path = str(tmp_path / "saves.db")
    acknowledged = kill_at_random(path, 5, seed=1)
    assert len(acknowledged) >= 5
    with RetentionLedger(path) as ledger:
        assert set(acknowledged) <= set(ledger.events(like="dict")["customer"].tolist())
        assert ledger.flag(["after"], campaign="a")


def test_several_processes_write_at_once(tmp_path):
    path = str(tmp_path / "saves.db")
    RetentionLedger(path).close()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, str(number), "20"], stdout=subprocess.PIPE)
        for number in range(3)
    ]
    with RetentionLedger(path) as reader:
        while any(writer.poll() is None for writer in writers):
            reader.events(like="dict")  # readers do not wait, nor disturb
        assert all(writer.wait() == 0 for writer in writers)
        for writer in writers:
            writer.communicate()
        assert len(reader.events(like="dict")["number"]) == 60
