//! A frozen set of networks of wavelons.

use super::coding::{Coding, LARGEST};
use super::mother::Mother;
use crate::error::{Error, Result};
use crate::isa::Isa;

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
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) isa: Isa,
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
}
