"""Scoring a network of 20 fields and 16 wavelons: karat beside ONNX Runtime and an MLP of the same size.

    python benches/peers/embed.py [--rounds 60] [--json]

Fits a ridge and a product network of 16 wavelons and a sparse one, an MLP of 16 hidden units beside them,
writes them as karat models and as ONNX (doubles), and times both C interfaces in one process
(`benches/c/embed.c`): one row and a batch of 4,096 rows, the least of many blocks of the CPU time. The
runtime is taken from the installed `onnxruntime` package; what is missing is left out and said so.
"""

# ruff: noqa: E402  (threads are limited before numpy is imported)
from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import karat
from karat import wavelet

ROOT = Path(__file__).resolve().parent.parent.parent
FIELDS, WAVELONS, ROWS = 20, 16, 4000
#: What issue and design ask for.
ONE_ROW, BATCH, FASTER_ONE, FASTER_BATCH = 250.0, 200.0, 15.0, 1.3

Numbers = NDArray[np.float64]


def base() -> tuple[Numbers, NDArray[np.intp]]:
    """Rows within ±2 and an event that bends and interacts."""
    random = np.random.default_rng(3)
    x = random.uniform(-2, 2, (ROWS, FIELDS))
    odds = (
        np.sin(2 * x[:, 0])
        + x[:, 1] * x[:, 2]
        - 0.5 * x[:, 3] ** 2
        + x[:, 4:] @ np.linspace(-0.2, 0.2, FIELDS - 4)
    )
    return x, (random.random(ROWS) < 1 / (1 + np.exp(-odds))).astype(np.intp)


def models(x: Numbers, y: NDArray[np.intp], folder: Path) -> dict[str, Path]:
    """Fit the three networks, each in a value model of one indicator."""
    plan = karat.Plan([karat.Indicator("x0", scale=("min_max", -2, 2))])
    value = karat.ValueModel(plan).fit({"x0": x[:, 0]})
    sparse = karat.WaveletNetworkClassifier(
        n_libraries=1, n_members=1, max_units=WAVELONS, patience=WAVELONS, random_state=0
    )
    networks: dict[str, Any] = {
        family: wavelet.fit(x, y, task="classes", family=family, wavelons=WAVELONS, max_iter=40)
        for family in ("ridge", "product")
    }
    networks["sparse"] = sparse.fit({f"x{at}": x[:, at] for at in range(FIELDS)}, y)
    paths = {}
    for name, network in networks.items():
        model = value.with_forecast("event", network)
        paths[name] = folder / f"{name}.karat"
        model.save(paths[name])
    size = f"{sparse.n_atoms_} atoms, {sparse.n_terms_} terms"
    print(f"ridge and product: {FIELDS} fields, {WAVELONS} wavelons, linear terms; sparse: {size}")
    return paths


def mlp(x: Numbers, y: NDArray[np.intp], path: Path) -> str | None:
    """Write the MLP as ONNX in doubles; else tell why not."""
    try:
        from onnx import TensorProto, checker, helper, numpy_helper, save
        from sklearn.neural_network import MLPClassifier
    except ImportError as error:
        return f"{error.name} is not installed"
    mean, deviation = x.mean(0), x.std(0)
    network = MLPClassifier((WAVELONS,), activation="tanh", max_iter=20, random_state=0)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network.fit((x - mean) / deviation, y)
    first, second = network.coefs_
    constants = {
        "mean": mean,
        "inverse": 1.0 / deviation,
        "W1": first,
        "b1": network.intercepts_[0],
        "W2": second,
        "b2": network.intercepts_[1],
    }
    nodes = [
        helper.make_node("Sub", ["X", "mean"], ["centered"]),
        helper.make_node("Mul", ["centered", "inverse"], ["z"]),
        helper.make_node("Gemm", ["z", "W1", "b1"], ["hidden"]),
        helper.make_node("Tanh", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "W2", "b2"], ["odds"]),
        helper.make_node("Sigmoid", ["odds"], ["proba"]),
    ]
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("X", TensorProto.DOUBLE, [None, FIELDS])],
        [helper.make_tensor_value_info("proba", TensorProto.DOUBLE, [None, 1])],
        [numpy_helper.from_array(np.asarray(value, np.float64), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    checker.check_model(model)
    save(model, str(path))
    return None


def runtime() -> tuple[Path | None, str]:
    """Find the shared library of ONNX Runtime in its package; else tell why not."""
    try:
        import onnxruntime
    except ImportError:
        return None, "onnxruntime is not installed"
    found = sorted((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so*"))
    return (found[0], "") if found else (None, "this onnxruntime package has no shared library of the C API")


def built(folder: Path) -> Path:
    """Compile the C program against the static library."""
    subprocess.run(["cargo", "build", "--quiet", "--release", "-p", "karat-capi"], cwd=ROOT, check=True)
    program = folder / "embed"
    subprocess.run(
        ["cc", "-std=c99", "-O2", "-Wall", "-Wextra", "-I", ROOT / "crates/karat-capi/include",
         ROOT / "benches/c/embed.c", ROOT / "target/release/libkarat.a", "-pthread", "-lm", "-ldl",
         "-o", program],
        check=True,
    )  # fmt: skip
    return program


def hashed(path: Path) -> str:
    """Hash the outputs that Python computes from the rows of the C program, as that does."""
    import sys

    sys.path.insert(0, str(ROOT / "benches"))
    from lifetimes import mixed, uniform

    rows = 4.0 * uniform(np.arange(4096 * FIELDS, dtype=np.uint64)).reshape(4096, FIELDS) - 2.0
    bits = karat.Scorer(path).forecast(rows).values.reshape(-1).view(np.uint64)
    with np.errstate(over="ignore"):
        total = mixed(bits + np.arange(bits.size, dtype=np.uint64)).sum(dtype=np.uint64)
    return f"{int(total):016x}"


def main() -> int:
    """Time both and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", action="store_true", help="the lines of the C program as well")
    chosen = parser.parse_args()
    x, y = base()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = models(x, y, folder)
        command: list[Any] = [built(folder), FIELDS, chosen.rounds]
        library, why = runtime()
        reason = mlp(x, y, folder / "mlp.onnx") if library else why
        if reason:
            print(f"ONNX Runtime is left out: {reason}")
        else:
            command += [library, folder / "mlp.onnx", 1]
        command += ["--", *(part for name, path in paths.items() for part in (name, path))]
        said = subprocess.run(
            [str(part) for part in command], check=True, capture_output=True, text=True
        ).stdout
        found = [json.loads(line) for line in said.splitlines()]
        hashes = {line["name"]: line["hash"] for line in found if line["what"] == "hash"}
        differing = [name for name, path in paths.items() if hashes[name] != hashed(path)]
    if chosen.json:
        print(said)
    figures = {(line["name"], line["what"]): line["ns"] for line in found if "ns" in line}
    their_one = figures.get(("ONNX Runtime C API", "one row"))
    their_batch = figures.get(("ONNX Runtime C API", "batch"))
    print(
        "\n| | one row, ns | batch, ns a row | record: one row, ns | batch on two threads, million rows/s |"
    )
    print("|---|---|---|---|---|")
    if their_one and their_batch:
        version = next(line["version"] for line in found if line["what"] == "version")
        print(f"| ONNX Runtime {version}, C API, MLP in doubles | {their_one:.0f} | {their_batch:.1f} | | |")
    well = not differing
    for name in paths:
        one, batch = figures[name, "one row, forecasts"], figures[name, "batch, forecasts"]
        record, wall = figures[name, "one row, record"], figures[name, "batch on two threads, wall"]
        ratio_one = f" ({their_one / one:.0f}x)" if their_one else ""
        ratio_batch = f" ({their_batch / batch:.2f}x)" if their_batch else ""
        print(
            f"| karat, {name} | {one:.0f}{ratio_one} | {batch:.1f}{ratio_batch} | {record:.0f}"
            f" | {1e3 / wall:.1f} |"
        )
        well &= one < ONE_ROW and batch < BATCH and 1e3 / wall >= 10
        if their_one and their_batch:
            well &= their_one / one >= FASTER_ONE and their_batch / batch >= FASTER_BATCH
    print(
        f"\nsame outputs in C and Python, bit by bit: {'no: ' + ', '.join(differing) if differing else 'yes'}"
    )
    print(
        f"asked for: one row under {ONE_ROW:.0f} ns, 10 million rows/s on two cores, {FASTER_ONE:.0f}x and"
        f" {FASTER_BATCH}x ONNX Runtime: {'met' if well else 'not met in this run'}"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
