//! The index alone, fitted in one pass: for plans that ask for no class and no quantile.

mod range;

use self::range::{CHUNK, Numbers, Range, ranges};
use super::report::{FieldReport, Report};
use super::{ValueModel, describe};
use crate::evaluate::indicators::{FieldStatistics, freeze};
use crate::evaluate::nodes::check_values;
use crate::evaluate::tree::freeze as freeze_tree;
use crate::numerics::moments::Moments;
use crate::numerics::parallel::Chunks;
use crate::plan::{Plan, ResolvedPlan, ScalePlan};
use crate::table::{Reading, Table};
use karat_scorer::reasons::notes_of_reference;
use karat_scorer::step::{Fields, Indicator, Indicators, Polarity, Scale};
use karat_scorer::{Error, Explanation, Missing, Model, Names, Problem, Result, Scorer};
use std::borrow::Cow;

/// A value index without classes, about to be fitted.
///
/// Where every bound that the plan leaves open is a minimum or a maximum of its column, the fit is one pass
/// over the numbers where they lie, a small fraction of the time of [`ValueModel::new`], and its report holds
/// ranges, means and weights alone. Other plans (ranks, winsorising, medians, weights from data) are fitted as
/// [`ValueModel::new`] does. The frozen index is the same either way, to the bit.
///
/// ```
/// use karat::{Index, Plan};
/// let plan = Plan::from_toml(r#"
///     [indicators]
///     arpu = { missing = "neutral" }
///     complaints = { better = "low", missing = "neutral" }
///     [weights.fixed]
///     value = { arpu = 0.75, complaints = 0.25 }
/// "#)?;
/// // Row after row: arpu, complaints.
/// let base = [20.0, 3.0, 80.0, 0.0, 50.0, 1.0];
/// let model = Index::new(plan)?.fit_rows(&base, 2)?;
/// let mut index = [0.0; 3];
/// model.scorer().index_rows(&base, 2, &mut index)?;
/// assert_eq!(index[..2], [0.0, 100.0]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Index {
    plan: Plan,
    threads: usize,
}

impl Index {
    /// Takes a plan of indicators and weights.
    ///
    /// # Errors
    /// [`Error::Argument`] for a plan with grades, types, segments or rules: they need [`ValueModel::new`].
    pub fn new(plan: Plan) -> Result<Index> {
        let beyond = [
            ("grades", plan.grades.is_some()),
            ("types", plan.types.is_some()),
            ("segments", plan.segments.is_some()),
            ("ratchet", plan.ratchet.is_some()),
            ("rules", !plan.rules.is_empty()),
        ];
        match beyond.iter().find(|(_, there)| *there) {
            Some((what, _)) => {
                let rule =
                    "must hold indicators and weights alone to be an index; fit the rest as a value model";
                Err(Error::argument("plan", rule, *what))
            }
            None => Ok(Index { plan, threads: 0 }),
        }
    }

    /// Threads of the fit; 0 takes all. The result is the same for any number.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Index {
        self.threads = threads;
        self
    }

    /// Fits the index to a table; columns are matched by name.
    ///
    /// # Errors
    /// As [`ValueModelFit::fit`](super::ValueModelFit::fit).
    pub fn fit(&self, table: &Table<'_>) -> Result<ValueModel> {
        let resolved = ResolvedPlan::new(&self.plan)?;
        if !one_pass(&self.plan, &resolved) {
            return ValueModel::new(self.plan.clone()).threads(self.threads).fit(table);
        }
        let bound =
            table.bind(&resolved.schema, &Reading { refuse_infinite: false, ..self.plan.reading() })?;
        let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
        self.freeze(&resolved, Numbers::Columns(&columns))
    }

    /// Fits the index to rows of `width` numbers, in the order of the plan's columns.
    ///
    /// # Errors
    /// As [`Index::fit`]; [`Error::Shape`] for another width or a part of a row.
    pub fn fit_rows(&self, rows: &[f64], width: usize) -> Result<ValueModel> {
        let resolved = ResolvedPlan::new(&self.plan)?;
        let fields = resolved.schema.fields();
        if width != fields.len() {
            return Err(Error::shape("fields", fields.len(), width));
        }
        if !rows.len().is_multiple_of(width) {
            return Err(Error::shape("numbers in whole rows", rows.len() / width * width, rows.len()));
        }
        if one_pass(&self.plan, &resolved) {
            return self.freeze(&resolved, Numbers::Rows(rows, width));
        }
        let column = |at: usize| rows.iter().skip(at).step_by(width).copied().collect::<Vec<f64>>();
        let columns = fields.iter().enumerate().map(|(at, field)| (field.name.clone(), column(at).into()));
        ValueModel::new(self.plan.clone()).threads(self.threads).fit(&Table::from_columns(columns)?)
    }

    fn freeze(&self, resolved: &ResolvedPlan, numbers: Numbers<'_>) -> Result<ValueModel> {
        let names: Vec<&str> = resolved.schema.fields().iter().map(|field| field.name.as_str()).collect();
        if numbers.rows() == 0 {
            return Err(Error::data(Problem::new("", "the table has no rows", "give at least one customer")));
        }
        let ranges = ranges(numbers, &names, self.threads)?;
        let list = self.indicators(resolved, &ranges)?;
        let weighed = freeze_tree(&self.plan, resolved, None)?;
        check_values(&self.plan, resolved, &list.list)?;
        let mut model = Model {
            name: self.plan.name.clone(),
            schema: resolved.schema.clone(),
            names: Names {
                dimensions: resolved.dimensions.clone(),
                indicators: resolved.leaves.iter().map(|leaf| leaf.name.clone()).collect(),
                ..Names::default()
            },
            fields: Fields { fill: resolved.fills.iter().map(|fill| fill.unwrap_or(0.0)).collect() },
            indicators: list,
            tree: weighed.tree.clone(),
            nodes: weighed.nodes.clone(),
            profiles: weighed.profiles.clone(),
            rules: resolved.rules.clone(),
            grades: None,
            types: None,
            segments: None,
            forecasts: None,
            notes: Vec::new(),
        };
        let means = self.means(&model, numbers, &ranges)?;
        if let Some(nodes) = &mut model.nodes {
            nodes.reference.clone_from(&means);
        }
        let texts = resolved.leaves.iter().map(|leaf| self.plan.indicators[&leaf.name].low.as_deref());
        model.notes = notes_of_reference(&means, &texts.collect::<Vec<_>>());
        let mut report = Report { rows: numbers.rows() as u64, ..Report::default() };
        report.fields = names.iter().zip(&ranges).map(|(name, range)| described(name, range)).collect();
        describe::weights(&mut report, resolved, Some(&weighed))?;
        ValueModel::assemble(model, self.plan.clone(), report)
    }

    /// Means of the indicators: of min-max scales that span the base from the means of the fields, of others
    /// from a second pass.
    fn means(&self, model: &Model, numbers: Numbers<'_>, ranges: &[Range]) -> Result<Vec<f64>> {
        let spanned = |indicator: &Indicator| {
            let range = ranges.get(indicator.field as usize)?;
            match indicator.scale {
                Scale::MinMax { lo, hi }
                    if range.missing == 0 && lo <= range.minimum && range.maximum <= hi =>
                {
                    let rising = (range.mean() - lo) / (hi - lo);
                    Some(if indicator.polarity == Polarity::Cost { 1.0 - rising } else { rising })
                }
                _ => None,
            }
        };
        match model.indicators.list.iter().map(spanned).collect::<Option<Vec<f64>>>() {
            Some(means) => Ok(means.into_iter().map(|mean| mean.clamp(0.0, 1.0)).collect()),
            None => means_of(&Scorer::new(model)?, numbers, self.threads),
        }
    }

    fn indicators(&self, resolved: &ResolvedPlan, ranges: &[Range]) -> Result<Indicators> {
        let mut list = Vec::new();
        let mut problems: Vec<Problem> = Vec::new();
        for leaf in &resolved.leaves {
            let range = ranges.get(leaf.field).copied().unwrap_or(Range::EMPTY);
            let statistics = FieldStatistics {
                name: resolved.schema.fields()[leaf.field].name.clone(),
                moments: Moments::of_range(range.count - range.missing, range.minimum, range.maximum),
                quantiles: Vec::new(),
            };
            let (plan, points) = (&self.plan.indicators[&leaf.name], self.plan.index.points);
            match freeze(&leaf.name, plan, leaf.field as u32, points, &statistics, 0) {
                Ok(indicator) => list.push(indicator),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Indicators { list }) } else { Err(Error::Data(problems)) }
    }
}

/// Whether minima and maxima are all that the plan wants to know of its columns.
fn one_pass(plan: &Plan, resolved: &ResolvedPlan) -> bool {
    let from_range = |scale: &ScalePlan| match scale {
        ScalePlan::ZScore { .. } | ScalePlan::Rank { .. } | ScalePlan::Saturating { tau: None } => false,
        ScalePlan::MinMax { .. }
        | ScalePlan::Log1p { .. }
        | ScalePlan::Saturating { tau: Some(_) }
        | ScalePlan::Bands { .. }
        | ScalePlan::Target { .. }
        | ScalePlan::Efficacy { .. }
        | ScalePlan::Points { .. } => true,
    };
    let numeric = resolved.schema.fields().iter().all(|field| field.categories().is_empty());
    let without_median = resolved.schema.fields().iter().all(|field| field.missing != Missing::Median);
    numeric
        && without_median
        && (!plan.weights.reads_the_base() || plan.index.points)
        && plan.indicators.values().all(|i| i.winsorise.is_none() && from_range(&i.scale))
}

/// Means of the indicators over customers who have them, by chunks of rows in order.
fn means_of(scorer: &Scorer, numbers: Numbers<'_>, threads: usize) -> Result<Vec<f64>> {
    let list = &scorer.model().indicators.list;
    let empty = vec![(0_u64, 0.0); list.len()];
    let width = numbers.width();
    let of_chunk = |rows: std::ops::Range<usize>| {
        let mut sums = empty.clone();
        let (mut row, mut values) = (vec![0.0; width], vec![0.0; list.len()]);
        for at in rows {
            numbers.row(at, &mut row);
            let mut wanted = Explanation { indicators: &mut values, ..Explanation::default() };
            scorer.explain(&row, &mut wanted)?;
            for ((sum, value), indicator) in sums.iter_mut().zip(&values).zip(list) {
                let field = indicator.field as usize;
                let missing = scorer.schema().fields()[field].missing;
                if !(row[field].is_nan() && missing == Missing::Renormalise) {
                    *sum = (sum.0 + 1, sum.1 + value);
                }
            }
        }
        Ok::<_, Error>(sums)
    };
    let merge = |all: &mut Result<Vec<(u64, f64)>>, part: Result<Vec<(u64, f64)>>| match (&mut *all, part) {
        (Ok(all), Ok(part)) => {
            for (all, part) in all.iter_mut().zip(part) {
                *all = (all.0 + part.0, all.1 + part.1);
            }
        }
        (Ok(_), Err(error)) => *all = Err(error),
        (Err(_), _) => {}
    };
    let chunks = Chunks { task: "means of the indicators", rows: numbers.rows(), chunk: CHUNK, threads };
    let sums = chunks.map_reduce(of_chunk, Ok(empty.clone()), merge, &mut |_| true)??;
    let mean = |((count, sum), indicator): (&(u64, f64), &Indicator)| match count {
        0 => indicator.neutral,
        count => sum / *count as f64,
    };
    Ok(sums.iter().zip(list).map(mean).collect())
}

fn described(name: &str, range: &Range) -> FieldReport {
    let finite = |value: f64| value.is_finite().then_some(value);
    FieldReport {
        name: name.to_owned(),
        missing: range.missing,
        minimum: finite(range.minimum),
        mean: finite(range.mean()),
        maximum: finite(range.maximum),
        ..FieldReport::default()
    }
}

#[cfg(test)]
mod tests;
