//! The different rows of a table in an order of their own, so that draws depend on what the rows hold and not
//! on where they lie.

use super::table::Table;
use crate::numerics::random::mix;
use ndarray::Array2;
use std::cmp::Ordering;

/// Every different row of positive weight once, with the weight of all its copies, in the order of a hash
/// of the content.
#[derive(Debug)]
pub(super) struct DistinctRows {
    values: Array2<f64>,
    weights: Vec<f64>,
}

impl Table<'_> {
    fn hash(&self, row: usize) -> u64 {
        (0..self.columns).fold(0, |hash, column| mix(hash ^ (self.at(row, column) + 0.0).to_bits()))
    }

    /// The order of two rows by content, -0.0 taken as 0.0.
    fn by_content(&self, row: usize, other: usize) -> Ordering {
        let value = |row, column| self.at(row, column) + 0.0;
        (0..self.columns)
            .map(|column| value(row, column).total_cmp(&value(other, column)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl DistinctRows {
    /// The rows as a table.
    pub(super) fn table(&self) -> Table<'_> {
        Table::new(self.values.view(), Some(&self.weights))
    }

    pub(super) fn of(table: &Table<'_>) -> DistinctRows {
        let mut order: Vec<(u64, usize)> = (0..table.rows)
            .filter(|&row| table.weight(row) > 0.0)
            .map(|row| (table.hash(row), row))
            .collect();
        order.sort_unstable_by(|a, b| {
            let by_content = || table.by_content(a.1, b.1);
            // Copies in the order of their weights, so that even a rounded sum does not show where they lay.
            let by_weight = || table.weight(a.1).total_cmp(&table.weight(b.1));
            a.0.cmp(&b.0).then_with(by_content).then_with(by_weight)
        });
        let mut rows: Vec<usize> = Vec::with_capacity(order.len());
        let mut weights: Vec<f64> = Vec::with_capacity(order.len());
        let mut previous = None;
        for (hash, row) in order {
            let copy =
                previous.is_some_and(|(before, kept)| before == hash && table.by_content(kept, row).is_eq());
            match weights.last_mut() {
                Some(weight) if copy => *weight += table.weight(row),
                _ => {
                    rows.push(row);
                    weights.push(table.weight(row));
                }
            }
            previous = Some((hash, row));
        }
        let shape = (rows.len(), table.columns);
        DistinctRows { values: Array2::from_shape_fn(shape, |(i, f)| table.at(rows[i], f) + 0.0), weights }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kmeans::KMeans;
    use super::*;
    use crate::classify::segments::Init;
    use ndarray::{ArrayView2, array, s};
    use proptest::prelude::*;

    fn contents(table: &Table<'_>) -> Vec<(Vec<f64>, f64)> {
        (0..table.rows).map(|row| (table.row(row), table.weight(row))).collect()
    }

    #[test]
    fn copies_add_their_weights_and_rows_without_weight_are_left_out() {
        let x = array![[1.0, -0.0], [2.0, 3.0], [1.0, 0.0], [5.0, 5.0]];
        let weights = [0.5, 1.0, 2.0, 0.0];
        let table = Table::new(x.view(), Some(&weights));
        let mut found = contents(&DistinctRows::of(&table).table());
        found.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap());
        assert_eq!(found, [(vec![1.0, 0.0], 2.5), (vec![2.0, 3.0], 1.0)]);
    }

    fn fit(x: ArrayView2<'_, f64>, weights: Option<&[f64]>, init: &Init) -> Vec<f64> {
        let plan = KMeans::new(3).restarts(2).seed(5).init(init.clone());
        plan.fit_weighted(x, weights).unwrap().step.centers
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Shuffled rows, and copies in place of weights, give the same centers in the same order. Powers of two:
        /// the product of a row and its weight is rounded, that of copies is not.
        #[test]
        fn neither_order_nor_copies_show_in_a_fit(
            values in prop::collection::vec((-4_i32..5, 0.0..1.0_f64), 24),
            copies in prop::collection::vec(prop::sample::select(vec![0_usize, 1, 2, 4]), 12),
            shuffled in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(),
            plus_plus: bool,
        ) {
            let x = Array2::from_shape_fn((12, 2), |(i, f)| {
                let (whole, part) = values[2 * i + f];
                if f == 0 { f64::from(whole) } else { f64::from(whole) + part }
            });
            prop_assume!(copies.iter().filter(|&&n| n > 0).count() >= 3);
            let repeated: Vec<usize> =
                (0..12).flat_map(|row| std::iter::repeat_n(row, copies[row])).collect();
            let repeated = Array2::from_shape_fn((repeated.len(), 2), |(i, f)| x[(repeated[i], f)]);
            prop_assume!(Table::new(repeated.view(), None).distinct_rows(3) == 3);
            let moved = Array2::from_shape_fn((12, 2), |(i, f)| x[(shuffled[i], f)]);
            let weights: Vec<f64> = shuffled.iter().map(|&row| copies[row] as f64).collect();
            let init = if plus_plus { Init::KMeansPlusPlus } else { Init::Random };
            prop_assert_eq!(fit(repeated.view(), None, &init), fit(moved.view(), Some(&weights), &init));
            let backwards = repeated.slice(s![..;-1, ..]);
            prop_assert_eq!(fit(repeated.view(), None, &init), fit(backwards, None, &init));
        }
    }
}
