//! A number with its first two derivatives by up to three parameters.

use karat_scorer::numerics::{exp, exp_m1, ln, ln_1p};

/// Most parameters a model of this family has.
pub(super) const WIDTH: usize = 3;

/// Value, gradient and (symmetric) Hessian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Jet {
    pub(super) value: f64,
    pub(super) gradient: [f64; WIDTH],
    pub(super) hessian: [[f64; WIDTH]; WIDTH],
}

impl Jet {
    pub(super) const ZERO: Jet = Jet { value: 0.0, gradient: [0.0; WIDTH], hessian: [[0.0; WIDTH]; WIDTH] };

    pub(super) fn constant(value: f64) -> Jet {
        Jet { value, ..Jet::ZERO }
    }

    /// Parameter `place` itself.
    pub(super) fn variable(value: f64, place: usize) -> Jet {
        let mut jet = Jet::constant(value);
        jet.gradient[place] = 1.0;
        jet
    }

    /// A function of this number, from its value and first two derivatives there.
    pub(super) fn chain(&self, value: f64, first: f64, second: f64) -> Jet {
        let mut jet = Jet::constant(value);
        for i in 0..WIDTH {
            jet.gradient[i] = first * self.gradient[i];
            for j in 0..WIDTH {
                let square = self.gradient[i] * self.gradient[j];
                jet.hessian[i][j] = first * self.hessian[i][j] + second * square;
            }
        }
        jet
    }

    pub(super) fn exp(&self) -> Jet {
        let value = exp(self.value);
        self.chain(value, value, value)
    }

    pub(super) fn ln(&self) -> Jet {
        let inverse = 1.0 / self.value;
        self.chain(ln(self.value), inverse, -inverse * inverse)
    }

    pub(super) fn ln_1p(&self) -> Jet {
        let inverse = 1.0 / (1.0 + self.value);
        self.chain(ln_1p(self.value), inverse, -inverse * inverse)
    }

    /// `1 / (1 + exp(-x))`.
    pub(super) fn sigmoid(&self) -> Jet {
        let value = karat_scorer::numerics::sigmoid(self.value);
        let first = value * karat_scorer::numerics::sigmoid(-self.value);
        self.chain(value, first, first * (1.0 - 2.0 * value))
    }

    /// `ln(1 - exp(x))` of a negative number: from the logarithm of a chance to that of its complement.
    pub(super) fn ln_complement(&self) -> Jet {
        let odds = 1.0 / exp_m1(-self.value);
        self.chain(ln_complement(self.value), -odds, -odds * (1.0 + odds))
    }

    pub(super) fn scale(&self, factor: f64) -> Jet {
        self.chain(factor * self.value, factor, 0.0)
    }

    pub(super) fn add(&self, other: &Jet) -> Jet {
        let mut jet = *self;
        jet.add_scaled(other, 1.0);
        jet
    }

    pub(super) fn subtract(&self, other: &Jet) -> Jet {
        let mut jet = *self;
        jet.add_scaled(other, -1.0);
        jet
    }

    pub(super) fn multiply(&self, other: &Jet) -> Jet {
        let mut jet = Jet::constant(self.value * other.value);
        for i in 0..WIDTH {
            jet.gradient[i] = self.value * other.gradient[i] + other.value * self.gradient[i];
            for j in 0..WIDTH {
                jet.hessian[i][j] = self.value * other.hessian[i][j]
                    + other.value * self.hessian[i][j]
                    + self.gradient[i] * other.gradient[j]
                    + self.gradient[j] * other.gradient[i];
            }
        }
        jet
    }

    /// Adds `factor` times another number; nothing for a factor of 0, whatever the number.
    pub(super) fn add_scaled(&mut self, other: &Jet, factor: f64) {
        if factor == 0.0 {
            return;
        }
        self.value += factor * other.value;
        for i in 0..WIDTH {
            self.gradient[i] += factor * other.gradient[i];
            for j in 0..WIDTH {
                self.hessian[i][j] += factor * other.hessian[i][j];
            }
        }
    }
}

/// `ln(1 - exp(x))` of a negative number, by whichever form keeps the digits (Maechler 2012).
pub(super) fn ln_complement(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 { ln(-exp_m1(x)) } else { ln_1p(-exp(x)) }
}
