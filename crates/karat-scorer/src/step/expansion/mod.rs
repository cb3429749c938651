//! A sparse tensor wavelet network: a sum of products of at most three one-dimensional atoms.
//!
//! `logit = base + sum over groups of (sum over the group's terms of coefficient * (product - mean))`, where a
//! group is all terms over one set of fields. The logit is *defined* as that ordered sum, so that an
//! explanation, which is the list of the groups' sums, adds up to it to the last bit.

mod batch;
mod eval;
mod section;
#[cfg(test)]
mod tests;

pub use batch::Asked;
pub use eval::flags;

use crate::error::{Error, Result};
use crate::schema::{Field, FieldKind, MAX_FIELDS, Schema};

/// Most atoms, and most terms, of an expansion.
pub const MAX_TERMS: usize = 1 << 16;
/// Most outputs of an expansion.
pub const MAX_OUTPUTS: usize = 256;
/// Most categories of one field.
pub const MAX_LEVELS: usize = 1 << 16;
/// Stands for an atom that is 1 everywhere, in products of fewer than three.
pub const NO_ATOM: u32 = u32::MAX;

/// What the outputs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Link {
    /// One output, which is the value.
    Identity,
    /// One output, the log-odds of the event.
    Logistic,
    /// An output for each class, of which probabilities are the softmax.
    Softmax,
}

/// A raw field and how it is brought to the scale of the atoms.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpansionField {
    /// Name of the column.
    pub name: String,
    /// Categories, whose positions a row holds; none for a numeric field.
    pub categories: Vec<String>,
    /// What stands for a missing number.
    pub fill: f64,
    /// Numbers below are taken as this.
    pub lo: f64,
    /// Numbers above are taken as this.
    pub hi: f64,
    /// Subtracted from a number.
    pub center: f64,
    /// Divides the difference; above 0.
    pub spread: f64,
}

impl ExpansionField {
    /// A categorical field.
    pub fn categorical(name: impl Into<String>, categories: Vec<String>) -> ExpansionField {
        ExpansionField { categories, ..ExpansionField::numeric(name) }
    }

    /// A numeric field that is taken as it is within ±1; set the rest.
    pub fn numeric(name: impl Into<String>) -> ExpansionField {
        ExpansionField {
            name: name.into(),
            categories: Vec::new(),
            fill: 0.0,
            lo: -1.0,
            hi: 1.0,
            center: 0.0,
            spread: 1.0,
        }
    }

    /// Whether rows hold a category's position.
    #[must_use]
    pub fn is_categorical(&self) -> bool {
        !self.categories.is_empty()
    }
}

/// Shape of an atom; `u` is the scaled field less the atom's center, over its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AtomKind {
    /// `u`.
    Linear,
    /// The Mexican hat, `(1 - u^2) exp(-u^2 / 2)`.
    Wavelet,
    /// The scaling side of a wavelet: a smooth step, `1 / (1 + exp(-2 u))`.
    Step,
    /// 1 in one category, whose position is the atom's center, else 0.
    Level,
    /// 1 where the field is missing, else 0.
    Missing,
}

/// A function of one field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Atom {
    /// Position of the field.
    pub field: u32,
    /// Its shape.
    pub kind: AtomKind,
    /// Translation, in the scaled field; or the position of a category.
    pub center: f64,
    /// Dilation, above 0.
    pub width: f64,
}

/// All terms over one set of fields: a main effect or an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermGroup {
    /// Positions of the fields, ascending; [`NO_ATOM`] after the last.
    pub fields: [u32; 3],
    /// Number of terms; they follow those of the group before.
    pub terms: u32,
}

/// The frozen network.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// Fields of a raw row, in order.
    pub fields: Vec<ExpansionField>,
    /// What the outputs mean.
    pub link: Link,
    /// Outputs before the link: one, or one for each class.
    pub outputs: usize,
    /// Outputs of a row whose terms are all at their means.
    pub base: Vec<f64>,
    /// Functions of one field.
    pub atoms: Vec<Atom>,
    /// Main effects and interactions, in the order of summing.
    pub groups: Vec<TermGroup>,
    /// Up to three atoms whose product is a term; [`NO_ATOM`] for none.
    pub terms: Vec<[u32; 3]>,
    /// Mean of each term's product on the fitted rows.
    pub means: Vec<f64>,
    /// Coefficients, `outputs` for each term.
    pub coefficients: Vec<f64>,
}

impl Expansion {
    /// The fields as a schema, which reads tables.
    ///
    /// # Errors
    /// As [`Schema::new`].
    pub fn schema(&self) -> Result<Schema> {
        let field = |field: &ExpansionField| {
            if field.is_categorical() {
                Field::categorical(&field.name, &field.categories)
            } else {
                Field { kind: FieldKind::Numeric, ..Field::numeric(&field.name) }
            }
        };
        Schema::new(self.fields.iter().map(field).collect())
    }

    /// Checks every count, position and number, so that evaluation cannot fail.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::Shape`] naming the part.
    pub fn check(&self) -> Result<()> {
        let wrong = |part: &str, rule: &str, found: &dyn std::fmt::Display| {
            Err(Error::argument(format!("expansion.{part}"), rule, found))
        };
        if self.fields.is_empty() || self.fields.len() > MAX_FIELDS {
            return wrong("fields", &format!("must number 1 to {MAX_FIELDS}"), &self.fields.len());
        }
        if self.outputs == 0 || self.outputs > MAX_OUTPUTS {
            return wrong("outputs", &format!("must be 1 to {MAX_OUTPUTS}"), &self.outputs);
        }
        if (self.link == Link::Softmax) != (self.outputs > 1) {
            return wrong("outputs", "must be 1, or more with a softmax", &self.outputs);
        }
        if self.terms.len() > MAX_TERMS || self.atoms.len() > MAX_TERMS {
            return wrong("terms", &format!("must number at most {MAX_TERMS}"), &self.terms.len());
        }
        for (what, expected, found) in [
            ("bases", self.outputs, self.base.len()),
            ("means of terms", self.terms.len(), self.means.len()),
            ("coefficients", self.terms.len() * self.outputs, self.coefficients.len()),
        ] {
            if expected != found {
                return Err(Error::shape(what, expected, found));
            }
        }
        for field in &self.fields {
            field.check()?;
        }
        for atom in &self.atoms {
            self.check_atom(atom)?;
        }
        let numbers = self.base.iter().chain(&self.means).chain(&self.coefficients);
        if let Some(bad) = numbers.into_iter().find(|number| !number.is_finite()) {
            return wrong("coefficients", "must be finite", bad);
        }
        self.check_groups()
    }

    fn check_atom(&self, atom: &Atom) -> Result<()> {
        let Some(field) = self.fields.get(atom.field as usize) else {
            return Err(Error::argument("expansion.atoms", "must be of fields of the expansion", atom.field));
        };
        if !(atom.width > 0.0 && atom.width.is_finite() && atom.center.is_finite()) {
            return Err(Error::argument(
                "expansion.atoms",
                "must have a finite center and a width above 0",
                atom.width,
            ));
        }
        let fits = match atom.kind {
            AtomKind::Missing => true,
            AtomKind::Level => field.is_categorical(),
            AtomKind::Linear | AtomKind::Wavelet | AtomKind::Step => {
                let reach = [field.lo, field.hi].map(|end| field.scaled(end).abs() + atom.center.abs());
                !field.is_categorical() && reach.iter().all(|reach| reach / atom.width < 1e100)
            }
        };
        if fits {
            Ok(())
        } else {
            Err(Error::argument("expansion.atoms", "must suit the field and its bounds", &field.name))
        }
    }

    fn check_groups(&self) -> Result<()> {
        let mut start = 0_usize;
        for group in &self.groups {
            let terms = self.terms.get(start..start.saturating_add(group.terms as usize));
            let Some(terms) = terms.filter(|terms| !terms.is_empty()) else {
                return Err(Error::shape("terms of groups", self.terms.len(), start + group.terms as usize));
            };
            for term in terms {
                if self.fields_of(term)? != group.fields {
                    return Err(Error::argument(
                        "expansion.groups",
                        "must hold terms over their fields",
                        format!("{term:?}"),
                    ));
                }
            }
            start += terms.len();
        }
        if start == self.terms.len() {
            Ok(())
        } else {
            Err(Error::shape("terms of groups", self.terms.len(), start))
        }
    }

    /// The fields of a term, ascending, each once; [`NO_ATOM`] after the last.
    ///
    /// # Errors
    /// [`Error::Argument`] for an atom that there is not, or a term without any.
    pub fn fields_of(&self, term: &[u32; 3]) -> Result<[u32; 3]> {
        let mut fields = [NO_ATOM; 3];
        for (place, &atom) in fields.iter_mut().zip(term) {
            if atom != NO_ATOM {
                let known = self.atoms.get(atom as usize);
                *place = known.map(|atom| atom.field).ok_or_else(|| {
                    Error::argument("expansion.terms", "must be products of atoms of the expansion", atom)
                })?;
            }
        }
        fields.sort_unstable();
        for place in 1..3 {
            if fields[place] == fields[place - 1] {
                fields[place..].rotate_left(1);
                fields[2] = NO_ATOM;
            }
        }
        if fields[0] == NO_ATOM {
            return Err(Error::argument("expansion.terms", "must have at least one atom", "none"));
        }
        Ok(fields)
    }

    /// Names of a group's fields, joined by " x ".
    #[must_use]
    pub fn group_name(&self, group: &TermGroup) -> String {
        let name = |&field: &u32| self.fields.get(field as usize).map(|field| field.name.as_str());
        group.fields.iter().filter_map(name).collect::<Vec<_>>().join(" x ")
    }
}

impl ExpansionField {
    fn check(&self) -> Result<()> {
        let numbers = [self.fill, self.lo, self.hi, self.center, self.spread];
        let ordered = self.lo <= self.hi && self.lo <= self.fill && self.fill <= self.hi;
        if numbers.iter().all(|number| number.is_finite())
            && ordered
            && self.spread > 0.0
            && [self.lo, self.hi].iter().all(|&end| self.scaled(end).is_finite())
        {
            return Ok(());
        }
        Err(Error::argument(&self.name, "must have finite bounds in order and a spread above 0", self.spread))
    }

    /// A number within bounds, on the scale of the atoms.
    #[inline(always)]
    #[must_use]
    pub fn scaled(&self, x: f64) -> f64 {
        (super::within(x, self.lo, self.hi) - self.center) / self.spread
    }
}
