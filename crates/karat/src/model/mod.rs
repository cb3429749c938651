//! The value model: a plan fitted to a base, with what the fit found. One file carries all of it.

mod describe;
mod fitting;
mod forecast;
mod index;
mod pass;
mod report;

pub use forecast::{ForecastPart, ForecastReport, add_forecast};
pub use index::Index;
pub use report::{
    ClassReport, FieldReport, FindingReport, JudgmentReport, KMeansSummary, Report, RuleReport, WeightReport,
};

use crate::numerics::parallel::Chunks;
use crate::numerics::sample::{hash_bytes, hash_row};
use crate::plan::Plan;
use crate::table::{Reading, Table};
use fitting::Fitting;
use karat_scorer::{Error, Explanation, Model, Note, Problem, Result, Score, Scorer, nearest_name};
use pass::{Batch, Summary};
use std::borrow::Cow;
use std::path::Path;

/// Rows in one unit of work.
const CHUNK: usize = 16_384;
/// Section with the plan as TOML.
const PLAN: &str = "plan";
/// Section with the report as JSON.
const CARD: &str = "card";

/// A fitted plan: the frozen steps, the plan itself, and the report.
///
/// ```
/// use karat::{Plan, Table, ValueModel};
/// let plan = Plan::from_toml(r#"
///     [indicators]
///     arpu_3m = { dimension = "contribution" }
///     tenure = { dimension = "attribution" }
///     [judgments]
///     value = ["contribution 2 attribution"]
///     [grades]
///     names = ["low", "high"]
/// "#)?;
/// let table = Table::from_columns([
///     ("arpu_3m", vec![20.0, 80.0, 50.0, 110.0].into()),
///     ("tenure", vec![3.0, 40.0, 60.0, 24.0].into()),
/// ])?;
/// let model = ValueModel::new(plan).seed(7).fit(&table)?;
/// let scores = model.score(&table)?;
/// assert_eq!(scores[0].grade, 0);
/// let explanation = model.explain(&table)?;
/// assert_eq!(explanation.points[1].iter().sum::<f64>(), scores[1].index);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ValueModel {
    scorer: Scorer,
    plan: Plan,
    report: Report,
    bytes: Vec<u8>,
}

/// A plan about to be fitted.
#[derive(Debug, Clone)]
#[must_use]
pub struct ValueModelFit {
    plan: Plan,
    seed: u64,
    threads: usize,
}

/// Progress of a fit: what it does, and the share done, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// What the current pass does.
    pub task: &'static str,
    /// Share of the current pass that is done.
    pub share: f64,
}

/// What scores are made of, a row for each customer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Explanations {
    /// Names of the entries of `points`: the indicators, then the penalty rules.
    pub names: Vec<String>,
    /// Points of each entry; summed in order they are the index, to the bit.
    pub points: Vec<Vec<f64>>,
    /// Names of the dimensions.
    pub dimension_names: Vec<String>,
    /// Score of each dimension.
    pub dimensions: Vec<Vec<f64>>,
}

impl ValueModelFit {
    /// Seed of everything random: the starts of k-means and the sample.
    pub fn seed(mut self, seed: u64) -> ValueModelFit {
        self.seed = seed;
        self
    }

    /// Threads of the fit; 0 takes all. The result is the same for any number.
    pub fn threads(mut self, threads: usize) -> ValueModelFit {
        self.threads = threads;
        self
    }

    /// Fits the plan to a base.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::Judgment`] for a plan that contradicts itself, [`Error::Schema`] for
    /// missing columns, [`Error::Data`] for values that cannot be fitted: all problems of a kind at once.
    pub fn fit(&self, table: &Table<'_>) -> Result<ValueModel> {
        self.fit_observed(table, &mut |_| true)
    }

    /// As [`ValueModelFit::fit`]; `observer` is told of progress on the calling thread and says whether to
    /// go on.
    ///
    /// # Errors
    /// As [`ValueModelFit::fit`], and [`Error::Interrupted`].
    pub fn fit_observed(
        &self,
        table: &Table<'_>,
        observer: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<ValueModel> {
        let mut fitting = Fitting::new(&self.plan, self.seed, self.threads)?;
        let reading = Reading { refuse_infinite: true, ..self.plan.reading() };
        let bound = self.with_id(table, table.bind(fitting.schema(), &reading))?;
        let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
        let keys = self.keys(table, &columns);
        while let Some(pass) = fitting.pass() {
            let task = pass.name();
            let chunks = Chunks { task, rows: table.len(), chunk: CHUNK, threads: self.threads };
            let summarise = |rows: std::ops::Range<usize>| {
                let part: Vec<&[f64]> = columns.iter().map(|column| &column[rows.clone()]).collect();
                pass.summarise(&Batch { columns: &part, keys: &keys[rows] })
            };
            let merge = |state: &mut Result<Summary>, part: Result<Summary>| {
                let merged = match (&mut *state, part) {
                    (Ok(state), Ok(part)) => state.merge(&part),
                    (Ok(_), Err(error)) => Err(error),
                    (Err(_), _) => return,
                };
                if let Err(error) = merged {
                    *state = Err(error);
                }
            };
            let mut report = |share: f64| observer(Progress { task, share });
            let summary = chunks.map_reduce(summarise, Ok(pass.empty()), merge, &mut report)??;
            fitting.advance(summary, &mut *observer)?;
        }
        let (model, report) = fitting.finish()?;
        ValueModel::assemble(model, self.plan.clone(), report)
    }

    /// What binding gave, unless the plan's identifier is missing as well.
    fn with_id<T>(&self, table: &Table<'_>, bound: Result<T>) -> Result<T> {
        let Some(id) = self.plan.id.as_ref().filter(|id| table.column(id).is_none()) else { return bound };
        let near = nearest_name(id, table.names().iter().map(String::as_str));
        let remedy = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
        let mut absent = match bound {
            Err(Error::Schema(absent)) => absent,
            _ => Vec::new(),
        };
        absent.push(Problem::new(id, "the plan's id is missing from the table", remedy));
        Err(Error::Schema(absent))
    }

    /// A key for each customer: from the identifier where the plan names one, else from the row itself.
    fn keys(&self, table: &Table<'_>, columns: &[&[f64]]) -> Vec<u64> {
        if let Some(column) = self.plan.id.as_ref().and_then(|id| table.column(id)) {
            return (0..table.len()).map(|row| hash_bytes(self.seed, column.text(row).as_bytes())).collect();
        }
        let mut row = vec![0.0; columns.len()];
        let key = |position: usize| {
            row.iter_mut().zip(columns).for_each(|(slot, column)| *slot = column[position]);
            hash_row(self.seed, &row)
        };
        (0..table.len()).map(key).collect()
    }
}

impl ValueModel {
    /// Takes a plan; [`ValueModelFit::fit`] fits it.
    #[allow(clippy::new_ret_no_self, reason = "a model exists only once it is fitted")]
    pub fn new(plan: Plan) -> ValueModelFit {
        ValueModelFit { plan, seed: 0, threads: 0 }
    }

    fn assemble(mut model: Model, plan: Plan, report: Report) -> Result<ValueModel> {
        let card = serde_json::to_string(&report)
            .map_err(|error| Error::argument("report", "must be writable as JSON", error))?;
        for (kind, text) in [(CARD, card), (PLAN, plan.to_toml()?)] {
            model.notes.push(Note { kind: kind.to_owned(), revision: 1, bytes: text.into_bytes() });
        }
        let bytes = model.to_bytes()?;
        Ok(ValueModel { scorer: Scorer::from_bytes(&bytes)?, plan, report, bytes })
    }

    /// Reads a model file with its plan and report.
    ///
    /// # Errors
    /// As [`Scorer::open`], and [`Error::Format`] for a file that holds frozen steps alone.
    pub fn load(path: impl AsRef<Path>) -> Result<ValueModel> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| Error::io(path, "read", &error))?;
        ValueModel::from_bytes(bytes)
    }

    /// As [`ValueModel::load`], from the bytes of the file.
    ///
    /// # Errors
    /// As [`ValueModel::load`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<ValueModel> {
        let scorer = Scorer::from_bytes(&bytes)?;
        let note = |kind: &str| {
            let found = scorer.model().note(kind).and_then(|bytes| std::str::from_utf8(bytes).ok());
            found.ok_or_else(|| Error::Format(format!("section {kind} is missing: open it as a scorer")))
        };
        // What was fitted stands, whatever a later karat would say to such a plan.
        let plan =
            Plan::parse(note(PLAN)?).map_err(|error| Error::Format(format!("section {PLAN}: {error}")))?;
        let report = serde_json::from_str(note(CARD)?)
            .map_err(|error| Error::Format(format!("section {CARD}: {error}")))?;
        Ok(ValueModel { scorer, plan, report, bytes })
    }

    /// Writes the model file in one piece; a failure leaves an older file as it was.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        karat_scorer::file::save(path.as_ref(), &self.bytes)
    }

    /// The bytes of the model file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The frozen steps, ready to score.
    #[must_use]
    pub fn scorer(&self) -> &Scorer {
        &self.scorer
    }

    /// The plan that was fitted.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the fit found.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Scores a table; columns are matched by name.
    ///
    /// # Errors
    /// As [`Table::bind`].
    pub fn score(&self, table: &Table<'_>) -> Result<Vec<Score>> {
        score_table(&self.scorer, table, &self.plan.reading())
    }

    /// Explains the scores of a table.
    ///
    /// # Errors
    /// As [`Table::bind`].
    pub fn explain(&self, table: &Table<'_>) -> Result<Explanations> {
        explain_table(&self.scorer, table, &self.plan.reading())
    }
}

/// How the plan in a model file says that columns are read; the default for a file of frozen steps alone.
#[must_use]
pub fn reading_of(model: &Model) -> Reading {
    let text = model.note(PLAN).and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.and_then(|text| Plan::from_toml(text).ok()).map_or_else(Reading::default, |plan| plan.reading())
}

/// Scores a table with a scorer alone; see [`Reading`] for how its columns are read.
///
/// # Errors
/// As [`Table::bind`].
pub fn score_table(scorer: &Scorer, table: &Table<'_>, reading: &Reading) -> Result<Vec<Score>> {
    let bound = table.bind(scorer.schema(), reading)?;
    let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
    let mut scores = vec![Score::EMPTY; table.len()];
    scorer.score_columns(&columns, &mut scores)?;
    Ok(scores)
}

/// Explains the scores of a table with a scorer alone.
///
/// # Errors
/// As [`Table::bind`].
pub fn explain_table(scorer: &Scorer, table: &Table<'_>, reading: &Reading) -> Result<Explanations> {
    let bound = table.bind(scorer.schema(), reading)?;
    let names: Vec<String> = scorer.model().point_names().into_iter().map(str::to_owned).collect();
    let dimension_names = scorer.model().names.dimensions.clone();
    let (mut points, mut dimensions) = (Vec::new(), Vec::new());
    let mut row = vec![0.0; bound.len()];
    for position in 0..table.len() {
        row.iter_mut().zip(&bound).for_each(|(slot, column)| *slot = column[position]);
        let (mut of_points, mut of_dimensions) = (vec![0.0; names.len()], vec![0.0; dimension_names.len()]);
        scorer.explain(
            &row,
            &mut Explanation { points: &mut of_points, dimensions: &mut of_dimensions, indicators: &mut [] },
        )?;
        points.push(of_points);
        dimensions.push(of_dimensions);
    }
    Ok(Explanations { names, points, dimension_names, dimensions })
}

#[cfg(test)]
mod tests;
