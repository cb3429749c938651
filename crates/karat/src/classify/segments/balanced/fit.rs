//! Lloyd's iterations with assignments within bounds.

use super::super::assign::exact::ExactCenters;
use super::super::assign::{WholeTable, Work};
use super::super::freeze::freeze;
use super::super::init::{Init, first_centers};
use super::super::kmeans::{KMeans, KMeansReport, Observer, Progress, Restart};
use super::super::lloyd::{LloydScale, squared_shift};
use super::super::restarts::tell;
use super::super::sums::{Moves, Sums};
use super::super::table::Table;
use super::super::value::Value;
use super::SizeBounds;
use super::transport::{Costs, Transport};
use crate::fitted::Fitted;
use crate::numerics::parallel::thread_count;
use karat_scorer::step::Segments;
use karat_scorer::{Error, Result};
use ndarray::{Array2, ArrayView2};

/// Rows are numbered in 32 bits.
const MAX_ROWS: usize = u32::MAX as usize;

/// Fits rows within bounds; parameters and errors are those of [`KMeans::fit_observed`], and
/// [`Error::Argument`] for bounds that the rows cannot meet.
pub(in super::super) fn fit<T: Value>(
    plan: &KMeans,
    sizes: SizeBounds,
    x: ArrayView2<'_, T>,
    weights: Option<&[f64]>,
    observer: Observer<'_>,
) -> Result<Fitted<Segments, KMeansReport>> {
    let table = Table::new(x, weights);
    let (mut largest, largest_weight) = table.check()?;
    if table.rows > MAX_ROWS {
        return Err(Error::argument("x", format!("must have at most {MAX_ROWS} rows"), table.rows));
    }
    sizes.check(table.rows, plan.k)?;
    plan.check_enough(table.distinct_rows(plan.k), table.is_weighted())?;
    if let Init::Given(centers) = &plan.init {
        for ((_, column), center) in centers.indexed_iter() {
            largest[column] = largest[column].max(center.abs());
        }
    }
    let furthest = largest.iter().map(|bound| 4.0 * bound * bound).sum::<f64>() * largest_weight;
    let scale = LloydScale::new(largest, largest_weight)?;
    let threads = thread_count(plan.threads);
    let rows = WholeTable { table: &table, scale: &scale, threads };
    let (_, all) = rows.label(&Array2::zeros((1, table.columns)), Work::FirstWithSquares);
    let shift_tolerance = plan.tolerance * all.sums.mean_variance(&scale, all.squares);
    Bounded { plan, rows, shift_tolerance, sizes, furthest }.best_of_restarts(observer)
}

struct Bounded<'a> {
    plan: &'a KMeans,
    rows: WholeTable<'a>,
    shift_tolerance: f64,
    sizes: SizeBounds,
    /// Bound of weight times squared distance.
    furthest: f64,
}

/// An assignment, what it costs, and the sums behind the next centers.
struct Assigned {
    labels: Vec<u32>,
    inertia: i128,
    sums: Sums,
}

impl Bounded<'_> {
    fn best_of_restarts(&self, observer: Observer<'_>) -> Result<Fitted<Segments, KMeansReport>> {
        let plan = self.plan;
        let starts = if matches!(plan.init, Init::Given(_)) { 1 } else { plan.restarts };
        let mut restarts = Vec::with_capacity(starts);
        let mut best: Option<(Array2<f64>, KMeansReport)> = None;
        let first = first_centers(self.rows.table, plan, starts, self.rows.threads);
        for (restart, centers) in first.enumerate() {
            let (centers, mut report) = self.run(restart, starts, centers, &mut *observer)?;
            let (inertia, iterations, converged) = (report.inertia, report.iterations, report.converged);
            restarts.push(Restart { inertia, iterations, converged });
            if best.as_ref().is_none_or(|(_, best)| inertia < best.inertia) {
                report.best = restart;
                best = Some((centers, report));
            }
        }
        let (centers, mut report) =
            best.ok_or_else(|| Error::argument("restarts", "must be >= 1", starts))?;
        report.restarts = restarts;
        Ok(Fitted { step: freeze(&centers)?, report })
    }

    fn run(
        &self,
        restart: usize,
        restarts: usize,
        mut centers: Array2<f64>,
        observer: Observer<'_>,
    ) -> Result<(Array2<f64>, KMeansReport)> {
        let (plan, scale) = (self.plan, self.rows.scale);
        let mut prices = vec![0; plan.k];
        let mut labels = vec![u32::MAX; self.rows.table.rows];
        let (mut history, mut shift, mut converged) = (Vec::new(), f64::INFINITY, false);
        let inertia = f64::INFINITY;
        let mut progress = Progress { restart, restarts, iteration: 0, inertia, shift, moved: 0 };
        tell(observer, &progress)?;
        while history.len() < plan.max_iterations && !converged {
            let assigned = self.assign(&centers, &mut prices);
            let moved = labels.iter().zip(&assigned.labels).filter(|(old, new)| old != new).count();
            labels = assigned.labels;
            let means = assigned.sums.means(scale, &centers);
            shift = squared_shift(&centers, &means);
            centers = means;
            history.push(scale.inertia(assigned.inertia));
            converged = moved == 0 || shift <= self.shift_tolerance;
            (progress.iteration, progress.shift, progress.moved) = (history.len(), shift, moved);
            progress.inertia = scale.inertia(assigned.inertia);
            tell(observer, &progress)?;
        }
        let last = self.assign(&centers, &mut prices);
        let report = KMeansReport {
            labels: last.labels,
            inertia: scale.inertia(last.inertia),
            iterations: history.len(),
            converged,
            shift,
            shift_tolerance: self.shift_tolerance,
            sizes: last.sums.counts.iter().map(|count| count.cast_unsigned()).collect(),
            history,
            refilled: 0,
            restarts: Vec::new(),
            best: restart,
        };
        Ok((centers, report))
    }

    fn assign(&self, centers: &Array2<f64>, prices: &mut Vec<i64>) -> Assigned {
        let WholeTable { table, scale, threads } = self.rows;
        let costs = Costs::new(self.furthest, centers.iter().copied().collect(), table.columns);
        let mut solved = Transport::solve(table, costs, self.sizes, prices, threads);
        *prices = std::mem::take(&mut solved.prices);
        let labels = solved.labels;
        let exact = ExactCenters::new(centers);
        let mut moves = Moves::new(scale, centers.nrows(), table.columns);
        let mut inertia = 0;
        for (row, &label) in labels.iter().enumerate() {
            let (point, weight, to) = (table.row(row), table.weight(row), label as usize);
            moves.shift_point(weight, None, to, &point);
            inertia += scale.inertia_of(exact.squared_distance(&point, to), weight);
        }
        Assigned { labels, inertia, sums: moves.finish().0 }
    }
}
