//! Segments: the nearest of the centers that k-means found.

use super::{Lanes, MAX_INDICATORS, Step};
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};
use crate::numerics::NAN;

/// Most segments a model may have.
pub const MAX_SEGMENTS: usize = 256;

/// Frozen centers over some of the indicators.
#[derive(Debug, Clone, PartialEq)]
pub struct Segments {
    /// Positions of the indicators that form the space of the centers.
    pub features: Vec<u32>,
    /// Centers, feature by feature: center `c` of feature `f` is at `f * count + c`.
    pub centers: Vec<f64>,
    /// Number of segments.
    pub count: usize,
}

/// The nearest center and its lead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Segment; of equally near ones the first.
    pub segment: u16,
    /// Squared Euclidean distance to its center.
    pub squared_distance: f64,
    /// `1 - d1 / d2`, the simplified silhouette of one point; NaN when there is one segment only.
    pub margin: f64,
}

impl Segments {
    /// From centers row by row: `rows[c][f]`.
    ///
    /// # Errors
    /// [`Error::Shape`] when a row has another length than `features`.
    pub fn from_rows(features: Vec<u32>, rows: &[Vec<f64>]) -> Result<Segments> {
        let count = rows.len();
        let mut centers = vec![0.0; features.len() * count];
        for (c, row) in rows.iter().enumerate() {
            if row.len() != features.len() {
                return Err(Error::shape(format!("coordinates of center {c}"), features.len(), row.len()));
            }
            for (f, &value) in row.iter().enumerate() {
                centers[f * count + c] = value;
            }
        }
        Ok(Segments { features, centers, count })
    }

    /// Coordinates of center `c`.
    #[must_use]
    pub fn center(&self, c: usize) -> Vec<f64> {
        (0..self.features.len()).map(|f| self.centers[f * self.count + c]).collect()
    }

    /// Checks counts, features and centers.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the parameter.
    pub fn check(&self, indicators: usize) -> Result<()> {
        if self.count == 0 || self.count > MAX_SEGMENTS {
            return Err(Error::argument("k", format!("must be 1 to {MAX_SEGMENTS}"), self.count));
        }
        if self.features.is_empty() || self.centers.len() != self.features.len() * self.count {
            return Err(Error::shape(
                "coordinates of centers",
                self.features.len().max(1) * self.count,
                self.centers.len(),
            ));
        }
        if let Some(bad) = self.features.iter().find(|&&feature| feature as usize >= indicators) {
            return Err(Error::argument("features", "must be indicators of the model", bad));
        }
        match self.centers.iter().find(|center| !center.is_finite()) {
            Some(bad) => Err(Error::argument("centers", "must be finite", bad)),
            None => Ok(()),
        }
    }

    /// The nearest center to a point whose coordinates are in the order of `features`.
    ///
    /// ```
    /// use karat_scorer::step::Segments;
    /// let segments = Segments::from_rows(vec![0, 1], &[vec![0.0, 0.0], vec![1.0, 1.0]])?;
    /// assert_eq!(segments.eval(&[0.9, 0.7]).segment, 1);
    /// # Ok::<(), karat_scorer::Error>(())
    /// ```
    #[must_use]
    pub fn eval(&self, point: &[f64]) -> Nearest {
        let mut best = [f64::INFINITY];
        let mut second = [f64::INFINITY];
        let mut nearest = [0.0];
        for c in 0..self.count {
            let mut distance = [0.0];
            for (f, &x) in point.iter().enumerate().take(self.features.len()) {
                add_square(&mut distance, &[x], self.centers[f * self.count + c], &[1.0]);
            }
            keep_two(c, &distance, &mut best, &mut second, &mut nearest);
        }
        Nearest { segment: nearest[0] as u16, squared_distance: best[0], margin: margin(best[0], second[0]) }
    }

    /// The nearest center to a point of which some coordinates are NaN, over those that are not: what scoring
    /// does with indicators whose weight is given to the others. With nothing present it is the first.
    ///
    /// ```
    /// use karat_scorer::step::Segments;
    /// let segments = Segments::from_rows(vec![0, 1], &[vec![0.0, 0.0], vec![1.0, 9.0]])?;
    /// let nearest = segments.eval_present(&[0.75, f64::NAN]);
    /// assert_eq!((nearest.segment, nearest.squared_distance), (1, 0.0625));
    /// # Ok::<(), karat_scorer::Error>(())
    /// ```
    #[must_use]
    pub fn eval_present(&self, point: &[f64]) -> Nearest {
        let (mut best, mut second, mut nearest) = ([f64::INFINITY], [f64::INFINITY], [0.0]);
        for c in 0..self.count {
            let mut distance = [0.0];
            for (f, &x) in point.iter().enumerate().take(self.features.len()) {
                let (z, present) = if x.is_nan() { (0.0, 0.0) } else { (x, 1.0) };
                add_square(&mut distance, &[z], self.centers[f * self.count + c], &[present]);
            }
            keep_two(c, &distance, &mut best, &mut second, &mut nearest);
        }
        Nearest { segment: nearest[0] as u16, squared_distance: best[0], margin: margin(best[0], second[0]) }
    }

    /// The nearest center for `N` customers, over the coordinates that are present.
    #[inline(always)]
    pub(crate) fn eval_lanes<const N: usize>(
        &self,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        out: &mut [Nearest; N],
    ) {
        let mut best = [f64::INFINITY; N];
        let mut second = [f64::INFINITY; N];
        let mut nearest = [0.0; N];
        for c in 0..self.count {
            let mut distance = [0.0; N];
            for (f, &feature) in self.features.iter().enumerate() {
                let center = self.centers[f * self.count + c];
                add_square(&mut distance, &z[feature as usize], center, &present[feature as usize]);
            }
            keep_two(c, &distance, &mut best, &mut second, &mut nearest);
        }
        for lane in 0..N {
            out[lane] = Nearest {
                segment: nearest[lane] as u16,
                squared_distance: best[lane],
                margin: margin(best[lane], second[lane]),
            };
        }
    }
}

#[inline(always)]
fn add_square<const N: usize>(distance: &mut Lanes<N>, z: &Lanes<N>, center: f64, present: &Lanes<N>) {
    for lane in 0..N {
        let difference = (z[lane] - center) * present[lane];
        distance[lane] += difference * difference;
    }
}

#[inline(always)]
fn keep_two<const N: usize>(
    c: usize,
    distance: &Lanes<N>,
    best: &mut Lanes<N>,
    second: &mut Lanes<N>,
    nearest: &mut Lanes<N>,
) {
    for lane in 0..N {
        let d = distance[lane];
        let closer = d < best[lane];
        let runner_up = if closer { best[lane] } else { d };
        second[lane] = if runner_up < second[lane] { runner_up } else { second[lane] };
        best[lane] = if closer { d } else { best[lane] };
        nearest[lane] = if closer { c as f64 } else { nearest[lane] };
    }
}

#[inline(always)]
fn margin(best: f64, second: f64) -> f64 {
    if second == f64::INFINITY {
        NAN
    } else if second > 0.0 {
        1.0 - (best / second).sqrt()
    } else {
        0.0
    }
}

impl Step for Segments {
    const KIND: &'static str = "SEGM";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(self.count as u64);
        writer.integers(&self.features);
        writer.numbers(&self.centers);
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Segments> {
        Ok(Segments {
            count: reader.integer("the number of segments", MAX_SEGMENTS + 1)?,
            features: reader.integers("features", MAX_INDICATORS, MAX_INDICATORS)?,
            centers: reader.numbers("centers", MAX_SEGMENTS * MAX_INDICATORS)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What stands in place of a missing coordinate never shows: scoring puts a neutral value there, a fit
        /// has NaN.
        #[test]
        fn gaps_are_those_of_scoring(
            values in prop::collection::vec(-5.0..5.0_f64, 12),
            point in prop::collection::vec((-5.0..5.0_f64, any::<bool>()), 3),
            neutral in -9.0..9.0_f64,
        ) {
            let rows: Vec<Vec<f64>> = values.chunks(3).map(<[f64]>::to_vec).collect();
            let segments = Segments::from_rows(vec![0, 1, 2], &rows).unwrap();
            let gapped: Vec<f64> = point.iter().map(|&(x, here)| if here { x } else { NAN }).collect();
            let z: Vec<[f64; 1]> = point.iter().map(|&(x, here)| [if here { x } else { neutral }]).collect();
            let present: Vec<[f64; 1]> = point.iter().map(|&(_, here)| [f64::from(u8::from(here))]).collect();
            let mut scored = [Nearest { segment: 0, squared_distance: 0.0, margin: 0.0 }];
            segments.eval_lanes(&z, &present, &mut scored);
            let found = segments.eval_present(&gapped);
            prop_assert_eq!(found.segment, scored[0].segment);
            prop_assert_eq!(found.squared_distance.to_bits(), scored[0].squared_distance.to_bits());
            prop_assert_eq!(found.margin.to_bits(), scored[0].margin.to_bits());
        }
    }
}
