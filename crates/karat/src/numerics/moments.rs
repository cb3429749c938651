//! Count, range, mean and standard deviation of a column from one exact, mergeable state.

use super::bytes::{damaged, read_number, read_population, read_version, write_count};
use super::exact_sum::ExactSum;
use super::power_of_two::scale;
use karat_scorer::Result;

/// Layout of [`Moments::encode`].
const VERSION: u8 = 1;

/// What a pass over one column keeps: count, minimum, maximum, exact sum and exact sum of squares.
///
/// Values must be finite: the caller leaves missing ones out and refuses infinities. One that slips through
/// makes the mean and the standard deviation NaN. -0.0 counts as 0.0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    count: u64,
    minimum: f64,
    maximum: f64,
    sum: ExactSum,
    squares: ExactSum,
}

impl Default for Moments {
    fn default() -> Moments {
        Moments {
            count: 0,
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
            sum: ExactSum::new(),
            squares: ExactSum::new(),
        }
    }
}

impl Moments {
    /// Count and range alone, for who needs no more: sums, and what follows from them, are those of zeros.
    pub(crate) fn of_range(count: u64, minimum: f64, maximum: f64) -> Moments {
        Moments { count, minimum, maximum, ..Moments::default() }
    }

    /// Takes one value in.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        // -0.0 + 0.0 is 0.0; every other number stays as it is.
        let value = value + 0.0;
        self.count += 1;
        self.minimum = if value < self.minimum { value } else { self.minimum };
        self.maximum = if value > self.maximum { value } else { self.maximum };
        self.sum.add(value);
        self.squares.add_product(value, value);
    }

    /// Takes in everything `other` has seen.
    pub(crate) fn merge(&mut self, other: &Moments) {
        self.count += other.count;
        self.minimum = if other.minimum < self.minimum { other.minimum } else { self.minimum };
        self.maximum = if other.maximum > self.maximum { other.maximum } else { self.maximum };
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
    }

    /// Number of values.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Number of values that were not finite, against the precondition.
    pub(crate) fn non_finite(&self) -> u64 {
        self.sum.non_finite()
    }

    /// The smallest value; infinite before the first.
    pub(crate) fn minimum(&self) -> f64 {
        self.minimum
    }

    /// The largest value; negative infinite before the first.
    pub(crate) fn maximum(&self) -> f64 {
        self.maximum
    }

    /// The double nearest to the mean, rounded once, so that a constant column has its constant as mean;
    /// NaN without values.
    pub(crate) fn mean(&self) -> f64 {
        self.sum.divided_by(self.count)
    }

    /// The sample standard deviation, with the divisor `count - 1`; NaN with fewer than two values.
    ///
    /// The sum of squared deviations is exact until its one rounding, so the result is right to about
    /// 4e-16 of itself whatever the mean, and 0 exactly when all values are equal.
    pub(crate) fn standard_deviation(&self) -> f64 {
        if self.count < 2 {
            return f64::NAN;
        }
        let (deviations, exponent) = self.sum.scaled_deviations(&self.squares, self.count);
        #[allow(clippy::cast_precision_loss, reason = "rounded once, to half a unit")]
        let divisor = (u128::from(self.count) * u128::from(self.count - 1)) as f64;
        // An even exponent leaves the root as a power of two.
        let odd = exponent.rem_euclid(2);
        let root = (if odd == 1 { 2.0 * deviations } else { deviations } / divisor).sqrt();
        scale(root, (exponent - odd) / 2)
    }

    fn is_consistent(&self) -> bool {
        let finite = self.count > self.non_finite();
        let ordered = self.minimum <= self.maximum;
        let untouched = self.minimum == f64::INFINITY && self.maximum == f64::NEG_INFINITY;
        self.non_finite() <= self.count
            && self.non_finite() == self.squares.non_finite()
            && (ordered || (untouched && !finite))
            && (self.count > 0 || untouched)
    }
}

#[allow(dead_code, reason = "workers of one fit send states as bytes; only tests do so before Spark comes")]
impl Moments {
    /// Appends the state: version, count, minimum, maximum, sum, sum of squares. Equal states give equal
    /// bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        write_count(out, self.count);
        out.extend_from_slice(&self.minimum.to_le_bytes());
        out.extend_from_slice(&self.maximum.to_le_bytes());
        self.sum.encode(out);
        self.squares.encode(out);
    }

    /// Takes from the front of `bytes` what [`encode`](Moments::encode) wrote.
    ///
    /// # Errors
    /// [`Error::Format`](karat_scorer::Error::Format) when the bytes are not such a state.
    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Moments> {
        read_version(bytes, VERSION)?;
        let count = read_population(bytes)?;
        let (minimum, maximum) = (read_number(bytes)?, read_number(bytes)?);
        let (sum, squares) = (ExactSum::decode(bytes)?, ExactSum::decode(bytes)?);
        let moments = Moments { count, minimum, maximum, sum, squares };
        if moments.is_consistent() { Ok(moments) } else { Err(damaged("a range does not fit its count")) }
    }
}

#[cfg(test)]
#[path = "moments_tests.rs"]
mod tests;
