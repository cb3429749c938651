//! Choosing and trusting segments: indices, agreement, stability, and the number of segments.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use karat::Error;
use karat::classify::segments::KMeans;
use karat::classify::segments::quality::{
    self, Agreement, ChooseK, GapStatistic, KChoice, KRow, Reference, Silhouette,
};
use karat::evaluate::weights::Finding;
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::error::{detached, raise};

/// Rows in doubles or singles.
enum Rows<'py> {
    Double(PyReadonlyArray2<'py, f64>),
    Single(PyReadonlyArray2<'py, f32>),
}

impl<'py> Rows<'py> {
    fn read(x: &Bound<'py, PyAny>) -> PyResult<Rows<'py>> {
        match x.extract::<PyReadonlyArray2<'py, f32>>() {
            Ok(single) => Ok(Rows::Single(single)),
            Err(_) => Ok(Rows::Double(x.extract()?)),
        }
    }
}

/// The same expression for rows of either kind, without the interpreter's lock.
macro_rules! over_rows {
    ($py:expr, $x:expr, $view:ident => $work:expr) => {
        match Rows::read($x)? {
            Rows::Double(rows) => {
                let $view = rows.as_array();
                detached($py, || $work)
            }
            Rows::Single(rows) => {
                let $view = rows.as_array();
                detached($py, || $work)
            }
        }
    };
}

fn plan(k: usize, restarts: usize, seed: u64, threads: usize) -> KMeans {
    KMeans::new(k).restarts(restarts).seed(seed).threads(threads)
}

fn silhouette_dict<'py>(py: Python<'py>, found: &Silhouette) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(py);
    result.set_item("mean", found.mean)?;
    result.set_item("standard_error", found.standard_error)?;
    result.set_item("rows", PyArray1::from_iter(py, found.rows.iter().map(|&row| row as i64)))?;
    result.set_item("widths", PyArray1::from_slice(py, &found.widths))?;
    result.set_item("segments", found.segments.clone())?;
    result.set_item("segment_means", PyArray1::from_slice(py, &found.segment_means))?;
    Ok(result)
}

/// Silhouettes of all rows, or of `sample` rows against `references`.
#[pyfunction]
#[pyo3(signature = (x, labels, sample, seed, n_threads))]
fn silhouette<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    labels: PyReadonlyArray1<'py, u32>,
    sample: Option<(usize, usize)>,
    seed: u64,
    n_threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let labels = labels.as_slice()?;
    let found = over_rows!(py, x, view => match sample {
        None => quality::silhouette(view, labels, n_threads),
        Some(sizes) => quality::sampled_silhouette(view, labels, sizes, seed, n_threads),
    })?;
    silhouette_dict(py, &found)
}

#[pyfunction]
fn simplified_silhouette<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    labels: PyReadonlyArray1<'py, u32>,
    centers: PyReadonlyArray2<'py, f64>,
    n_threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let (labels, centers) = (labels.as_slice()?, centers.as_array());
    let found = over_rows!(py, x, view => quality::simplified_silhouette(view, labels, centers, n_threads))?;
    silhouette_dict(py, &found)
}

#[pyfunction]
fn calinski_harabasz(
    py: Python<'_>,
    x: &Bound<'_, PyAny>,
    labels: PyReadonlyArray1<'_, u32>,
    n_threads: usize,
) -> PyResult<f64> {
    let labels = labels.as_slice()?;
    over_rows!(py, x, view => quality::calinski_harabasz(view, labels, n_threads))
}

#[pyfunction]
fn davies_bouldin(
    py: Python<'_>,
    x: &Bound<'_, PyAny>,
    labels: PyReadonlyArray1<'_, u32>,
    n_threads: usize,
) -> PyResult<f64> {
    let labels = labels.as_slice()?;
    over_rows!(py, x, view => quality::davies_bouldin(view, labels, n_threads))
}

#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python function, one by one")]
fn gap_statistic<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    ks: Vec<usize>,
    references: usize,
    reference: &str,
    n_init: usize,
    seed: u64,
    n_threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let reference = match reference {
        "box" => Reference::Box,
        "principal_components" => Reference::PrincipalComponents,
        other => {
            let rule = "must be \"box\" or \"principal_components\"";
            return Err(raise(py, &Error::argument("reference", rule, format!("\"{other}\""))));
        }
    };
    let gap = GapStatistic::new()
        .references(references)
        .reference(reference)
        .plan(plan(1, n_init, seed, n_threads))
        .seed(seed);
    let found = over_rows!(py, x, view => gap.of(view, &ks))?;
    let result = PyDict::new(py);
    result.set_item("k", PyArray1::from_iter(py, found.ks.iter().map(|&k| k as i64)))?;
    for (name, values) in [
        ("log_inertia", &found.log_inertia),
        ("expected", &found.expected),
        ("gap", &found.gaps),
        ("error", &found.errors),
    ] {
        result.set_item(name, PyArray1::from_slice(py, values))?;
    }
    result.set_item("recommended_k", found.recommended)?;
    Ok(result)
}

#[pyfunction]
fn elbow(py: Python<'_>, places: Vec<f64>, values: Vec<f64>) -> PyResult<Option<usize>> {
    quality::elbow(&places, &values).map_err(|error| raise(py, &error))
}

#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python function, one by one")]
fn segment_stability<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    labels: PyReadonlyArray1<'py, u32>,
    k: usize,
    n_init: usize,
    resamples: usize,
    seed: u64,
    n_threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let labels = labels.as_slice()?;
    let plan = plan(k, n_init, seed, n_threads);
    let found = over_rows!(py, x, view => quality::stability(view, labels, &plan, resamples, seed))?;
    let result = PyDict::new(py);
    result.set_item("adjusted_rand", PyArray1::from_slice(py, &found.adjusted_rand))?;
    result.set_item("mean", found.mean_adjusted_rand)?;
    result.set_item("error", found.adjusted_rand_error)?;
    result.set_item("segments", found.segments)?;
    result.set_item("jaccard", PyArray1::from_slice(py, &found.jaccard))?;
    result.set_item("dissolved", found.dissolved)?;
    Ok(result)
}

#[pyfunction]
fn prediction_strength<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    k: usize,
    n_init: usize,
    splits: usize,
    seed: u64,
    n_threads: usize,
) -> PyResult<(Bound<'py, PyArray1<f64>>, f64, f64)> {
    let plan = plan(k, n_init, seed, n_threads);
    let found = over_rows!(py, x, view => quality::prediction_strength(view, &plan, splits, seed))?;
    Ok((PyArray1::from_slice(py, &found.strengths), found.mean, found.error))
}

fn counts<'py>(py: Python<'py>, counts: &[Vec<u64>]) -> PyResult<Bound<'py, PyArray2<i64>>> {
    let rows: Vec<Vec<i64>> =
        counts.iter().map(|row| row.iter().map(|&count| count.cast_signed()).collect()).collect();
    Ok(PyArray2::from_vec2(py, &rows)?)
}

#[pyfunction]
fn segment_agreement<'py>(
    py: Python<'py>,
    before: PyReadonlyArray1<'py, u32>,
    after: PyReadonlyArray1<'py, u32>,
) -> PyResult<Bound<'py, PyDict>> {
    let (before, after) = (before.as_slice()?, after.as_slice()?);
    let found = detached(py, || Agreement::new(before, after))?;
    let result = PyDict::new(py);
    result.set_item("adjusted_rand", found.adjusted_rand())?;
    result.set_item("normalised_mutual_information", found.normalised_mutual_information())?;
    result.set_item("jaccard", found.best_jaccard())?;
    result.set_item("before", found.before.clone())?;
    result.set_item("after", found.after.clone())?;
    result.set_item("counts", counts(py, &found.counts)?)?;
    Ok(result)
}

#[pyfunction]
fn align_segments<'py>(
    py: Python<'py>,
    before: PyReadonlyArray1<'py, u32>,
    after: PyReadonlyArray1<'py, u32>,
) -> PyResult<Bound<'py, PyDict>> {
    let (before, after) = (before.as_slice()?, after.as_slice()?);
    let found = detached(py, || quality::align(before, after))?;
    let result = PyDict::new(py);
    result.set_item("labels", PyArray1::from_iter(py, found.labels.iter().map(|&l| l.cast_signed())))?;
    let renamed: Vec<(u32, u32)> =
        found.agreement.after.iter().map(|&label| (label, found.renamed[label as usize])).collect();
    result.set_item("renamed", renamed)?;
    result.set_item("kept", found.kept)?;
    result.set_item("ended", found.ended)?;
    result.set_item("begun", found.begun)?;
    result.set_item("numbers", found.numbers)?;
    result.set_item("migration", counts(py, &found.migration)?)?;
    result.set_item("adjusted_rand", found.agreement.adjusted_rand())?;
    Ok(result)
}

/// What a signal handler raised, such as `KeyboardInterrupt`.
#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is not general enough in its lifetime"
)]
fn pending_signal() -> PyResult<()> {
    Python::attach(|py| py.check_signals())
}

/// The table over k, column by column, and the recommendation.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python function, one by one")]
fn choose_k<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    least: usize,
    most: usize,
    sample: usize,
    n_init: usize,
    references: usize,
    splits: usize,
    resamples: usize,
    seed: u64,
    n_threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let plan = ChooseK::new(most)
        .least(least)
        .sample(sample)
        .restarts(n_init)
        .references(references)
        .splits(splits)
        .resamples(resamples)
        .seed(seed)
        .threads(n_threads);
    let mut signal = None;
    let mut go_on = || match pending_signal() {
        Ok(()) => true,
        Err(raised) => {
            signal = Some(raised);
            false
        }
    };
    let found: PyResult<KChoice> = over_rows!(py, x, view => plan.of_observed(view, &mut go_on));
    match (found, signal) {
        (Err(_), Some(raised)) => Err(raised),
        (found, _) => describe(py, &found?),
    }
}

fn describe<'py>(py: Python<'py>, found: &KChoice) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let whole = |of: fn(&KRow) -> f64| PyArray1::from_iter(py, found.table.iter().map(of));
    columns.set_item("k", PyArray1::from_iter(py, found.table.iter().map(|row| row.k as i64)))?;
    for (name, of) in COLUMNS {
        columns.set_item(name, whole(of))?;
    }
    let result = PyDict::new(py);
    result.set_item("columns", columns)?;
    let sizes = found
        .table
        .iter()
        .map(|row| PyArray1::from_iter(py, row.sizes.iter().map(|&size| size.cast_signed())));
    result.set_item("sizes", PyList::new(py, sizes)?)?;
    result.set_item("centers", PyList::new(py, found.table.iter().map(|row| row.centers.to_pyarray(py)))?)?;
    result.set_item("recommended_k", found.recommended)?;
    result.set_item("probability", found.probability)?;
    result.set_item("reason", found.reason.clone())?;
    result.set_item("elbow", found.elbow)?;
    result.set_item("gap_recommends", found.gap_recommends)?;
    result.set_item("jaccard", PyArray1::from_slice(py, &found.jaccard))?;
    result.set_item("sample", found.sample)?;
    result.set_item("rows", found.rows)?;
    result.set_item("text", found.to_string())?;
    result.set_item("feature_names", KChoice::FEATURES.to_vec())?;
    result.set_item("features", PyArray2::from_vec2(py, &found.features)?)?;
    result.set_item("findings", rows_of(&found.findings))?;
    Ok(result)
}

/// Name and value of a column of the table.
type ColumnOf = (&'static str, fn(&KRow) -> f64);

const COLUMNS: [ColumnOf; 16] = [
    ("inertia", |row| row.inertia),
    ("silhouette", |row| row.silhouette),
    ("silhouette_error", |row| row.silhouette_error),
    ("simplified_silhouette", |row| row.simplified_silhouette),
    ("calinski_harabasz", |row| row.calinski_harabasz),
    ("calinski_harabasz_error", |row| row.calinski_harabasz_error),
    ("davies_bouldin", |row| row.davies_bouldin),
    ("davies_bouldin_error", |row| row.davies_bouldin_error),
    ("gap", |row| row.gap),
    ("gap_error", |row| row.gap_error),
    ("prediction_strength", |row| row.prediction_strength),
    ("prediction_strength_error", |row| row.prediction_strength_error),
    ("likelihood", |row| row.likelihood),
    ("valley", |row| row.valley),
    ("probability", |row| row.probability),
    ("seconds", |row| row.seconds),
];

type FindingRow = (&'static str, String, String, String);

fn rows_of(findings: &[Finding]) -> Vec<FindingRow> {
    findings.iter().map(|f| (f.code, f.place.clone(), f.fact.clone(), f.proposal.clone())).collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(silhouette, module)?)?;
    module.add_function(wrap_pyfunction!(simplified_silhouette, module)?)?;
    module.add_function(wrap_pyfunction!(calinski_harabasz, module)?)?;
    module.add_function(wrap_pyfunction!(davies_bouldin, module)?)?;
    module.add_function(wrap_pyfunction!(gap_statistic, module)?)?;
    module.add_function(wrap_pyfunction!(elbow, module)?)?;
    module.add_function(wrap_pyfunction!(segment_stability, module)?)?;
    module.add_function(wrap_pyfunction!(prediction_strength, module)?)?;
    module.add_function(wrap_pyfunction!(segment_agreement, module)?)?;
    module.add_function(wrap_pyfunction!(align_segments, module)?)?;
    module.add_function(wrap_pyfunction!(choose_k, module)?)
}
