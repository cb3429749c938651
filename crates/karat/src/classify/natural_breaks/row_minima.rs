//! The minima of all rows of a totally monotone matrix in linear time.

use std::ops::Range;

/// The least value of each row and the first column that has it.
///
/// SMAWK (Aggarwal, Klawe, Moran, Shor and Wilber, "Geometric applications of a matrix-searching algorithm",
/// 1987): of the columns no more than there are rows are kept, every other row is solved by recursion, and
/// the rows between find their minima between those of their neighbours. `value(row, column)` is called about
/// five times for each row and column together.
pub(super) fn row_minima(
    rows: Range<usize>,
    columns: Range<usize>,
    value: &impl Fn(usize, usize) -> f64,
) -> Vec<(f64, usize)> {
    let mut minima = vec![(f64::INFINITY, columns.start); rows.len()];
    let columns: Vec<usize> = columns.collect();
    let matrix = Matrix { first: rows.start, last: rows.end, value };
    matrix.solve(1, columns, &mut minima);
    minima
}

struct Matrix<'a, V> {
    first: usize,
    last: usize,
    value: &'a V,
}

impl<V: Fn(usize, usize) -> f64> Matrix<'_, V> {
    /// Solves the rows `step - 1`, `2 step - 1`, ... counted from the first.
    fn solve(&self, step: usize, columns: Vec<usize>, minima: &mut [(f64, usize)]) {
        let count = (self.last - self.first) / step;
        if count == 0 {
            return;
        }
        let row = |number: usize| self.first + (number + 1) * step - 1;
        let columns = if columns.len() > count { self.reduce(count, &row, &columns) } else { columns };
        self.solve(2 * step, columns.clone(), minima);
        // The rows in even places; those in odd ones are solved.
        let mut at = 0;
        for number in (0..count).step_by(2) {
            let end = if number + 1 < count { minima[row(number + 1) - self.first].1 } else { usize::MAX };
            let slot = row(number) - self.first;
            let mut best = (f64::INFINITY, columns[at]);
            loop {
                let value = (self.value)(row(number), columns[at]);
                if value < best.0 {
                    best = (value, columns[at]);
                }
                if columns[at] >= end || at + 1 == columns.len() {
                    break;
                }
                at += 1;
            }
            minima[slot] = best;
        }
    }

    /// The columns that can hold a minimum, as many as there are rows at the most.
    fn reduce(&self, count: usize, row: &impl Fn(usize) -> usize, columns: &[usize]) -> Vec<usize> {
        // Each with its value in the row of its place, once that is known.
        let mut kept: Vec<(usize, f64)> = Vec::with_capacity(count);
        for &column in columns {
            while let Some(top) = kept.last().copied() {
                let here = row(kept.len() - 1);
                let known = if top.1.is_nan() { (self.value)(here, top.0) } else { top.1 };
                if known <= (self.value)(here, column) {
                    if let Some(last) = kept.last_mut() {
                        last.1 = known;
                    }
                    break;
                }
                kept.pop();
            }
            if kept.len() < count {
                kept.push((column, f64::NAN));
            }
        }
        kept.into_iter().map(|(column, _)| column).collect()
    }
}
