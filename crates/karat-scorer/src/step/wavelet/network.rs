//! A frozen set of networks of wavelons.

use super::coding::{Coding, LARGEST, Seen};
use super::mother::Mother;
use super::tiles::Kind;
use crate::error::{Error, Result};
use crate::isa::{Isa, Kernel};
use crate::numerics::{exp, sigmoid};
use crate::step::Lanes;

/// Most inputs a network may have, after its fields are coded; 128 of products, whose value would be nothing.
pub const MAX_INPUTS: usize = 1024;
/// Most inputs of a product.
pub(super) const MAX_FACTORS: usize = 128;
/// Most wavelons of one member.
pub const MAX_WAVELONS: usize = 1024;
/// Most members that are averaged.
pub const MAX_MEMBERS: usize = 256;
/// Most outputs.
pub(super) const MAX_OUTPUTS: usize = 64;
/// Rows of a batch side by side.
const SIDE: usize = 8;
/// Inputs of a row that are kept without ado on the stack.
const FEW: usize = 32;

/// How a wavelon makes one number of many inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Family {
    /// `wave((w . x - b) / a)`: a wavelet along a direction, constant across it.
    #[default]
    Ridge,
    /// The product over the inputs of `wave((x_i - t_i) / d_i)` (Zhang and Benveniste, 1992).
    Product,
    /// `wave(|(x - t) / d|)`, of the Mexican hat `(m - r^2) exp(-r^2/2)` in `m` inputs (Zhang, 1997).
    Radial,
}

impl Family {
    /// Every family; the position is the code in a section.
    pub const ALL: [Family; 3] = [Family::Ridge, Family::Product, Family::Radial];

    /// The name in plans and in Python.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Family::Ridge => "ridge",
            Family::Product => "product",
            Family::Radial => "radial",
        }
    }
}

/// What the averaged outputs of the members become.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Link {
    /// One number, `offset + scale * z`.
    Number {
        /// Where `z = 0` lies.
        offset: f64,
        /// What one `z` is worth.
        scale: f64,
    },
    /// Two classes from one output: `1 - p` and `p = 1 / (1 + exp(-z))`.
    Binary,
    /// As many classes as outputs, by the softmax.
    Classes,
    /// Ordered classes from one output: `P(class <= k) = 1 / (1 + exp(z - thresholds[k]))` (proportional odds).
    Ordered {
        /// Ascending, one fewer than classes.
        thresholds: Vec<f64>,
    },
}

impl Link {
    /// How many numbers it gives, of so many outputs.
    #[must_use]
    pub fn width(&self, outputs: usize) -> usize {
        match self {
            Link::Number { .. } => 1,
            Link::Binary => 2,
            Link::Classes => outputs,
            Link::Ordered { thresholds } => thresholds.len() + 1,
        }
    }
}

/// One network; arrays hold all wavelons of the first input, then all of the second, and so on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Member {
    /// Number of wavelons.
    pub wavelons: usize,
    /// Constant of each output.
    pub bias: Vec<f64>,
    /// Direct linear terms, all inputs of the first output first; empty for none.
    pub linear: Vec<f64>,
    /// Weights of the wavelons, all those of the first output first.
    pub weights: Vec<f64>,
    /// Ridge: the direction over the dilation. Others: 1 over the dilation of each input.
    pub inner: Vec<f64>,
    /// Ridge: the translation over the dilation, one a wavelon. Others: the translation of each input.
    pub shifts: Vec<f64>,
}

impl Member {
    /// From its parts; [`Wavelons::new`] checks them.
    #[must_use]
    pub fn new(
        wavelons: usize,
        bias: Vec<f64>,
        linear: Vec<f64>,
        weights: Vec<f64>,
        inner: Vec<f64>,
        shifts: Vec<f64>,
    ) -> Member {
        Member { wavelons, bias, linear, weights, inner, shifts }
    }

    fn check(&self, at: usize, family: Family, inputs: usize, outputs: usize) -> Result<()> {
        if self.wavelons > MAX_WAVELONS {
            let rule = format!("must be at most {MAX_WAVELONS}");
            return Err(Error::argument(format!("wavelons of member {at}"), rule, self.wavelons));
        }
        let shifts = if family == Family::Ridge { self.wavelons } else { inputs * self.wavelons };
        let linear = if self.linear.is_empty() { 0 } else { inputs * outputs };
        for (what, values, expected) in [
            ("constants", &self.bias, outputs),
            ("linear terms", &self.linear, linear),
            ("weights", &self.weights, outputs * self.wavelons),
            ("inner weights", &self.inner, inputs * self.wavelons),
            ("translations", &self.shifts, shifts),
        ] {
            if values.len() != expected {
                return Err(Error::shape(format!("{what} of member {at}"), expected, values.len()));
            }
            if let Some(bad) = values.iter().find(|value| value.is_nan() || value.abs() > LARGEST) {
                return Err(Error::argument(
                    format!("{what} of member {at}"),
                    "must be within -1e9 and 1e9",
                    bad,
                ));
            }
        }
        if family != Family::Ridge && self.inner.iter().any(|&inverse| inverse <= 0.0) {
            return Err(Error::argument(
                format!("dilations of member {at}"),
                "must be positive",
                "0 or less",
            ));
        }
        Ok(())
    }

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

/// What [`Wavelons::new`] checks and freezes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WavelonsParts {
    /// How each raw field becomes inputs.
    pub codings: Vec<Coding>,
    /// The family of every member.
    pub family: Family,
    /// The mother wavelet of every member.
    pub mother: Mother,
    /// What the averaged outputs become.
    pub link: Link,
    /// The networks, which are averaged before the link.
    pub members: Vec<Member>,
}

impl WavelonsParts {
    /// All of them.
    #[must_use]
    pub fn new(
        codings: Vec<Coding>,
        family: Family,
        mother: Mother,
        link: Link,
        members: Vec<Member>,
    ) -> WavelonsParts {
        WavelonsParts { codings, family, mother, link, members }
    }
}

/// Frozen networks of wavelons over raw fields, averaged before the link.
///
/// ```
/// use karat_scorer::step::wavelet::{Coding, Family, Link, Member, Mother, Wavelons, WavelonsParts};
/// let coding = Coding::Category { count: 2 };
/// let member = Member::new(1, vec![0.5], vec![], vec![2.0], vec![1.0, 3.0], vec![0.0]);
/// let link = Link::Number { offset: 0.0, scale: 1.0 };
/// let parts = WavelonsParts::new(vec![coding], Family::Ridge, Mother::MexicanHat, link, vec![member]);
/// let network = Wavelons::new(parts)?;
/// let mut out = [0.0];
/// network.eval(&[0.0], &mut out)?;
/// // The Mexican hat is 0 at 1.
/// assert_eq!(out, [0.5]);
/// # Ok::<(), karat_scorer::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Wavelons {
    pub(super) parts: WavelonsParts,
    inputs: usize,
    outputs: usize,
    isa: Isa,
}

impl PartialEq for Wavelons {
    fn eq(&self, other: &Wavelons) -> bool {
        self.parts == other.parts
    }
}

impl Wavelons {
    /// Checks every length and number.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::Shape`] naming the part.
    pub fn new(parts: WavelonsParts) -> Result<Wavelons> {
        let bounded = |name: &str, found: usize, most: usize| {
            if found == 0 || found > most {
                return Err(Error::argument(name, format!("must be 1 to {most}"), found));
            }
            Ok(())
        };
        bounded("fields", parts.codings.len(), MAX_INPUTS)?;
        for (field, coding) in parts.codings.iter().enumerate() {
            coding.check(field)?;
        }
        let inputs = parts.codings.iter().map(Coding::inputs).sum();
        let most = if parts.family == Family::Product { MAX_FACTORS } else { MAX_INPUTS };
        bounded("inputs", inputs, most)?;
        bounded("members", parts.members.len(), MAX_MEMBERS)?;
        if parts.family == Family::Radial && !parts.mother.is_even() {
            let rule = "must be even in a radial network: mexican_hat, morlet, morlet_admissible or polywog3";
            return Err(Error::argument("mother", rule, parts.mother.name()));
        }
        let outputs = parts.members.first().map_or(0, |member| member.bias.len());
        bounded("outputs", outputs, MAX_OUTPUTS)?;
        match &parts.link {
            Link::Number { offset, scale } if !(offset.is_finite() && scale.is_finite()) => {
                return Err(Error::argument("link", "must be finite", scale));
            }
            Link::Ordered { thresholds } => {
                bounded("thresholds", thresholds.len(), MAX_OUTPUTS)?;
                let ascending = thresholds.windows(2).all(|pair| pair[0] <= pair[1]);
                if !(ascending && thresholds.iter().all(|t| t.abs() <= LARGEST)) {
                    return Err(Error::argument("thresholds", "must ascend within 1e9", "others"));
                }
            }
            _ => {}
        }
        if outputs != 1 && !matches!(parts.link, Link::Classes) {
            return Err(Error::shape("outputs", 1, outputs));
        }
        for (at, member) in parts.members.iter().enumerate() {
            member.check(at, parts.family, inputs, outputs)?;
        }
        Ok(Wavelons { parts, inputs, outputs, isa: Isa::detect() })
    }

    /// The same network for other instructions; the bits do not change.
    #[must_use]
    pub fn with_isa(mut self, isa: Isa) -> Wavelons {
        self.isa = isa;
        self
    }

    /// What it is made of.
    #[must_use]
    pub fn parts(&self) -> &WavelonsParts {
        &self.parts
    }

    /// Raw fields of a row.
    #[must_use]
    pub fn fields(&self) -> usize {
        self.parts.codings.len()
    }

    /// Inputs after coding.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers that [`eval`](Wavelons::eval) gives for a row: 1, or one probability a class.
    #[must_use]
    pub fn width(&self) -> usize {
        self.parts.link.width(self.outputs)
    }

    /// Outputs before the link.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

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
