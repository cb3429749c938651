//! The starts of a fit: iterate each, keep the best, evaluate it by the frozen step.

use super::assign::{Change, Label, Method, Orders, Singles, Targets, Work};
use super::frame::Frame;
use super::freeze::freeze;
use super::init::{Init, first_centers};
use super::kmeans::{KMeans, KMeansReport, Observer, Progress, Restart};
use super::lloyd::{LloydScale, squared_shift};
use super::refill::refill_empty;
use super::sums::Sums;
use super::table::{CHUNK, Table};
use super::value::Values;
use crate::fitted::Fitted;
use crate::numerics::parallel::over_slots;
use karat_scorer::step::Segments;
use karat_scorer::{Error, Result};
use ndarray::Array2;
use std::ops::ControlFlow;

/// A checked fit.
pub(super) struct Fit<'a> {
    pub(super) plan: &'a KMeans,
    pub(super) table: &'a Table<'a>,
    pub(super) scale: &'a LloydScale,
    pub(super) frame: &'a Frame,
    pub(super) threads: usize,
    /// A copy of the rows that is faster to read, where there is one.
    pub(super) singles: Option<Singles<'static>>,
    /// Found in the first pass of the first start.
    pub(super) whole: Option<Whole>,
}

/// What the table says by itself, whatever the centers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole {
    /// Sum of weight times squared coordinates.
    squares: i128,
    shift_tolerance: f64,
}

/// Where one start ended.
struct Run {
    centers: Array2<f64>,
    iterations: usize,
    converged: bool,
    /// Whether the labels are already those of the centers.
    settled: bool,
    shift: f64,
    history: Vec<f64>,
    refilled: usize,
    orders: Option<Orders>,
}

impl Fit<'_> {
    pub(super) fn best_of_restarts(
        mut self,
        observer: Observer<'_>,
    ) -> Result<Fitted<Segments, KMeansReport>> {
        self.singles = self
            .copy_pays()
            .then(|| Singles::copied(self.table, self.frame, self.plan.instructions, self.threads));
        let starts = if matches!(self.plan.init, Init::Given(_)) { 1 } else { self.plan.restarts };
        let mut restarts = Vec::with_capacity(starts);
        let mut labels: Vec<Label> = vec![0; self.table.rows];
        let mut best: Option<Fitted<Segments, KMeansReport>> = None;
        for (restart, centers) in first_centers(self.table, self.plan, starts, self.threads).enumerate() {
            let mut run = self.run(restart, starts, centers, &mut labels, &mut *observer)?;
            let step = freeze(&run.centers)?;
            let inertia = self.evaluate(&mut run, &mut labels);
            restarts.push(Restart { inertia, iterations: run.iterations, converged: run.converged });
            if best.as_ref().is_none_or(|best| inertia < best.report.inertia) {
                let report = self.report(run, inertia, restart, &labels);
                best = Some(Fitted { step, report });
            }
        }
        // There is a first start: `restarts` was checked to be at least one.
        let mut best = best.ok_or_else(|| Error::argument("restarts", "must be >= 1", starts))?;
        best.report.restarts = restarts;
        Ok(best)
    }

    fn run(
        &mut self,
        restart: usize,
        restarts: usize,
        mut centers: Array2<f64>,
        labels: &mut [Label],
        observer: Observer<'_>,
    ) -> Result<Run> {
        let mut run = Run {
            centers: Array2::zeros((0, 0)),
            iterations: 0,
            converged: false,
            settled: false,
            shift: f64::INFINITY,
            history: Vec::new(),
            refilled: 0,
            orders: None,
        };
        let mut progress = Progress {
            restart,
            restarts,
            iteration: 0,
            inertia: f64::INFINITY,
            shift: f64::INFINITY,
            moved: 0,
        };
        tell(observer, &progress)?;
        let mut sums = Sums::new(self.plan.k, self.table.columns);
        while run.iterations < self.plan.max_iterations && !run.converged {
            let work = match (run.iterations, self.whole) {
                (0, None) => Work::FirstWithSquares,
                (0, Some(_)) => Work::First,
                _ => Work::Again,
            };
            let change = match &mut run.orders {
                Some(orders) => {
                    let targets = self.targets(&centers).with_neighbours(&centers);
                    targets.assign_in_order(self.threads, orders, labels)
                }
                None => self.pass(&centers, labels, work),
            };
            sums.merge(&change.sums);
            let whole = self.whole(&sums, change.squares);
            let inertia = sums.inertia(self.scale, whole.squares, &centers);
            let refilled = refill_empty(self.table, self.scale, &centers, labels, &mut sums);
            let moved_centers = sums.means(self.scale, &centers);
            run.shift = squared_shift(&centers, &moved_centers);
            run.history.push(inertia);
            run.refilled += refilled;
            run.iterations += 1;
            run.settled = change.moved == 0 && refilled == 0;
            run.converged = run.settled || run.shift <= whole.shift_tolerance;
            centers = moved_centers;
            progress.iteration = run.iterations;
            progress.inertia = inertia;
            progress.shift = run.shift;
            progress.moved = change.moved;
            if refilled > 0 {
                run.orders = None;
            }
            if run.orders.is_none() && self.order_pays() && !run.converged {
                run.orders = Some(self.targets(&centers).order(self.threads, labels));
            }
            tell(observer, &progress)?;
        }
        run.centers = centers;
        Ok(run)
    }

    /// What the table says by itself, from the sums of the first pass.
    fn whole(&mut self, sums: &Sums, squares: i128) -> Whole {
        *self.whole.get_or_insert_with(|| {
            let shift_tolerance = self.plan.tolerance * sums.mean_variance(self.scale, squares);
            Whole { squares, shift_tolerance }
        })
    }

    /// Whether it pays to read the table once more, for a copy that every iteration reads faster.
    fn copy_pays(&self) -> bool {
        let by_column = self.table.by_column && self.order_pays();
        let wanted = by_column || matches!(self.table.values, Values::Double(_));
        wanted && self.plan.method != Method::Exact && self.plan.max_iterations > 2
    }

    /// Whether it pays to visit rows in the order of their labels, as it does with many centers.
    fn order_pays(&self) -> bool {
        let (rows, columns, k) = (self.table.rows, self.table.columns, self.plan.k);
        match self.plan.method {
            Method::Neighbours => true,
            Method::Exact | Method::Screen => false,
            Method::Automatic => {
                // Below, comparing with every center costs less than the order does.
                let many = k >= 48.max(6 * columns);
                many && rows >= 32 * k
            }
        }
    }

    fn targets(&self, centers: &Array2<f64>) -> Targets<'_> {
        let (method, instructions) = (self.plan.method, self.plan.instructions);
        Targets::new(self.table, self.scale, self.frame, method, instructions, centers)
            .with_singles(self.singles.as_ref())
    }

    fn pass(&self, centers: &Array2<f64>, labels: &mut [Label], work: Work) -> Change {
        let mut total = Change::none(centers.nrows(), centers.ncols());
        let targets = self.targets(centers);
        let parts =
            over_slots(self.threads, CHUNK, labels, |rows, labels| targets.assign(rows, labels, work));
        parts.iter().for_each(|part| total.merge(part));
        total
    }

    /// Labels and inertia as the frozen step of the last centers has them.
    fn evaluate(&self, run: &mut Run, labels: &mut [Label]) -> f64 {
        let mut targets = self.targets(&run.centers);
        let mut labelled = run.settled;
        if let Some(orders) = run.orders.as_mut().filter(|_| !run.settled) {
            targets = targets.with_neighbours(&run.centers);
            targets.assign_in_order(self.threads, orders, labels);
            labelled = true;
        }
        let parts = over_slots(self.threads, CHUNK, labels, |rows, labels| {
            if !labelled {
                targets.assign(rows.clone(), labels, Work::LabelsOnly);
            }
            targets.inertia(rows, labels)
        });
        self.scale.inertia(parts.iter().sum())
    }

    fn report(&self, run: Run, inertia: f64, best: usize, labels: &[Label]) -> KMeansReport {
        let mut sizes = vec![0; self.plan.k];
        for &label in labels {
            sizes[usize::from(label)] += 1;
        }
        KMeansReport {
            labels: labels.iter().map(|&label| u32::from(label)).collect(),
            inertia,
            iterations: run.iterations,
            converged: run.converged,
            shift: run.shift,
            shift_tolerance: self.whole.map_or(0.0, |whole| whole.shift_tolerance),
            sizes,
            history: run.history,
            refilled: run.refilled,
            restarts: Vec::new(),
            best,
        }
    }
}

pub(super) fn tell(observer: Observer<'_>, progress: &Progress) -> Result<()> {
    match observer(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted("k-means".to_owned())),
    }
}
