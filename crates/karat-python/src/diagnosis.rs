//! What is wrong with judgments, how to mend them, what their weights are worth, and what a group makes of them.

use karat::evaluate::weights::{
    Diagnosis, GroupMethod, Influence, PairwiseMatrix, RepairOptions, Triad, UncertaintyOptions,
};
use karat::{Error, Result};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{detached, raise};
use crate::judgments::{Change, Judgments, ahp, change, describe};

/// `(first, second, given, weights_imply, others_imply, ratio_error, suspicion, suggested)`.
pub(crate) type PairRow = (String, String, f64, f64, f64, f64, f64, f64);

/// `(items, judgments, inconsistency, circular)`.
pub(crate) type TriadRow = ([String; 3], [f64; 3], f64, bool);

/// `(first, second, slope, ratio_without, best_value)`.
type InfluenceRow = (String, String, f64, f64, f64);

pub(crate) fn rows_of_diagnosis(diagnosis: Diagnosis) -> (Vec<PairRow>, Vec<Change>) {
    let pairs = diagnosis.pairs.into_iter().map(|pair| {
        let implied = (pair.weights_imply, pair.others_imply);
        let (first, second, given) = (pair.first, pair.second, pair.given);
        (first, second, given, implied.0, implied.1, pair.ratio_error, pair.suspicion, pair.suggested)
    });
    (pairs.collect(), diagnosis.changes.into_iter().map(change).collect())
}

pub(crate) fn triad_row(found: Triad) -> TriadRow {
    (found.items, found.judgments, found.inconsistency, found.circular)
}

fn influence_row(found: Influence) -> InfluenceRow {
    (found.first, found.second, found.slope, found.ratio_without, found.best_value)
}

/// Triads, Kendall's coefficient, influences.
#[pyfunction]
fn judgment_structure(
    py: Python<'_>,
    judgments: PyRef<'_, Judgments>,
    random_index: &str,
) -> PyResult<(Vec<TriadRow>, Option<f64>, Vec<InfluenceRow>)> {
    let (ahp, matrix) = (ahp(py, "eigenvector", random_index)?, &judgments.matrix);
    let (triads, transitivity, influences) =
        detached(py, || Ok((matrix.triads(), matrix.transitivity(), ahp.influences(matrix)?)))?;
    Ok((
        triads.into_iter().map(triad_row).collect(),
        transitivity.zeta,
        influences.into_iter().map(influence_row).collect(),
    ))
}

/// `(matrix, changes, consistency_ratio, fewest_judgments, fewest_steps)`.
#[pyfunction]
fn repair_judgments(
    py: Python<'_>,
    judgments: PyRef<'_, Judgments>,
    threshold: f64,
    maximum_changes: Option<usize>,
    random_index: &str,
) -> PyResult<(Judgments, Vec<Change>, f64, bool, bool)> {
    let (ahp, matrix) = (ahp(py, "eigenvector", random_index)?, &judgments.matrix);
    let mut options = RepairOptions::new().threshold(threshold);
    if let Some(most) = maximum_changes {
        options = options.maximum_changes(most);
    }
    let found = detached(py, || ahp.repair(matrix, options))?;
    let changes = found.changes.into_iter().map(change).collect();
    let matrix = Judgments { matrix: found.matrix };
    Ok((matrix, changes, found.consistency_ratio, found.fewest_judgments, found.fewest_steps))
}

/// Weights without noise, bands, rank probabilities, deviation used, part of the pairs that no draw turns round.
type UncertaintyRow<'py> = (Bound<'py, PyArray1<f64>>, Vec<[f64; 3]>, Bound<'py, PyArray2<f64>>, f64, f64);

/// The weights under disturbed judgments.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "one for each option")]
fn judgment_uncertainty<'py>(
    py: Python<'py>,
    judgments: PyRef<'_, Judgments>,
    method: &str,
    draws: usize,
    seed: u64,
    deviation: Option<f64>,
    level: f64,
) -> PyResult<UncertaintyRow<'py>> {
    let (ahp, matrix) = (ahp(py, method, "recomputed")?, &judgments.matrix);
    let mut options = UncertaintyOptions::new().draws(draws).seed(seed).level(level);
    if let Some(deviation) = deviation {
        options = options.standard_deviation(deviation);
    }
    let (given, found) =
        detached(py, || Ok((ahp.priorities(matrix)?.weights, ahp.uncertainty(matrix, options)?)))?;
    let n = given.len();
    let bands = (0..n).map(|item| [found.lower[item], found.median[item], found.upper[item]]).collect();
    Ok((
        PyArray1::from_vec(py, given),
        bands,
        Array2::from_shape_fn((n, n), |(item, rank)| found.rank_shares[item][rank]).to_pyarray(py),
        found.standard_deviation,
        found.settled_pairs,
    ))
}

fn group_method(name: &str) -> Result<GroupMethod> {
    match name {
        "judgments" => Ok(GroupMethod::Judgments),
        "priorities" => Ok(GroupMethod::Priorities),
        other => Err(Error::argument("group", "must be judgments or priorities", format!("`{other}`"))),
    }
}

/// The decision of a group and its agreement.
#[pyfunction]
fn group_report<'py>(
    py: Python<'py>,
    judges: Vec<PyRef<'py, Judgments>>,
    shares: Vec<f64>,
    group: &str,
    method: &str,
    random_index: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let matrices: Vec<PairwiseMatrix> = judges.iter().map(|judge| judge.matrix.clone()).collect();
    let group = group_method(group).map_err(|error| raise(py, &error))?;
    let ahp = ahp(py, method, random_index)?;
    let found = detached(py, || ahp.group(&matrices, &shares, group))?;
    let result = PyDict::new(py);
    result.set_item("matrix", Judgments { matrix: found.judgments })?;
    result.set_item("priorities", describe(py, &found.priorities)?)?;
    let own = found.judges.iter().map(|own| describe(py, own)).collect::<PyResult<Vec<_>>>()?;
    result.set_item("judges", own)?;
    let consensus = found.consensus;
    result.set_item("consensus", (consensus.shannon, consensus.beta_entropy, consensus.kendall_w))?;
    result.set_item("pulls", found.pulls)?;
    result.set_item("distances", found.distances)?;
    result.set_item("outliers", found.outliers)?;
    result.set_item("clusters", found.clusters)?;
    Ok(result)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(judgment_structure, module)?)?;
    module.add_function(wrap_pyfunction!(repair_judgments, module)?)?;
    module.add_function(wrap_pyfunction!(judgment_uncertainty, module)?)?;
    module.add_function(wrap_pyfunction!(group_report, module)?)
}
