//! Exact quantiles in two mergeable passes.
//!
//! The first pass counts values in a [`Histogram`] whose buckets are the leading bits of a double: sign,
//! exponent and seven bits of the significand. A [`QuantilePlan`] then knows in which buckets the wanted order
//! statistics lie; the second pass, a [`Refinement`], keeps the values of these buckets alone, and the plan
//! reads the exact order statistics from them. Nothing is approximated and nothing depends on order.

mod histogram;
mod refinement;

pub(crate) use histogram::Histogram;
use histogram::{bucket_of, value_of};
pub(crate) use refinement::Refinement;

use karat_scorer::{Error, Problem, Result};
use std::ops::Range;

/// Which order statistics are wanted of a column, and in which buckets they lie.
#[derive(Debug, Clone)]
pub(crate) struct QuantilePlan {
    targets: Vec<Target>,
    /// Every rank a target needs, ascending, each once.
    ranks: Vec<u64>,
    /// The buckets of these ranks, ascending.
    buckets: Vec<WantedBucket>,
}

/// The value `x[rank] + fraction * (x[rank + 1] - x[rank])` of the ascending values `x`.
#[derive(Debug, Clone, Copy)]
struct Target {
    rank: u64,
    fraction: f64,
}

#[derive(Debug, Clone, Copy)]
struct WantedBucket {
    bucket: u32,
    /// The ranks it holds.
    from: u64,
    to: u64,
}

impl QuantilePlan {
    /// Plans the quantiles at `probabilities`, in any order.
    ///
    /// They are those of type 7 of Hyndman and Fan, "Sample quantiles in statistical packages" (1996), the
    /// default of numpy and R: with `h = (n - 1) p` linear between the order statistics of ranks `floor(h)`
    /// and `floor(h) + 1`, counted from 0. Without values every quantile is NaN.
    ///
    /// # Errors
    /// [`Error::Argument`] when a probability lies outside [0, 1].
    pub(crate) fn new(histogram: &Histogram, probabilities: &[f64]) -> Result<QuantilePlan> {
        let last = histogram.count().saturating_sub(1);
        let mut targets = Vec::with_capacity(probabilities.len());
        for &probability in probabilities {
            if !(0.0..=1.0).contains(&probability) {
                return Err(Error::argument("probability", "must lie in [0, 1]", probability));
            }
            targets.push(Target::at(probability, last));
        }
        Ok(QuantilePlan::of_targets(histogram, targets))
    }

    fn of_targets(histogram: &Histogram, targets: Vec<Target>) -> QuantilePlan {
        let mut ranks: Vec<u64> = targets.iter().flat_map(|target| target.ranks()).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let mut buckets = Vec::new();
        let mut open = ranks.iter().copied().peekable();
        let mut from = 0;
        for (bucket, count) in histogram.buckets() {
            let to = from + count;
            let mut wanted = false;
            while open.next_if(|&rank| rank < to).is_some() {
                wanted = true;
            }
            if wanted {
                buckets.push(WantedBucket { bucket, from, to });
            }
            from = to;
        }
        QuantilePlan { targets, ranks, buckets }
    }

    /// The empty state of the second pass, to be given every value of the first.
    pub(crate) fn refinement(&self) -> Refinement {
        Refinement::of_buckets(self.buckets.iter().map(|wanted| wanted.bucket).collect())
    }

    /// The planned quantiles or order statistics, in the order they were asked for.
    ///
    /// # Errors
    /// [`Error::Data`] when the second pass has seen other values than the first.
    pub(crate) fn finish(&self, refinement: &Refinement) -> Result<Vec<f64>> {
        let statistics = self.order_statistics(&refinement.counted())?;
        let at = |rank: u64| match self.ranks.binary_search(&rank) {
            Ok(place) => statistics.get(place).copied().unwrap_or(f64::NAN),
            Err(_) => f64::NAN,
        };
        let value = |target: &Target| match target.fraction {
            0.0 => at(target.rank),
            fraction => between(at(target.rank), at(target.rank + 1), fraction),
        };
        Ok(self.targets.iter().map(value).collect())
    }

    /// The values of [`ranks`](QuantilePlan::ranks), by one walk over the buckets; none when the histogram
    /// was empty.
    fn order_statistics(&self, counted: &[(u64, u64)]) -> Result<Vec<f64>> {
        let mut statistics = Vec::with_capacity(self.ranks.len());
        let mut values = counted.iter().peekable();
        for wanted in &self.buckets {
            let mut rank = wanted.from;
            while let Some(&(key, count)) = values.next_if(|&&(key, _)| bucket_of(key) == wanted.bucket) {
                rank = rank.saturating_add(count);
                while self.ranks.get(statistics.len()).is_some_and(|&wanted| wanted < rank) {
                    statistics.push(value_of(key));
                }
            }
            if rank != wanted.to {
                return Err(other_values(wanted.to - wanted.from, rank - wanted.from));
            }
        }
        match values.next() {
            None => Ok(statistics),
            Some(&(_, count)) => Err(other_values(0, count)),
        }
    }
}

impl Target {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks below 2^53 are exact, and h lies between 0 and the last of them"
    )]
    fn at(probability: f64, last: u64) -> Target {
        let h = last as f64 * probability;
        let rank = (h.floor() as u64).min(last);
        let fraction = if rank < last { h - h.floor() } else { 0.0 };
        Target { rank, fraction }
    }

    fn ranks(self) -> Range<u64> {
        self.rank..self.rank + if self.fraction == 0.0 { 1 } else { 2 }
    }
}

/// The point at `fraction` of the way from `low` to `high`, reckoned from the nearer end, so that it is
/// monotone in `fraction` and hits both ends.
fn between(low: f64, high: f64, fraction: f64) -> f64 {
    let width = high - low;
    if !width.is_finite() {
        low * (1.0 - fraction) + high * fraction
    } else if fraction < 0.5 {
        low + width * fraction
    } else {
        high - width * (1.0 - fraction)
    }
}

#[cold]
fn other_values(first: u64, second: u64) -> Error {
    Error::data(Problem::new(
        "",
        format!("the second pass met {second} values where the first had counted {first}"),
        "give both passes the same rows",
    ))
}

#[cfg(test)]
mod tests;
