//! The cost of a class in constant time.

use crate::numerics::double_double::DoubleDouble;

/// Sum of squared deviations from the mean of any run of values.
pub(super) struct Costs {
    origin: f64,
    weights: Vec<DoubleDouble>,
    sums: Vec<DoubleDouble>,
    squares: Vec<DoubleDouble>,
}

impl Costs {
    /// Of ascending values with their weights.
    pub(super) fn new(values: &[(f64, f64)]) -> Costs {
        let zero = DoubleDouble::default();
        let (mut weight, mut sum, mut square) = (zero, zero, zero);
        // Deviations do not depend on the origin; from the middle value the squares are smallest.
        let origin = values.get(values.len() / 2).map_or(0.0, |middle| middle.0);
        let mut costs = Costs { origin, weights: vec![zero], sums: vec![zero], squares: vec![zero] };
        for &(value, count) in values {
            let count = DoubleDouble::new(count);
            let offset = DoubleDouble::new(value).minus(DoubleDouble::new(origin));
            let weighted = offset.times(count);
            weight = weight.plus(count);
            sum = sum.plus(weighted);
            square = square.plus(weighted.times(offset));
            costs.weights.push(weight);
            costs.sums.push(sum);
            costs.squares.push(square);
        }
        costs
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.weights.len() - 1
    }

    /// Of the values `start .. end`.
    #[inline]
    pub(super) fn of(&self, start: usize, end: usize) -> f64 {
        if end <= start + 1 {
            return 0.0;
        }
        let weight = self.weights[end].minus(self.weights[start]);
        let sum = self.sums[end].minus(self.sums[start]);
        let square = self.squares[end].minus(self.squares[start]);
        let cost = square.minus(sum.times(sum).divided_by(weight)).value();
        if cost > 0.0 { cost } else { 0.0 }
    }

    pub(super) fn weight(&self, start: usize, end: usize) -> f64 {
        self.weights[end].minus(self.weights[start]).value()
    }

    pub(super) fn mean(&self, start: usize, end: usize) -> f64 {
        let weight = self.weights[end].minus(self.weights[start]);
        let offset = self.sums[end].minus(self.sums[start]).divided_by(weight);
        offset.plus(DoubleDouble::new(self.origin)).value()
    }
}
