//! Indices of the spread within segments against the spread between them.

use super::labelled::{CHUNK, Labelled, Rows, sum};
use super::silhouette::distance;
use crate::classify::segments::Value;
use crate::numerics::parallel::{over_slots, thread_count};
use karat_scorer::Result;
use ndarray::ArrayView2;

/// The index of Caliński and Harabasz (1974), also called the variance ratio: the dispersion between the
/// segments over that within, each by its degrees of freedom,
/// `(between / (k - 1)) / (within / (n - k))`. Higher is better; 1 when nothing varies within.
///
/// ```
/// use karat::classify::segments::quality::calinski_harabasz;
/// use ndarray::array;
///
/// let x = array![[0.0], [2.0], [10.0], [12.0]];
/// // Between: 4 rows, 5 from the mean of 6; within: 4 rows, 1 from theirs.
/// assert_eq!(calinski_harabasz(x.view(), &[0, 0, 1, 1], 0)?, (100.0 / 1.0) / (4.0 / 2.0));
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`](karat_scorer::Error::Shape) unless there is one label a row;
/// [`Error::Argument`](karat_scorer::Error::Argument) unless the labels name 2 to n - 1 segments;
/// [`Error::Data`](karat_scorer::Error::Data) for values that are not finite.
pub fn calinski_harabasz<T: Value>(x: ArrayView2<'_, T>, labels: &[u32], threads: usize) -> Result<f64> {
    let labelled = Labelled::new(x, labels, 2)?;
    Ok(Dispersion::new(&labelled, threads).calinski_harabasz(&labelled.sizes))
}

/// The index of Davies and Bouldin (1979): the mean over the segments of the worst
/// `(spread_i + spread_j) / distance of their means`, where the spread is the mean distance to the segment's
/// mean. Lower is better; 0 when nothing varies within.
///
/// # Errors
/// As [`calinski_harabasz`].
pub fn davies_bouldin<T: Value>(x: ArrayView2<'_, T>, labels: &[u32], threads: usize) -> Result<f64> {
    let labelled = Labelled::new(x, labels, 2)?;
    Ok(Dispersion::new(&labelled, threads).davies_bouldin(&labelled.sizes))
}

/// Means of the segments and what lies around them.
#[derive(Debug)]
pub(super) struct Dispersion {
    means: Vec<Vec<f64>>,
    /// Sum of squared distances to the own mean.
    within: f64,
    /// Of each segment the sum of distances to its mean.
    distances: Vec<f64>,
}

impl Dispersion {
    pub(super) fn new<T: Value>(labelled: &Labelled<'_, T>, threads: usize) -> Dispersion {
        let (rows, segments) = (&labelled.rows, labelled.segments());
        let columns = rows.columns();
        let totals = chunk_sums(labelled, segments * columns, threads, |_, position, point, sums| {
            for (sum, x) in sums[position * columns..].iter_mut().zip(point) {
                *sum += x;
            }
        });
        let means: Vec<Vec<f64>> = totals
            .chunks_exact(columns)
            .zip(&labelled.sizes)
            .map(|(total, &size)| total.iter().map(|sum| sum / size as f64).collect())
            .collect();
        let spreads = chunk_sums(labelled, segments + 1, threads, |_, position, point, sums| {
            let distance = distance(point, &means[position]);
            sums[position] += distance;
            sums[segments] += distance * distance;
        });
        Dispersion { means, within: spreads[segments], distances: spreads[..segments].to_vec() }
    }

    pub(super) fn calinski_harabasz(&self, sizes: &[usize]) -> f64 {
        if self.within == 0.0 {
            return 1.0;
        }
        let rows: usize = sizes.iter().sum();
        let columns = self.means.first().map_or(0, Vec::len);
        let center: Vec<f64> = (0..columns)
            .map(|f| {
                sum(self.means.iter().zip(sizes).map(|(mean, &size)| mean[f] * size as f64)) / rows as f64
            })
            .collect();
        let between = sum(self.means.iter().zip(sizes).map(|(mean, &size)| {
            let away = distance(mean, &center);
            size as f64 * (away * away)
        }));
        let freedom = (rows - sizes.len()) as f64 / (sizes.len() - 1) as f64;
        between / self.within * freedom
    }

    pub(super) fn davies_bouldin(&self, sizes: &[usize]) -> f64 {
        let spreads: Vec<f64> =
            self.distances.iter().zip(sizes).map(|(sum, &size)| sum / size as f64).collect();
        let worst = spreads.iter().enumerate().map(|(i, &own)| {
            let ratios = spreads.iter().enumerate().filter(|&(j, _)| j != i).map(|(j, &other)| {
                let apart = distance(&self.means[i], &self.means[j]);
                // Segments with one mean are left out, as in scikit-learn.
                if apart > 0.0 { (own + other) / apart } else { 0.0 }
            });
            ratios.fold(0.0, |most: f64, ratio| most.max(ratio))
        });
        sum(worst) / spreads.len() as f64
    }
}

/// Sums over the rows of what `add` makes of each, kept by chunks of rows and added in their order.
pub(super) fn chunk_sums<T: Value>(
    labelled: &Labelled<'_, T>,
    width: usize,
    threads: usize,
    add: impl Fn(usize, usize, &[f64], &mut [f64]) + Sync,
) -> Vec<f64> {
    let rows: &Rows<'_, T> = &labelled.rows;
    let mut chunks = vec![(); rows.count().div_ceil(CHUNK)];
    let parts = over_slots(thread_count(threads), 1, &mut chunks, |chunks, _| {
        let mut point = vec![0.0; rows.columns()];
        let mut parts = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let mut sums = vec![0.0; width];
            for row in chunk * CHUNK..((chunk + 1) * CHUNK).min(rows.count()) {
                rows.read(row, &mut point);
                add(row, labelled.positions[row] as usize, &point, &mut sums);
            }
            parts.push(sums);
        }
        parts
    });
    let mut totals = vec![0.0; width];
    for part in parts.iter().flatten() {
        for (total, sum) in totals.iter_mut().zip(part) {
            *total += sum;
        }
    }
    totals
}
