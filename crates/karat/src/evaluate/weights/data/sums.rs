//! What passes over a base keep of its indicators: exact sums, which merge in any order to the same bits.

use super::dispersion::{critic_of, standard_deviation_of};
use super::merec::{merec_of, removal_effects};
use super::moments::Spread;
use super::principal_component::principal_component_of;
use super::{DataMethod, DataWeights};
use crate::evaluate::weights::entropy::entropy_from_sums;
use crate::numerics::exact_sum::ExactSum;
use crate::numerics::fixed_point::FixedPoint;
use karat_scorer::numerics::{ln, ln_1p};
use karat_scorer::{Error, Result};

/// Indicators are rounded to multiples of 2^-45, so that their products are whole multiples of 2^-90, of which
/// an `i128` holds 2^36.
const GRID: f64 = 35_184_372_088_832.0;
const GRID_SQUARED: f64 = GRID * GRID;

/// MEREC looks at an indicator on a scale from 1 to 100, `1 + 99 z`.
const SPAN: f64 = 99.0;

/// Sums over the graded customers of a base, as far as the methods of a plan need them.
#[derive(Debug, Clone)]
pub(crate) struct DataSums {
    count: u64,
    width: usize,
    entropy: Option<Vec<[ExactSum; 2]>>,
    moments: Option<Moments>,
    removal: Option<Vec<i128>>,
    least: Vec<f64>,
    greatest: Vec<f64>,
}

/// Sums of indicators and of their products, in units of the grid and of its square.
#[derive(Debug, Clone)]
struct Moments {
    sums: Vec<i128>,
    /// The upper triangle, row by row.
    products: Vec<i128>,
}

impl DataSums {
    /// The state of no customer, for indicators from 0 to 1.
    pub(crate) fn new(methods: &[DataMethod], width: usize) -> DataSums {
        let needs = |which: &[DataMethod]| methods.iter().any(|method| which.contains(method));
        let moments = needs(&[
            DataMethod::StandardDeviation,
            DataMethod::Critic,
            DataMethod::PrincipalComponent,
            DataMethod::PrincipalComponentSquared,
        ]);
        DataSums {
            count: 0,
            width,
            entropy: needs(&[DataMethod::Entropy]).then(|| vec![Default::default(); width]),
            moments: moments
                .then(|| Moments { sums: vec![0; width], products: vec![0; width * (width + 1) / 2] }),
            removal: needs(&[DataMethod::Merec]).then(|| vec![0; width]),
            least: vec![f64::INFINITY; width],
            greatest: vec![f64::NEG_INFINITY; width],
        }
    }

    /// Customers so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Takes one customer in; `room` is kept between calls.
    pub(crate) fn add(&mut self, indicators: &[f64], room: &mut Vec<f64>) {
        self.count += 1;
        for (at, &z) in indicators.iter().enumerate() {
            self.least[at] = if z < self.least[at] { z } else { self.least[at] };
            self.greatest[at] = if z > self.greatest[at] { z } else { self.greatest[at] };
        }
        if let Some(sums) = &mut self.entropy {
            for (sum, &z) in sums.iter_mut().zip(indicators) {
                sum[0].add(z);
                sum[1].add(if z > 0.0 { z * ln(z) } else { 0.0 });
            }
        }
        if let Some(moments) = &mut self.moments {
            moments.add(indicators);
        }
        if let Some(removal) = &mut self.removal {
            room.clear();
            room.extend(indicators.iter().map(|&z| ln_1p(SPAN * z)));
            let place = removal_place();
            removal_effects(room, |column, effect| removal[column] += place.quantise(effect));
        }
    }

    /// Takes in what another part of the base gave; order and grouping do not matter, to the bit.
    pub(crate) fn merge(&mut self, other: &DataSums) {
        self.count += other.count;
        for at in 0..self.width {
            self.least[at] = self.least[at].min(other.least[at]);
            self.greatest[at] = self.greatest[at].max(other.greatest[at]);
        }
        if let (Some(a), Some(b)) = (&mut self.entropy, &other.entropy) {
            a.iter_mut().flatten().zip(b.iter().flatten()).for_each(|(a, b)| a.merge(b));
        }
        if let (Some(a), Some(b)) = (&mut self.moments, &other.moments) {
            a.sums.iter_mut().zip(&b.sums).for_each(|(a, b)| *a += b);
            a.products.iter_mut().zip(&b.products).for_each(|(a, b)| *a += b);
        }
        if let (Some(a), Some(b)) = (&mut self.removal, &other.removal) {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        }
    }

    /// Weights of one of the methods that the state was made for.
    ///
    /// Indicators stay on the scales that the plan gave them: it is on these that they add up to an index.
    ///
    /// # Errors
    /// Those of the methods; [`Error::Argument`] for one that was not asked for.
    pub(crate) fn weights(&self, method: DataMethod) -> Result<DataWeights> {
        let place = |column: usize| format!("column {column}");
        let of = |weights, information, findings| DataWeights { method, weights, information, findings };
        let missing = || Error::argument("method", "must be among those of the plan", method);
        if method == DataMethod::Equal {
            return Ok(DataWeights::equal(self.width));
        }
        if self.count < 2 {
            return Err(Error::argument("rows", "must be >= 2: a single row has no dispersion", self.count));
        }
        match method {
            DataMethod::Entropy => {
                let sums = self.entropy.as_ref().ok_or_else(missing)?;
                let sums: Vec<(f64, f64)> =
                    sums.iter().map(|[z, z_ln_z]| (z.value(), z_ln_z.value())).collect();
                let found = entropy_from_sums(self.count, &sums)?;
                Ok(of(found.weights, found.entropy.iter().map(|e| 1.0 - e).collect(), found.findings))
            }
            DataMethod::Merec => {
                let sums = self.removal.as_ref().ok_or_else(missing)?;
                let effect = |(at, &sum): (usize, &i128)| {
                    if self.is_constant(at) { 0.0 } else { removal_place().value(sum) }
                };
                let found = merec_of(sums.iter().enumerate().map(effect).collect(), place)?;
                Ok(of(found.weights, found.removal_effect, found.findings))
            }
            DataMethod::StandardDeviation => {
                let found = standard_deviation_of(&self.spread().ok_or_else(missing)?, place)?;
                Ok(of(found.weights, found.standard_deviation, found.findings))
            }
            DataMethod::Critic => {
                let found = critic_of(&self.spread().ok_or_else(missing)?, place)?;
                Ok(of(found.weights, found.information, found.findings))
            }
            DataMethod::PrincipalComponent | DataMethod::PrincipalComponentSquared => {
                let spread = self.spread().ok_or_else(missing)?;
                let found = principal_component_of(&spread, method.loadings(), place)?;
                Ok(of(found.weights, found.loadings, found.findings))
            }
            DataMethod::Equal | DataMethod::Gini => Err(missing()),
        }
    }

    fn is_constant(&self, column: usize) -> bool {
        self.least[column] == self.greatest[column]
    }

    fn spread(&self) -> Option<Spread> {
        let moments = self.moments.as_ref()?;
        let covariance = moments.covariance(self.count);
        // Differences below the grid are none.
        let constant = (0..self.width).map(|j| covariance[j * self.width + j] <= 0.0).collect();
        Some(Spread::new(covariance, constant))
    }
}

/// A performance is at most `ln(1 + ln 100)`, below 2.
fn removal_place() -> FixedPoint {
    FixedPoint::new(2.0)
}

impl Moments {
    #[allow(clippy::cast_possible_truncation, reason = "at most 2^45")]
    fn add(&mut self, indicators: &[f64]) {
        let whole = |z: f64| (z.clamp(0.0, 1.0) * GRID + 0.5).floor() as i64;
        let mut products = self.products.iter_mut();
        for (at, &z) in indicators.iter().enumerate() {
            let first = i128::from(whole(z));
            self.sums[at] += first;
            for (product, &other) in products.by_ref().take(indicators.len() - at).zip(&indicators[at..]) {
                *product += first * i128::from(whole(other));
            }
        }
    }

    /// Sample covariances, row by row.
    ///
    /// Deviations are taken from the whole number next below the mean: `sum (q - c)(p - d)` is an integer of
    /// at most 2^126, whatever its terms wrap round to, so that nothing cancels and a constant column has
    /// exactly 0.
    fn covariance(&self, count: u64) -> Vec<f64> {
        let width = self.sums.len();
        let n = i128::from(count);
        let centre: Vec<i128> = self.sums.iter().map(|sum| sum.div_euclid(n)).collect();
        let rest: Vec<f64> = self.sums.iter().map(|sum| sum.rem_euclid(n) as f64).collect();
        let mut covariance = vec![0.0; width * width];
        let mut at = 0;
        for a in 0..width {
            for b in a..width {
                let cross =
                    centre[a].wrapping_mul(self.sums[b]).wrapping_add(centre[b].wrapping_mul(self.sums[a]));
                let square = n.wrapping_mul(centre[a].wrapping_mul(centre[b]));
                let products = self.products[at].wrapping_sub(cross).wrapping_add(square);
                let deviations = products as f64 - rest[a] * rest[b] / count as f64;
                let value = deviations / GRID_SQUARED / (count - 1) as f64;
                (covariance[a * width + b], covariance[b * width + a]) = (value, value);
                at += 1;
            }
        }
        covariance
    }
}
