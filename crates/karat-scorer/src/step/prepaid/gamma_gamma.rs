//! Gamma-Gamma (Fader & Hardie 2013): what a transaction is worth.

/// Values of transactions are gamma with shape `p` around a customer's own level, which is inverse gamma.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    /// Shape of the values of one customer.
    pub p: f64,
    /// Shape of the customers' levels.
    pub q: f64,
    /// Scale of the customers' levels.
    pub v: f64,
}

impl GammaGamma {
    /// The mean value expected of a transaction of a customer with `frequency` transactions of mean `monetary`:
    /// between their own mean and everybody's. Infinite where `p x + q <= 1`, as the distribution's mean is.
    #[must_use]
    #[inline]
    pub fn expected_spend(&self, frequency: f64, monetary: f64) -> f64 {
        let weight = self.p * frequency + (self.q - 1.0);
        let own = if frequency > 0.0 { frequency * monetary } else { 0.0 };
        if weight > 0.0 { self.p * (self.v + own) / weight } else { f64::INFINITY }
    }
}
