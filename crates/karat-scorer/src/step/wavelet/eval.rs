//! One row, or a few side by side, through networks of wavelons.

use super::coding::Seen;
use super::network::{Link, MAX_INPUTS, MAX_OUTPUTS, Member, Wavelons};
use super::tiles::Kind;
use crate::error::{Error, Result};
use crate::isa::Kernel;
use crate::numerics::{exp, sigmoid};
use crate::step::Lanes;

/// Rows of a batch side by side.
const SIDE: usize = 8;
/// Inputs of a row that are kept without ado on the stack.
const FEW: usize = 32;

impl Member {
    #[inline(always)]
    fn add<const N: usize>(&self, kind: Kind, x: &[Lanes<N>], z: &mut [Lanes<N>]) {
        for (k, (z, &bias)) in z.iter_mut().zip(&self.bias).enumerate() {
            for lane in 0..N {
                z[lane] += bias;
            }
            if let Some(weights) = self.linear.get(k * x.len()..) {
                for (x, &weight) in x.iter().zip(weights) {
                    for lane in 0..N {
                        z[lane] += weight * x[lane];
                    }
                }
            }
        }
        self.add_wavelons(kind, x, z);
    }
}

impl Wavelons {
    /// Scores one raw row into `out` of [`width`](Wavelons::width); returns the bits of
    /// [`outside`](super::outside) that apply. Categories are positions as whole numbers, missing is NaN.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row or an output of another length.
    pub fn eval(&self, row: &[f64], out: &mut [f64]) -> Result<u32> {
        self.check_lengths(row.len(), self.fields(), out.len(), self.width())?;
        Ok(self.isa.run(One { network: self, row, out, linked: true }))
    }

    /// As [`eval`](Wavelons::eval), before the link: [`outputs`](Wavelons::outputs) numbers.
    ///
    /// # Errors
    /// As [`eval`](Wavelons::eval).
    pub fn eval_outputs(&self, row: &[f64], out: &mut [f64]) -> Result<u32> {
        self.check_lengths(row.len(), self.fields(), out.len(), self.outputs)?;
        Ok(self.isa.run(One { network: self, row, out, linked: false }))
    }

    /// Scores rows one after another, eight side by side; the bits are those of [`eval`](Wavelons::eval).
    ///
    /// # Errors
    /// [`Error::Shape`] unless `rows` holds whole rows, and `out` and `flags` have room for each.
    pub fn eval_batch(&self, rows: &[f64], out: &mut [f64], flags: &mut [u32]) -> Result<()> {
        let count = rows.len() / self.fields();
        self.check_lengths(rows.len(), count * self.fields(), out.len(), count * self.width())?;
        if flags.len() != count {
            return Err(Error::shape("flags", count, flags.len()));
        }
        self.isa.run(Batch { network: self, rows, out, flags });
        Ok(())
    }

    /// The outputs of each member before averaging, all of the first member first.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row or an output of another length.
    pub fn eval_members(&self, row: &[f64], out: &mut [f64]) -> Result<u32> {
        let width = self.parts.members.len() * self.outputs;
        self.check_lengths(row.len(), self.fields(), out.len(), width)?;
        let mut inputs = [[0.0; 1]; MAX_INPUTS];
        let mut seen = Seen::new();
        let inputs = self.code(row.as_chunks::<1>().0, &mut inputs, &mut seen);
        for (member, out) in self.parts.members.iter().zip(out.chunks_exact_mut(self.outputs)) {
            let mut z = [[0.0; 1]; MAX_OUTPUTS];
            member.add(self.kind(), inputs, &mut z[..self.outputs]);
            for (out, z) in out.iter_mut().zip(&z) {
                *out = z[0];
            }
        }
        Ok(seen.flags(0))
    }

    /// Outputs of `N` raw rows after the link; `out` is [`width`](Wavelons::width) long, and `inputs` has room for
    /// [`inputs`](Wavelons::inputs).
    #[inline(always)]
    pub(crate) fn eval_lanes<const N: usize>(
        &self,
        raw: &[Lanes<N>],
        inputs: &mut [Lanes<N>],
        out: &mut [Lanes<N>],
    ) {
        let inputs = self.code(raw, inputs, &mut Seen::new());
        for z in out.iter_mut() {
            *z = [0.0; N];
        }
        self.mean(inputs, &mut out[..self.outputs]);
        self.link(out);
    }

    fn check_lengths(&self, row: usize, fields: usize, out: usize, width: usize) -> Result<()> {
        if row != fields {
            return Err(Error::shape("fields", fields, row));
        }
        if out != width {
            return Err(Error::shape("outputs", width, out));
        }
        Ok(())
    }

    #[inline(always)]
    fn kind(&self) -> Kind {
        Kind { family: self.parts.family, mother: self.parts.mother }
    }

    #[inline(always)]
    fn code<'a, const N: usize>(
        &self,
        raw: &[Lanes<N>],
        inputs: &'a mut [Lanes<N>],
        seen: &mut Seen<N>,
    ) -> &'a [Lanes<N>] {
        let mut at = 0;
        for (raw, coding) in raw.iter().zip(&self.parts.codings) {
            let next = at + coding.inputs();
            if let Some(place) = inputs.get_mut(at..next) {
                coding.code(raw, place, seen);
            }
            at = next;
        }
        inputs.get(..at).unwrap_or(&[])
    }

    /// Mean over the members of their outputs.
    #[inline(always)]
    fn mean<const N: usize>(&self, inputs: &[Lanes<N>], z: &mut [Lanes<N>]) {
        for member in &self.parts.members {
            member.add(self.kind(), inputs, z);
        }
        let members = self.parts.members.len() as f64;
        if members > 1.0 {
            for z in z.iter_mut() {
                for lane in 0..N {
                    z[lane] /= members;
                }
            }
        }
    }

    /// Applies the link in place; `z` has room for the classes.
    #[inline(always)]
    fn link<const N: usize>(&self, z: &mut [Lanes<N>]) {
        match &self.parts.link {
            Link::Number { offset, scale } => {
                for z in z.iter_mut().take(1) {
                    for lane in 0..N {
                        z[lane] = offset + scale * z[lane];
                    }
                }
            }
            Link::Binary => {
                if let [first, second, ..] = z {
                    for lane in 0..N {
                        let chance = sigmoid(first[lane]);
                        second[lane] = chance;
                        first[lane] = 1.0 - chance;
                    }
                }
            }
            Link::Classes => softmax(z.get_mut(..self.outputs).unwrap_or(&mut [])),
            Link::Ordered { thresholds } => {
                let latent = z.first().copied().unwrap_or([0.0; N]);
                let mut below = [0.0; N];
                for (k, z) in z.iter_mut().take(thresholds.len() + 1).enumerate() {
                    for lane in 0..N {
                        let up_to = match thresholds.get(k) {
                            Some(threshold) => sigmoid(threshold - latent[lane]),
                            None => 1.0,
                        };
                        let share = up_to - below[lane];
                        z[lane] = if share > 0.0 { share } else { 0.0 };
                        below[lane] = up_to;
                    }
                }
            }
        }
    }
}

/// The softmax over the classes of each lane.
#[inline(always)]
fn softmax<const N: usize>(z: &mut [Lanes<N>]) {
    let mut largest = [f64::NEG_INFINITY; N];
    for z in z.iter() {
        for lane in 0..N {
            largest[lane] = if z[lane] > largest[lane] { z[lane] } else { largest[lane] };
        }
    }
    let mut sum = [0.0; N];
    for z in z.iter_mut() {
        for lane in 0..N {
            z[lane] = exp(z[lane] - largest[lane]);
            sum[lane] += z[lane];
        }
    }
    for z in z.iter_mut() {
        for lane in 0..N {
            z[lane] /= sum[lane];
        }
    }
}

struct One<'a> {
    network: &'a Wavelons,
    row: &'a [f64],
    out: &'a mut [f64],
    linked: bool,
}

impl One<'_> {
    #[inline(always)]
    fn within<const INPUTS: usize>(self) -> u32 {
        let network = self.network;
        let mut inputs = [[0.0; 1]; INPUTS];
        let mut seen = Seen::new();
        let inputs = network.code(self.row.as_chunks::<1>().0, &mut inputs, &mut seen);
        let mut z = [[0.0; 1]; MAX_OUTPUTS + 1];
        network.mean(inputs, &mut z[..network.outputs]);
        if self.linked {
            network.link(&mut z);
        }
        for (out, z) in self.out.iter_mut().zip(&z) {
            *out = z[0];
        }
        seen.flags(0)
    }
}

impl Kernel for One<'_> {
    type Output = u32;

    #[inline(always)]
    fn run(self) -> u32 {
        if self.network.inputs <= FEW { self.within::<FEW>() } else { self.within::<MAX_INPUTS>() }
    }
}

struct Batch<'a> {
    network: &'a Wavelons,
    rows: &'a [f64],
    out: &'a mut [f64],
    flags: &'a mut [u32],
}

impl Batch<'_> {
    #[inline(always)]
    fn within<const INPUTS: usize>(self) {
        let Batch { network, rows, out, flags } = self;
        let (fields, width) = (network.fields(), network.width());
        let mut raw = [[0.0; SIDE]; INPUTS];
        let mut inputs = [[0.0; SIDE]; INPUTS];
        let mut z = [[0.0; SIDE]; MAX_OUTPUTS + 1];
        let blocks = rows.chunks(fields * SIDE).zip(out.chunks_mut(width * SIDE)).zip(flags.chunks_mut(SIDE));
        for ((rows, out), flags) in blocks {
            // Lanes beyond the last row keep what they held.
            for (lane, row) in rows.chunks_exact(fields).enumerate() {
                for (slot, x) in raw.iter_mut().zip(row) {
                    slot[lane] = *x;
                }
            }
            let mut seen = Seen::new();
            let inputs = network.code(&raw[..fields], &mut inputs, &mut seen);
            for z in &mut z[..network.outputs] {
                *z = [0.0; SIDE];
            }
            network.mean(inputs, &mut z[..network.outputs]);
            network.link(&mut z);
            for (lane, (out, flag)) in out.chunks_exact_mut(width).zip(flags).enumerate() {
                for (out, z) in out.iter_mut().zip(&z) {
                    *out = z[lane];
                }
                *flag = seen.flags(lane);
            }
        }
    }
}

impl Kernel for Batch<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if self.network.inputs <= FEW { self.within::<FEW>() } else { self.within::<MAX_INPUTS>() }
    }
}
