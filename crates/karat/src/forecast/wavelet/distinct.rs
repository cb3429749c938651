//! Rows in an order of their own, equal ones as one.

use crate::numerics::sample::hash_words;
use karat_scorer::numerics::NAN;
use karat_scorer::{Error, Result};
use ndarray::ArrayView2;

/// Seed of the hash by which rows are ordered.
const KEY: u64 = 0x6469_7374_696e_6374;

/// The different rows of a table and its target, by a hash of what they say, and the sum of the weights of
/// each: a fit of these does not depend on the order of the table, and takes a weight of 2 as the row twice.
/// Rows of weight 0 are left out.
///
/// ```
/// use karat::forecast::wavelet::distinct_rows;
/// use ndarray::array;
/// let x = array![[1.0], [2.0], [1.0]];
/// let (rows, weights) = distinct_rows(x.view(), &[0.5, 0.5, 0.5], None)?;
/// assert_eq!(rows.len(), 2);
/// assert_eq!(weights.iter().sum::<f64>(), 3.0);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] for other lengths; [`Error::Argument`] for weights that are negative, not finite or all 0.
pub fn distinct_rows(
    x: ArrayView2<'_, f64>,
    target: &[f64],
    weights: Option<&[f64]>,
) -> Result<(Vec<usize>, Vec<f64>)> {
    if target.len() != x.nrows() {
        return Err(Error::shape("targets", x.nrows(), target.len()));
    }
    if let Some(weights) = weights {
        if weights.len() != x.nrows() {
            return Err(Error::shape("sample weights", x.nrows(), weights.len()));
        }
        if let Some(bad) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return Err(Error::argument("sample_weight", "must be finite and >= 0", bad));
        }
    }
    let word = |value: f64| if value.is_nan() { NAN } else { value + 0.0 }.to_bits();
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let mut hashed: Vec<(u64, usize)> = x
        .rows()
        .into_iter()
        .zip(target)
        .enumerate()
        .filter(|(row, _)| weight(*row) > 0.0)
        .map(|(row, (values, y))| (hash_words(KEY, values.iter().chain([y]).map(|&v| word(v))), row))
        .collect();
    hashed.sort_unstable();
    let (mut rows, mut sums) = (Vec::new(), Vec::<f64>::new());
    let mut last = None;
    for (hash, row) in hashed {
        match sums.last_mut() {
            Some(sum) if last == Some(hash) => *sum += weight(row),
            _ => {
                rows.push(row);
                sums.push(weight(row));
            }
        }
        last = Some(hash);
    }
    if rows.is_empty() && x.nrows() > 0 {
        return Err(Error::argument("sample_weight", "must not all be 0", 0));
    }
    Ok((rows, sums))
}
