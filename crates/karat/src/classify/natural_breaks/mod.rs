//! Natural breaks: the best cuts of one number into classes, exactly.

mod costs;
mod row_minima;

use costs::Costs;
use karat_scorer::{Error, Problem, Result};
use row_minima::row_minima;

/// The best classes of one number, and how good they are.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NaturalBreaks {
    /// The lowest value of each class but the first, ascending.
    pub cuts: Vec<f64>,
    /// Mean of each class.
    pub means: Vec<f64>,
    /// Weight of each class.
    pub weights: Vec<f64>,
    /// Rows of positive weight of each class.
    pub sizes: Vec<u64>,
    /// Sum of weight times squared deviation from the class mean: the inertia of optimal one-dimensional k-means.
    pub inertia: f64,
    /// Jenks's goodness of variance fit, 1 less inertia over total squared deviation; 1 when nothing varies.
    pub goodness_of_fit: f64,
}

/// Cuts a sorted list of different values, each with its count, into `classes` groups of neighbours with the
/// smallest possible sum of squared deviations from the group means; returns the `classes - 1` cuts in
/// ascending order.
///
/// A cut is the *lowest value of the upper class*: the scorer's grade is the number of cuts at or below the
/// index, so that every value given here falls into exactly the class it was put in. Of equally good
/// partitions the one whose last cut is lowest is returned, then the one before, and so on.
///
/// Optimal partitions of a line are intervals (Fisher, "On grouping for maximum homogeneity", 1958; known to
/// cartographers as Jenks's natural breaks) and are found by dynamic programming. The best last cut never moves
/// down when values are appended (the monotonicity behind Ckmeans.1d.dp of Wang and Song, 2011), so that the
/// row minima of a totally monotone matrix, by the algorithm SMAWK, are all a class takes: `O(classes * n)`
/// steps. Sums are kept to 106 bits, so that values far from the others do not blur the groups.
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
    if let Some((value, _)) = values.iter().find(|(_, count)| *count == 0) {
        return Err(Error::argument("values", format!("must each have a count >= 1 (value {value})"), 0));
    }
    let weighted: Vec<(f64, f64)> = values.iter().map(|&(value, count)| (value, count as f64)).collect();
    check(&weighted, classes)?;
    let starts = best_starts(&Costs::new(&weighted), classes);
    Ok(starts[1..].iter().map(|&start| values[start].0).collect())
}

/// The natural breaks of values in any order, each counting as much as its weight, or 1.
///
/// Equal values are put together first, and rows without weight left out, so that the time is that of sorting and of
/// the different values. See [`natural_breaks`] for the method.
///
/// ```
/// use karat::classify::natural_breaks::natural_breaks_of;
/// let found = natural_breaks_of(&[2.0, 40.0, 1.0, 11.0, 10.0, 1.0], None, 3)?;
/// assert_eq!(found.cuts, [10.0, 40.0]);
/// assert_eq!(found.sizes, [3, 2, 1]);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`] for no class, values that are not finite or too large to be squared, and weights that are
/// negative, not finite or too large; [`Error::Shape`] unless there is one weight a value; [`Error::Data`]
/// with fewer different values than classes.
pub fn natural_breaks_of(values: &[f64], weights: Option<&[f64]>, classes: usize) -> Result<NaturalBreaks> {
    let (counted, rows) = counted(values, weights)?;
    check(&counted, classes)?;
    let costs = Costs::new(&counted);
    let starts = best_starts(&costs, classes);
    let ends: Vec<usize> = starts[1..].iter().copied().chain([counted.len()]).collect();
    let classes = || starts.iter().zip(&ends).map(|(&start, &end)| (start, end));
    let inertia = classes().fold(0.0, |sum, (start, end)| sum + costs.of(start, end));
    let total = costs.of(0, counted.len());
    Ok(NaturalBreaks {
        cuts: starts[1..].iter().map(|&start| counted[start].0).collect(),
        means: classes().map(|(start, end)| costs.mean(start, end)).collect(),
        weights: classes().map(|(start, end)| costs.weight(start, end)).collect(),
        sizes: classes().map(|(start, end)| rows[start..end].iter().sum()).collect(),
        inertia,
        goodness_of_fit: if total > 0.0 { 1.0 - inertia / total } else { 1.0 },
    })
}

/// Different values of positive weight in ascending order with their weights; and how many rows each has.
type Counted = (Vec<(f64, f64)>, Vec<u64>);

fn counted(values: &[f64], weights: Option<&[f64]>) -> Result<Counted> {
    if let Some(weights) = weights {
        if weights.len() != values.len() {
            return Err(Error::shape("weights, one a value", values.len(), weights.len()));
        }
        let admitted = |weight: f64| (0.0..LARGEST_WEIGHT).contains(&weight);
        if let Some(row) = weights.iter().position(|&weight| !admitted(weight)) {
            let rule = format!("must be >= 0 and below {LARGEST_WEIGHT:e} (row {row})");
            return Err(Error::argument("weights", rule, weights[row]));
        }
    }
    if let Some(row) = values.iter().position(|value| !value.is_finite()) {
        let rule = format!("must be finite and below {LARGEST:e} (row {row})");
        return Err(Error::argument("values", rule, values[row]));
    }
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let mut sorted: Vec<(f64, f64)> =
        (0..values.len()).map(|row| (values[row] + 0.0, weight(row))).filter(|pair| pair.1 > 0.0).collect();
    // Equal values in the order of their weights: a rounded sum of them does not show where they lay.
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut merged: Vec<(f64, f64)> = Vec::with_capacity(sorted.len());
    let mut rows: Vec<u64> = Vec::with_capacity(sorted.len());
    for (value, weight) in sorted {
        match (merged.last_mut(), rows.last_mut()) {
            (Some(last), Some(count)) if last.0 == value => {
                last.1 += weight;
                *count += 1;
            }
            _ => {
                merged.push((value, weight));
                rows.push(1);
            }
        }
    }
    Ok((merged, rows))
}

/// The first value of each class, ascending; that of the first class is 0.
fn best_starts(costs: &Costs, classes: usize) -> Vec<usize> {
    let n = costs.len();
    // `best[i]`: smallest cost of the first i values in the classes so far.
    let mut best: Vec<f64> = (0..=n).map(|end| costs.of(0, end)).collect();
    let mut layers: Vec<Vec<u32>> = Vec::with_capacity(classes - 1);
    for class in 1..classes {
        let value = |end: usize, start: usize| {
            if start < end { best[start] + costs.of(start, end) } else { f64::INFINITY }
        };
        // Only the whole list has to end in the last class.
        let first = if class + 1 == classes { n } else { class + 1 };
        let found = row_minima(first..n + 1, class..n, &value);
        let mut after = vec![f64::INFINITY; n + 1];
        let mut start = vec![0; n + 1];
        for (end, (cost, from)) in (first..=n).zip(found) {
            (after[end], start[end]) = (cost, u32::try_from(from).unwrap_or(u32::MAX));
        }
        layers.push(start);
        best = after;
    }
    let mut starts = Vec::with_capacity(classes);
    let mut end = n;
    for layer in layers.iter().rev() {
        end = layer[end] as usize;
        starts.push(end);
    }
    starts.push(0);
    starts.reverse();
    starts
}

fn check(values: &[(f64, f64)], classes: usize) -> Result<()> {
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
    if values.len() < classes || u32::try_from(values.len()).is_err() {
        let what = format!("{} different values cannot make {classes} classes", values.len());
        let remedy = format!("ask for at most {} classes", values.len());
        return Err(Error::data(Problem::new("", what, remedy)));
    }
    Ok(())
}

/// Squares of larger values, times their counts, could overflow.
const LARGEST: f64 = 1e140;
/// Larger weights, times squares, could overflow.
const LARGEST_WEIGHT: f64 = 1e25;

#[cfg(test)]
mod tests;
