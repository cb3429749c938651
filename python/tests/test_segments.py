"""Choosing and trusting segments, against scikit-learn, plain numpy and published examples."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import karat
from karat import segments


def blobs(k: int, size: int, d: int, apart: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    centers = random.normal(size=(k, d))
    centers *= apart / min(np.linalg.norm(a - b) for i, a in enumerate(centers) for b in centers[:i])
    labels = np.repeat(np.arange(k), size)
    return random.normal(size=(k * size, d)) + centers[labels], labels


@pytest.mark.parametrize("seed", range(6))
def test_indices_equal_those_of_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(seed)
    k, d, n = int(random.integers(2, 9)), int(random.integers(1, 12)), int(random.integers(200, 900))
    x = random.normal(size=(n, d)) * np.exp(random.normal(size=d))
    labels = random.integers(0, k, n)
    x += 1.5 * labels[:, None]
    # From exact differences; scikit-learn's own distances expand squares and lose half the digits.
    distances = np.sqrt(((x[:, None] - x[None]) ** 2).sum(-1))
    expected = metrics.silhouette_samples(distances, labels, metric="precomputed")
    found = segments.silhouette(x, labels)
    np.testing.assert_allclose(found.widths, expected, rtol=0, atol=1e-12)
    assert found.mean == pytest.approx(
        metrics.silhouette_score(distances, labels, metric="precomputed"), abs=1e-12
    )
    expected = metrics.calinski_harabasz_score(x, labels)
    assert segments.calinski_harabasz(x, labels) == pytest.approx(expected, rel=1e-12)
    assert segments.davies_bouldin(x, labels) == pytest.approx(
        metrics.davies_bouldin_score(x, labels), rel=1e-12
    )
    other = random.integers(0, 4, n)
    assert segments.adjusted_rand(labels, other) == pytest.approx(
        metrics.adjusted_rand_score(labels, other), abs=1e-12
    )
    assert segments.normalised_mutual_information(labels, other) == pytest.approx(
        metrics.normalized_mutual_info_score(labels, other), abs=1e-12
    )


def test_singles_mean_the_same_numbers() -> None:
    x, labels = blobs(3, 60, 4, 4.0)
    single = x.astype(np.float32)
    double = single.astype(np.float64)
    assert segments.silhouette(single, labels).mean == segments.silhouette(double, labels).mean
    assert segments.davies_bouldin(single, labels) == segments.davies_bouldin(double, labels)
    columns = np.asfortranarray(double)
    assert segments.calinski_harabasz(columns, labels) == segments.calinski_harabasz(double, labels)
    sixes = np.repeat(double, 2, axis=0)[::2]
    assert segments.silhouette(sixes, labels).mean == segments.silhouette(double, labels, n_threads=1).mean


def test_a_sampled_silhouette_is_near_the_exact_one() -> None:
    x, labels = blobs(4, 500, 3, 3.0)
    exact = segments.silhouette(x, labels)
    found = segments.silhouette(x, labels, sample=300)
    assert exact.standard_error == 0 < found.standard_error < 0.05
    assert abs(found.mean - exact.mean) < 4 * found.standard_error
    assert len(found.widths) == 300
    assert set(found.by_segment) == {0, 1, 2, 3}


def gap_by_numpy(x: np.ndarray, ks: range, references: int, seed: int) -> np.ndarray:
    """Tibshirani's gap with plain Lloyd iterations from several starts: shares no code with karat."""
    random = np.random.default_rng(seed)

    def log_inertia(table: np.ndarray, k: int) -> float:
        best = np.inf
        for _ in range(12):
            centers = table[random.choice(len(table), k, replace=False)]
            for _ in range(60):
                squares = ((table[:, None] - centers[None]) ** 2).sum(-1)
                labels = squares.argmin(1)
                kept = [table[labels == c].mean(0) if (labels == c).any() else centers[c] for c in range(k)]
                centers = np.array(kept)
            best = min(best, ((table[:, None] - centers[None]) ** 2).sum(-1).min(1).sum())
        return float(np.log(best))

    boxes = [random.uniform(x.min(0), x.max(0), x.shape) for _ in range(references)]
    return np.array([np.mean([log_inertia(box, k) for box in boxes]) - log_inertia(x, k) for k in ks])


def test_the_gap_equals_an_independent_one() -> None:
    x, _ = blobs(3, 50, 2, 6.0)
    found = segments.gap_statistic(x, range(1, 5), references=20, n_init=10)
    expected = gap_by_numpy(x, range(1, 5), 20, 1)
    # Both means of 20 draws: four of their standard errors.
    assert np.all(np.abs(found.gap - expected) < 4 * found.error * np.sqrt(2 / 20)), (found.gap, expected)
    assert found.recommended_k == 3
    turned = segments.gap_statistic(x, range(1, 5), reference="principal_components")
    assert turned.recommended_k == 3
    with pytest.raises(karat.ParameterError, match="`reference` must be"):
        segments.gap_statistic(x, [1, 2], reference="sphere")


def test_the_elbow_of_the_published_example() -> None:
    """Figure 2 of the Kneedle paper, turned over: the bend is at 0.22."""
    places = np.linspace(0, 1, 10)
    assert segments.elbow(places, 1 / (places + 0.1) - 5) == pytest.approx(0.22, abs=0.005)


def test_alignment_keeps_numbers_and_counts_migration() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    random = np.random.default_rng(3)
    for _ in range(30):
        before = random.integers(0, 7, 300)
        after = np.where(
            random.uniform(size=300) < 0.6, random.permutation(9)[before], random.integers(0, 9, 300)
        )
        moved = segments.align(before, after)
        table = np.zeros((9, 9), dtype=int)
        np.add.at(table, (before, after), 1)
        rows, columns = optimize.linear_sum_assignment(-table)
        assert moved.kept == pytest.approx(table[rows, columns].sum() / 300)
        assert moved.kept == np.mean(moved.labels == before)
        assert moved.counts.sum() == 300
        assert segments.adjusted_rand(moved.labels, after) == 1.0
        assert [moved.renamed[label] for label in moved.order()] == sorted(moved.renamed.values())
    moved = segments.align([0, 0, 1, 1, 2], [2, 2, 0, 0, 0])
    assert (moved.labels.tolist(), moved.ended, moved.begun) == ([0, 0, 1, 1, 1], [2], [])
    assert moved.to_frame("dict")["after_1"].tolist() == [0, 2, 1]
    split = segments.align([0, 0, 0, 1], [0, 0, 1, 2])
    assert (split.labels.tolist(), split.begun) == ([0, 0, 2, 1], [2])


def test_stable_segments_and_their_opposite() -> None:
    x, labels = blobs(3, 120, 3, 8.0)
    found = segments.stability(x, labels, resamples=15)
    assert min(found.jaccard.values()) > 0.95
    assert found.mean > 0.95
    one = np.random.default_rng(1).normal(size=(400, 4))
    cut = karat.KMeans(6, random_state=0).fit(one).labels_
    shaky = segments.stability(one, cut, resamples=15)
    assert max(shaky.jaccard.values()) < 0.8
    assert shaky.mean < 0.6
    assert segments.prediction_strength(x, 3).mean > 0.95 > 0.8 > segments.prediction_strength(x, 5).mean


@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_the_planted_number_is_recommended(k: int) -> None:
    x, _ = blobs(k, 150, 4, 6.5, seed=k)
    choice = segments.choose_k(x, range(1, 11))
    assert choice.recommended_k == k, f"{choice}"
    assert choice.probability > 0.5
    assert choice.reason.startswith(f"{k} segments")
    assert choice.best_.n_clusters == k
    assert choice.best_.labels_.shape == (len(x),)
    assert choice.table["k"].tolist() == list(range(1, 11))
    assert choice.table["probability"].sum() == pytest.approx(1)
    assert [size.sum() for size in choice.sizes.values()] == [len(x)] * 10
    again = segments.choose_k(x, range(1, 11), n_threads=1)
    np.testing.assert_equal({**again.table, "seconds": None}, {**choice.table, "seconds": None})


def test_a_choice_shows_itself_and_its_frames() -> None:
    pandas = pytest.importorskip("pandas")
    x, _ = blobs(3, 100, 3, 7.0)
    frame = pandas.DataFrame(x, columns=["a", "b", "c"])
    choice = segments.choose_k(frame, range(2, 7))
    table = choice.to_frame(frame)
    assert isinstance(table, pandas.DataFrame)
    assert len(table) == 6
    assert ">  3" in str(choice)
    assert "3 segments" in repr(choice)
    assert "<table" in choice._repr_html_()
    assert "silhouette" in choice._repr_html_()
    assert list(choice.best_.feature_names_in_) == ["a", "b", "c"]
    assert choice.fit(4).n_clusters == 4
    assert pickle.loads(pickle.dumps(choice)).recommended_k == 3
    with pytest.raises(karat.ParameterError, match="`k` must be 1 to 6"):
        choice.fit(9)


def test_no_segments_is_an_answer() -> None:
    random = np.random.default_rng(5)
    for x in (random.normal(size=(2000, 3)), random.uniform(size=(1500, 5)), random.gamma(4, size=(2500, 4))):
        choice = segments.choose_k(x)
        assert choice.recommended_k == 1, str(choice)
        assert choice.reason.startswith("no segments")
        assert [finding.code for finding in choice.findings] == ["W220"]
        assert segments.choose_k(x, range(2, 8), resamples=0).recommended_k >= 2


def test_findings_name_tiny_segments_and_the_end_of_the_range() -> None:
    x, _ = blobs(3, 400, 3, 8.0)
    far = np.vstack([x, np.random.default_rng(1).normal(size=(8, 3)) + 60])
    codes = {finding.code for finding in segments.choose_k(far, range(2, 9)).findings}
    assert "W222" in codes
    end = segments.choose_k(x, range(2, 4)).findings
    assert "W224" in {finding.code for finding in end}


def test_profiles_say_what_sets_segments_apart() -> None:
    random = np.random.default_rng(2)
    table = {"arpu": random.gamma(4, 10, 900), "calls": random.poisson(5, 900).astype(float)}
    labels = ((table["arpu"] > 40) & (table["calls"] >= 5)).astype(int)
    table["noise"] = np.where(random.uniform(size=900) < 0.1, np.nan, random.normal(size=900))
    found = segments.profile(table, labels, value="arpu")
    np.testing.assert_allclose(found.means[1, 0], table["arpu"][labels == 1].mean(), rtol=1e-13)
    deviation = table["arpu"].std()
    np.testing.assert_allclose(
        found.differences[1, 0], (found.means[1, 0] - table["arpu"].mean()) / deviation, rtol=1e-12
    )
    worth = table["arpu"][labels == 1].sum() / table["arpu"].sum()
    assert found.value_shares is not None
    assert found.value_shares[1] == pytest.approx(worth)
    assert found.purity[1] > 0.9
    assert found.coverage[1] > 0.9
    holds = np.ones(900, dtype=bool)
    for measure, low, high in found.conditions[1]:
        holds &= table[measure] >= (-np.inf if low is None else low)
        holds &= table[measure] < (np.inf if high is None else high)
    assert holds.sum() == found.rule_rows[1]
    assert found.purity[1] == pytest.approx(labels[holds].mean())
    assert "arpu" in found.rules[1]
    assert "high arpu" in found.names[1]
    assert found.to_frame("dict")["rule"][1] == found.rules[1]
    assert "<table" in found._repr_html_()
    with pytest.raises(karat.ParameterError, match="`value` must be finite and >= 0"):
        segments.profile({"a": [1.0, -1.0]}, [0, 0], value="a")


def breaks_by_numpy(values: np.ndarray, weights: np.ndarray, k: int) -> float:
    """The plain O(k n^2) dynamic programme."""
    order = np.argsort(values)
    v, w = values[order], weights[order]
    n = len(v)
    cost = np.zeros((n, n + 1))
    for i in range(n):
        for j in range(i + 1, n + 1):
            total = w[i:j].sum()
            if total > 0:
                mean = np.average(v[i:j], weights=w[i:j])
                cost[i, j] = np.sum(w[i:j] * (v[i:j] - mean) ** 2)
    best = cost[0].copy()
    for _ in range(k - 1):
        best = np.array([min([best[i] + cost[i, j] for i in range(j)] or [0.0]) for j in range(n + 1)])
    return float(best[n])


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_natural_breaks_are_optimal(k: int) -> None:
    random = np.random.default_rng(k)
    values = random.normal(size=60).round(1) * np.exp(random.normal(size=60)).round(1)
    weights = random.uniform(0, 3, 60)
    found = segments.natural_breaks(values, k, weights=weights)
    assert found.inertia == pytest.approx(breaks_by_numpy(values, weights, k), rel=1e-10)
    classes = found.predict(values)
    assert np.bincount(classes, minlength=k).tolist() == found.sizes.tolist()
    means = [np.average(values[classes == c], weights=weights[classes == c]) for c in range(k)]
    np.testing.assert_allclose(found.means, means, rtol=1e-12)
    total = np.sum(weights * (values - np.average(values, weights=weights)) ** 2)
    assert found.goodness_of_fit == pytest.approx(1 - found.inertia / total)


def test_natural_breaks_of_published_examples() -> None:
    """The example in the documentation of Ckmeans.1d.dp, and k as large as the values allow."""
    values = [-1, 2, -1, 2, 4, 5, 6, -1, 2, -1]
    found = segments.natural_breaks(values, 3)
    assert (found.cuts.tolist(), found.means.tolist(), found.sizes.tolist()) == (
        [2, 4],
        [-1, 2, 5],
        [4, 3, 3],
    )
    assert found.inertia == 2.0
    with pytest.raises(karat.DataError, match="5 different values cannot make 6 classes"):
        segments.natural_breaks(values, 6)


def test_bad_input_is_named() -> None:
    x = np.arange(12.0).reshape(6, 2)
    with pytest.raises(karat.ShapeError, match="expected 6 labels, one a row, got 2"):
        segments.silhouette(x, [0, 1])
    with pytest.raises(karat.ParameterError, match="must name 2 to 5 segments"):
        segments.davies_bouldin(x, [0] * 6)
    with pytest.raises(karat.ParameterError, match=r"0 or more in every row \(row 1\), got -1"):
        segments.calinski_harabasz(x, [0, -1, 0, 0, 1, 1])
    with pytest.raises(karat.ParameterError, match="whole numbers"):
        segments.adjusted_rand(["a", "b"], [0, 1])
    with pytest.raises(karat.DataError, match="NaN"):
        segments.choose_k(np.array([[1.0], [np.nan]]))
    with pytest.raises(karat.DataError, match="NaN"):
        segments.silhouette(np.full((4, 2), np.nan, dtype=np.float32), [0, 0, 1, 1])
    with pytest.raises(karat.ParameterError, match="neighbouring numbers"):
        segments.choose_k(x, [2, 4])
