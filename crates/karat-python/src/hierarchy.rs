//! Hierarchies of criteria and what can be asked of them.

use karat::Result;
use karat::evaluate::weights::{
    self, Band, Criterion, CriticalWeight, NodeWeights, Outcome, Simulate, Synthesis,
};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{detached, raise};
use crate::judgments::{FindingRow, Judgments, ahp, rows_of};

/// Criteria in a tree, with alternatives at its leaves if there are any.
#[pyclass(module = "karat._karat", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Hierarchy {
    pub(crate) inner: weights::Hierarchy,
}

/// Judgments as Python hands them over.
#[derive(FromPyObject)]
enum Judged<'py> {
    Matrix(PyRef<'py, Judgments>),
    Texts(Vec<String>),
    Triples(Vec<(String, String, f64)>),
}

type Named = Vec<(String, f64)>;

/// Name, parent, level, local weight, global weight, source, names below, weights, consistency.
type CriterionRow =
    (String, Option<usize>, usize, f64, f64, &'static str, Vec<usize>, Vec<f64>, Option<Figures>);

/// CI, CR, and table, value, standard error, extrapolation of the random index.
type Figures = (f64, f64, (&'static str, f64, Option<f64>, bool));

/// Level, CI, RI, CR.
type LevelRow = (Option<usize>, f64, f64, f64);

/// Weight, change, percent.
type CriticalRow = (f64, f64, f64);

/// Criterion, local and global weight, two intervals, first change, who is first then, rank change.
type StabilityRow =
    (String, f64, f64, (f64, f64), (f64, f64), Option<CriticalRow>, Option<String>, Option<CriticalRow>);

fn criterion_row(criterion: &Criterion) -> CriterionRow {
    let figures = criterion.priorities.as_ref().map(|found| {
        let index = found.random_index;
        let index = (index.table, index.value, index.standard_error, index.extrapolated);
        (found.consistency_index, found.consistency_ratio, index)
    });
    (
        criterion.name.clone(),
        criterion.parent,
        criterion.level,
        criterion.local,
        criterion.global,
        criterion.source.name(),
        criterion.children.clone(),
        criterion.weights.clone(),
        figures,
    )
}

fn critical_row(found: CriticalWeight) -> CriticalRow {
    (found.weight, found.change, found.percent)
}

fn band_row(band: &Band) -> [f64; 4] {
    [band.mean, band.low, band.median, band.high]
}

fn matrix<'py>(py: Python<'py>, rows: &[Vec<f64>]) -> Bound<'py, PyArray2<f64>> {
    let columns = rows.first().map_or(0, Vec::len);
    Array2::from_shape_fn((rows.len(), columns), |(i, j)| rows[i][j]).to_pyarray(py)
}

fn mode(py: Python<'_>, name: &str) -> PyResult<Synthesis> {
    Synthesis::from_name(name).map_err(|error| raise(py, &error))
}

impl Hierarchy {
    fn changed(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&weights::Hierarchy) -> Result<weights::Hierarchy> + Send,
    ) -> PyResult<Hierarchy> {
        detached(py, || change(&self.inner)).map(|inner| Hierarchy { inner })
    }
}

#[pymethods]
impl Hierarchy {
    /// From the children, judgments, weights and scores of every criterion.
    #[staticmethod]
    #[allow(clippy::too_many_arguments, reason = "one for each part of a hierarchy")]
    fn build(
        py: Python<'_>,
        tree: Vec<(String, Vec<String>)>,
        judgments: Vec<(String, Judged<'_>)>,
        weights: Vec<(String, Named)>,
        scores: Vec<(String, Named)>,
        alternatives: Vec<String>,
        method: &str,
        random_index: &str,
        threshold: f64,
    ) -> PyResult<Hierarchy> {
        let mut builder = weights::Hierarchy::builder()
            .ahp(ahp(py, method, random_index)?)
            .threshold(threshold)
            .alternatives(&alternatives);
        for (name, children) in &tree {
            builder = builder.children(name, children);
        }
        for (name, judged) in judgments {
            builder = match judged {
                Judged::Matrix(matrix) => builder.judge_matrix(&name, matrix.matrix.clone()),
                Judged::Texts(texts) => builder.judge(&name, &texts),
                Judged::Triples(triples) => builder.judge_pairs(&name, &triples),
            };
        }
        for (name, values) in &weights {
            builder = builder.weights(name, values);
        }
        for (name, values) in &scores {
            builder = builder.scores(name, values);
        }
        detached(py, || builder.build()).map(|inner| Hierarchy { inner })
    }

    /// From TOML.
    #[staticmethod]
    fn from_toml(py: Python<'_>, text: &str) -> PyResult<Hierarchy> {
        detached(py, || weights::Hierarchy::from_toml(text)).map(|inner| Hierarchy { inner })
    }

    fn criteria(&self) -> Vec<CriterionRow> {
        self.inner.criteria().iter().map(criterion_row).collect()
    }

    #[getter]
    fn alternatives(&self) -> Vec<String> {
        self.inner.alternatives().to_vec()
    }

    /// Method, random-index table, threshold.
    fn settings(&self) -> (&'static str, &'static str, f64) {
        let ahp = self.inner.ahp();
        (ahp.method.name(), ahp.random_index.name(), self.inner.threshold())
    }

    /// The judgments under a criterion, where its weights come from judgments.
    fn judgments(&self, py: Python<'_>, criterion: &str) -> PyResult<Option<Judgments>> {
        Ok(match self.inner.given(criterion).map_err(|error| raise(py, &error))? {
            NodeWeights::Judgments(matrix) => Some(Judgments { matrix: matrix.clone() }),
            _ => None,
        })
    }

    fn findings(&self) -> Vec<FindingRow> {
        rows_of(self.inner.findings().to_vec())
    }

    /// Levels from the top, and the whole.
    fn consistency(&self, py: Python<'_>) -> PyResult<(Vec<LevelRow>, LevelRow)> {
        let found = self.inner.consistency().map_err(|error| raise(py, &error))?;
        let row = |level: &weights::LevelConsistency| {
            (level.level, level.consistency_index, level.random_index, level.consistency_ratio)
        };
        Ok((found.levels.iter().map(row).collect(), row(&found.overall)))
    }

    /// Totals, ranking, leaf criteria, contributions, findings.
    fn synthesise<'py>(&self, py: Python<'py>, mode: &str) -> PyResult<Bound<'py, PyDict>> {
        let mode = self::mode(py, mode)?;
        let found = detached(py, || self.inner.synthesise(mode))?;
        let result = PyDict::new(py);
        result.set_item("mode", found.mode.name())?;
        result.set_item("alternatives", found.alternatives)?;
        result.set_item("totals", PyArray1::from_vec(py, found.totals))?;
        result.set_item("ranking", found.ranking)?;
        result.set_item("criteria", found.criteria)?;
        result.set_item("contributions", matrix(py, &found.contributions))?;
        result.set_item("findings", rows_of(found.findings))?;
        Ok(result)
    }

    /// Totals along a grid of weights, crossings, intervals.
    fn sensitivity<'py>(
        &self,
        py: Python<'py>,
        criterion: &str,
        mode: &str,
        grid: Vec<f64>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let mode = self::mode(py, mode)?;
        let (sweep, totals) = detached(py, || {
            let sweep = self.inner.sensitivity(criterion, mode)?;
            let totals = grid.iter().map(|&weight| sweep.totals(weight)).collect::<Result<Vec<_>>>()?;
            Ok((sweep, totals))
        })?;
        let crossings: Vec<_> = sweep
            .crossings
            .into_iter()
            .map(|crossing| (crossing.weight, crossing.below, crossing.above, crossing.first_place))
            .collect();
        let result = PyDict::new(py);
        result.set_item("weight", sweep.weight)?;
        result.set_item("parent_global", sweep.parent_global)?;
        result.set_item("totals", matrix(py, &totals))?;
        result.set_item("crossings", crossings)?;
        result.set_item("first_interval", sweep.first_interval)?;
        result.set_item("ranking_interval", sweep.ranking_interval)?;
        Ok(result)
    }

    /// Rows of criteria, and the names of the critical ones: percent and absolute for the first place, percent
    /// and absolute for any rank.
    fn stability(&self, py: Python<'_>, mode: &str) -> PyResult<(Vec<StabilityRow>, [Option<String>; 4])> {
        let mode = self::mode(py, mode)?;
        let found = detached(py, || self.inner.stability(mode))?;
        let name = |found: Option<&weights::CriterionStability>| found.map(|found| found.criterion.clone());
        let critical = [
            name(found.most_critical(true)),
            name(found.most_critical(false)),
            name(found.most_critical_for_any_rank(true)),
            name(found.most_critical_for_any_rank(false)),
        ];
        let row = |found: weights::CriterionStability| {
            (
                found.criterion,
                found.weight,
                found.global,
                found.first_interval,
                found.ranking_interval,
                found.first_change.map(critical_row),
                found.then_first,
                found.rank_change.map(critical_row),
            )
        };
        Ok((found.criteria.into_iter().map(row).collect(), critical))
    }

    /// `(criterion, first, second, from, to, steps, then_first, consistency_ratio)`.
    #[allow(clippy::type_complexity, reason = "a list of rows")]
    fn critical_judgments(
        &self,
        py: Python<'_>,
        mode: &str,
        any_rank: bool,
    ) -> PyResult<Vec<(String, String, String, f64, f64, usize, String, f64)>> {
        let mode = self::mode(py, mode)?;
        let outcome = if any_rank { Outcome::AnyRank } else { Outcome::FirstPlace };
        let found = detached(py, || self.inner.critical_judgments(mode, outcome))?;
        let row = |c: weights::CriticalJudgment| {
            (c.criterion, c.first, c.second, c.from, c.to, c.steps, c.then_first, c.consistency_ratio)
        };
        Ok(found.into_iter().map(row).collect())
    }

    /// Bands of weights and totals (mean, low, median, high), rank probabilities, who is ahead of whom.
    #[allow(clippy::too_many_arguments, reason = "one for each setting")]
    fn simulate<'py>(
        &self,
        py: Python<'py>,
        draws: usize,
        spread: f64,
        level: f64,
        seed: u64,
        mode: &str,
        threads: usize,
    ) -> PyResult<Bound<'py, PyDict>> {
        let settings = Simulate::new()
            .draws(draws)
            .spread(spread)
            .level(level)
            .seed(seed)
            .mode(self::mode(py, mode)?)
            .threads(threads);
        let found = detached(py, || self.inner.simulate(&settings))?;
        let bands = |bands: &[Band]| -> Vec<[f64; 4]> { bands.iter().map(band_row).collect() };
        let result = PyDict::new(py);
        result.set_item("weights", bands(&found.weights))?;
        result.set_item("totals", bands(&found.totals))?;
        result.set_item("rank_probabilities", matrix(py, &found.rank_probabilities))?;
        result.set_item("ahead", matrix(py, &found.ahead))?;
        result.set_item("same_ranking", found.same_ranking)?;
        Ok(result)
    }

    fn what_if(
        &self,
        py: Python<'_>,
        criterion: &str,
        first: &str,
        second: &str,
        value: f64,
    ) -> PyResult<Hierarchy> {
        self.changed(py, |hierarchy| hierarchy.what_if(criterion, first, second, value))
    }

    fn with_weight(&self, py: Python<'_>, criterion: &str, weight: f64) -> PyResult<Hierarchy> {
        self.changed(py, |hierarchy| hierarchy.with_weight(criterion, weight))
    }

    fn without_alternative(&self, py: Python<'_>, alternative: &str) -> PyResult<Hierarchy> {
        self.changed(py, |hierarchy| hierarchy.without_alternative(alternative))
    }

    fn with_copy(&self, py: Python<'_>, alternative: &str, name: &str) -> PyResult<Hierarchy> {
        self.changed(py, |hierarchy| hierarchy.with_copy(alternative, name))
    }

    fn with_alternative(
        &self,
        py: Python<'_>,
        name: &str,
        said: Vec<(String, Vec<f64>)>,
    ) -> PyResult<Hierarchy> {
        self.changed(py, |hierarchy| hierarchy.with_alternative(name, &said))
    }

    /// `(alternative, removed, before, after, reversed pairs)`.
    #[allow(clippy::type_complexity, reason = "a list of rows")]
    fn rank_reversals(
        &self,
        py: Python<'_>,
        mode: &str,
    ) -> PyResult<Vec<(String, bool, Vec<String>, Vec<String>, Vec<(String, String)>)>> {
        let mode = self::mode(py, mode)?;
        let found = detached(py, || self.inner.rank_reversals(mode))?;
        let row = |r: weights::RankReversal| (r.alternative, r.removed, r.before, r.after, r.reversed);
        Ok(found.into_iter().map(row).collect())
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Hierarchy>()
}
