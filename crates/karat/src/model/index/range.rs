//! Range, mean and missing values of numeric columns in one quick pass, from columns or from rows.

use crate::numerics::parallel::Chunks;
use karat_scorer::{Error, Isa, Kernel, Problem, Result};
use std::ops::Range as Rows;

/// Rows in one unit of work.
pub(crate) const CHUNK: usize = 16_384;
/// Sums that run side by side: row r belongs to the sum of r modulo this.
const PHASES: usize = 8;

/// What is known of one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
    /// Over chunks of rows in order: the same for any number of threads, and for rows and columns.
    pub(crate) sum: f64,
    pub(crate) missing: u64,
    pub(crate) count: u64,
}

impl Range {
    pub(crate) const EMPTY: Range =
        Range { minimum: f64::INFINITY, maximum: f64::NEG_INFINITY, sum: 0.0, missing: 0, count: 0 };

    fn merge(&mut self, other: &Range) {
        self.minimum = if other.minimum < self.minimum { other.minimum } else { self.minimum };
        self.maximum = if other.maximum > self.maximum { other.maximum } else { self.maximum };
        self.sum += other.sum;
        self.missing += other.missing;
        self.count += other.count;
    }

    /// NaN without values.
    pub(crate) fn mean(&self) -> f64 {
        self.sum / (self.count - self.missing) as f64
    }
}

/// Where numbers lie.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Numbers<'a> {
    /// One slice for each column, equally long.
    Columns(&'a [&'a [f64]]),
    /// Row after row, each of that many numbers.
    Rows(&'a [f64], usize),
}

impl Numbers<'_> {
    pub(crate) fn rows(&self) -> usize {
        match self {
            Numbers::Columns(columns) => columns.first().map_or(0, |column| column.len()),
            Numbers::Rows(values, width) => values.len().checked_div(*width).unwrap_or(0),
        }
    }

    pub(crate) fn width(&self) -> usize {
        match self {
            Numbers::Columns(columns) => columns.len(),
            Numbers::Rows(_, width) => *width,
        }
    }

    pub(crate) fn row(&self, row: usize, into: &mut [f64]) {
        for (column, slot) in into.iter_mut().enumerate() {
            *slot = self.value(column, row).unwrap_or(f64::NAN);
        }
    }

    fn value(&self, column: usize, row: usize) -> Option<f64> {
        match self {
            Numbers::Columns(columns) => columns.get(column)?.get(row).copied(),
            Numbers::Rows(values, width) => values.get(row * width + column).copied(),
        }
    }
}

/// The range of every column.
///
/// # Errors
/// [`Error::Data`] for infinite values, with their rows.
pub(crate) fn ranges(numbers: Numbers<'_>, names: &[&str], threads: usize) -> Result<Vec<Range>> {
    let empty = vec![Range::EMPTY; numbers.width()];
    let chunks = Chunks { task: "reading the fields", rows: numbers.rows(), chunk: CHUNK, threads };
    let merge = |all: &mut Vec<Range>, part: Vec<Range>| {
        all.iter_mut().zip(&part).for_each(|(all, part)| all.merge(part));
    };
    let ranges = chunks.map_reduce(|rows| of_chunk(numbers, rows), empty, merge, &mut |_| true)?;
    let infinite = |range: &Range| {
        range.minimum == f64::NEG_INFINITY || (range.maximum == f64::INFINITY && range.count > range.missing)
    };
    let problems: Vec<Problem> = ranges
        .iter()
        .enumerate()
        .filter(|(_, range)| infinite(range))
        .map(|(column, _)| infinite_problem(numbers, column, names.get(column).copied().unwrap_or_default()))
        .collect();
    if problems.is_empty() { Ok(ranges) } else { Err(Error::Data(problems)) }
}

fn infinite_problem(numbers: Numbers<'_>, column: usize, name: &str) -> Problem {
    let rows: Vec<usize> =
        (0..numbers.rows()).filter(|&row| numbers.value(column, row).is_some_and(f64::is_infinite)).collect();
    let first: Vec<String> = rows.iter().take(5).map(usize::to_string).collect();
    Problem::new(
        name,
        format!("{} infinite values (first rows: {})", rows.len(), first.join(", ")),
        "replace them by missing values or by a bound",
    )
}

fn of_chunk(numbers: Numbers<'_>, rows: Rows<usize>) -> Vec<Range> {
    Isa::detect().run(Chunk { numbers, rows })
}

/// Compiled for the vectors of the machine; the bits are the same with any.
struct Chunk<'a> {
    numbers: Numbers<'a>,
    rows: Rows<usize>,
}

impl Kernel for Chunk<'_> {
    type Output = Vec<Range>;

    #[inline(always)]
    fn run(self) -> Vec<Range> {
        let Chunk { numbers, rows } = self;
        match numbers {
            Numbers::Columns(columns) => {
                let mut ranges = Vec::with_capacity(columns.len());
                for column in columns {
                    ranges.push(of_column(column.get(rows.clone()).unwrap_or_default()));
                }
                ranges
            }
            Numbers::Rows(values, width) => {
                of_rows(values.get(rows.start * width..rows.end * width).unwrap_or_default(), width)
            }
        }
    }
}

/// Minimum, maximum, sum and missing values of columns or phases side by side.
#[derive(Clone, Copy)]
struct State<const N: usize> {
    minimum: [f64; N],
    maximum: [f64; N],
    sum: [f64; N],
    missing: [f64; N],
}

impl<const N: usize> State<N> {
    const EMPTY: State<N> = State {
        minimum: [f64::INFINITY; N],
        maximum: [f64::NEG_INFINITY; N],
        sum: [0.0; N],
        missing: [0.0; N],
    };

    /// Adds values; one that is missing makes its sum NaN, upon which all have to be added again by
    /// [`State::add_present`].
    #[inline(always)]
    fn add(&mut self, values: &[f64; N]) {
        for lane in 0..N {
            let value = values[lane];
            self.minimum[lane] = if value < self.minimum[lane] { value } else { self.minimum[lane] };
            self.maximum[lane] = if value > self.maximum[lane] { value } else { self.maximum[lane] };
            self.sum[lane] += value;
        }
    }

    /// Adds the values that are present and counts the others.
    #[inline(always)]
    fn add_present(&mut self, values: &[f64; N]) {
        let mut present = *values;
        for (value, missing) in present.iter_mut().zip(&mut self.missing) {
            *missing += if value.is_nan() { 1.0 } else { 0.0 };
            *value = if value.is_nan() { 0.0 } else { *value };
        }
        for lane in 0..N {
            let value = values[lane];
            self.minimum[lane] = if value < self.minimum[lane] { value } else { self.minimum[lane] };
            self.maximum[lane] = if value > self.maximum[lane] { value } else { self.maximum[lane] };
            self.sum[lane] += present[lane];
        }
    }

    #[inline(always)]
    fn has_gaps(&self) -> bool {
        let mut gaps = false;
        for sum in &self.sum {
            gaps |= sum.is_nan();
        }
        gaps
    }
}

/// One number of each phase, brought together in their order.
fn gathered(phases: [(f64, f64, f64, f64); PHASES], count: usize) -> Range {
    let mut range = Range { count: count as u64, ..Range::EMPTY };
    for (minimum, maximum, sum, missing) in phases {
        // -0.0 + 0.0 is 0.0: a bound must not depend on which zero came first.
        let (minimum, maximum) = (minimum + 0.0, maximum + 0.0);
        range.merge(&Range { minimum, maximum, sum, missing: missing as u64, count: 0 });
    }
    range
}

#[inline(always)]
fn of_column(values: &[f64]) -> Range {
    let (whole, rest) = values.as_chunks::<PHASES>();
    let mut state = State::<PHASES>::EMPTY;
    for values in whole {
        state.add(values);
    }
    if state.has_gaps() {
        state = State::EMPTY;
        for values in whole {
            state.add_present(values);
        }
    }
    let mut last = [f64::NAN; PHASES];
    last.iter_mut().zip(rest).for_each(|(slot, value)| *slot = *value);
    let padding = if rest.is_empty() { 0 } else { PHASES - rest.len() };
    if padding > 0 {
        state.add_present(&last);
    }
    let phases =
        std::array::from_fn(|p| (state.minimum[p], state.maximum[p], state.sum[p], state.missing[p]));
    let mut range = gathered(phases, values.len());
    range.missing -= padding as u64;
    range
}

/// Four columns at a time, so that the numbers of a row are read where they lie.
#[inline(always)]
fn of_rows(values: &[f64], width: usize) -> Vec<Range> {
    let blocks = width.div_ceil(4);
    let mut states = vec![[State::<4>::EMPTY; PHASES]; blocks];
    add_rows::<false>(values, width, &mut states);
    if states.iter().flatten().any(State::has_gaps) {
        states.fill([State::EMPTY; PHASES]);
        add_rows::<true>(values, width, &mut states);
    }
    let count = values.len() / width;
    let of = |column: usize| {
        let (states, lane) = (&states[column / 4], column % 4);
        let of_phase = |p: usize| {
            let s: &State<4> = &states[p];
            (s.minimum[lane], s.maximum[lane], s.sum[lane], s.missing[lane])
        };
        gathered(std::array::from_fn(of_phase), count)
    };
    (0..width).map(of).collect()
}

/// Adds rows, whose last block of columns is filled up with zeros.
#[inline(always)]
fn add_rows<const GAPS: bool>(values: &[f64], width: usize, states: &mut [[State<4>; PHASES]]) {
    for (number, row) in values.chunks_exact(width).enumerate() {
        let (whole, rest) = row.as_chunks::<4>();
        for (states, four) in states.iter_mut().zip(whole) {
            let state = &mut states[number % PHASES];
            if GAPS { state.add_present(four) } else { state.add(four) }
        }
        if let (false, Some(states)) = (rest.is_empty(), states.last_mut()) {
            let mut four = [0.0; 4];
            four.iter_mut().zip(rest).for_each(|(slot, value)| *slot = *value);
            let state = &mut states[number % PHASES];
            if GAPS { state.add_present(&four) } else { state.add(&four) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns that no rounding spares, with missing values and both zeros.
    fn table(rows: usize, width: usize) -> Vec<f64> {
        (0..rows * width)
            .map(|i| match i * 7919 % 101 {
                0 => f64::NAN,
                1 => -0.0,
                k => (k as f64 - 50.0) / 3.0 + i as f64 * 1e-7,
            })
            .collect()
    }

    #[test]
    fn rows_and_columns_and_threads_agree_to_the_bit() {
        for (rows, width) in [(1, 1), (3, 5), (40_001, 6), (16_384, 12), (33, 9)] {
            let values = table(rows, width);
            let columns: Vec<Vec<f64>> =
                (0..width).map(|c| values.iter().skip(c).step_by(width).copied().collect()).collect();
            let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let names = vec!["x"; width];
            let by_rows = ranges(Numbers::Rows(&values, width), &names, 1).unwrap();
            assert_eq!(by_rows, ranges(Numbers::Columns(&slices), &names, 1).unwrap());
            assert_eq!(by_rows, ranges(Numbers::Rows(&values, width), &names, 3).unwrap());
            for (range, column) in by_rows.iter().zip(&columns) {
                let present: Vec<f64> = column.iter().copied().filter(|x| !x.is_nan()).collect();
                assert_eq!(range.count, rows as u64);
                assert_eq!(range.missing, (rows - present.len()) as u64);
                assert_eq!(range.minimum, present.iter().copied().fold(f64::INFINITY, f64::min));
                assert_eq!(range.maximum, present.iter().copied().fold(f64::NEG_INFINITY, f64::max));
                let sum: f64 = present.iter().sum();
                assert!((range.sum - sum).abs() <= 1e-9 * (1.0 + sum.abs()), "{} {sum}", range.sum);
            }
        }
    }

    #[test]
    fn infinities_are_refused_with_their_rows() {
        let values = [1.0, 2.0, f64::INFINITY, 3.0, f64::NAN, f64::NEG_INFINITY];
        let error = ranges(Numbers::Rows(&values, 2), &["a", "b"], 1).unwrap_err().to_string();
        assert!(error.contains("a") && error.contains("1 infinite values (first rows: 1)"), "{error}");
        assert!(error.contains("first rows: 2"), "{error}");
    }
}
