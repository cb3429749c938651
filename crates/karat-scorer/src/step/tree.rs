//! The tree of weights: indicators into dimensions and the value index.

use super::{Lanes, MAX_INDICATORS, Step};
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};
use crate::numerics::NAN;

/// Most dimensions a model may have.
pub const MAX_DIMENSIONS: usize = 16;

/// Weights of every indicator, in the whole index and within its dimension.
///
/// The index is *defined* as the sum, in this order, of `scale * weight * indicator`; a dimension's score
/// is `scale` times its indicators weighted within it, so that it has the scale of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The index of a customer whose every indicator is 1: 100, or 1 for points.
    pub scale: f64,
    /// Least share of the weight that must be present; below it no index is given.
    pub minimum_coverage: f64,
    /// Weight of each indicator in the index.
    pub weights: Vec<f64>,
    /// Weight of each indicator within its dimension.
    pub within: Vec<f64>,
    /// Dimension of each indicator.
    pub dimension: Vec<u32>,
}

impl Tree {
    /// Number of dimensions.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimension.iter().map(|&dimension| dimension as usize + 1).max().unwrap_or(0)
    }

    /// Checks lengths and weights.
    ///
    /// # Errors
    /// [`Error::Argument`] for lengths that differ from the number of indicators, negative weights,
    /// weights that are all zero, or dimensions without an indicator.
    pub fn check(&self, indicators: usize) -> Result<()> {
        for (what, length) in [
            ("weights", self.weights.len()),
            ("within", self.within.len()),
            ("dimension", self.dimension.len()),
        ] {
            if length != indicators {
                return Err(Error::shape(format!("{what} of the tree"), indicators, length));
            }
        }
        let numbers = [self.weights.as_slice(), &self.within, &[self.scale, self.minimum_coverage]].concat();
        if let Some(bad) = numbers.iter().find(|number| !(number.is_finite() && **number >= 0.0)) {
            return Err(Error::argument("tree", "must have finite weights that are not negative", bad));
        }
        if self.weights.iter().all(|&weight| weight == 0.0) || self.scale == 0.0 {
            return Err(Error::argument("tree", "must have a weight above zero", "none"));
        }
        if self.minimum_coverage > 1.0 {
            return Err(Error::argument("minimum_coverage", "must be 0 to 1", self.minimum_coverage));
        }
        let dimensions = self.dimensions();
        match (0..dimensions).find(|&wanted| !self.dimension.contains(&(wanted as u32))) {
            Some(empty) => {
                Err(Error::argument("tree", "must use every dimension", format!("{empty} unused")))
            }
            None => Ok(()),
        }
    }

    /// Index and dimension scores of `N` customers; calls `point` with what each indicator adds.
    #[inline(always)]
    pub(crate) fn eval_lanes<const N: usize>(
        &self,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        dimensions: &mut [Lanes<N>; MAX_DIMENSIONS],
        coverage: &mut Lanes<N>,
        mut point: impl FnMut(usize, &Lanes<N>, &Lanes<N>),
    ) -> Lanes<N> {
        let mut total = 0.0;
        let mut covered = [0.0; N];
        for (weight, present) in self.weights.iter().zip(present) {
            total += weight;
            for lane in 0..N {
                covered[lane] += weight * present[lane];
            }
        }
        // 1 exactly when nothing is missing, so that a complete row's bits owe nothing to this step.
        let mut stretch = [1.0; N];
        for lane in 0..N {
            coverage[lane] = covered[lane] / total;
            stretch[lane] = if covered[lane] == total { 1.0 } else { total / covered[lane] };
        }
        let mut index = [0.0; N];
        for i in 0..self.weights.len() {
            let weight = self.scale * self.weights[i];
            let mut points = [0.0; N];
            let mut factor = [0.0; N];
            for lane in 0..N {
                // + 0.0 turns -0.0 into 0.0.
                points[lane] = z[i][lane] * weight * present[i][lane] * stretch[lane] + 0.0;
                factor[lane] = weight * present[i][lane] * stretch[lane];
                index[lane] += points[lane];
            }
            point(i, &points, &factor);
        }
        self.eval_dimensions(z, present, dimensions);
        index
    }

    /// Coverage alone, where the nodes give the index.
    #[inline(always)]
    pub(crate) fn coverage_lanes<const N: usize>(&self, present: &[Lanes<N>], coverage: &mut Lanes<N>) {
        let mut total = 0.0;
        let mut covered = [0.0; N];
        for (weight, present) in self.weights.iter().zip(present) {
            total += weight;
            for lane in 0..N {
                covered[lane] += weight * present[lane];
            }
        }
        for lane in 0..N {
            coverage[lane] = covered[lane] / total;
        }
    }

    #[inline(always)]
    pub(crate) fn eval_dimensions<const N: usize>(
        &self,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        dimensions: &mut [Lanes<N>; MAX_DIMENSIONS],
    ) {
        let mut total = [0.0; MAX_DIMENSIONS];
        let mut covered = [[0.0; N]; MAX_DIMENSIONS];
        for i in 0..self.within.len() {
            let of = self.dimension[i] as usize;
            let weight = self.within[i];
            total[of] += weight;
            for lane in 0..N {
                dimensions[of][lane] += z[i][lane] * (self.scale * weight) * present[i][lane];
                covered[of][lane] += weight * present[i][lane];
            }
        }
        for of in 0..self.dimensions() {
            for lane in 0..N {
                let stretch =
                    if covered[of][lane] == total[of] { 1.0 } else { total[of] / covered[of][lane] };
                // The dimension of a customer without any of its indicators has no score; 0 times infinity
                // would say so with another sign on another processor.
                let score = dimensions[of][lane] * stretch;
                dimensions[of][lane] = if score.is_nan() { NAN } else { score };
            }
        }
    }
}

impl Step for Tree {
    const KIND: &'static str = "TREE";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.number(self.scale);
        writer.number(self.minimum_coverage);
        writer.numbers(&self.weights);
        writer.numbers(&self.within);
        writer.integers(&self.dimension);
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Tree> {
        Ok(Tree {
            scale: reader.number("scale")?,
            minimum_coverage: reader.number("minimum coverage")?,
            weights: reader.numbers("weights", MAX_INDICATORS)?,
            within: reader.numbers("weights within dimensions", MAX_INDICATORS)?,
            dimension: reader.integers("dimension", MAX_INDICATORS, MAX_DIMENSIONS)?,
        })
    }
}
