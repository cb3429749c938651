//! Lloyd's iterations, one reading of the source each.

use super::super::assign::{Label, WholeTable, Work};
use super::super::freeze::freeze;
use super::super::init::Init;
use super::super::kmeans::KMeans;
use super::super::lloyd::{LloydScale, LloydState, squared_shift};
use super::super::missing::Missing;
use super::super::table::Table;
use super::refill::Candidates;
use super::scan::Scan;
use super::source::{Batch, Batches};
use crate::fitted::Fitted;
use crate::numerics::parallel::thread_count;
use karat_scorer::step::Segments;
use karat_scorer::{Error, Problem, Result};
use ndarray::Array2;
use std::ops::ControlFlow;

/// Rows of the sample that first centers are found on.
const SAMPLE: usize = 100_000;

/// k-means over a source that is read once an iteration, in memory that depends on the batches and not on
/// the number of rows.
///
/// From given centers the result has the bits of [`KMeans::fit`] from the same centers, whatever the batches:
/// centers, inertia, history, iterations and the shift at which they stop. A fit in memory also stops when no
/// label changes. That needs no labels here: when none changes, the exact sums do not change, hence neither do
/// the centers, and their shift of 0 is never above the tolerance.
///
/// Without given centers, all starts of the plan run on a sample of the rows until they converge, and the best
/// is what the passes over all rows begin with (so that restarts cost no reading). The sample is that of the
/// smallest keyed hashes of the rows' numbers: uniform, and the same for any batches. A source that fits in the
/// sample gets the very fit in memory.
///
/// Readings: one for magnitudes and the sample, one an iteration, one for each iteration that leaves a center
/// empty, and one for inertia and sizes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StreamedKMeans {
    /// Parameters of the fit.
    pub plan: KMeans,
    /// Rows of the sample that first centers are found on.
    pub sample: usize,
}

/// How a fit over batches went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StreamReport {
    /// Rows of the source.
    pub rows: u64,
    /// Sum over the rows of weight times squared distance to the nearest center.
    pub inertia: f64,
    /// Iterations over all rows.
    pub iterations: usize,
    /// Whether they converged before `max_iterations`.
    pub converged: bool,
    /// Squared Frobenius norm of the last shift of the centers.
    pub shift: f64,
    /// The shift at which they would have stopped.
    pub shift_tolerance: f64,
    /// Rows of each segment.
    pub sizes: Vec<u64>,
    /// Sum of weight times squared distance at each assignment, before the centers moved.
    pub history: Vec<f64>,
    /// Empty segments that were given a row.
    pub refilled: usize,
    /// Rows that first centers were found on; 0 for given centers.
    pub sampled: usize,
    /// How often the source was read.
    pub readings: usize,
}

/// What a reading of the source is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamTask {
    /// Magnitudes, and the sample.
    Scan,
    /// No reading: iterations of the starts on the sample, whose rows are told.
    Start,
    /// An iteration.
    Iterate,
    /// Rows for empty centers.
    Refill,
    /// Inertia and sizes.
    Finish,
}

/// Where a fit over batches stands, for its observer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct StreamingProgress {
    /// What the source is being read for.
    pub task: StreamTask,
    /// Iterations done.
    pub iteration: usize,
    /// Rows seen in this reading.
    pub rows: u64,
    /// Rows of the source, once they have been counted.
    pub of: Option<u64>,
    /// Sum of weight times squared distance at the last assignment; infinite before the first.
    pub inertia: f64,
    /// Squared Frobenius norm of the last shift of the centers; infinite before the first.
    pub shift: f64,
}

type Observer<'a> = &'a mut (dyn FnMut(&StreamingProgress) -> ControlFlow<()> + Send);

impl StreamedKMeans {
    /// With a sample of 100,000 rows.
    #[must_use]
    pub fn new(plan: KMeans) -> StreamedKMeans {
        StreamedKMeans { plan, sample: SAMPLE }
    }

    /// Sets [`sample`](StreamedKMeans::sample).
    #[must_use]
    pub fn sample(mut self, sample: usize) -> StreamedKMeans {
        self.sample = sample;
        self
    }

    /// Fits the rows of a source.
    ///
    /// # Errors
    /// As [`fit_observed`](StreamedKMeans::fit_observed).
    pub fn fit(&self, source: &mut dyn Batches) -> Result<Fitted<Segments, StreamReport>> {
        self.fit_observed(source, &mut |_| ControlFlow::Continue(()))
    }

    /// Fits, and tells `observer` after each batch; it can stop the fit between two batches.
    ///
    /// # Errors
    /// Those of [`KMeans::fit_observed`] and of the source; [`Error::Shape`] for batches of different width;
    /// [`Error::Data`] when a later reading gives other rows than the first.
    pub fn fit_observed(
        &self,
        source: &mut dyn Batches,
        observer: Observer<'_>,
    ) -> Result<Fitted<Segments, StreamReport>> {
        let given = match &self.plan.init {
            Init::Given(centers) => Some(centers.mapv(|center| center + 0.0)),
            _ => None,
        };
        if self.plan.sizes.is_some() || self.plan.missing != Missing::Refuse {
            let rule = "must have neither bounds of sizes nor missing values when it reads batches";
            return Err(Error::argument("plan", rule, "one that has"));
        }
        self.plan.check((1, given.as_ref().map_or(1, Array2::ncols)))?;
        if given.is_none() && self.sample < self.plan.k {
            let rule = format!("must be at least k, {}", self.plan.k);
            return Err(Error::argument("sample", rule, self.sample));
        }
        let capacity = if given.is_some() { 0 } else { self.sample };
        let mut reader = Reader { source, observer, rows: None, readings: 0, told: untold() };
        let mut scan = Scan::new(&self.plan, capacity);
        reader.each(StreamTask::Scan, |table| scan.add(table))?;
        scan.check(&self.plan, reader.source)?;
        reader.rows = Some(scan.rows);
        let (centers, sampled) = match given {
            Some(centers) => (centers, 0),
            None => {
                let sample = scan.sample()?;
                let mut told = StreamingProgress { task: StreamTask::Start, of: reader.rows, ..untold() };
                told.rows = sample.rows.nrows() as u64;
                let observer = &mut *reader.observer;
                let fitted = self.plan.fit_observed(
                    sample.rows.view(),
                    sample.weights.as_deref(),
                    &mut |progress| {
                        told.iteration = progress.iteration;
                        (told.inertia, told.shift) = (progress.inertia, progress.shift);
                        observer(&told)
                    },
                )?;
                if scan.is_whole() {
                    return Ok(whole(fitted));
                }
                (rows_of(&fitted.step), sample.rows.nrows())
            }
        };
        let mut largest = scan.largest;
        for ((_, column), center) in centers.indexed_iter() {
            largest[column] = largest[column].max(center.abs());
        }
        let scale = LloydScale::new(largest, scan.largest_weight)?;
        let passes = Passes { plan: &self.plan, scale, sampled };
        passes.run(&mut reader, centers)
    }
}

/// A source being read again and again, and told of.
struct Reader<'a> {
    source: &'a mut dyn Batches,
    observer: Observer<'a>,
    /// Known after the first reading.
    rows: Option<u64>,
    readings: usize,
    told: StreamingProgress,
}

fn untold() -> StreamingProgress {
    StreamingProgress {
        task: StreamTask::Scan,
        iteration: 0,
        rows: 0,
        of: None,
        inertia: f64::INFINITY,
        shift: f64::INFINITY,
    }
}

impl Reader<'_> {
    /// Reads all rows, and makes sure that they are as many as at first.
    fn each(
        &mut self,
        task: StreamTask,
        mut take: impl FnMut(&Table<'_>) -> Result<()> + Send,
    ) -> Result<()> {
        let (observer, told) = (&mut *self.observer, &mut self.told);
        (told.task, told.rows, told.of) = (task, 0, self.rows);
        self.source.read(&mut |batch: Batch<'_>| {
            batch.tables(&mut take)?;
            told.rows += batch.rows() as u64;
            match observer(told) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(()) => Err(Error::Interrupted("k-means over batches".to_owned())),
            }
        })?;
        self.readings += 1;
        match self.rows {
            Some(rows) if rows != told.rows => {
                let what = format!("{rows} rows in the first reading of the source, {} now", told.rows);
                let remedy = "give a source that can be read again and has the same rows every time";
                Err(Error::data(Problem::new("", what, remedy)))
            }
            _ => Ok(()),
        }
    }

    fn pass(
        &mut self,
        task: StreamTask,
        plan: &KMeans,
        centers: &Array2<f64>,
        scale: &LloydScale,
    ) -> Result<LloydState> {
        let mut state = LloydState::new(centers.view(), scale)?;
        let threads = thread_count(plan.threads);
        self.each(task, |table| state.add_table(table, threads))?;
        Ok(state)
    }
}

/// The iterations of a checked fit.
struct Passes<'a> {
    plan: &'a KMeans,
    scale: LloydScale,
    sampled: usize,
}

impl Passes<'_> {
    fn run(
        &self,
        reader: &mut Reader<'_>,
        mut centers: Array2<f64>,
    ) -> Result<Fitted<Segments, StreamReport>> {
        let mut report = StreamReport {
            rows: reader.rows.unwrap_or(0),
            inertia: f64::INFINITY,
            iterations: 0,
            converged: false,
            shift: f64::INFINITY,
            shift_tolerance: 0.0,
            sizes: Vec::new(),
            history: Vec::new(),
            refilled: 0,
            sampled: self.sampled,
            readings: 0,
        };
        while report.iterations < self.plan.max_iterations && !report.converged {
            let mut state = reader.pass(StreamTask::Iterate, self.plan, &centers, &self.scale)?;
            if report.iterations == 0 && self.plan.tolerance > 0.0 {
                let variance = state.sums.mean_variance(&self.scale, state.squares);
                report.shift_tolerance = self.plan.tolerance * variance;
            }
            let inertia = state.inertia();
            let refilled = self.refill(reader, &mut state)?;
            let moved = state.sums.means(&self.scale, &centers);
            report.shift = squared_shift(&centers, &moved);
            report.history.push(inertia);
            report.refilled += refilled;
            report.iterations += 1;
            report.converged = report.shift <= report.shift_tolerance;
            centers = moved;
            (reader.told.iteration, reader.told.inertia) = (report.iterations, inertia);
            reader.told.shift = report.shift;
        }
        (report.inertia, report.sizes) = self.finish(reader, &centers)?;
        report.readings = reader.readings;
        Ok(Fitted { step: freeze(&centers)?, report })
    }

    /// Inertia and sizes as the frozen step of the last centers has them.
    fn finish(&self, reader: &mut Reader<'_>, centers: &Array2<f64>) -> Result<(f64, Vec<u64>)> {
        let (mut inertia, mut sizes) = (0, vec![0; centers.nrows()]);
        reader.each(StreamTask::Finish, |table| {
            let rows = WholeTable { table, scale: &self.scale, threads: thread_count(self.plan.threads) };
            let (mut labels, _) = rows.label(centers, Work::LabelsOnly);
            inertia += rows.inertia(centers, &mut labels);
            labels.iter().for_each(|&label| sizes[usize::from(label)] += 1);
            Ok(())
        })?;
        Ok((self.scale.inertia(inertia), sizes))
    }

    fn refill(&self, reader: &mut Reader<'_>, state: &mut LloydState) -> Result<usize> {
        let Some(mut candidates) = Candidates::new(&state.centers, &state.sums) else { return Ok(0) };
        let threads = thread_count(self.plan.threads);
        let centers = &state.centers;
        reader.each(StreamTask::Refill, |table| {
            let rows = WholeTable { table, scale: &self.scale, threads };
            let labels: Vec<Label> = rows.label(centers, Work::LabelsOnly).0;
            candidates.offer(table, &self.scale, &labels)
        })?;
        Ok(candidates.settle(&self.scale, &mut state.sums))
    }
}

fn rows_of(step: &Segments) -> Array2<f64> {
    let shape = (step.count, step.features.len());
    Array2::from_shape_fn(shape, |(c, f)| step.centers[f * step.count + c])
}

/// The report of a fit in memory, of a source that was sampled whole.
fn whole(fitted: Fitted<Segments, super::super::kmeans::KMeansReport>) -> Fitted<Segments, StreamReport> {
    let report = fitted.report;
    let rows = report.labels.len();
    let report = StreamReport {
        rows: rows as u64,
        inertia: report.inertia,
        iterations: report.iterations,
        converged: report.converged,
        shift: report.shift,
        shift_tolerance: report.shift_tolerance,
        sizes: report.sizes,
        history: report.history,
        refilled: report.refilled,
        sampled: rows,
        readings: 1,
    };
    Fitted { step: fitted.step, report }
}
