"""scikit-learn's own tests of k-means, run against karat's classes.

Takes `sklearn/cluster/tests/test_k_means.py` as it is installed, gives it karat's `KMeans`,
`MiniBatchKMeans` and `kmeans_plusplus` under scikit-learn's names, and writes which tests pass and, for each
that cannot, why. A failure without a reason below ends with status 1.

    python benches/peers/sklearn_kmeans_tests.py [--output benches/record/sklearn-kmeans-tests.md]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import sklearn
import sklearn.cluster

import karat

#: Tests that never touch the two classes: they call functions of scikit-learn, most of them private.
OTHERS = {
    "test_relocate_empty_clusters": "tests private functions that move empty clusters",
    "test_minibatch_update_consistency": "tests a private function, on sparse data",
    "test_minibatch_reassign": "tests a private function",
    "test_k_means_function": "tests the function `k_means`, which karat does not have: `KMeans(k).fit(X)`",
    "test_euclidean_distance": "tests private functions",
    "test_inertia": "tests private functions",
    "test_is_same_clustering": "tests a private function",
}

SPARSE = "sparse data: refused with a message, since every kernel is for dense rows"

#: Why a test of the classes cannot pass: a pattern of its name, one of what it fails with, and the reason.
#: The first that fits is given; a test that fails otherwise has no excuse.
REASONS = [
    (r"sparse|csr|test_dense_sparse", r"TypeError: sparse data was passed", SPARSE),
    (r"kmeans_plusplus_output", r"TypeError: sparse data was passed", SPARSE),
    (
        r"kmeans_plusplus_(wrong_params|norms)",
        r"unexpected keyword argument 'x_squared_norms'",
        "passes squared norms, which karat has no use for",
    ),
    (
        r"test_sample_weight_(init|zero)",
        r"no attribute '_init_centroids'",
        "calls the private `_init_centroids`; karat's own tests weigh starts",
    ),
    (
        r"test_float_precision",
        r"assert dtype\('float64'\) == ",
        "asks for float32 centers of float32 rows: karat's are float64, since the centers are the model and "
        "a float32 row means the same number in double precision",
    ),
    (
        r"test_kmeans_warns_less_centers|test_relocating_with_duplicates",
        r"DataError: \d different rows cannot make \d segments",
        "fewer different rows than clusters: karat refuses and says how many there are, scikit-learn warns "
        "and returns empty clusters",
    ),
    (
        r"test_wrong_params",
        r"Regex pattern did not match",
        "the same errors in other words (ShapeError and DataError are ValueErrors)",
    ),
    (
        r"test_warning_elkan_1_cluster",
        r"DID NOT WARN",
        "a warning about the algorithm, which in karat never changes what is computed",
    ),
]


class Recorder:
    """Which tests passed, failed or were left out."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: dict[str, str] = {}
        self.traces: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a test, or of a set-up that failed."""
        name = report.nodeid.split("::")[-1]
        if report.when == "call" and report.passed:
            self.passed.append(name)
        elif report.failed:
            last = str(report.longrepr).strip().splitlines()[-1]
            crash = getattr(report.longrepr, "reprcrash", None)
            self.traces[name] = report.longreprtext
            self.failed[name] = crash.message.splitlines()[0] if crash else last

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what is not about karat."""
        kept, left = [], []
        for item in items:
            (left if item.originalname in OTHERS else kept).append(item)
        items[:] = kept
        config.hook.pytest_deselected(items=left)
        self.left = [item.name for item in left]


def reason_of(name: str, trace: str) -> str | None:
    """Why a test that failed cannot pass; None where it should have."""
    fits = (reason for of, by, reason in REASONS if re.search(of, name) and re.search(by, trace))
    return next(fits, None)


def page(recorder: Recorder) -> tuple[str, list[str]]:
    """Return what is written, and the failures without a reason."""
    explained: dict[str, list[str]] = defaultdict(list)
    unexplained = []
    for name in recorder.failed:
        reason = reason_of(name, recorder.traces[name])
        if reason is None:
            unexplained.append(name)
        else:
            explained[reason].append(name)
    for name in recorder.left:
        explained[OTHERS[name.split("[")[0]]].append(name)
    count = len(recorder.passed) + len(recorder.failed) + len(recorder.left)
    lines = [
        "# scikit-learn's tests of k-means against karat",
        "",
        f"`sklearn/cluster/tests/test_k_means.py` of scikit-learn {sklearn.__version__} with the classes of",
        f"karat {karat.__version__}, run by `benches/peers/sklearn_kmeans_tests.py`.",
        "",
        f"{count} tests: {len(recorder.passed)} pass, {sum(map(len, explained.values()))} cannot apply, "
        f"{len(unexplained)} fail.",
        "",
        "## Pass",
        "",
        *(f"- `{name}`" for name in recorder.passed),
        "",
        "## Cannot apply",
    ]
    for reason, names in sorted(explained.items(), key=lambda pair: -len(pair[1])):
        lines += [
            "",
            f"{reason[0].upper()}{reason[1:]} ({len(names)}):",
            "",
            *(f"- `{name}`" for name in names),
        ]
    if unexplained:
        lines += ["", "## Fail", "", *(f"- `{name}`: {recorder.failed[name]}" for name in unexplained)]
    return "\n".join(lines) + "\n", unexplained


def main() -> None:
    """Run the tests and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, help="where the page goes; standard output by default")
    parser.add_argument("--keep", help="run tests whose name contains this alone")
    options = parser.parse_args()
    sklearn.cluster.KMeans = karat.KMeans
    sklearn.cluster.MiniBatchKMeans = karat.MiniBatchKMeans
    sklearn.cluster.kmeans_plusplus = karat.kmeans_plusplus
    recorder = Recorder()
    arguments = [
        "--pyargs",
        "sklearn.cluster.tests.test_k_means",
        "-q",
        "--tb=short",
        "-p",
        "no:cacheprovider",
    ]
    arguments += ["--no-header", "--no-summary", "-W", "ignore::UserWarning"]
    pytest.main(arguments + (["-k", options.keep] if options.keep else []), plugins=[recorder])
    text, unexplained = page(recorder)
    if options.output:
        options.output.write_text(text)
        print(text.split("## Pass")[0])
    else:
        print(text)
    for name in unexplained:
        print(f"{name}: {recorder.failed[name]}", file=sys.stderr)
    raise SystemExit(1 if unexplained or not recorder.passed else 0)


if __name__ == "__main__":
    main()
