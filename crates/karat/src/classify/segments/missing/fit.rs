//! Lloyd's iterations over rows with gaps.

use super::super::freeze::freeze;
use super::super::init::{Init, first_centers};
use super::super::kmeans::{KMeans, KMeansReport, Observer, Progress, Restart};
use super::super::lloyd::{LloydScale, squared_shift};
use super::super::restarts::tell;
use super::super::table::{CHUNK, Table};
use super::super::value::Value;
use super::pass::{Change, PresentSums, UNASSIGNED, assign};
use crate::fitted::Fitted;
use crate::numerics::exact_sum::ExactSum;
use crate::numerics::fixed_point::FixedPoint;
use crate::numerics::parallel::{over_slots, thread_count};
use karat_scorer::step::Segments;
use karat_scorer::{Error, Problem, Result};
use ndarray::{Array2, ArrayView2};
use std::cmp::Ordering;

/// Whether any value is missing.
pub(in super::super) fn has_gaps<T: Value>(x: ArrayView2<'_, T>) -> bool {
    x.iter().any(|&x| x.into().is_nan())
}

/// A checked fit.
struct Gapped<'a> {
    plan: &'a KMeans,
    table: Table<'a>,
    /// The rows with means in place of what is missing: for first centers only.
    filled: Table<'a>,
    scale: LloydScale,
    place: FixedPoint,
    shift_tolerance: f64,
}

/// Where one start ended.
struct Run {
    centers: Array2<f64>,
    report: KMeansReport,
}

/// Fits rows with gaps; parameters and errors are those of [`KMeans::fit_observed`].
pub(in super::super) fn fit(
    plan: &KMeans,
    x: ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
    observer: Observer<'_>,
) -> Result<Fitted<Segments, KMeansReport>> {
    plan.check(x.dim())?;
    let (filled, variance) = fill(x, weights)?;
    let filled = Table::new(filled.view(), weights);
    let (mut largest, largest_weight) = filled.check()?;
    check_rows(x)?;
    plan.check_enough(filled.distinct_rows(plan.k), filled.is_weighted())?;
    if let Init::Given(centers) = &plan.init {
        for ((_, column), center) in centers.indexed_iter() {
            largest[column] = largest[column].max(center.abs());
        }
    }
    let furthest: f64 = largest.iter().map(|bound| 4.0 * bound * bound).sum::<f64>() * x.ncols() as f64;
    let scale = LloydScale::new(largest, largest_weight)?;
    if !(furthest * largest_weight).is_finite() {
        let what = "scaled squared distances overflow a double";
        return Err(Error::data(Problem::new("", what, "divide the columns, or standardise them")));
    }
    let gapped = Gapped {
        plan,
        table: Table::new(x, weights),
        filled,
        scale,
        place: FixedPoint::new(furthest * largest_weight),
        shift_tolerance: plan.tolerance * variance,
    };
    gapped.best_of_restarts(observer)
}

/// The rows with the mean of its column in place of each missing value, and the mean of the variances of what
/// is present.
fn fill(x: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<(Array2<f64>, f64)> {
    if let Some(weights) = weights.filter(|weights| weights.len() != x.nrows()) {
        return Err(Error::shape("sample weights, one a row", x.nrows(), weights.len()));
    }
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let (mut filled, mut variances, mut problems) = (x.to_owned(), 0.0, Vec::new());
    for (f, column) in x.columns().into_iter().enumerate() {
        let (mut sum, mut total) = (ExactSum::new(), ExactSum::new());
        for (row, &value) in column.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            sum.add(value * weight(row));
            total.add(weight(row));
        }
        let total = total.value();
        // Bad weights are told by the check of the table.
        if total.partial_cmp(&0.0) != Some(Ordering::Greater) && weights.is_none() {
            let remedy = "leave the column out";
            problems.push(Problem::new(f.to_string(), "missing in every row", remedy));
            continue;
        }
        let mean = if total > 0.0 { sum.value() / total } else { 0.0 };
        let mut squares = ExactSum::new();
        for (row, value) in filled.column_mut(f).iter_mut().enumerate() {
            if value.is_nan() {
                *value = mean;
            } else {
                squares.add((*value - mean) * (*value - mean) * weight(row));
            }
        }
        variances += if total > 0.0 { squares.value() / total } else { 0.0 };
    }
    if problems.is_empty() {
        Ok((filled, variances / x.ncols().max(1) as f64))
    } else {
        Err(Error::Data(problems))
    }
}

fn check_rows(x: ArrayView2<'_, f64>) -> Result<()> {
    let bare = |&row: &usize| x.row(row).iter().all(|x| x.is_nan());
    let bad: Vec<usize> = (0..x.nrows()).filter(bare).collect();
    if bad.is_empty() {
        return Ok(());
    }
    let problem = Problem::new("", "rows with nothing present", "drop these rows");
    Err(Error::data(problem.at(bad.len(), bad)))
}

impl Gapped<'_> {
    fn best_of_restarts(&self, observer: Observer<'_>) -> Result<Fitted<Segments, KMeansReport>> {
        let starts = if matches!(self.plan.init, Init::Given(_)) { 1 } else { self.plan.restarts };
        let mut restarts = Vec::with_capacity(starts);
        let mut best: Option<Run> = None;
        let threads = thread_count(self.plan.threads);
        let first = first_centers(&self.filled, self.plan, starts, threads);
        for (restart, centers) in first.enumerate() {
            let mut run = self.run(restart, starts, centers, &mut *observer)?;
            let report = &run.report;
            restarts.push(Restart {
                inertia: report.inertia,
                iterations: report.iterations,
                converged: report.converged,
            });
            if best.as_ref().is_none_or(|best| run.report.inertia < best.report.inertia) {
                run.report.best = restart;
                best = Some(run);
            }
        }
        let mut best = best.ok_or_else(|| Error::argument("restarts", "must be >= 1", starts))?;
        best.report.restarts = restarts;
        Ok(Fitted { step: freeze(&best.centers)?, report: best.report })
    }

    fn pass(&self, centers: &Array2<f64>, slots: &mut [(u32, f64)]) -> Change {
        let threads = thread_count(self.plan.threads);
        let sums = PresentSums::new(centers.nrows(), centers.ncols());
        let mut total = Change { sums, unscaled: 0, scaled: 0, moved: 0 };
        let parts = over_slots(threads, CHUNK, slots, |rows, slots| {
            assign(&self.table, &self.scale, self.place, centers, rows, slots)
        });
        for part in &parts {
            total.sums.merge(&part.sums);
            total.unscaled += part.unscaled;
            total.scaled += part.scaled;
            total.moved += part.moved;
        }
        total
    }

    fn run(
        &self,
        restart: usize,
        restarts: usize,
        mut centers: Array2<f64>,
        observer: Observer<'_>,
    ) -> Result<Run> {
        let mut slots = vec![(UNASSIGNED, 0.0); self.table.rows];
        let mut sums = PresentSums::new(centers.nrows(), centers.ncols());
        let (mut history, mut refilled, mut shift, mut converged) = (Vec::new(), 0, f64::INFINITY, false);
        let inertia = f64::INFINITY;
        let mut progress = Progress { restart, restarts, iteration: 0, inertia, shift, moved: 0 };
        tell(observer, &progress)?;
        while history.len() < self.plan.max_iterations && !converged {
            let change = self.pass(&centers, &mut slots);
            sums.merge(&change.sums);
            let filled = self.refill(&centers, &mut slots, &mut sums);
            let mut moved = sums.means(&self.scale, &centers);
            for &(row, from, to) in &filled {
                // What the row lacks it takes from the center it came from.
                for f in (0..moved.ncols()).filter(|&f| self.table.at(row, f).is_nan()) {
                    moved[[to as usize, f]] = centers[[from as usize, f]];
                }
            }
            shift = squared_shift(&centers, &moved);
            centers = moved;
            refilled += filled.len();
            history.push(self.place.value(change.unscaled));
            converged = (change.moved == 0 && filled.is_empty()) || shift <= self.shift_tolerance;
            progress.iteration = history.len();
            progress.inertia = self.place.value(change.unscaled);
            (progress.shift, progress.moved) = (shift, change.moved);
            tell(observer, &progress)?;
        }
        let last = self.pass(&centers, &mut slots);
        let mut sizes = vec![0; self.plan.k];
        slots.iter().for_each(|(label, _)| sizes[*label as usize] += 1);
        let report = KMeansReport {
            labels: slots.iter().map(|(label, _)| *label).collect(),
            inertia: self.place.value(last.scaled),
            iterations: history.len(),
            converged,
            shift,
            shift_tolerance: self.shift_tolerance,
            sizes,
            history,
            refilled,
            restarts: Vec::new(),
            best: restart,
        };
        Ok(Run { centers, report })
    }

    /// The rule of the fit without gaps, by scaled distances; returns row, old center and new center.
    fn refill(
        &self,
        centers: &Array2<f64>,
        slots: &mut [(u32, f64)],
        sums: &mut PresentSums,
    ) -> Vec<(usize, u32, u32)> {
        let mut filled: Vec<(usize, u32, u32)> = Vec::new();
        let empty: Vec<usize> = (0..centers.nrows()).filter(|&c| sums.weights[c] == 0).collect();
        for to in empty {
            let free = |&row: &usize| {
                let (label, distance) = slots[row];
                let weight = self.table.weight(row);
                distance > 0.0
                    && self.scale.weighs(weight)
                    && !sums.is_last(&self.scale, label, weight)
                    && !filled.iter().any(|&(other, ..)| self.by_content(row, other).is_eq())
            };
            let further = |&a: &usize, &b: &usize| {
                // Of equally far rows the first content is the largest here, then the lower index.
                let by_distance = slots[a].1.total_cmp(&slots[b].1);
                by_distance.then_with(|| self.by_content(b, a)).then(b.cmp(&a))
            };
            let Some(row) = (0..self.table.rows).filter(free).max_by(further) else { break };
            let (from, to) = (slots[row].0, u32::try_from(to).unwrap_or(u32::MAX));
            let (content, weight) = (self.table.row(row), self.table.weight(row));
            sums.add(&self.scale, &content, weight, to, 1);
            sums.add(&self.scale, &content, weight, from, -1);
            slots[row].0 = to;
            filled.push((row, from, to));
        }
        filled
    }

    fn by_content(&self, row: usize, other: usize) -> Ordering {
        (0..self.table.columns)
            .map(|f| (self.table.at(row, f), self.table.at(other, f)))
            .map(|(a, b)| a.is_nan().cmp(&b.is_nan()).then(a.partial_cmp(&b).unwrap_or(Ordering::Equal)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}
