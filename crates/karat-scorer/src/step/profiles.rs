//! Other weights for some customers: chosen by the category of one field, such as the stage of life.
//!
//! A model whose customers are all weighed alike has no such step. With it a customer's index, dimensions and
//! coverage are those that [`Tree`] gives with the weights of the profile; a customer of a category without one,
//! or without a known category, keeps the tree's weights.

use super::{Lanes, MAX_DIMENSIONS, MAX_INDICATORS, Step, Tree};
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};
use crate::numerics::NAN;
use crate::schema::Schema;

/// Most categories of the field that chooses the weights.
pub const MAX_PROFILES: usize = 256;

/// The weights of some customers, in place of those of the [`Tree`].
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Weight of each indicator in the index.
    pub weights: Vec<f64>,
    /// Weight of each indicator within its dimension.
    pub within: Vec<f64>,
}

/// Which customers are weighed otherwise than the [`Tree`] says.
#[derive(Debug, Clone, PartialEq)]
pub struct Profiles {
    /// The categorical field that chooses.
    pub field: u32,
    /// For each category of the field its weights; none for those of the tree.
    pub list: Vec<Option<Profile>>,
}

impl Profiles {
    /// Checks the field, lengths and weights.
    ///
    /// # Errors
    /// [`Error::Argument`] for a field that is not categorical, as many profiles as there are no categories,
    /// negative weights or weights that are all zero; [`Error::Shape`] for lengths that differ from the number
    /// of indicators.
    pub fn check(&self, schema: &Schema, indicators: usize) -> Result<()> {
        let categories = schema.fields().get(self.field as usize).map_or(0, |field| field.categories().len());
        if categories == 0 {
            return Err(Error::argument("field of the profiles", "must be categorical", self.field));
        }
        if categories > MAX_PROFILES {
            let rule = format!("must have at most {MAX_PROFILES} categories");
            return Err(Error::argument("field of the profiles", rule, categories));
        }
        if self.list.len() != categories {
            return Err(Error::shape("profiles", categories, self.list.len()));
        }
        if self.list.iter().all(Option::is_none) {
            return Err(Error::argument("profiles", "must weigh some category otherwise", "none"));
        }
        for (category, profile) in self.list.iter().enumerate() {
            let Some(profile) = profile else { continue };
            for (what, weights) in [("weights", &profile.weights), ("within", &profile.within)] {
                if weights.len() != indicators {
                    let what = format!("{what} of profile {category}");
                    return Err(Error::shape(what, indicators, weights.len()));
                }
                if let Some(bad) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
                    let place = format!("profile {category}");
                    let rule = "must have finite weights that are not negative";
                    return Err(Error::argument(place, rule, bad));
                }
            }
            if profile.weights.iter().all(|&weight| weight == 0.0) {
                let place = format!("profile {category}");
                return Err(Error::argument(place, "must have a weight above zero", "none"));
            }
        }
        Ok(())
    }
}

/// The weights of every category, and after them those of the tree.
#[derive(Debug, Clone, Default)]
pub(crate) struct PreparedProfiles {
    field: usize,
    /// Never empty in a model with profiles; the last are the tree's.
    weights: Vec<Profile>,
}

/// Which weights each of `N` customers gets.
pub(crate) type Choice<const N: usize> = [usize; N];

impl PreparedProfiles {
    pub(crate) fn new(profiles: &Profiles, tree: &Tree) -> PreparedProfiles {
        let default = Profile { weights: tree.weights.clone(), within: tree.within.clone() };
        let mut weights: Vec<Profile> =
            profiles.list.iter().map(|profile| profile.as_ref().unwrap_or(&default).clone()).collect();
        weights.push(default);
        PreparedProfiles { field: profiles.field as usize, weights }
    }

    /// The weights of a customer whose field has this value, resolved.
    pub(crate) fn of(&self, value: f64) -> &[f64] {
        self.weights.get(self.place(value)).map_or(&[], |profile| &profile.weights)
    }

    /// The field that chooses.
    pub(crate) fn field(&self) -> usize {
        self.field
    }

    #[inline(always)]
    fn place(&self, value: f64) -> usize {
        let last = self.weights.len() - 1;
        // A missing category is NaN and fails both.
        if value >= 0.0 && value < last as f64 { value as usize } else { last }
    }

    #[inline(always)]
    pub(crate) fn choose<const N: usize>(&self, fields: &[Lanes<N>]) -> Choice<N> {
        let mut choice = [0; N];
        for lane in 0..N {
            choice[lane] = self.place(fields[self.field][lane]);
        }
        choice
    }

    /// As [`Tree::eval_lanes`], with each customer's own weights.
    #[inline(always)]
    pub(crate) fn eval_lanes<const N: usize>(
        &self,
        tree: &Tree,
        choice: &Choice<N>,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        coverage: &mut Lanes<N>,
        mut point: impl FnMut(usize, &Lanes<N>, &Lanes<N>),
    ) -> Lanes<N> {
        let mut total = [0.0; N];
        let mut covered = [0.0; N];
        for i in 0..tree.weights.len() {
            for lane in 0..N {
                let weight = self.weights[choice[lane]].weights[i];
                total[lane] += weight;
                covered[lane] += weight * present[i][lane];
            }
        }
        let mut stretch = [1.0; N];
        for lane in 0..N {
            coverage[lane] = covered[lane] / total[lane];
            stretch[lane] = if covered[lane] == total[lane] { 1.0 } else { total[lane] / covered[lane] };
        }
        let mut index = [0.0; N];
        for i in 0..tree.weights.len() {
            let mut points = [0.0; N];
            let mut factor = [0.0; N];
            for lane in 0..N {
                let weight = tree.scale * self.weights[choice[lane]].weights[i];
                // + 0.0 turns -0.0 into 0.0.
                points[lane] = z[i][lane] * weight * present[i][lane] * stretch[lane] + 0.0;
                factor[lane] = weight * present[i][lane] * stretch[lane];
                index[lane] += points[lane];
            }
            point(i, &points, &factor);
        }
        index
    }

    /// As [`Tree::eval_dimensions`], with each customer's own weights.
    #[inline(always)]
    pub(crate) fn eval_dimensions<const N: usize>(
        &self,
        tree: &Tree,
        choice: &Choice<N>,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        dimensions: &mut [Lanes<N>; MAX_DIMENSIONS],
    ) {
        let mut total = [[0.0; N]; MAX_DIMENSIONS];
        let mut covered = [[0.0; N]; MAX_DIMENSIONS];
        for (i, &of) in tree.dimension.iter().enumerate() {
            let of = of as usize;
            for lane in 0..N {
                let weight = self.weights[choice[lane]].within[i];
                total[of][lane] += weight;
                dimensions[of][lane] += z[i][lane] * (tree.scale * weight) * present[i][lane];
                covered[of][lane] += weight * present[i][lane];
            }
        }
        for of in 0..tree.dimensions() {
            for lane in 0..N {
                let whole = covered[of][lane] == total[of][lane];
                let stretch = if whole { 1.0 } else { total[of][lane] / covered[of][lane] };
                // As in the tree: no score, with one sign, where nothing of the dimension is present.
                let score = dimensions[of][lane] * stretch;
                dimensions[of][lane] = if score.is_nan() { NAN } else { score };
            }
        }
    }
}

impl Step for Profiles {
    const KIND: &'static str = "PROF";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(u64::from(self.field));
        writer.integer(self.list.len() as u64);
        for profile in &self.list {
            writer.integer(u64::from(profile.is_some()));
            if let Some(profile) = profile {
                writer.numbers(&profile.weights);
                writer.numbers(&profile.within);
            }
        }
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Profiles> {
        let field = reader.integer("field", crate::schema::MAX_FIELDS)? as u32;
        let count = reader.integer("the number of categories", MAX_PROFILES + 1)?;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(match reader.integer("mark of a profile", 2)? {
                0 => None,
                _ => Some(Profile {
                    weights: reader.numbers("weights", MAX_INDICATORS)?,
                    within: reader.numbers("weights within dimensions", MAX_INDICATORS)?,
                }),
            });
        }
        Ok(Profiles { field, list })
    }
}
