import copy
import hashlib
import io
import os
import pickle
import signal
import threading
import time

import numpy as np
import pytest

import karat
from conftest import make_base, make_plan
from karat import NONE, RECORD, Flag, Scorer, ValueModel


def test_a_record_is_64_bytes_laid_out_as_in_c():
    assert RECORD.itemsize == 64
    offsets = {name: RECORD.fields[name][1] for name in RECORD.names}
    assert [offsets[name] for name in ("index", "coverage", "grade", "rule", "flags")] == [0, 40, 48, 58, 60]


def test_scores_wrap_the_records_without_copying(model, base):
    scores = model.score(base)
    array = np.asarray(scores)
    assert array.dtype == RECORD
    assert len(scores) == len(array) == 3000
    assert np.shares_memory(array, scores.records)
    assert np.shares_memory(scores["index"], array)
    assert scores.digest() == hashlib.sha256(array.tobytes()).hexdigest()
    assert scores[:10].digest() == hashlib.sha256(array[:10].tobytes()).hexdigest()
    assert scores[5]["index"] == array["index"][5]
    assert pickle.loads(pickle.dumps(scores)) == scores
    assert scores._repr_html_().count("<tr>") == 11


def test_explanations_add_up_to_the_last_bit(model, base):
    scores, explained = model.score(base), model.explain(base)
    assert explained.names == ("arpu", "tenure", "complaints", "contract", "complaints")
    for row in range(len(scores)):
        total = 0.0
        for points in explained.points[row].tolist():  # plain ordered addition
            total = total + points
        assert total == scores["index"][row]
    assert np.array_equal(explained.index, scores["index"])
    frame = explained.to_frame("dict")
    # The penalty rule bears the name of an indicator.
    assert list(frame) == ["arpu", "tenure", "complaints", "contract", "complaints (rule)"]
    assert np.array_equal(np.cumsum(list(frame.values()), axis=0)[-1], scores["index"])


def test_rows_and_frames_score_the_same_bits(model, base):
    scores = model.score(base)
    scorer = model.scorer_
    names = [field.name for field in scorer.fields]
    for row in range(0, 3000, 97):
        record = np.asarray(scores)[row]
        values = {name: base[name][row] for name in base}
        for given in (values, [values[name] for name in names]):
            one = scorer.score_row(given)
            assert one.index == record["index"]
            assert one.coverage == record["coverage"]
            assert one.margin == record["margin"]
            assert one.grade == scores.names("grade")[row]
            assert one.segment == scores.names("segment")[row]
            assert one.flags == record["flags"]
            assert np.isnan(one.clv)


def test_rows_of_numbers_score_as_in_c(model, base):
    contract = [{"monthly": 0.0, "yearly": 1.0, None: np.nan}[value] for value in base["contract"]]
    rows = np.column_stack([base["arpu"], base["tenure"], base["complaints"], contract])
    assert model.scorer_.score_rows(rows) == model.score(base)
    with pytest.raises(karat.ShapeError, match="expected 4 fields, got 3"):
        model.scorer_.score_rows(rows[:, :3])


def test_score_row_is_as_careful_as_a_table(model):
    scorer = model.scorer_
    good = {"arpu": "12.5", "tenure": np.float32(3), "complaints": True, "contract": " "}
    assert repr(scorer.score_row(good)) == repr(scorer.score_row([12.5, 3, 1, None]))
    rest = {"arpu": 1, "complaints": 0}
    for row, error, message in [
        ({**rest, "tenur": 2, "contract": "yearly"}, karat.SchemaError, "did you mean `tenur`?"),
        ({**rest, "tenure": 2, "contract": "Yearly"}, karat.DataError, 'unseen category "Yearly"'),
        ([1, 2, 3], karat.ShapeError, "expected 4 fields, got 3"),
        ("abcd", karat.ShapeError, "expected 4 fields"),
        ([1, 2, object(), "yearly"], karat.DataError, "column `complaints`: a value of type object"),
        (5, TypeError, "a row is a mapping by field name"),
    ]:
        with pytest.raises(error) as caught:
            scorer.score_row(row)
        assert message in str(caught.value)


def test_flags_and_missing_classes(model):
    rows = {"arpu": [np.nan, 1e9], "tenure": [1, 50], "complaints": [0, 4], "contract": ["yearly", "yearly"]}
    scores = model.score(rows)
    assert Flag(int(scores["flags"][0])) & Flag.IMPUTED
    assert Flag(int(scores["flags"][1])) & Flag.CLAMPED
    assert Flag(int(scores["flags"][1])) & Flag.PENALISED
    assert (scores["stage"] == NONE).all()
    assert scores.names("stage") == [None, None]


def test_unseen_categories_are_refused_or_flagged(model):
    rows = {"arpu": [1.0], "tenure": [1], "complaints": [0], "contract": ["weekly"]}
    with pytest.raises(karat.DataError, match="unseen category"):
        model.score(rows)
    scores = model.score(rows, unseen="flag")
    assert Flag(int(scores["flags"][0])) & Flag.UNSEEN


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_scores_leave_as_frames_with_names(model, base, kind):
    frame = model.score(base).to_frame(kind)
    columns = frame.column_names if kind == "pyarrow" else list(frame.columns)
    assert tuple(columns) == RECORD.names
    grades = frame["grade"].to_pylist() if kind == "pyarrow" else frame["grade"].to_list()
    assert set(grades) == {"A", "B", "C"}
    numbers = model.score(base).to_frame(kind, names=False)
    numbers = numbers["grade"].to_numpy()
    assert [("C", "B", "A")[number] for number in numbers] == grades


def test_pandas_keeps_its_index(model, base):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(base).set_index("customer", drop=False)[::-1]
    frame.index = [f"c{i}" for i in frame["customer"]]
    scored = model.score(frame).to_frame()
    assert scored.index.equals(frame.index)
    assert scored.loc["c0", "index"] == model.score(base)["index"][0]
    assert model.explain(frame).to_frame().index.equals(frame.index)
    assert scored["stage"].isna().all()


def test_the_file_is_the_model(model, base, tmp_path):
    path = tmp_path / "value.karat"
    model.save(path)
    assert path.read_bytes() == model.to_bytes()
    assert path.read_bytes()[-32:].hex() == model.model_id_
    assert hashlib.sha256(path.read_bytes()[:-32]).hexdigest() == model.model_id_
    for other in (
        karat.load(path),
        ValueModel.load(str(path)),
        ValueModel.from_bytes(path.read_bytes()),
        pickle.loads(pickle.dumps(model)),
        copy.deepcopy(model),
    ):
        assert other.score(base) == model.score(base)
        assert other.plan == model.plan
        assert str(other.report_) == str(model.report_)
        assert other.to_bytes() == model.to_bytes()
    scorer = Scorer(path)
    for other in (scorer, Scorer(str(path)), Scorer(path.read_bytes()), pickle.loads(pickle.dumps(scorer))):
        assert other == model.scorer_
        assert other.score(base) == model.score(base)
    assert os.listdir(tmp_path) == ["value.karat"]


def test_habits_of_an_estimator(plan, base):
    sklearn = pytest.importorskip("sklearn.base")
    model = ValueModel(plan, random_state=3, n_threads=1)
    assert model.get_params() == {"plan": plan, "random_state": 3, "n_threads": 1, "progress": None}
    assert sklearn.clone(model).get_params() == model.get_params()
    assert model.set_params(random_state=4) is model
    assert model.random_state == 4
    with pytest.raises(karat.ParameterError, match="`seed` must be one of"):
        model.set_params(seed=1)
    assert model.fit(base, None) is model
    assert model.n_features_in_ == 4
    assert model.feature_names_in_.tolist() == ["arpu", "tenure", "complaints", "contract"]
    assert "random_state=4" in repr(model)
    assert not hasattr(sklearn.clone(model), "report_")


def test_an_unfitted_model_says_so(plan, base, tmp_path):
    model = ValueModel(plan)
    for use in (
        lambda: model.score(base),
        lambda: model.explain(base),
        lambda: model.save(tmp_path / "x"),
        model.to_bytes,
    ):
        with pytest.raises(karat.NotFittedError, match="not fitted yet"):
            use()
    assert issubclass(karat.NotFittedError, ValueError)
    assert issubclass(karat.NotFittedError, AttributeError)
    validation = pytest.importorskip("sklearn.utils.validation")
    with pytest.raises(ValueError, match="not fitted"):
        validation.check_is_fitted(model)
    assert pickle.loads(pickle.dumps(model)).plan == plan
    assert not hasattr(model, "report_")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "value"), [("random_state", -1), ("random_state", None), ("n_threads", 0), ("progress", 3)]
)
def test_parameters_are_checked_in_fit(plan, base, name, value):
    model = ValueModel(plan, **{name: value})
    with pytest.raises(karat.ParameterError, match=f"`{name}`"):
        model.fit(base)


def test_the_report(model):
    report = model.report_
    assert report.rows == 3000
    assert sum(weight["weight"] for weight in report.weights) == pytest.approx(1, abs=1e-12)
    # Priorities .558425, .319618, .121957: METHODS GT-1.2 (a judgment matrix with the same entries).
    assert report.judgments[0]["weights"] == pytest.approx([0.558425, 0.319618, 0.121957], abs=1e-6)
    assert sum(grade["size"] for grade in report.grades) == 3000
    sizes = report.to_frame("segments", "dict")["size"].tolist()
    assert [segment["size"] for segment in report.segments] == sizes
    assert report.k_means["sample"] == 3000
    assert "newcomer" in str(report)
    assert "<table>" in report._repr_html_()
    assert pickle.loads(pickle.dumps(report)).to_dict() == report.to_dict()
    with pytest.raises(AttributeError, match="it has rows"):
        _ = report.nonsense
    for name in ("fields", "weights", "judgments", "grades", "types", "segments", "rules"):
        assert len(report.to_frame(name, "dict")) > 1
    penalised = sum(bool(flags & Flag.PENALISED) for flags in model.score(make_base())["flags"].tolist())
    assert [rule["customers"] for rule in report.rules][1] == penalised > 0


def test_progress_is_told_on_the_calling_thread_and_can_stop(plan, base, capsys):
    seen = []
    ValueModel(plan, progress=lambda task, share: seen.append((threading.get_ident(), task, share))).fit(base)
    assert {ident for ident, _, _ in seen} == {threading.get_ident()}
    assert {"reading the fields", "segments"} <= {task for _, task, _ in seen}
    assert all(0 <= share <= 1 for _, _, share in seen)
    model = ValueModel(plan).fit(base)
    before = model.to_bytes()
    with pytest.raises(karat.StoppedError, match="nothing was changed"):
        model.set_params(progress=lambda task, share: task != "segments", random_state=99).fit(base)
    assert model.to_bytes() == before

    def fail(task, share):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        model.set_params(progress=fail).fit(base)
    assert model.to_bytes() == before
    model.set_params(progress=True, random_state=0).fit(base)
    assert "karat: segments\n" in capsys.readouterr().err


def test_ctrl_c_ends_a_long_fit(base):
    # Slow on purpose: many restarts that never converge.
    slow = make_plan(segments=karat.Segments(40, restarts=10_000, tolerance=0.0))
    model = ValueModel(slow)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        model.fit(base)
    timer.join()
    assert time.perf_counter() - started < 20
    assert not hasattr(model, "report_")


def test_the_lock_is_free_during_a_fit(base):
    ticks = []
    stop = threading.Event()

    def tick():
        while not stop.wait(0.001):
            ticks.append(1)

    other = threading.Thread(target=tick)
    other.start()
    try:
        ValueModel(make_plan(segments=karat.Segments(20, restarts=60, tolerance=0.0)), n_threads=1).fit(base)
    finally:
        stop.set()
        other.join()
    assert len(ticks) > 5


def test_one_scorer_serves_many_threads(model, base):
    scorer, expected = model.scorer_, model.score(base).digest()
    found = []
    threads = [threading.Thread(target=lambda: found.append(scorer.score(base).digest())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_joblib_works(model, base):
    joblib = pytest.importorskip("joblib")
    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    buffer.seek(0)
    assert joblib.load(buffer).model_id_ == model.model_id_


def test_a_model_of_one_indicator_and_one_row():
    model = ValueModel(karat.Plan([karat.Indicator("a", scale=("min_max", 0, 10))])).fit({"a": [4.0]})
    scores = model.score({"a": [4.0, 20.0]})
    assert scores["index"].tolist() == [40.0, 100.0]
    assert (scores["grade"] == NONE).all()
    assert model.explain({"a": [4.0]}).index.tolist() == [40.0]
