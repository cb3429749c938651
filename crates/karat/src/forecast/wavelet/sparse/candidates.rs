//! How much each product of an atom and a grown unit would gain: the penalised score test.
//!
//! Atoms are functions of the bins of a slot, so that the sums of all atoms of a slot come from one histogram
//! of the rows' slopes.

use super::inputs::Inputs;
use super::library::Atoms;
use super::newton::Newton;

/// A unit that atoms are multiplied with.
#[derive(Debug)]
pub(super) struct Parent {
    /// Its atoms.
    pub(super) unit: Vec<usize>,
    /// Rows of the fit where it is not zero, with its values there.
    rows: Vec<u32>,
    values: Vec<f32>,
    /// Curvature of each product, less what the intercept takes; NaN for a product that cannot be.
    curvature: Vec<f32>,
    /// Rounds since that was computed.
    age: usize,
}

/// A product that may be added, and its gain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gain {
    pub(super) gain: f32,
    pub(super) parent: usize,
    pub(super) atom: usize,
}

/// Numbers of a histogram: as many as an index of 16 bits can tell, so that none is out of bounds.
type Histogram = [f32; 1 << 16];

/// Finds products; keeps what it works in.
#[derive(Debug)]
pub(super) struct Search<'a> {
    inputs: &'a Inputs,
    atoms: &'a Atoms,
    /// Bins of the rows of the fit.
    bins: Vec<u16>,
    histogram: Box<Histogram>,
    /// Rounds after which the curvature of a parent's products is computed anew.
    old: usize,
    pub(super) parents: Vec<Parent>,
}

/// Curvature that is added to each product's, as a share of the rows' weight: what is rare gains less.
const DAMPING: f32 = 0.002;

impl<'a> Search<'a> {
    pub(super) fn new(
        inputs: &'a Inputs,
        atoms: &'a Atoms,
        rows: &[usize],
        old: usize,
    ) -> Option<Search<'a>> {
        let slots = inputs.slots.len();
        let bins = rows.iter().flat_map(|&row| &inputs.bins[row * slots..][..slots]).copied().collect();
        let histogram = vec![0.0; 1 << 16].into_boxed_slice().try_into().ok()?;
        let all: Vec<f32> = vec![1.0; rows.len()];
        let mut search = Search { inputs, atoms, bins, histogram, old, parents: Vec::new() };
        search.add(Vec::new(), &all);
        Some(search)
    }

    /// Takes in a unit by its values on the rows of the fit.
    pub(super) fn add(&mut self, unit: Vec<usize>, values: &[f32]) {
        let rows: Vec<u32> = (0..values.len() as u32).filter(|&row| values[row as usize] != 0.0).collect();
        let values = rows.iter().map(|&row| values[row as usize]).collect();
        self.parents.push(Parent { unit, rows, values, curvature: Vec::new(), age: self.old });
    }

    /// The products that gain most, best first; at most `most`.
    pub(super) fn best(&mut self, newton: &Newton<'_>, total: f64, most: usize) -> Vec<Gain> {
        let mut gains = Vec::new();
        for parent in 0..self.parents.len() {
            self.parents[parent].age += 1;
            if self.parents[parent].age > self.old {
                self.renew(parent, newton, total as f32);
            }
            self.gains(parent, newton, total as f32, &mut gains);
        }
        let order = |a: &Gain, b: &Gain| {
            b.gain.total_cmp(&a.gain).then(a.parent.cmp(&b.parent)).then(a.atom.cmp(&b.atom))
        };
        if gains.len() > most {
            gains.select_nth_unstable_by(most, order);
            gains.truncate(most);
        }
        gains.sort_unstable_by(order);
        gains
    }

    fn fill(&mut self, parent: usize, weight: &[f32], squared: bool) {
        self.histogram[..self.inputs.bin_count].fill(0.0);
        let slots = self.inputs.slots.len();
        let parent = &self.parents[parent];
        for (&row, &value) in parent.rows.iter().zip(&parent.values) {
            let row = row as usize;
            let value = if squared { value * value } else { value } * weight[row];
            for &bin in &self.bins[row * slots..][..slots] {
                self.histogram[usize::from(bin)] += value;
            }
        }
    }

    /// Sum over the bins of an atom's slot.
    #[inline(always)]
    fn sum(&self, atom: usize, of: impl Fn(f32) -> f32) -> f32 {
        let slot = &self.inputs.slots[self.atoms.list[atom].slot];
        let count = slot.weights.len();
        let values = &self.atoms.on_bins[self.atoms.starts[atom]..][..count];
        let sums = &self.histogram[slot.offset..][..count];
        let mut lanes = [0.0_f32; 8];
        let ((a, a_rest), (b, b_rest)) = (values.as_chunks::<8>(), sums.as_chunks::<8>());
        for (a, b) in a.iter().zip(b) {
            for lane in 0..8 {
                lanes[lane] += of(a[lane]) * b[lane];
            }
        }
        for ((lane, &a), b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
            *lane += of(a) * b;
        }
        lanes.iter().sum()
    }

    fn renew(&mut self, parent: usize, newton: &Newton<'_>, total: f32) {
        let mut curvature = vec![0.0; self.atoms.list.len()];
        for h in &newton.curvature {
            let all: f64 = h.iter().map(|&h| f64::from(h)).sum();
            self.fill(parent, h, false);
            let means: Vec<f32> = (0..curvature.len()).map(|atom| self.sum(atom, |value| value)).collect();
            self.fill(parent, h, true);
            for (atom, curvature) in curvature.iter_mut().enumerate() {
                *curvature += self.sum(atom, |value| value * value) - means[atom] * means[atom] / all as f32;
            }
        }
        let outputs = newton.curvature.len() as f32;
        let unit = &self.parents[parent].unit;
        let slot = |atom: usize| self.atoms.list[atom].slot;
        for (atom, curvature) in curvature.iter_mut().enumerate() {
            *curvature /= outputs;
            if *curvature < 1e-5 * total || unit.iter().any(|&known| slot(known) == slot(atom)) {
                *curvature = f32::NAN;
            }
        }
        self.parents[parent].curvature = curvature;
        self.parents[parent].age = 0;
    }

    fn gains(&mut self, parent: usize, newton: &Newton<'_>, total: f32, gains: &mut Vec<Gain>) {
        let start = gains.len();
        for (output, slope) in newton.slope.iter().enumerate() {
            self.fill(parent, slope, false);
            let mut place = start;
            for atom in 0..self.atoms.list.len() {
                let curvature = self.parents[parent].curvature[atom];
                if curvature.is_nan() {
                    continue;
                }
                let sum = self.sum(atom, |value| value);
                let gain = sum * sum / (curvature + DAMPING * total);
                if output == 0 {
                    gains.push(Gain { gain, parent, atom });
                } else {
                    gains[place].gain += gain;
                }
                place += 1;
            }
        }
    }
}
