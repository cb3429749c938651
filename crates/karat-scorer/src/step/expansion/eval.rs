//! One row, or a few side by side, through the expansion.

use super::{Atom, AtomKind, Expansion, ExpansionField, Link, NO_ATOM};
use crate::error::{Error, Result};
use crate::numerics::{NAN, exp, sigmoid};
use crate::step::Lanes;

/// What is worth knowing of a row's fields.
pub mod flags {
    /// A field is missing.
    pub const MISSING: u32 = 1;
    /// A number lies outside the range of the fit by more than half of that range; it counts as the end.
    pub const FAR: u32 = 2;
    /// A category is none of the fit's.
    pub const UNSEEN: u32 = 4;
}

impl Atom {
    /// The atom's value; `raw` is the field as it came, `x` as scaled.
    #[inline(always)]
    pub(super) fn value(&self, raw: f64, x: f64) -> f64 {
        let u = (x - self.center) / self.width;
        match self.kind {
            AtomKind::Linear => u,
            AtomKind::Wavelet => {
                let square = u * u;
                (1.0 - square) * exp(-0.5 * square)
            }
            AtomKind::Step => sigmoid(2.0 * u),
            AtomKind::Level => f64::from(u8::from(raw == self.center)),
            AtomKind::Missing => f64::from(u8::from(raw.is_nan())),
        }
    }

    /// The value at a field's raw value, as evaluation takes it.
    ///
    /// ```
    /// use karat_scorer::step::{Atom, AtomKind, ExpansionField};
    /// let hat = Atom { field: 0, kind: AtomKind::Wavelet, center: 0.5, width: 0.5 };
    /// assert_eq!(hat.at(&ExpansionField::numeric("tenure"), 0.5), 1.0);
    /// assert_eq!(hat.at(&ExpansionField::numeric("tenure"), 9.0), 0.0, "taken as the bound, 1");
    /// ```
    #[must_use]
    pub fn at(&self, field: &ExpansionField, raw: f64) -> f64 {
        self.value(raw, field.filled(raw))
    }
}

impl ExpansionField {
    /// A number, or what stands for a missing one, on the scale of the atoms.
    #[inline(always)]
    pub(super) fn filled(&self, raw: f64) -> f64 {
        self.scaled(if raw.is_nan() { self.fill } else { raw })
    }

    /// What is worth knowing of a value, see [`flags`].
    #[must_use]
    pub fn flags(&self, raw: f64) -> u32 {
        if raw.is_nan() {
            return flags::MISSING;
        }
        if self.is_categorical() {
            let known = raw >= 0.0 && raw < self.categories.len() as f64 && raw.floor() == raw;
            return if known { 0 } else { flags::UNSEEN };
        }
        let slack = 0.5 * (self.hi - self.lo);
        if raw > self.hi + slack || raw < self.lo - slack { flags::FAR } else { 0 }
    }
}

impl Expansion {
    /// Numbers that [`decide`](Expansion::decide) works in, so that it need not allocate.
    #[must_use]
    pub fn scratch_len(&self) -> usize {
        self.fields.len() + self.atoms.len() + self.outputs
    }

    /// The outputs of one raw row before the link. Categories are positions, NaN is missing; infinities and
    /// numbers beyond the bounds are taken as the bounds.
    ///
    /// # Errors
    /// [`Error::Shape`] when `row`, `scratch` or `out` is too short.
    pub fn decide(&self, row: &[f64], scratch: &mut [f64], out: &mut [f64]) -> Result<()> {
        self.decide_in_groups(row, scratch, out, |_, _| {})
    }

    /// As [`decide`](Expansion::decide), and then the link: the value, the probability of the event, or a
    /// probability for each class.
    ///
    /// # Errors
    /// As [`decide`](Expansion::decide).
    pub fn eval(&self, row: &[f64], scratch: &mut [f64], out: &mut [f64]) -> Result<()> {
        self.decide(row, scratch, out)?;
        self.link.apply(&mut out[..self.outputs]);
        Ok(())
    }

    /// The sum of each group, `outputs` numbers a group: with `base` first, they add up in order to what
    /// [`decide`](Expansion::decide) gives, to the last bit.
    ///
    /// # Errors
    /// As [`decide`](Expansion::decide); `contributions` must hold `groups.len() * outputs` numbers.
    pub fn explain(
        &self,
        row: &[f64],
        scratch: &mut [f64],
        out: &mut [f64],
        contributions: &mut [f64],
    ) -> Result<()> {
        let (needed, outputs) = (self.groups.len() * self.outputs, self.outputs);
        if contributions.len() < needed {
            return Err(Error::shape("contributions", needed, contributions.len()));
        }
        self.decide_in_groups(row, scratch, out, |group, sums| {
            for (output, sum) in sums.iter().enumerate() {
                contributions[group * outputs + output] = sum[0];
            }
        })
    }

    /// What is worth knowing of a row, see [`flags`].
    #[must_use]
    pub fn flags(&self, row: &[f64]) -> u32 {
        self.fields.iter().zip(row).fold(0, |found, (field, &raw)| found | field.flags(raw))
    }

    fn decide_in_groups(
        &self,
        row: &[f64],
        scratch: &mut [f64],
        out: &mut [f64],
        group: impl FnMut(usize, &[Lanes<1>]),
    ) -> Result<()> {
        let checks = [
            ("fields", self.fields.len(), row.len()),
            ("numbers of scratch", self.scratch_len(), scratch.len()),
            ("outputs", self.outputs, out.len()),
        ];
        for (what, expected, found) in checks {
            if found < expected {
                return Err(Error::shape(what, expected, found));
            }
        }
        let (scratch, _) = scratch.as_chunks_mut::<1>();
        let (out, _) = out.as_chunks_mut::<1>();
        self.decide_lanes(|field, _| row[field], scratch, out, group);
        Ok(())
    }

    /// The outputs of `N` rows side by side, in `scratch` of [`scratch_len`](Expansion::scratch_len); `group_done` is
    /// told the sums of each group.
    #[inline(always)]
    pub(crate) fn decide_lanes<const N: usize>(
        &self,
        raw: impl Fn(usize, usize) -> f64,
        scratch: &mut [Lanes<N>],
        out: &mut [Lanes<N>],
        mut group_done: impl FnMut(usize, &[Lanes<N>]),
    ) {
        let (scaled, rest) = scratch.split_at_mut(self.fields.len());
        let (atoms, sums) = rest.split_at_mut(self.atoms.len());
        let sums = &mut sums[..self.outputs];
        for (position, field) in self.fields.iter().enumerate() {
            for lane in 0..N {
                scaled[position][lane] = field.filled(raw(position, lane));
            }
        }
        if N == 1 {
            self.fill_row(&raw, scaled, atoms);
        } else {
            for (value, atom) in atoms.iter_mut().zip(&self.atoms) {
                let field = atom.field as usize;
                let x: Lanes<N> = std::array::from_fn(|lane| raw(field, lane));
                let scaled = &scaled[field];
                fill_lanes(atom, &x, scaled, value);
            }
        }
        for (out, &base) in out.iter_mut().zip(&self.base) {
            *out = [base; N];
        }
        let mut term = 0;
        for (position, group) in self.groups.iter().enumerate() {
            sums.fill([0.0; N]);
            for _ in 0..group.terms {
                let mut product = [1.0; N];
                for &atom in &self.terms[term] {
                    if atom != NO_ATOM {
                        let value = &atoms[atom as usize];
                        for lane in 0..N {
                            product[lane] *= value[lane];
                        }
                    }
                }
                for lane in 0..N {
                    product[lane] -= self.means[term];
                }
                let coefficients = &self.coefficients[term * self.outputs..][..self.outputs];
                for (sum, &coefficient) in sums.iter_mut().zip(coefficients) {
                    for lane in 0..N {
                        sum[lane] += coefficient * product[lane];
                    }
                }
                term += 1;
            }
            for (out, sum) in out.iter_mut().zip(sums.iter()) {
                for lane in 0..N {
                    out[lane] += sum[lane];
                }
            }
            group_done(position, sums);
        }
    }
}

/// Atoms of one row whose exponentials are taken side by side.
const SIDE: usize = 8;

/// Atoms that wait for others of their kind: where their values belong, and what they are of.
struct Waiting {
    count: usize,
    places: [usize; SIDE],
    u: [f64; SIDE],
}

impl Waiting {
    const NONE: Waiting = Waiting { count: 0, places: [0; SIDE], u: [0.0; SIDE] };

    /// Whether there are enough to go.
    #[inline(always)]
    fn push(&mut self, place: usize, u: f64) -> bool {
        self.places[self.count] = place;
        self.u[self.count] = u;
        self.count += 1;
        self.count == SIDE
    }

    /// Puts the values in their places.
    #[inline(always)]
    fn give<const N: usize>(&mut self, values: &[f64; SIDE], atoms: &mut [Lanes<N>]) {
        for (&place, &value) in self.places[..self.count].iter().zip(values) {
            atoms[place][0] = value;
        }
        self.count = 0;
    }
}

/// `(1 - u^2) exp(-u^2 / 2)` of each.
#[inline(always)]
fn wavelets(u: &[f64; SIDE]) -> [f64; SIDE] {
    let mut values = [0.0; SIDE];
    for (value, u) in values.iter_mut().zip(u) {
        let square = u * u;
        *value = (1.0 - square) * exp(-0.5 * square);
    }
    values
}

/// `sigmoid(2 u)` of each.
#[inline(always)]
fn steps(u: &[f64; SIDE]) -> [f64; SIDE] {
    let mut values = [0.0; SIDE];
    for (value, u) in values.iter_mut().zip(u) {
        *value = sigmoid(2.0 * u);
    }
    values
}

impl Expansion {
    /// The atoms of one row: what takes an exponential goes side by side with others, each with the operations that
    /// it has alone.
    #[inline(always)]
    fn fill_row<const N: usize>(
        &self,
        raw: &impl Fn(usize, usize) -> f64,
        scaled: &[Lanes<N>],
        atoms: &mut [Lanes<N>],
    ) {
        let (mut hats, mut smooth) = (Waiting::NONE, Waiting::NONE);
        for (place, atom) in self.atoms.iter().enumerate() {
            let field = atom.field as usize;
            let u = || (scaled[field][0] - atom.center) / atom.width;
            match atom.kind {
                AtomKind::Wavelet => {
                    if hats.push(place, u()) {
                        let values = wavelets(&hats.u);
                        hats.give(&values, atoms);
                    }
                }
                AtomKind::Step => {
                    if smooth.push(place, u()) {
                        let values = steps(&smooth.u);
                        smooth.give(&values, atoms);
                    }
                }
                AtomKind::Linear | AtomKind::Level | AtomKind::Missing => {
                    atoms[place][0] = atom.value(raw(field, 0), scaled[field][0]);
                }
            }
        }
        if hats.count > 0 {
            let values = wavelets(&hats.u);
            hats.give(&values, atoms);
        }
        if smooth.count > 0 {
            let values = steps(&smooth.u);
            smooth.give(&values, atoms);
        }
    }
}

/// The match stands outside the loop over lanes, so that each loop becomes vector code.
#[inline(always)]
fn fill_lanes<const N: usize>(atom: &Atom, raw: &Lanes<N>, x: &Lanes<N>, value: &mut Lanes<N>) {
    macro_rules! lanes {
        ($kind:expr) => {{
            let atom = Atom { kind: $kind, ..*atom };
            for lane in 0..N {
                value[lane] = atom.value(raw[lane], x[lane]);
            }
        }};
    }
    match atom.kind {
        AtomKind::Linear => lanes!(AtomKind::Linear),
        AtomKind::Wavelet => lanes!(AtomKind::Wavelet),
        AtomKind::Step => lanes!(AtomKind::Step),
        AtomKind::Level => lanes!(AtomKind::Level),
        AtomKind::Missing => lanes!(AtomKind::Missing),
    }
}

impl Link {
    /// As [`apply`](Link::apply), of `N` rows; two probabilities of a logistic output.
    #[inline(always)]
    pub(crate) fn apply_lanes<const N: usize>(self, outputs: &mut [Lanes<N>]) {
        match self {
            Link::Identity => {}
            Link::Logistic => {
                if let [first, second, ..] = outputs {
                    for lane in 0..N {
                        let chance = sigmoid(first[lane]);
                        second[lane] = chance;
                        first[lane] = 1.0 - chance;
                    }
                }
            }
            Link::Softmax => {
                let (mut highest, mut total) = ([f64::NEG_INFINITY; N], [0.0; N]);
                for output in outputs.iter() {
                    for lane in 0..N {
                        let higher = output[lane] > highest[lane];
                        highest[lane] = if higher { output[lane] } else { highest[lane] };
                    }
                }
                for output in outputs.iter_mut() {
                    for lane in 0..N {
                        output[lane] = exp(output[lane] - highest[lane]);
                        total[lane] += output[lane];
                    }
                }
                for output in outputs.iter_mut() {
                    for lane in 0..N {
                        output[lane] = if total[lane] > 0.0 { output[lane] / total[lane] } else { NAN };
                    }
                }
            }
        }
    }

    /// Turns outputs into the value, the probability of the event, or a probability for each class.
    ///
    /// ```
    /// use karat_scorer::step::Link;
    /// let mut equal = [3.0, 3.0];
    /// Link::Softmax.apply(&mut equal);
    /// assert_eq!(equal, [0.5, 0.5]);
    /// ```
    #[inline(always)]
    pub fn apply(self, outputs: &mut [f64]) {
        match self {
            Link::Identity => {}
            Link::Logistic => outputs.iter_mut().for_each(|output| *output = sigmoid(*output)),
            Link::Softmax => {
                let highest = outputs.iter().fold(f64::NEG_INFINITY, |a, &b| if b > a { b } else { a });
                let mut total = 0.0;
                for output in outputs.iter_mut() {
                    *output = exp(*output - highest);
                    total += *output;
                }
                for output in outputs.iter_mut() {
                    *output = if total > 0.0 { *output / total } else { NAN };
                }
            }
        }
    }
}
