//! Mother wavelets and their derivatives.

use crate::numerics::{cos, exp, sin};

/// Angular frequency of both Morlet wavelets.
const FREQUENCY: f64 = 1.75;
/// `exp(-FREQUENCY^2 / 2)`: what the truncated Morlet wavelet lacks to have a mean of zero.
const MORLET_MEAN: f64 = 0.216_265_166_829_887_3;

/// The wavelet of which every wavelon is a shifted and stretched copy.
///
/// All but [`Rasp1`](Mother::Rasp1) are a factor times `exp(-u^2 / 2)`, so that a product of them over many
/// inputs takes a single exponential.
///
/// ```
/// use karat_scorer::step::wavelet::Mother;
/// assert_eq!(Mother::MexicanHat.value(0.0), 1.0);
/// assert_eq!(Mother::GaussianDerivative.slope(0.0), -1.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Mother {
    /// `(1 - u^2) exp(-u^2/2)`, the second derivative of a Gaussian with the sign turned.
    #[default]
    MexicanHat,
    /// `-u exp(-u^2/2)`, the first derivative of a Gaussian (Zhang and Benveniste, 1992).
    GaussianDerivative,
    /// `cos(1.75 u) exp(-u^2/2)`, as the literature on wavelet networks writes it. Its mean is not zero, so that
    /// it is no wavelet in the strict sense.
    Morlet,
    /// `(cos(1.75 u) - exp(-1.75^2/2)) exp(-u^2/2)`, of mean zero.
    MorletAdmissible,
    /// `u exp(-u^2/2)`, the first of the polynomials windowed with a Gaussian (Lekutai and van Landingham, 1997).
    Polywog1,
    /// `(u^3 - 3u) exp(-u^2/2)`.
    Polywog2,
    /// `(u^4 - 6u^2 + 3) exp(-u^2/2)`.
    Polywog3,
    /// `u / (u^2 + 1)^2`, rational, with tails that decay slowly (the same authors).
    Rasp1,
}

impl Mother {
    /// Every mother wavelet; the position is the code in a section.
    pub const ALL: [Mother; 8] = [
        Mother::MexicanHat,
        Mother::GaussianDerivative,
        Mother::Morlet,
        Mother::MorletAdmissible,
        Mother::Polywog1,
        Mother::Polywog2,
        Mother::Polywog3,
        Mother::Rasp1,
    ];

    /// The name in plans and in Python.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mother::MexicanHat => "mexican_hat",
            Mother::GaussianDerivative => "gaussian_derivative",
            Mother::Morlet => "morlet",
            Mother::MorletAdmissible => "morlet_admissible",
            Mother::Polywog1 => "polywog1",
            Mother::Polywog2 => "polywog2",
            Mother::Polywog3 => "polywog3",
            Mother::Rasp1 => "rasp1",
        }
    }

    /// The wavelet of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Mother> {
        Mother::ALL.into_iter().find(|mother| mother.name() == name)
    }

    /// Whether it is a factor times `exp(-u^2/2)`.
    #[must_use]
    #[inline(always)]
    pub fn is_windowed(self) -> bool {
        !matches!(self, Mother::Rasp1)
    }

    /// Whether `value(-u) == value(u)`.
    #[must_use]
    pub fn is_even(self) -> bool {
        matches!(self, Mother::MexicanHat | Mother::Morlet | Mother::MorletAdmissible | Mother::Polywog3)
    }

    /// The wavelet at `u`.
    #[must_use]
    #[inline(always)]
    pub fn value(self, u: f64) -> f64 {
        self.factor(u) * self.window(u)
    }

    /// The first derivative at `u`.
    #[must_use]
    #[inline(always)]
    pub fn slope(self, u: f64) -> f64 {
        self.factor_slope(u) * self.window(u)
    }

    /// The second derivative at `u`.
    #[must_use]
    pub fn curvature(self, u: f64) -> f64 {
        let square = u * u;
        let factor = match self {
            Mother::MexicanHat => (6.0 - square) * square - 3.0,
            Mother::GaussianDerivative => (3.0 - square) * u,
            Mother::Morlet | Mother::MorletAdmissible => {
                let mean = if self == Mother::Morlet { 0.0 } else { MORLET_MEAN };
                let (sine, cosine) = (sin(FREQUENCY * u), cos(FREQUENCY * u));
                2.0 * FREQUENCY * u * sine - FREQUENCY * FREQUENCY * cosine + (square - 1.0) * (cosine - mean)
            }
            Mother::Polywog1 => (square - 3.0) * u,
            Mother::Polywog2 => ((square - 10.0) * square + 15.0) * u,
            Mother::Polywog3 => ((square - 15.0) * square + 45.0) * square - 15.0,
            Mother::Rasp1 => {
                let base = square + 1.0;
                12.0 * u * (square - 1.0) / ((base * base) * (base * base))
            }
        };
        factor * self.window(u)
    }

    /// What multiplies the window.
    #[must_use]
    #[inline(always)]
    pub fn factor(self, u: f64) -> f64 {
        let square = u * u;
        match self {
            Mother::MexicanHat => 1.0 - square,
            Mother::GaussianDerivative => -u,
            Mother::Morlet => cos(FREQUENCY * u),
            Mother::MorletAdmissible => cos(FREQUENCY * u) - MORLET_MEAN,
            Mother::Polywog1 => u,
            Mother::Polywog2 => (square - 3.0) * u,
            Mother::Polywog3 => (square - 6.0) * square + 3.0,
            Mother::Rasp1 => u / ((square + 1.0) * (square + 1.0)),
        }
    }

    /// What multiplies the window in the first derivative.
    #[must_use]
    #[inline(always)]
    pub fn factor_slope(self, u: f64) -> f64 {
        let square = u * u;
        match self {
            Mother::MexicanHat => (square - 3.0) * u,
            Mother::GaussianDerivative => square - 1.0,
            Mother::Morlet => -(FREQUENCY * sin(FREQUENCY * u) + u * cos(FREQUENCY * u)),
            Mother::MorletAdmissible => {
                -(FREQUENCY * sin(FREQUENCY * u) + u * (cos(FREQUENCY * u) - MORLET_MEAN))
            }
            Mother::Polywog1 => 1.0 - square,
            Mother::Polywog2 => (6.0 - square) * square - 3.0,
            Mother::Polywog3 => ((10.0 - square) * square - 15.0) * u,
            Mother::Rasp1 => {
                let base = square + 1.0;
                (1.0 - 3.0 * square) / (base * base * base)
            }
        }
    }

    #[inline(always)]
    fn window(self, u: f64) -> f64 {
        if self.is_windowed() { exp(-0.5 * (u * u)) } else { 1.0 }
    }

    /// The integral over the line, which is 0 for a wavelet in the strict sense.
    #[must_use]
    pub fn integral(self) -> f64 {
        match self {
            // sqrt(2 pi) exp(-1.75^2 / 2)
            Mother::Morlet => 0.542_096_381_993_585_9,
            _ => 0.0,
        }
    }

    /// The factor that makes the integral of its square 1; for the Mexican hat `2 / (sqrt(3) pi^(1/4))`.
    #[must_use]
    pub fn unit_energy_factor(self) -> f64 {
        match self {
            Mother::MexicanHat => 0.867_325_070_584_077_6,
            // sqrt(2) / pi^(1/4)
            Mother::GaussianDerivative | Mother::Polywog1 => 1.062_251_932_027_197,
            // 1 / sqrt(sqrt(pi)/2 (1 + exp(-1.75^2)))
            Mother::Morlet => 1.038_249_586_521_544,
            Mother::MorletAdmissible => 1.236_497_044_421_737_8,
            // sqrt(8 / (15 sqrt(pi)))
            Mother::Polywog2 => 0.548_544_538_962_398_3,
            // sqrt(16 / (105 sqrt(pi)))
            Mother::Polywog3 => 0.293_209_389_454_737_6,
            // sqrt(16 / pi)
            Mother::Rasp1 => 2.256_758_334_191_025,
        }
    }

    /// The constant of admissibility: the integral over all frequencies of `2 pi |F(w)|^2 / |w|`, `F` the unitary
    /// Fourier transform. Infinite for the truncated Morlet wavelet.
    #[must_use]
    pub fn admissibility(self) -> f64 {
        use std::f64::consts::PI;
        match self {
            Mother::MexicanHat | Mother::GaussianDerivative | Mother::Polywog1 => 2.0 * PI,
            Mother::Morlet => f64::INFINITY,
            Mother::MorletAdmissible => 2.344_580_404_143_561,
            Mother::Polywog2 => 4.0 * PI,
            Mother::Polywog3 => 12.0 * PI,
            Mother::Rasp1 => PI * PI / 8.0,
        }
    }
}

#[cfg(test)]
#[path = "mother_tests.rs"]
mod tests;
