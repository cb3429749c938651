//! Shapley's values (1953) from what every subset is worth.

/// What each of the members adds in the mean over all orders; the bits of an index of `worth` tell who is in the
/// subset, so that it has 2^members entries.
pub(crate) fn values_of_subsets(worth: &[f64]) -> Vec<f64> {
    let count = worth.len().checked_ilog2().unwrap_or(0) as usize;
    // The share of the orders in which exactly `size` others come first: size! (count - size - 1)! / count!.
    let mut share = vec![1.0 / count as f64; count];
    for size in 1..count {
        share[size] = share[size - 1] * size as f64 / (count - size) as f64;
    }
    let of = |member: usize| {
        let without = (0..worth.len()).filter(|subset| subset >> member & 1 == 0);
        without.fold(0.0, |sum, subset| {
            sum + share[subset.count_ones() as usize] * (worth[subset | 1 << member] - worth[subset])
        })
    };
    (0..count).map(of).collect()
}
