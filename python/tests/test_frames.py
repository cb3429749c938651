import datetime
import decimal
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

import karat
from conftest import make_base, make_plan
from karat import ValueModel
from karat._frame import MISSING, columns_of

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")


def as_list(values):
    return [None if value is None or value != value else value for value in values.tolist()]


def polars(base):
    return pl.DataFrame({name: as_list(values) for name, values in base.items()})


def arrow(base):
    return pa.table({name: as_list(values) for name, values in base.items()})


def nullable(base):
    frame = pd.DataFrame(base)
    kinds = {"arpu": "Float64", "tenure": "Int64", "complaints": "UInt8", "contract": "string"}
    return frame.astype(kinds)


KINDS = {
    "pandas": pd.DataFrame,
    "pandas object": lambda base: pd.DataFrame(base).astype(object),
    "pandas category": lambda base: pd.DataFrame(base).astype({"contract": "category", "tenure": "int8"}),
    "pandas nullable": nullable,
    "pandas arrow": lambda base: nullable(base).convert_dtypes(dtype_backend="pyarrow"),
    "pandas float32 ints": lambda base: pd.DataFrame(base).astype({"tenure": "float32"}),
    "polars": polars,
    "polars category": lambda base: polars(base).with_columns(pl.col("contract").cast(pl.Categorical)),
    "polars enum": lambda base: polars(base).with_columns(
        pl.col("contract").cast(pl.Enum(["yearly", "other", "monthly"]))
    ),
    "polars chunks": lambda base: pl.concat([polars(base)[:1000], polars(base)[1000:]], rechunk=False),
    "arrow": arrow,
    "arrow chunks": lambda base: pa.concat_tables([arrow(base)[:1000], arrow(base)[1000:]]),
    "arrow dictionary": lambda base: arrow(base).set_column(
        4, "contract", arrow(base)["contract"].dictionary_encode()
    ),
    "arrow large string": lambda base: arrow(base).set_column(
        4, "contract", arrow(base)["contract"].cast(pa.large_string())
    ),
    "arrow batch": lambda base: arrow(base).combine_chunks().to_batches()[0],
    "dict": lambda base: base,
    "dict of lists": lambda base: {name: as_list(values) for name, values in base.items()},
    "dict of decimals": lambda base: {
        **base,
        "arpu": [None if v is None else decimal.Decimal(str(v)) for v in as_list(base["arpu"])],
    },
    "dict of series": lambda base: {name: pd.Series(values) for name, values in base.items()},
    "dict of bool": lambda base: base,
    "misordered": lambda base: pd.DataFrame(base)[list(base)[::-1]],
    "extra": lambda base: pd.DataFrame(base).assign(when=pd.Timestamp("2024-01-01"), more=1.5),
    "strided": lambda base: {
        **base,
        "arpu": np.repeat(base["arpu"], 2)[::2],
        "tenure": base["tenure"].astype(">i4"),
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_frame_gives_the_same_model_and_scores(kind, model, base):
    table = KINDS[kind](base)
    assert model.score(table).digest() == model.score(base).digest()
    fitted = ValueModel(model.plan, random_state=7).fit(table)
    assert fitted.to_bytes() == model.to_bytes()
    assert np.array_equal(fitted.explain(table).index, model.score(base)["index"])


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "arrow batch", "dict"])
def test_scores_leave_as_the_kind_that_came_in(kind, model, base):
    table = KINDS[kind](base)
    for frame in (model.score(table).to_frame(), model.explain(table).to_frame()):
        assert type(frame) is type(table)
    frame = model.score(base).to_frame(like=table)
    assert type(frame) is type(table)


def test_missing_is_null_in_frames_that_have_nulls(model, base):
    frame = model.score(polars(base)).to_frame()
    assert frame["forecast"].null_count() == frame["stage"].null_count() == len(frame)
    assert model.score(arrow(base)).to_frame()["clv"].null_count == len(frame)


def test_arrays_have_the_order_of_the_schema_and_its_width():
    plan = make_plan(id=None)
    draw = np.random.default_rng(5)
    numbers = np.column_stack([draw.gamma(2, 30, 500), draw.integers(0, 90, 500), draw.poisson(1, 500)])
    words = draw.choice(["monthly", "yearly"], 500)
    table = np.empty((500, 4), dtype=object)
    table[:, :3], table[:, 3] = numbers, words
    named = {"contract": words, "complaints": numbers[:, 2], "tenure": numbers[:, 1], "arpu": numbers[:, 0]}
    model = ValueModel(plan).fit(table)
    assert model.to_bytes() == ValueModel(plan).fit(named).to_bytes()
    assert model.score(table) == model.score(named) == model.score(table.tolist())
    with pytest.raises(karat.ShapeError, match=r"expected 4 columns in the order of the schema \(arpu,"):
        model.score(table[:, :3])
    with pytest.raises(karat.ShapeError, match="expected a table of 2 dimensions, got 1"):
        model.score(table[0])
    record = np.array([(1.0, 2, 0, "yearly")], dtype="f8, i4, i2, U8")
    record.dtype.names = ("arpu", "tenure", "complaints", "contract")
    assert len(model.score(record)) == 1


def test_an_array_has_no_identifier(base):
    with pytest.raises(karat.SchemaError, match="the plan's id is missing from the table"):
        ValueModel(make_plan()).fit([[1, 2, 3, "monthly"]])


def test_columns_of_doubles_are_borrowed():
    values = np.arange(5.0)
    assert columns_of({"a": values}, ["a"]).wires[0][1] is values
    frame = pd.DataFrame({"a": values, "b": values})
    assert np.shares_memory(columns_of(frame, ["b"]).wires[0][1], frame["b"].to_numpy())
    series = pl.DataFrame({"a": values})
    assert np.shares_memory(columns_of(series, ["a"]).wires[0][1], series["a"].to_numpy(allow_copy=False))
    table = pa.table({"a": values})
    assert np.shares_memory(columns_of(table, ["a"]).wires[0][1], table["a"].chunk(0).to_numpy())


@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_texts_become_codes(kind):
    table = kind({"t": ["b", "a", None, "b"]})
    ((_, codes, labels),) = columns_of(table, ["t"]).wires
    assert codes.dtype == np.uint32
    assert [None if code == MISSING else labels[code] for code in codes] == ["b", "a", None, "b"]


@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_booleans_are_numbers(kind):
    ((_, values),) = columns_of(kind({"t": [True, False, None]}), ["t"]).wires
    assert values[:2].tolist() == [1.0, 0.0]
    assert np.isnan(values[2])


def test_numbers_beside_texts_are_texts():
    ((_, codes, labels),) = columns_of({"t": [1, "1", 2.5, np.nan, "x", 3.0]}, ["t"]).wires
    assert [None if code == MISSING else labels[code] for code in codes] == ["1", "1", "2.5", None, "x", "3"]


def test_whole_numbers_can_be_categories():
    plan = karat.Plan([karat.Indicator("senior", categories={"0": 1.0, "1": 0.0})])
    model = ValueModel(plan).fit({"senior": [0, 1, 1]})
    for values in ([0, 1], [0.0, 1.0], ["0", "1"], [False, True]):
        assert model.score({"senior": values})["index"].tolist() == [100.0, 0.0]


DAY = datetime.date(2024, 5, 1)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (dict, [DAY, DAY]),
        (dict, np.array(["2024-05-01"] * 2, dtype="M8[D]")),
        (dict, [b"x", b"y"]),
        (dict, [[1], [2]]),
        (dict, [1j, 2j]),
        (pd.DataFrame, pd.to_datetime(["2024-05-01"] * 2)),
        (pd.DataFrame, [DAY, DAY]),
        (pl.DataFrame, [DAY, DAY]),
        (pl.DataFrame, [[1], [2]]),
        (pa.table, [DAY, DAY]),
        (pa.table, [b"x", b"y"]),
    ],
)
def test_other_types_are_refused_by_name_together_with_all_else(kind, values, model):
    table = kind({"arpu": ["a", "b"], "tenure": values, "complaints": [1, 2], "contract": ["weekly"] * 2})
    with pytest.raises((karat.DataError, karat.ShapeError)) as caught:
        model.score(table)
    text = str(caught.value)
    assert "column `tenure`" in text
    if isinstance(caught.value, karat.DataError):
        assert "values of type" in text
        assert 'column `arpu`: text where numbers are expected: "a"' in text
        assert "column `contract`: unseen category" in text
        assert {problem[0] for problem in caught.value.problems} == {"arpu", "tenure", "contract"}


def test_lazy_frames_and_strangers_are_refused(model, base):
    with pytest.raises(karat.ParameterError, match=r"lazy frame: collect it first"):
        model.score(polars(base).lazy())
    with pytest.raises(karat.ParameterError, match=r"must be a pandas or polars DataFrame.*got int"):
        model.score(5)
    with pytest.raises(karat.ParameterError, match="`like` must be a table or one of"):
        model.score(base).to_frame("excel")


def test_whatever_speaks_arrow_comes_in(model, base):
    class Speaks:
        def __init__(self, table):
            self._table = table

        def __arrow_c_stream__(self, requested_schema=None):
            return self._table.__arrow_c_stream__(requested_schema)

    assert model.score(Speaks(arrow(base))) == model.score(base)


def test_ragged_columns_are_refused(model):
    with pytest.raises(karat.ShapeError, match="expected 2 rows of column `tenure`, got 1"):
        model.score({"arpu": [1, 2], "tenure": [1], "complaints": [1, 2], "contract": ["yearly"] * 2})


def test_no_rows_give_no_scores(model):
    base = make_base(0)
    assert len(model.score(base)) == 0
    assert len(model.score(pd.DataFrame(base)).to_frame()) == 0
    assert len(model.score(arrow(make_base(1))[:0])) == 0


def test_work_with_numpy_imports_no_frame_library():
    code = (
        "import sys, karat\n"
        "m = karat.ValueModel(karat.Plan([karat.Indicator('a')])).fit({'a': [1.0, 2.0]})\n"
        "m.score({'a': [1.0]}).digest()\n"
        "print([n for n in ('pandas', 'polars', 'pyarrow', 'sklearn', 'narwhals') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert importlib.util.find_spec("pandas") is not None
