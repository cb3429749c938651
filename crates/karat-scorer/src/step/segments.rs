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
        let features = self.features.len().min(point.len());
        self.nearest_to(features, |f| point[f], |_| 1.0)
    }

    /// The nearest center to one customer, [`SIDE`] centers at a time.
    #[inline(always)]
    fn nearest_to(
        &self,
        features: usize,
        x: impl Fn(usize) -> f64,
        present: impl Fn(usize) -> f64,
    ) -> Nearest {
        let mut kept = Kept::<1>::new();
        let mut c = 0;
        while c + SIDE <= self.count {
            let mut distances = [0.0; SIDE];
            for f in 0..features {
                let centers = &self.centers[f * self.count + c..][..SIDE];
                let (x, present) = (x(f), present(f));
                for i in 0..SIDE {
                    let difference = (x - centers[i]) * present;
                    distances[i] += difference * difference;
                }
            }
            for (i, &distance) in distances.iter().enumerate() {
                kept.add(c + i, &[distance]);
            }
            c += SIDE;
        }
        for c in c..self.count {
            let mut distance = [0.0];
            for f in 0..features {
                add_square(&mut distance, &[x(f)], self.centers[f * self.count + c], &[present(f)]);
            }
            kept.add(c, &distance);
        }
        kept.nearest(0)
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
        let columns = point.len().min(self.features.len());
        let value = |f: usize| if point[f].is_nan() { 0.0 } else { point[f] };
        self.nearest_to(columns, value, |f| if point[f].is_nan() { 0.0 } else { 1.0 })
    }

    /// The nearest center for `N` customers, over the coordinates that are present.
    #[inline(always)]
    pub(crate) fn eval_lanes<const N: usize>(
        &self,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        out: &mut [Nearest; N],
    ) {
        if N == 1 {
            let place = |f: usize| self.features[f] as usize;
            out[0] = self.nearest_to(self.features.len(), |f| z[place(f)][0], |f| present[place(f)][0]);
            return;
        }
        // The centers of a block meet a few customers at a time, so that all stay in registers.
        let (groups, rest) = out.as_chunks_mut::<SIDE>();
        for (group, out) in groups.iter_mut().enumerate() {
            self.eval_group(group, z, present, out);
        }
        let start = N - rest.len();
        for (lane, out) in (start..).zip(rest) {
            let place = |f: usize| self.features[f] as usize;
            *out = self.nearest_to(self.features.len(), |f| z[place(f)][lane], |f| present[place(f)][lane]);
        }
    }

    /// Customers `group * SIDE` and after.
    #[inline(always)]
    fn eval_group<const N: usize>(
        &self,
        group: usize,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        out: &mut [Nearest; SIDE],
    ) {
        let mut complete = true;
        for &feature in &self.features {
            for &here in &present[feature as usize].as_chunks::<SIDE>().0[group] {
                complete &= here == 1.0;
            }
        }
        let mut kept = Kept::<SIDE>::new();
        let mut c = 0;
        while c + ABREAST <= self.count {
            let mut distances = [[0.0; SIDE]; ABREAST];
            if complete {
                self.add_squares::<N, ABREAST, true>(c, group, z, present, &mut distances);
            } else {
                self.add_squares::<N, ABREAST, false>(c, group, z, present, &mut distances);
            }
            for (i, distance) in distances.iter().enumerate() {
                kept.add(c + i, distance);
            }
            c += ABREAST;
        }
        for c in c..self.count {
            let mut distances = [[0.0; SIDE]; 1];
            self.add_squares::<N, 1, false>(c, group, z, present, &mut distances);
            kept.add(c, &distances[0]);
        }
        for (lane, out) in out.iter_mut().enumerate() {
            *out = kept.nearest(lane);
        }
    }

    /// Squared distances of a group of customers to centers `c .. c + C`; of complete customers a factor
    /// of 1 is left out.
    #[inline(always)]
    fn add_squares<const N: usize, const C: usize, const COMPLETE: bool>(
        &self,
        c: usize,
        group: usize,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        distances: &mut [Lanes<SIDE>; C],
    ) {
        for (f, &feature) in self.features.iter().enumerate() {
            let centers = &self.centers[f * self.count + c..][..C];
            let z = z[feature as usize].as_chunks::<SIDE>().0[group];
            let present = present[feature as usize].as_chunks::<SIDE>().0[group];
            for i in 0..C {
                for lane in 0..SIDE {
                    let mut difference = z[lane] - centers[i];
                    if !COMPLETE {
                        difference *= present[lane];
                    }
                    distances[i][lane] += difference * difference;
                }
            }
        }
    }
}

/// Customers of a batch, or centers for one customer, that are worked on side by side.
const SIDE: usize = 8;
/// Centers for which the distances of a group of customers stay in registers.
const ABREAST: usize = 4;

#[inline(always)]
fn add_square<const N: usize>(distance: &mut Lanes<N>, z: &Lanes<N>, center: f64, present: &Lanes<N>) {
    for lane in 0..N {
        let difference = (z[lane] - center) * present[lane];
        distance[lane] += difference * difference;
    }
}

/// The nearest center so far, and the distance of the next.
struct Kept<const N: usize> {
    best: Lanes<N>,
    second: Lanes<N>,
    nearest: Lanes<N>,
}

impl<const N: usize> Kept<N> {
    #[inline(always)]
    fn new() -> Kept<N> {
        Kept { best: [f64::INFINITY; N], second: [f64::INFINITY; N], nearest: [0.0; N] }
    }

    #[inline(always)]
    fn add(&mut self, c: usize, distance: &Lanes<N>) {
        for lane in 0..N {
            let d = distance[lane];
            let closer = d < self.best[lane];
            let runner_up = if closer { self.best[lane] } else { d };
            self.second[lane] = if runner_up < self.second[lane] { runner_up } else { self.second[lane] };
            self.best[lane] = if closer { d } else { self.best[lane] };
            self.nearest[lane] = if closer { c as f64 } else { self.nearest[lane] };
        }
    }

    #[inline(always)]
    fn nearest(&self, lane: usize) -> Nearest {
        Nearest {
            segment: self.nearest[lane] as u16,
            squared_distance: self.best[lane],
            margin: margin(self.best[lane], self.second[lane]),
        }
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
