//! Agreement between two segmentations of the same rows, and the matching of their segments.

use super::assignment::largest_matching;
use super::labelled::{positions, sum};
use karat_scorer::numerics::ln;
use karat_scorer::{Error, Problem, Result};

/// How two segmentations of the same rows overlap.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Agreement {
    /// Labels of the first that occur, ascending.
    pub before: Vec<u32>,
    /// Labels of the second that occur, ascending.
    pub after: Vec<u32>,
    /// `counts[i][j]`: rows of `before[i]` that are in `after[j]`.
    pub counts: Vec<Vec<u64>>,
    /// Rows.
    pub rows: u64,
}

/// Pairs of segments beyond are no segmentation but numbers of rows, and would fill the memory.
const MOST_PAIRS: usize = 1 << 24;

impl Agreement {
    /// Counts the overlaps of two lists of labels.
    ///
    /// # Errors
    /// [`Error::Shape`] unless both have one label for every row; [`Error::Data`] without rows;
    /// [`Error::Argument`] for a label of 2^20 or more, or more than 2^24 pairs of segments.
    pub fn new(before: &[u32], after: &[u32]) -> Result<Agreement> {
        if before.len() != after.len() {
            return Err(Error::shape("labels of the second segmentation", before.len(), after.len()));
        }
        if before.is_empty() {
            return Err(Error::data(Problem::new("", "there are no rows", "give one label a row")));
        }
        let (from, before, sizes) = positions(before)?;
        let (to, after, _) = positions(after)?;
        if sizes.len() * after.len() > MOST_PAIRS {
            let rule = format!("must make at most {MOST_PAIRS} pairs of segments");
            return Err(Error::argument("labels", rule, format!("{} x {}", sizes.len(), after.len())));
        }
        let mut counts = vec![vec![0_u64; after.len()]; sizes.len()];
        for (&i, &j) in from.iter().zip(&to) {
            counts[i as usize][j as usize] += 1;
        }
        Ok(Agreement { before, after, counts, rows: from.len() as u64 })
    }

    /// Rows of each segment before.
    #[must_use]
    pub fn sizes_before(&self) -> Vec<u64> {
        self.counts.iter().map(|row| row.iter().sum()).collect()
    }

    /// Rows of each segment after.
    #[must_use]
    pub fn sizes_after(&self) -> Vec<u64> {
        (0..self.after.len()).map(|j| self.counts.iter().map(|row| row[j]).sum()).collect()
    }

    /// The Rand index adjusted for chance (Hubert and Arabie, 1985): 1 for the same segments, 0 on average
    /// for labels drawn at random, computed from whole numbers of pairs.
    ///
    /// ```
    /// use karat::classify::segments::quality::Agreement;
    /// let found = Agreement::new(&[0, 0, 1, 1], &[0, 0, 1, 2])?;
    /// assert!((found.adjusted_rand() - 4.0 / 7.0).abs() < 1e-15);
    /// # Ok::<(), karat::Error>(())
    /// ```
    #[must_use]
    pub fn adjusted_rand(&self) -> f64 {
        let pairs = |count: u64| u128::from(count) * u128::from(count.saturating_sub(1)) / 2;
        let both: u128 = self.counts.iter().flatten().map(|&count| pairs(count)).sum();
        let first: u128 = self.sizes_before().into_iter().map(pairs).sum();
        let second: u128 = self.sizes_after().into_iter().map(pairs).sum();
        let all = pairs(self.rows);
        if all == 0 || (first == second && first == both) {
            return 1.0;
        }
        // Pairs together in both, less those that chance alone puts together.
        let chance = first as f64 / all as f64 * second as f64;
        let most = 0.5 * (first as f64 + second as f64);
        if most == chance { 1.0 } else { (both as f64 - chance) / (most - chance) }
    }

    /// Mutual information over the mean of both entropies: 0 for independent, 1 for equal segmentations. It
    /// is not adjusted for chance, and so grows with the number of segments.
    #[must_use]
    pub fn normalised_mutual_information(&self) -> f64 {
        let rows = self.rows as f64;
        let (first, second) = (self.sizes_before(), self.sizes_after());
        let entropy = |sizes: &[u64]| {
            sum(sizes.iter().map(|&size| {
                let share = size as f64 / rows;
                -share * ln(share)
            }))
        };
        let (before, after) = (entropy(&first), entropy(&second));
        if first.len() == 1 && second.len() == 1 {
            return 1.0;
        }
        let mut shared = 0.0;
        for (row, &size) in self.counts.iter().zip(&first) {
            for (&count, &other) in row.iter().zip(&second).filter(|(count, _)| **count > 0) {
                let count = count as f64;
                shared += count / rows * ln(count * rows / (size as f64 * other as f64));
            }
        }
        let mean = 0.5 * (before + after);
        if mean > 0.0 { (shared / mean).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// For each segment before the largest Jaccard similarity, rows in both over rows in either, with a
    /// segment after.
    #[must_use]
    pub fn best_jaccard(&self) -> Vec<f64> {
        let after = self.sizes_after();
        self.counts
            .iter()
            .zip(self.sizes_before())
            .map(|(row, size)| {
                row.iter().zip(&after).fold(0.0, |best: f64, (&both, &other)| {
                    best.max(both as f64 / (size + other - both) as f64)
                })
            })
            .collect()
    }

    /// Pairs of segments before and after that together keep the most rows: the assignment problem, solved
    /// exactly.
    #[must_use]
    pub fn matching(&self) -> Vec<(u32, u32)> {
        let weights: Vec<Vec<i64>> =
            self.counts.iter().map(|row| row.iter().map(|&count| count.cast_signed()).collect()).collect();
        let pairs = largest_matching(&weights);
        pairs.into_iter().map(|(i, j)| (self.before[i], self.after[j])).collect()
    }
}

/// A segmentation with the numbers of an older one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Alignment {
    /// The overlap of both, with the labels as given.
    pub agreement: Agreement,
    /// `renamed[label]`: the aligned number of each label of the newer one.
    pub renamed: Vec<u32>,
    /// Labels of the newer one, aligned.
    pub labels: Vec<u32>,
    /// Rows whose segment is the same as before, over all rows.
    pub kept: f64,
    /// Segments of the older one that no segment continues.
    pub ended: Vec<u32>,
    /// Aligned numbers of segments that continue none.
    pub begun: Vec<u32>,
    /// `migration[i][j]`: rows of `numbers[i]` before that are in `numbers[j]` after.
    pub migration: Vec<Vec<u64>>,
    /// The numbers of the migration table: all that occur before or, aligned, after.
    pub numbers: Vec<u32>,
}

/// Gives the segments of `after` the numbers of those of `before` that they share most rows with, so that a
/// refit keeps its names.
///
/// Segments are matched one to one so that as many rows as possible keep their number (Kuhn, 1955; Munkres,
/// 1957). A segment of `after` that continues none gets the lowest free number; a pair without a common row
/// is no match.
///
/// ```
/// use karat::classify::segments::quality::align;
/// let found = align(&[0, 0, 1, 1, 2], &[2, 2, 0, 0, 0])?;
/// assert_eq!(found.labels, [0, 0, 1, 1, 1]);
/// assert_eq!(found.ended, [2]);
/// assert_eq!(found.kept, 0.8);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// As [`Agreement::new`].
pub fn align(before: &[u32], after: &[u32]) -> Result<Alignment> {
    let agreement = Agreement::new(before, after)?;
    let end = agreement.after.last().map_or(0, |&label| label as usize + 1);
    let mut renamed: Vec<Option<u32>> = vec![None; end];
    for (old, new) in agreement.matching() {
        renamed[new as usize] = Some(old);
    }
    let taken: Vec<u32> = renamed.iter().flatten().copied().collect();
    let ended: Vec<u32> = agreement.before.iter().copied().filter(|old| !taken.contains(old)).collect();
    // Numbers of ended segments stay theirs: a new segment must not pass for an old one.
    let mut free = (0_u32..).filter(|number| !agreement.before.contains(number));
    let mut begun = Vec::new();
    for &label in &agreement.after {
        if renamed[label as usize].is_none() {
            let number = free.next().unwrap_or(label);
            renamed[label as usize] = Some(number);
            begun.push(number);
        }
    }
    let renamed: Vec<u32> =
        renamed.into_iter().map(|number| number.unwrap_or_else(|| free.next().unwrap_or(u32::MAX))).collect();
    let labels: Vec<u32> = after.iter().map(|&label| renamed[label as usize]).collect();
    let mut numbers: Vec<u32> = agreement.before.iter().copied().chain(begun.iter().copied()).collect();
    numbers.sort_unstable();
    let place = |number: u32| numbers.binary_search(&number).unwrap_or(0);
    let mut migration = vec![vec![0; numbers.len()]; numbers.len()];
    let mut kept = 0;
    for (&old, row) in agreement.before.iter().zip(&agreement.counts) {
        for (&new, &count) in agreement.after.iter().zip(row) {
            let number = renamed[new as usize];
            migration[place(old)][place(number)] += count;
            kept += if number == old { count } else { 0 };
        }
    }
    let kept = kept as f64 / agreement.rows as f64;
    Ok(Alignment { renamed, labels, kept, ended, begun, migration, numbers, agreement })
}
