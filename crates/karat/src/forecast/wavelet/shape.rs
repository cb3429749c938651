//! Where the parameters of a network stand in one vector.

use karat_scorer::step::wavelet::{Family, Mother};
use std::ops::Range;

/// The size of a network, which decides the layout of its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) family: Family,
    pub(super) mother: Mother,
    pub(super) inputs: usize,
    pub(super) wavelons: usize,
    pub(super) outputs: usize,
    pub(super) linear: bool,
    /// Logarithms of the gaps between the thresholds of ordered classes.
    pub(super) gaps: usize,
}

impl Shape {
    pub(super) fn bias(&self) -> Range<usize> {
        0..self.outputs
    }

    /// Linear terms, output by output.
    pub(super) fn linear(&self) -> Range<usize> {
        let count = if self.linear { self.outputs * self.inputs } else { 0 };
        after(self.bias(), count)
    }

    /// Weights of the wavelons, output by output.
    pub(super) fn weights(&self) -> Range<usize> {
        after(self.linear(), self.outputs * self.wavelons)
    }

    /// Directions of ridge wavelons, wavelon by wavelon; none in the other families.
    pub(super) fn directions(&self) -> Range<usize> {
        let count = if self.family == Family::Ridge { self.inputs * self.wavelons } else { 0 };
        after(self.weights(), count)
    }

    /// Translations: one a ridge wavelon; in the other families one an input, wavelon by wavelon.
    pub(super) fn translations(&self) -> Range<usize> {
        let each = if self.family == Family::Ridge { 1 } else { self.inputs };
        after(self.directions(), each * self.wavelons)
    }

    /// Logarithms of the dilations, placed as the translations.
    pub(super) fn dilations(&self) -> Range<usize> {
        after(self.translations(), self.translations().len())
    }

    pub(super) fn gaps(&self) -> Range<usize> {
        after(self.dilations(), self.gaps)
    }

    /// Number of parameters.
    pub(super) fn parameters(&self) -> usize {
        self.gaps().end
    }
}

fn after(range: Range<usize>, count: usize) -> Range<usize> {
    range.end..range.end + count
}
