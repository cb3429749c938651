//! Lloyd's iterations with assignments within bounds.

use super::super::freeze::freeze;
use super::super::init::Init;
use super::super::kmeans::{KMeans, KMeansReport, Observer, Progress, Restart};
use super::super::lloyd::{LloydScale, Sums, UNASSIGNED, squared_shift};
use super::super::restarts::{Fit, tell};
use super::super::table::{LANES, Lanes, Table};
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
pub(in super::super) fn fit(
    plan: &KMeans,
    sizes: SizeBounds,
    x: ArrayView2<'_, f64>,
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
    let mut starts = Fit { plan, table: &table, scale: &scale, threads, shift_tolerance: 0.0 };
    starts.shift_tolerance = plan.tolerance * starts.mean_variance();
    Bounded { starts, sizes, furthest }.best_of_restarts(observer)
}

struct Bounded<'a> {
    starts: Fit<'a>,
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
        let plan = self.starts.plan;
        let starts = if matches!(plan.init, Init::Given(_)) { 1 } else { plan.restarts };
        let mut restarts = Vec::with_capacity(starts);
        let mut best: Option<(Array2<f64>, KMeansReport)> = None;
        for restart in 0..starts {
            let (centers, mut report) = self.run(restart, starts, &mut *observer)?;
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
        observer: Observer<'_>,
    ) -> Result<(Array2<f64>, KMeansReport)> {
        let (plan, scale) = (self.starts.plan, self.starts.scale);
        let mut centers = self.starts.first_centers(restart);
        let mut prices = vec![0; plan.k];
        let mut labels = vec![UNASSIGNED; self.starts.table.rows];
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
            converged = moved == 0 || shift <= self.starts.shift_tolerance;
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
            shift_tolerance: self.starts.shift_tolerance,
            sizes: last.sums.counts.iter().map(|count| count.cast_unsigned()).collect(),
            history,
            refilled: 0,
            restarts: Vec::new(),
            best: restart,
        };
        Ok((centers, report))
    }

    fn assign(&self, centers: &Array2<f64>, prices: &mut Vec<i64>) -> Assigned {
        let (table, scale) = (self.starts.table, self.starts.scale);
        let flat: Vec<f64> = centers.iter().copied().collect();
        let costs = Costs::new(self.furthest, flat.clone(), table.columns);
        let mut solved = Transport::solve(table, costs, self.sizes, prices, self.starts.threads);
        *prices = std::mem::take(&mut solved.prices);
        let labels = solved.labels;
        let mut sums = Sums::new(centers.nrows(), table.columns);
        let mut block: Vec<Lanes> = vec![[0.0; LANES]; table.columns];
        let mut inertia = 0;
        for (row, &label) in labels.iter().enumerate() {
            if row % LANES == 0 {
                table.gather(row, &mut block);
            }
            let weight = table.weight(row);
            sums.shift_row(scale, &block, row % LANES, weight, UNASSIGNED, label);
            let center = &flat[label as usize * table.columns..(label as usize + 1) * table.columns];
            let mut distance = 0.0;
            for (lanes, c) in block.iter().zip(center) {
                distance += (lanes[row % LANES] - c) * (lanes[row % LANES] - c);
            }
            inertia += scale.inertia_of(distance, weight);
        }
        Assigned { labels, inertia, sums }
    }
}
