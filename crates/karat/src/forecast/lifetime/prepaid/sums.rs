//! Sums of values, first and second derivatives over rows.

use crate::numerics::newton::Evaluation;

/// A sum over rows for `P` parameters; of the second derivatives the upper triangle counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums<const P: usize> {
    pub(super) value: f64,
    pub(super) gradient: [f64; P],
    pub(super) hessian: [[f64; P]; P],
}

impl<const P: usize> Sums<P> {
    pub(super) const ZERO: Sums<P> = Sums { value: 0.0, gradient: [0.0; P], hessian: [[0.0; P]; P] };

    /// Adds a row that counts `weight` times.
    #[inline(always)]
    pub(super) fn add(&mut self, weight: f64, row: &Sums<P>) {
        self.value += weight * row.value;
        for i in 0..P {
            self.gradient[i] += weight * row.gradient[i];
            for j in i..P {
                self.hessian[i][j] += weight * row.hessian[i][j];
            }
        }
    }

    /// The sum with derivatives by the logarithms of the parameters.
    pub(super) fn in_logarithms(&self, parameters: &[f64; P]) -> Evaluation {
        let mut made = Evaluation::zero(P);
        made.value = self.value;
        for i in 0..P {
            made.gradient[i] = self.gradient[i] * parameters[i];
            for j in 0..P {
                let second = self.hessian[i.min(j)][i.max(j)] * parameters[i] * parameters[j];
                made.hessian[i * P + j] = if i == j { second + made.gradient[i] } else { second };
            }
        }
        made
    }
}

/// [`Sums`] of `N` rows side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct LaneSums<const P: usize, const N: usize> {
    pub(super) value: [f64; N],
    pub(super) gradient: [[f64; N]; P],
    pub(super) hessian: [[[f64; N]; P]; P],
}

impl<const P: usize, const N: usize> LaneSums<P, N> {
    pub(super) const ZERO: LaneSums<P, N> =
        LaneSums { value: [0.0; N], gradient: [[0.0; N]; P], hessian: [[[0.0; N]; P]; P] };

    /// Adds rows that count as often as their weights say.
    #[inline(always)]
    pub(super) fn add(&mut self, weight: &[f64; N], rows: &LaneSums<P, N>) {
        for lane in 0..N {
            self.value[lane] += weight[lane] * rows.value[lane];
        }
        for i in 0..P {
            for lane in 0..N {
                self.gradient[i][lane] += weight[lane] * rows.gradient[i][lane];
            }
            for j in i..P {
                for lane in 0..N {
                    self.hessian[i][j][lane] += weight[lane] * rows.hessian[i][j][lane];
                }
            }
        }
    }

    /// The lanes added up, in order.
    pub(super) fn finish(&self) -> Sums<P> {
        let mut sums = Sums::ZERO;
        sums.value = self.value.iter().sum();
        for i in 0..P {
            sums.gradient[i] = self.gradient[i].iter().sum();
            for j in i..P {
                sums.hessian[i][j] = self.hessian[i][j].iter().sum();
            }
        }
        sums
    }
}

/// A mixture of positive terms given by their logarithms: the logarithm of their sum, with derivatives.
#[derive(Debug)]
pub(super) struct Mixture<const P: usize> {
    largest: f64,
    weight: f64,
    gradient: [f64; P],
    hessian: [[f64; P]; P],
}

impl<const P: usize> Mixture<P> {
    /// No term yet; `largest` is at least about the greatest logarithm to come.
    pub(super) fn below(largest: f64) -> Mixture<P> {
        Mixture { largest, weight: 0.0, gradient: [0.0; P], hessian: [[0.0; P]; P] }
    }

    /// The logarithm to which weights are relative.
    pub(super) fn largest(&self) -> f64 {
        self.largest
    }

    /// How much a term with this logarithm counts.
    #[inline(always)]
    pub(super) fn weigh(&self, logarithm: f64) -> f64 {
        karat_scorer::numerics::exp(logarithm - self.largest)
    }

    /// Adds a term of this weight with the derivatives of its logarithm.
    #[inline(always)]
    pub(super) fn add(&mut self, weight: f64, gradient: &[f64; P], hessian: &[[f64; P]; P]) {
        self.weight += weight;
        for i in 0..P {
            self.gradient[i] += weight * gradient[i];
            for j in i..P {
                self.hessian[i][j] += weight * (hessian[i][j] + gradient[i] * gradient[j]);
            }
        }
    }

    /// Adds terms that lie in lanes: sums of weights, of weights times gradients, and of weights times second
    /// derivatives and products of gradients.
    #[inline(always)]
    pub(super) fn add_sums(&mut self, terms: &Sums<P>) {
        self.weight += terms.value;
        for i in 0..P {
            self.gradient[i] += terms.gradient[i];
            for j in i..P {
                self.hessian[i][j] += terms.hessian[i][j];
            }
        }
    }

    /// The logarithm of the sum.
    #[inline(always)]
    pub(super) fn finish(&self) -> Sums<P> {
        let mut sums = Sums::ZERO;
        sums.value = self.largest + karat_scorer::numerics::ln(self.weight);
        let share = 1.0 / self.weight;
        for i in 0..P {
            sums.gradient[i] = self.gradient[i] * share;
        }
        for i in 0..P {
            for j in i..P {
                sums.hessian[i][j] = self.hessian[i][j] * share - sums.gradient[i] * sums.gradient[j];
            }
        }
        sums
    }
}
