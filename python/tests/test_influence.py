"""Call graphs: the worked example, peers computed in this run, and tables of every kind."""

from __future__ import annotations

import doctest
import importlib
import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import karat
from karat.influence import CallGraph, corporate_influence

FOUR = [("A", "B", 10.0), ("A", "C", 5.0), ("B", "C", 5.0), ("C", "D", 10.0)]


def random_calls(people: int, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Calls with repeated pairs, self-calls, zero weights, and people who are called and never call."""
    rng = np.random.default_rng(seed)
    callers = 86_139_000 + rng.integers(0, people * 9 // 10, rows)
    callees = 86_139_000 + rng.integers(0, people, rows)
    return callers, callees, np.where(rng.random(rows) < 0.05, 0.0, rng.gamma(2.0, 3.0, rows))


# ----- goldens: METHODS GT-1.4


def test_degree_and_strength_of_four() -> None:
    found = CallGraph(FOUR, directed=False).measures()
    assert found.ids.tolist() == ["A", "B", "C", "D"]
    assert found["degree"].tolist() == [2, 2, 3, 1]
    assert found["strength"].tolist() == [15.0, 15.0, 20.0, 10.0]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (1, [0.5, 0.333333, 0.166667, 0.0]),
        (2, [0.381944, 0.354167, 0.222222, 0.041667]),
        (3, [0.336806, 0.332176, 0.254630, 0.076389]),
    ],
)
def test_spreading_activation_of_four(steps: int, expected: list[float]) -> None:
    graph = CallGraph(FOUR, directed=False)
    found = graph.exposure(["A"], factor=0.5, steps=steps)
    np.testing.assert_allclose(found["exposure"], expected, rtol=0, atol=5e-7)
    assert found["exposure"].sum() == pytest.approx(1.0, abs=1e-15)
    reach = graph.reach(["A"], factor=0.5, steps=steps)
    assert reach["given"][0] == pytest.approx(1 - expected[0], abs=1e-6)


def test_page_rank_of_four() -> None:
    found = CallGraph(FOUR, directed=False).page_rank(damping=0.85)
    np.testing.assert_allclose(
        found["page_rank"], [0.247452, 0.247452, 0.328137, 0.176958], rtol=0, atol=5e-7
    )
    assert found.converged
    assert found.residual <= 1e-12


# ----- peers


def power_iteration(
    first: np.ndarray, second: np.ndarray, weight: np.ndarray, people: int, restart: np.ndarray
) -> np.ndarray:
    """PageRank as one writes it in numpy, over the rows as they come."""
    strength = np.bincount(first, weight, people)
    calls = strength > 0
    x = restart.copy()
    for _ in range(400):
        shared = np.divide(x, strength, out=np.zeros(people), where=calls)
        x = 0.85 * np.bincount(second, shared[first] * weight, people) + restart * (
            0.15 + 0.85 * x[~calls].sum()
        )
    return x


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("personal", [False, True])
def test_page_rank_is_that_of_a_power_iteration_in_numpy(directed: bool, personal: bool) -> None:
    callers, callees, weights = random_calls(3000, 20_000, 4)
    graph = CallGraph((callers, callees, weights), directed=directed)
    first, second = np.searchsorted(graph.ids, callers), np.searchsorted(graph.ids, callees)
    keep = first != second
    first, second, weight = first[keep], second[keep], weights[keep]
    if not directed:
        first, second = np.concatenate([first, second]), np.concatenate([second, first])
        weight = np.concatenate([weight, weight])
    restart = np.full(len(graph), 1 / len(graph))
    chosen = None
    if personal:
        chosen = {graph.ids[3].item(): 2.0, graph.ids[100].item(): 6.0}
        restart = np.zeros(len(graph))
        restart[[3, 100]] = [0.25, 0.75]
    found = graph.page_rank(restart=chosen)
    expected = power_iteration(first, second, weight, len(graph), restart)
    assert np.abs(found["page_rank"] - expected).max() < 1e-12
    assert np.abs(found["page_rank"] - expected).sum() <= found.error_bound + 1e-13


@pytest.mark.parametrize("directed", [True, False])
def test_measures_are_those_of_networkx(directed: bool) -> None:
    networkx = pytest.importorskip("networkx")
    callers, callees, weights = random_calls(300, 1500, 8)
    theirs = networkx.DiGraph() if directed else networkx.Graph()
    for a, b, weight in zip(callers.tolist(), callees.tolist(), weights.tolist(), strict=True):
        theirs.add_nodes_from([a, b])
        if a != b and weight > 0:
            theirs.add_edge(a, b, weight=weight + theirs.get_edge_data(a, b, {"weight": 0.0})["weight"])
    graph = CallGraph((callers, callees, weights), directed=directed)
    found, ids = graph.measures(hub=10**9), graph.ids.tolist()
    assert found["degree"].tolist() == [theirs.degree(i) for i in ids]
    np.testing.assert_allclose(found["strength"], [theirs.degree(i, weight="weight") for i in ids])
    ranks = networkx.pagerank(theirs, alpha=0.85, tol=1e-15, max_iter=1000)
    assert max(abs(ranks[i] - x) for i, x in zip(ids, graph.page_rank()["page_rank"], strict=True)) < 1e-10
    ties = theirs.to_undirected()
    two = [len(networkx.single_source_shortest_path_length(ties, i, 2)) - 1 for i in ids]
    assert found["circle_2"].tolist() == two
    if directed:
        assert graph.reciprocity == pytest.approx(networkx.overall_reciprocity(theirs))
        some = [i for i in ids if theirs.degree(i)]
        own = [networkx.reciprocity(theirs, i) for i in some]
        np.testing.assert_allclose([found.of(i)["reciprocity"] for i in some], own)


def test_spreading_activation_is_a_power_of_a_matrix() -> None:
    callers, callees, weights = random_calls(80, 500, 2)
    graph = CallGraph((callers, callees, weights))
    matrix = np.zeros((len(graph), len(graph)))
    np.add.at(matrix, (np.searchsorted(graph.ids, callers), np.searchsorted(graph.ids, callees)), weights)
    np.fill_diagonal(matrix, 0.0)
    strength = matrix.sum(1)
    shares = np.divide(matrix, strength[:, None], out=np.zeros_like(matrix), where=strength[:, None] > 0)
    step = np.where(strength > 0, 0.4, 1.0)[:, None] * np.eye(len(graph)) + 0.6 * shares
    churners = graph.ids[:7].tolist()
    expected = np.linalg.matrix_power(step.T, 4) @ (np.arange(len(graph)) < 7)
    found = graph.exposure(churners, factor=0.6, steps=4)
    np.testing.assert_allclose(found["exposure"], expected, rtol=1e-12, atol=1e-14)
    assert found["exposure"].sum() == pytest.approx(7.0, abs=1e-12)
    assert not found["received"][:7].any()


# ----- what must not matter


def test_order_of_rows_and_threads_change_no_bit() -> None:
    callers, callees, weights = random_calls(20_000, 300_000, 6)
    shuffled = np.random.default_rng(1).permutation(len(callers))

    def everything(rows: Any, n_threads: int) -> list[bytes]:
        graph = CallGraph((callers[rows], callees[rows], weights[rows]), n_threads=n_threads)
        churners = graph.ids[::50]
        results = [graph.measures(hub=60), graph.page_rank(), graph.exposure(churners)]
        results += [
            graph.reach(graph.ids[:50]),
            graph.network_value((graph.ids, np.arange(len(graph))), contagion=0.2),
        ]
        return [values.tobytes() for result in results for values in result.columns.values()]

    expected = everything(slice(None), 1)
    assert everything(shuffled, 1) == expected
    assert everything(slice(None), 3) == expected


# ----- identifiers and frames of every kind


KINDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "lazy": pl.LazyFrame,
    "pyarrow": pa.table,
    "batch": lambda columns: pa.RecordBatch.from_pydict(columns),
    "dict": lambda columns: columns,
    "arrays": lambda columns: tuple(np.asarray(column) for column in columns.values()),
    "rows": lambda columns: list(zip(*columns.values(), strict=True)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ids", ["text", "numbers"])
def test_every_kind_of_table_gives_the_same_bits(kind: str, ids: str) -> None:
    callers, callees, weights = random_calls(200, 800, 3)
    if ids == "text":
        columns = {"caller": [f"c{i}" for i in callers], "callee": [f"c{i}" for i in callees]}
    else:
        columns = {"caller": callers.tolist(), "callee": callees.tolist()}
    columns["weight"] = weights.tolist()
    graph = CallGraph(KINDS[kind](columns), weight="weight")
    plain = CallGraph((callers, callees, weights))
    assert [str(i).removeprefix("c") for i in graph.ids] == [str(i) for i in plain.ids]
    assert graph.page_rank()["page_rank"].tobytes() == plain.page_rank()["page_rank"].tobytes()
    made = graph.measures().to_frame()
    library = {"lazy": "polars", "batch": "pyarrow"}.get(kind, kind)
    assert type(made).__module__.split(".")[0] == (
        library if library in ("pandas", "polars", "pyarrow") else "builtins"
    )
    first = made["id"][0]
    assert (first.as_py() if hasattr(first, "as_py") else first) == graph.ids[0]


def test_identifiers_of_any_hashable_kind_and_mixed() -> None:
    rows = [(("shop", 1), "ann", 2.0), ("ann", 7, 1.0), (7, ("shop", 1), 3.0), (True, "ann", 1.0)]
    graph = CallGraph(rows)
    assert len(graph) == 4
    assert graph.measures().of(("shop", 1))["degree"] == 2
    again = CallGraph(rows[::-1])
    assert again.ids.tolist() == graph.ids.tolist()
    assert len(graph.page_rank().to_frame("pandas")) == 4


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64", "Int64"])
def test_numbers_keep_their_type_so_that_they_join(dtype: str) -> None:
    calls = pd.DataFrame({"caller": [1, 2], "callee": [2, 9]}).astype(dtype)
    if dtype != "Int64":
        found = CallGraph(pl.from_pandas(calls)).page_rank().to_frame()
        customers = pl.DataFrame({"id": pl.Series([2, 9], dtype=found["id"].dtype)})
        assert found["id"].dtype == pl.from_pandas(calls)["caller"].dtype
        assert len(customers.join(found, on="id")) == 2
    assert CallGraph(calls).ids.tolist() == [1, 2, 9]


def test_floats_that_are_whole_are_numbers_and_others_are_values() -> None:
    assert CallGraph((np.array([1.0, 2.0]), np.array([2.0, 3.0]))).ids.dtype == np.int64
    assert CallGraph((np.array([0.5, 2.0]), np.array([2.0, 0.5]))).ids.tolist() == [0.5, 2.0]


def test_customers_without_calls_are_there_and_on_net_is_measured() -> None:
    graph = CallGraph([(1, 2, 3.0), (1, 5, 1.0), (5, 2, 4.0)], customers=[1, 2, 8])
    found = graph.measures()
    assert graph.ids.tolist() == [1, 2, 5, 8]
    # 1 talks 3 of 4 with the customer 2; 2 talks 3 of 7 with the customer 1; 5 with customers alone.
    np.testing.assert_allclose(found["on_net_share"], [3 / 4, 3 / 7, 1.0, np.nan])
    np.testing.assert_allclose(found["on_net_circle"], [1 / 2, 1 / 2, 1.0, np.nan])
    assert found.of(8)["degree"] == 0
    assert graph.reach().ids.tolist() == [1, 2, 8]


# ----- network value


def test_network_value() -> None:
    graph = CallGraph([("a", "b", 3.0), ("b", "c", 1.0)], directed=False)
    values = {"a": 100.0, "b": 40.0, "new": 5.0}
    found = graph.network_value(values, contagion=0.2)
    assert found.without_calls == 1
    np.testing.assert_allclose(found["circle_value"], [0.2 * 0.75 * 40, 0.2 * 100, 0.2 * 0.25 * 40])
    np.testing.assert_allclose(found["network_value"], [106.0, 60.0, np.nan])
    series = graph.network_value(pd.Series(values), contagion=0.2)
    assert series["network_value"].tobytes() == found["network_value"].tobytes()
    with pytest.raises(karat.DataError, match="no probability"):
        graph.network_value(values)
    with pytest.raises(karat.DataError, match="not in the graph"):
        graph.network_value({"x": 1.0})
    with pytest.raises(karat.ParameterError, match="got inf for 'b'"):
        graph.network_value({"a": 1.0, "b": float("inf")}, contagion=0.2)
    with pytest.raises(karat.ParameterError, match=r"one value for each person, got 2\.0 for 'a'"):
        graph.network_value((["a", "a"], [1.0, 2.0]), contagion=0.2)
    with pytest.raises(karat.ParameterError, match="contagion"):
        graph.network_value(values, contagion=2)


def test_corporate_influence() -> None:
    frame = pd.DataFrame(
        {"id": ["x", "y"], "lines": [999, 0], "industry_rank": [1, 100], "press": [9, 1], "state": [9, 5]}
    )
    found = corporate_influence(frame, roles=["press", "state"], most_lines=999, weights=[0.5, 0.25, 0.25])
    np.testing.assert_allclose(found["influence"], [1.0, 0.25 * 3 / 9], rtol=1e-14)
    assert list(found.to_frame().columns) == ["id", "influence", "lines", "industry", "roles"]
    with pytest.raises(karat.DataError, match="between 1 and 9"):
        corporate_influence(frame.assign(press=10), roles=["press"])
    with pytest.raises(karat.SchemaError, match="did you mean `state`"):
        corporate_influence(frame, roles=["states"])
    with pytest.raises(karat.DataError, match="once each"):
        corporate_influence(frame.assign(id="x"), roles=["press"])


# ----- bad input


def test_bad_weights_are_all_named_by_row() -> None:
    with pytest.raises(karat.DataError) as told:
        CallGraph((["a", "b", "c", "d"], ["b", "c", "d", "a"], [1.0, -1.0, float("nan"), float("inf")]))
    assert [problem[1] for problem in told.value.problems] == [
        "not a number: NaN",
        "infinite: inf",
        "negative: -1.0",
    ]
    with pytest.raises(karat.DataError, match="not numeric"):
        CallGraph((["a"], ["b"], ["much"]))
    with pytest.raises(karat.ShapeError, match="one number a row"):
        CallGraph((["a"], ["b"], [[1.0]]))
    nullable = pd.DataFrame({"caller": ["a", "b"], "callee": ["b", "c"], "n": pd.array([1, None], "Int64")})
    for frame in (nullable, pl.from_pandas(nullable), pa.Table.from_pandas(nullable)):
        with pytest.raises(karat.DataError, match=r"column `n`: not a number: NaN \(1 row: 1\)"):
            CallGraph(frame, weight="n")


def test_unknown_people_get_the_nearest() -> None:
    graph = CallGraph([("anna", "bert"), ("carl", "bert")])
    with pytest.raises(karat.DataError, match=r"'ana' \(did you mean anna\?\).*had no calls"):
        graph.exposure(["ana", "bert"])
    with pytest.raises(karat.DataError, match="did you mean bert"):
        graph.page_rank(restart={"bertt": 1.0})
    with pytest.raises(karat.DataError, match="did you mean carl"):
        graph.reach(["karl"])
    numbers = CallGraph([(86_139_001, 86_139_002)])
    with pytest.raises(karat.DataError, match=r"86139003 \(did you mean 8613900[12]\?\)"):
        numbers.exposure([86_139_003])
    with pytest.raises(karat.DataError, match="not in the graph"):
        numbers.exposure(["86139001"])


def test_missing_columns_and_identifiers() -> None:
    frame = pd.DataFrame({"calller": [1], "callee": [2], "minutes": [3.0]})
    with pytest.raises(karat.SchemaError, match="did you mean `calller`"):
        CallGraph(frame)
    for column in (["a", None, "c"], pd.Series(["a", None, "c"]), pl.Series(["a", None, "c"])):
        with pytest.raises(karat.DataError, match=r"identifier missing \(1 row: 1\)"):
            CallGraph((column, ["x", "y", "z"]))
    for column in (np.array([1.0, np.nan]), pd.Series([1, None], dtype="Int64"), pl.Series([1, None])):
        with pytest.raises(karat.DataError, match=r"identifier missing \(1 row: 1\)"):
            CallGraph((column, [5, 6]))
    with pytest.raises(karat.DataError, match="several kinds"):
        CallGraph(([1, 2], ["1", "2"]))
    with pytest.raises(karat.ShapeError, match="same number of rows"):
        CallGraph(([1, 2], [3]))
    with pytest.raises(karat.DataError, match="hashable"):
        CallGraph(([["a"]], [["b"]]))


def test_empty_and_lonely_graphs() -> None:
    with pytest.raises(karat.DataError, match="no rows"):
        CallGraph([])
    with pytest.raises(karat.DataError, match="no rows"):
        CallGraph(pd.DataFrame({"caller": [], "callee": []}))
    for alone in (CallGraph([("me", "me", 3.0)]), CallGraph([], customers=["me"])):
        assert (len(alone), alone.pairs) == (1, 0)
        assert alone.page_rank().of("me") == {"page_rank": 1.0}
        assert alone.exposure(["me"]).of("me")["exposure"] == 1.0
        assert np.isnan(alone.measures()["reciprocity"]).all()
    no_weight = CallGraph([("a", "b", 0.0)])
    assert (no_weight.pairs, no_weight.zero_weights, len(no_weight)) == (0, 1, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda graph: graph.page_rank(damping=1.0),
        lambda graph: graph.page_rank(tolerance=float("nan")),
        lambda graph: graph.page_rank(max_iterations=0),
        lambda graph: graph.page_rank(restart=[]),
        lambda graph: graph.page_rank(restart={"A": -1.0, "B": 2.0}),
        lambda graph: graph.exposure({"A": float("nan")}),
        lambda graph: graph.exposure({"A": 0.0}),
        lambda graph: graph.exposure(["A"], factor=1.1),
        lambda graph: graph.exposure(["A"], steps=0),
        lambda graph: graph.measures(hub=-1),
        lambda graph: graph.page_rank().top(by="rank"),
    ],
)
def test_parameters_have_their_ranges(call: Callable[[CallGraph], object]) -> None:
    with pytest.raises(karat.ParameterError):
        call(CallGraph(FOUR))


def test_ranks_that_do_not_converge_warn() -> None:
    graph = CallGraph(random_calls(500, 2000, 1))
    with pytest.warns(karat.ConvergenceWarning, match="2 iterations"):
        assert not graph.page_rank(max_iterations=2).converged


def test_progress_is_told_and_stops() -> None:
    told: list[tuple[str, float]] = []
    callers, callees, weights = random_calls(500, 3000, 1)
    graph = CallGraph((callers, callees, weights), progress=lambda task, share: told.append((task, share)))
    graph.page_rank(progress=lambda task, share: told.append((task, share)))
    assert {task for task, _ in told} == {"call graph", "PageRank"}
    assert [share for task, share in told if task == "PageRank"][-1] == 1.0
    with pytest.raises(karat.StoppedError):
        graph.measures(progress=lambda *_: False)


def test_an_interrupt_stops_a_long_run() -> None:
    graph = CallGraph(random_calls(30_000, 600_000, 1), n_threads=1)
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        graph.exposure(graph.ids[:3], steps=10**6)
    timer.join()


def test_results_show_what_they_are() -> None:
    graph = CallGraph([*FOUR, ("A", "A", 1.0), ("A", "B", 1.0)])
    assert repr(graph) == "<CallGraph: 4 people, 4 pairs of 6 rows (1 self-calls left out, 1 repeated)>"
    assert "residual" in repr(graph.page_rank())
    assert "<table>" in graph.measures()._repr_html_()
    assert graph.measures().top("strength", 2)[0] == ("C", 20.0)


@pytest.mark.parametrize("module", ["_call_graph", "_corporate"])
def test_examples_run(module: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"karat.{module}"))
    assert tried > 0
    assert failed == 0
