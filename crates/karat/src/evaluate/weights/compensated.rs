//! Sums whose rounding errors are carried along.

/// Neumaier's (1974) sum: the rounding error of every addition is carried along.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compensated {
    sum: f64,
    error: f64,
}

impl Compensated {
    pub(super) const ZERO: Compensated = Compensated { sum: 0.0, error: 0.0 };

    pub(super) fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.error +=
            if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
    }

    pub(super) fn total(&self) -> f64 {
        self.sum + self.error
    }
}
