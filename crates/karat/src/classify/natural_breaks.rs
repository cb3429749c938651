//! Natural breaks: the best cuts of one number into classes, exactly.

use crate::numerics::double_double::DoubleDouble;
use karat_scorer::{Error, Problem, Result};

/// Cuts a sorted list of different values, each with its count, into `classes` groups of neighbours with the
/// smallest possible sum of squared deviations from the group means; returns the `classes - 1` cuts in
/// ascending order.
///
/// A cut is the *lowest value of the upper class*: the scorer's grade is the number of cuts at or below the
/// index, so that every value given here falls into exactly the class it was put in. Of equally good
/// partitions the one whose last cut is lowest is returned, then the one before, and so on.
///
/// Optimal partitions of a line are intervals (Fisher, "On grouping for maximum homogeneity", 1958; known to
/// cartographers as Jenks's natural breaks) and are found by dynamic programming; as the best last cut
/// never moves down when values are appended, divide and conquer needs `O(classes n log n)` steps (the
/// monotonicity behind Ckmeans.1d.dp of Wang & Song, 2011). Sums are kept to 106 bits, so that values far
/// from the others do not blur the groups.
///
/// ```
/// use karat::classify::natural_breaks::natural_breaks;
/// let cuts = natural_breaks(&[(1.0, 5), (2.0, 3), (10.0, 4), (11.0, 1), (40.0, 2)], 3)?;
/// assert_eq!(cuts, [10.0, 40.0]);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`] for no class, for values that are not finite, not ascending or too large to be
/// squared, or for a count of 0; [`Error::Data`] with fewer values than classes.
pub fn natural_breaks(values: &[(f64, u64)], classes: usize) -> Result<Vec<f64>> {
    check(values, classes)?;
    let costs = Costs::new(values);
    let n = values.len();
    // `best[i]`: smallest cost of the first i values in the classes so far.
    let mut best: Vec<f64> = (0..=n).map(|end| costs.of(0, end)).collect();
    let mut starts = Vec::with_capacity(classes - 1);
    for class in 1..classes {
        let mut layer =
            Layer { costs: &costs, before: &best, best: vec![f64::INFINITY; n + 1], start: vec![0; n + 1] };
        layer.fill(class + 1, n, class, n - 1);
        starts.push(layer.start);
        best = layer.best;
    }
    let mut cuts = Vec::with_capacity(classes - 1);
    let mut end = n;
    for start in starts.iter().rev() {
        end = start[end] as usize;
        cuts.push(values[end].0);
    }
    cuts.reverse();
    Ok(cuts)
}

fn check(values: &[(f64, u64)], classes: usize) -> Result<()> {
    if classes == 0 {
        return Err(Error::argument("classes", "must be >= 1", 0));
    }
    if let Some(bad) = values.iter().find(|(value, _)| value.is_nan() || value.abs() >= LARGEST) {
        return Err(Error::argument("values", format!("must be finite and below {LARGEST:e}"), bad.0));
    }
    if let Some(pair) = values.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        let rule = format!("must be different and ascending (after {})", pair[0].0);
        return Err(Error::argument("values", rule, pair[1].0));
    }
    if let Some((value, _)) = values.iter().find(|(_, count)| *count == 0) {
        return Err(Error::argument("values", format!("must each have a count >= 1 (value {value})"), 0));
    }
    if values.len() < classes || u32::try_from(values.len()).is_err() {
        let what = format!("{} different values cannot make {classes} classes", values.len());
        let remedy = format!("ask for at most {} classes", values.len());
        return Err(Error::data(Problem::new("", what, remedy)));
    }
    Ok(())
}

/// Squares of larger values, times their counts, could overflow.
const LARGEST: f64 = 1e140;

/// Sum of squared deviations from the mean of any run of values, in constant time.
struct Costs {
    weights: Vec<u64>,
    sums: Vec<DoubleDouble>,
    squares: Vec<DoubleDouble>,
}

impl Costs {
    fn new(values: &[(f64, u64)]) -> Costs {
        let zero = DoubleDouble::default();
        let (mut weight, mut sum, mut square) = (0_u64, zero, zero);
        let mut costs = Costs { weights: vec![0], sums: vec![zero], squares: vec![zero] };
        // Deviations do not depend on the origin; from the middle value the squares are smallest.
        let origin = values[values.len() / 2].0;
        for &(value, count) in values {
            let offset = DoubleDouble::new(value).minus(DoubleDouble::new(origin));
            let weighted = offset.times(DoubleDouble::new(count as f64));
            weight = weight.saturating_add(count);
            sum = sum.plus(weighted);
            square = square.plus(weighted.times(offset));
            costs.weights.push(weight);
            costs.sums.push(sum);
            costs.squares.push(square);
        }
        costs
    }

    /// Of the values `start .. end`.
    #[inline]
    fn of(&self, start: usize, end: usize) -> f64 {
        if end <= start + 1 {
            return 0.0;
        }
        let weight = (self.weights[end] - self.weights[start]) as f64;
        let sum = self.sums[end].minus(self.sums[start]);
        let square = self.squares[end].minus(self.squares[start]);
        let cost = square.minus(sum.times(sum).divided_by(DoubleDouble::new(weight))).value();
        if cost > 0.0 { cost } else { 0.0 }
    }
}

/// One more class on top of the best partitions into one class less.
struct Layer<'a> {
    costs: &'a Costs,
    before: &'a [f64],
    best: Vec<f64>,
    /// First value of the last class, of equally good ones the lowest.
    start: Vec<u32>,
}

impl Layer<'_> {
    /// Fills the ends `low ..= high`, whose last classes start within `first ..= last`.
    fn fill(&mut self, low: usize, high: usize, first: usize, last: usize) {
        if low > high {
            return;
        }
        let end = low.midpoint(high);
        let mut start = first;
        for candidate in first..=last.min(end - 1) {
            let cost = self.before[candidate] + self.costs.of(candidate, end);
            if cost < self.best[end] {
                self.best[end] = cost;
                start = candidate;
            }
        }
        self.start[end] = u32::try_from(start).unwrap_or(u32::MAX);
        self.fill(low, end - 1, first, start);
        self.fill(end + 1, high, start, last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cost(values: &[(f64, u64)]) -> f64 {
        let weight: f64 = values.iter().map(|v| v.1 as f64).sum();
        let mean = values.iter().map(|v| v.0 * v.1 as f64).sum::<f64>() / weight;
        values.iter().map(|v| v.1 as f64 * (v.0 - mean) * (v.0 - mean)).sum()
    }

    fn cost_of_cuts(values: &[(f64, u64)], cuts: &[f64]) -> f64 {
        let grade = |value: f64| cuts.iter().filter(|cut| **cut <= value).count();
        (0..=cuts.len())
            .map(|class| {
                let members: Vec<_> = values.iter().copied().filter(|v| grade(v.0) == class).collect();
                assert!(!members.is_empty(), "class {class} of {cuts:?} is empty");
                cost(&members)
            })
            .sum()
    }

    /// The lowest cost over every choice of cuts.
    fn brute_force(values: &[(f64, u64)], classes: usize) -> f64 {
        if classes == 1 {
            return cost(values);
        }
        (classes - 1..values.len())
            .map(|start| brute_force(&values[..start], classes - 1) + cost(&values[start..]))
            .fold(f64::INFINITY, f64::min)
    }

    fn counted(values: &[f64]) -> Vec<(f64, u64)> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mut counted: Vec<(f64, u64)> = Vec::new();
        for value in sorted {
            match counted.last_mut() {
                Some(last) if last.0 == value => last.1 += 1,
                _ => counted.push((value, 1)),
            }
        }
        counted
    }

    /// From the tests of the R package `Ckmeans.1d.dp` (Wang & Song, 2011): `-1, 2, -1, 2, 4, 5, 6, -1, 2, -1`
    /// in three clusters of 4, 3 and 3 values around -1, 2 and 5, within sums of squares 0, 0 and 2.
    #[test]
    fn example_of_wang_and_song() {
        let values = counted(&[-1.0, 2.0, -1.0, 2.0, 4.0, 5.0, 6.0, -1.0, 2.0, -1.0]);
        let cuts = natural_breaks(&values, 3).unwrap();
        assert_eq!(cuts, [2.0, 4.0]);
        assert_eq!(cost_of_cuts(&values, &cuts), 2.0);
        assert_eq!(brute_force(&values, 3), 2.0);
    }

    proptest! {
        #[test]
        fn no_partition_is_better(
            values in prop::collection::btree_map(-40_i32..40, 1_u64..9, 1..14),
            classes in 1_usize..6,
        ) {
            let values: Vec<(f64, u64)> = values.into_iter().map(|(v, c)| (f64::from(v) * 0.37, c)).collect();
            prop_assume!(values.len() >= classes);
            let cuts = natural_breaks(&values, classes).unwrap();
            prop_assert_eq!(cuts.len(), classes - 1);
            let (found, least) = (cost_of_cuts(&values, &cuts), brute_force(&values, classes));
            prop_assert!((found - least).abs() <= 1e-9 * (1.0 + least), "{} against {}", found, least);
        }

        /// Groups a unit apart beside a value of -1e9, whose square hides them in plain doubles.
        #[test]
        fn a_far_value_does_not_blur_the_others(shift in -1e9..1e9_f64) {
            let shift = shift.floor();
            let mut values = vec![(shift - 1e9, 1)];
            values.extend([0.0, 0.25, 0.5, 10.0, 10.25, 20.0, 20.5].map(|v| (shift + v, 3)));
            prop_assert_eq!(natural_breaks(&values, 4).unwrap(), [shift, shift + 10.0, shift + 20.0]);
        }
    }

    #[test]
    fn many_values_take_a_moment_only() {
        let values: Vec<(f64, u64)> = (0..100_000).map(|i| (f64::from(i), 1)).collect();
        let cuts = natural_breaks(&values, 5).unwrap();
        // Equal spacing is cut into equal parts, for which the costs are symmetric.
        assert_eq!(cuts, [20_000.0, 40_000.0, 60_000.0, 80_000.0]);
    }

    #[test]
    fn as_many_classes_as_values_cut_at_each() {
        assert_eq!(natural_breaks(&[(1.0, 1), (2.0, 9), (7.0, 1)], 3).unwrap(), [2.0, 7.0]);
        assert_eq!(natural_breaks(&[(1.0, 1), (2.0, 9)], 1).unwrap(), [] as [f64; 0]);
    }

    #[test]
    fn bad_input_is_named() {
        let message =
            |values: &[(f64, u64)], classes| natural_breaks(values, classes).unwrap_err().to_string();
        assert_eq!(
            message(&[(1.0, 1), (2.0, 1)], 3),
            "2 different values cannot make 3 classes; ask for at most 2 classes"
        );
        assert_eq!(message(&[(1.0, 1)], 0), "`classes` must be >= 1, got 0");
        assert_eq!(
            message(&[(2.0, 1), (2.0, 1)], 1),
            "`values` must be different and ascending (after 2), got 2"
        );
        assert!(message(&[(f64::NAN, 1)], 1).contains("must be finite"));
        assert_eq!(message(&[(2.0, 0)], 1), "`values` must each have a count >= 1 (value 2), got 0");
        assert!(message(&[], 1).starts_with("0 different values"));
    }
}
