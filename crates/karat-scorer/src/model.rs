//! A frozen model: everything a model file holds, in memory.

use crate::error::{Error, Result};
use crate::schema::{FieldKind, Missing, Schema, unique};
use crate::step::{
    Effect, Fields, Forecasts, Grades, Indicators, LEAST_VALUE, MAX_DIMENSIONS, MAX_INDICATORS, MAX_RULES,
    MOST_VALUE, Nodes, Profiles, Rules, Segments, Tree, Types,
};
use serde::{Deserialize, Serialize};

/// Names for the numbers in a [`crate::Score`], by position.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Recommended actions.
    pub actions: Vec<String>,
    /// Dimensions of the tree.
    pub dimensions: Vec<String>,
    /// Forecasts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forecasts: Vec<String>,
    /// Grades, the lowest first.
    pub grades: Vec<String>,
    /// Indicators.
    pub indicators: Vec<String>,
    /// Outputs of the forecasts: the forecast, a full stop, and the output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// Rules.
    pub rules: Vec<String>,
    /// Segments.
    pub segments: Vec<String>,
    /// Life-cycle stages.
    pub stages: Vec<String>,
    /// Types.
    pub types: Vec<String>,
}

/// An optional section: text or numbers for people and refits, which scoring never reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Four letters, the first small.
    pub kind: String,
    /// Revision of the layout.
    pub revision: u32,
    /// Content.
    pub bytes: Vec<u8>,
}

/// The frozen steps of a model with their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Name of the model, for people.
    pub name: String,
    /// Fields of a row.
    pub schema: Schema,
    /// Names of indicators, grades and the other classes.
    pub names: Names,
    /// Replacements of missing values.
    pub fields: Fields,
    /// Indicators.
    pub indicators: Indicators,
    /// Weights.
    pub tree: Tree,
    /// Aggregation of every node; none when all are arithmetic.
    pub nodes: Option<Nodes>,
    /// Weights by the category of a field; none when all customers have the same.
    pub profiles: Option<Profiles>,
    /// Gates, penalties, caps, ratchet.
    pub rules: Rules,
    /// Grades, if the plan asks for them.
    pub grades: Option<Grades>,
    /// Types, if the plan asks for them.
    pub types: Option<Types>,
    /// Segments, if the plan asks for them.
    pub segments: Option<Segments>,
    /// Forecasts with their outputs, if the model has any.
    pub forecasts: Option<Forecasts>,
    /// Optional sections.
    pub notes: Vec<Note>,
}

impl Model {
    /// The optional section `kind`, if the model has it.
    #[must_use]
    pub fn note(&self, kind: &str) -> Option<&[u8]> {
        self.notes.iter().find(|note| note.kind == kind).map(|note| note.bytes.as_slice())
    }

    /// Names of the entries of an explanation: the indicators, then the penalty rules.
    #[must_use]
    pub fn point_names(&self) -> Vec<&str> {
        let penalties = self.rules.penalties().map(|rule| self.names.rules[rule].as_str());
        self.names.indicators.iter().map(String::as_str).chain(penalties).collect()
    }

    /// Checks everything that scoring relies on, so that scoring itself can neither fail nor panic.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::Shape`] naming what does not fit.
    pub fn check(&self) -> Result<()> {
        self.check_names()?;
        self.check_fields()?;
        self.check_indicators()?;
        self.tree.check(self.indicators.list.len())?;
        self.check_nodes()?;
        self.check_profiles()?;
        same_length("dimensions", &self.names.dimensions, self.tree.dimensions())?;
        let grades = self.grades.as_ref().map_or(0, Grades::count);
        same_length("grades", &self.names.grades, grades)?;
        self.grades.as_ref().map_or(Ok(()), Grades::check)?;
        same_length("rules", &self.names.rules, self.rules.list.len())?;
        self.rules.check(&self.names.rules, self.schema.len(), grades)?;
        same_length("types", &self.names.types, self.types.map_or(0, |_| 4))?;
        self.types.map_or(Ok(()), |types| types.check(self.tree.dimensions()))?;
        let segments = self.segments.as_ref().map_or(0, |segments| segments.count);
        same_length("segments", &self.names.segments, segments)?;
        self.segments.as_ref().map_or(Ok(()), |segments| segments.check(self.indicators.list.len()))?;
        self.check_forecasts()?;
        self.check_reach()
    }

    fn check_forecasts(&self) -> Result<()> {
        let (count, outputs) =
            self.forecasts.as_ref().map_or((0, 0), |forecasts| (forecasts.list.len(), forecasts.outputs()));
        same_length("forecasts", &self.names.forecasts, count)?;
        same_length("outputs", &self.names.outputs, outputs)?;
        let Some(forecasts) = &self.forecasts else { return Ok(()) };
        forecasts.check(&self.names.forecasts, &self.schema, self.names.stages.len())
    }

    /// No row may lead to an index or a dimension that overflows: infinities could meet and give NaN.
    fn check_reach(&self) -> Result<()> {
        const MOST: f64 = 1e300;
        let tree = &self.tree;
        let thinned = self.schema.fields().iter().any(|field| field.missing == Missing::Renormalise);
        let profiles = self.profiles.iter().flat_map(|profiles| profiles.list.iter().flatten());
        let profiles = profiles.flat_map(|profile| [&profile.weights, &profile.within]);
        for weights in [&tree.weights, &tree.within].into_iter().chain(profiles) {
            let total: f64 = weights.iter().sum();
            let least = weights.iter().copied().filter(|&weight| weight > 0.0).fold(total, f64::min);
            let stretch = if thinned && least > 0.0 { total / least } else { 1.0 };
            let indicators =
                weights.iter().zip(&self.indicators.list).fold(0.0, |sum, (weight, indicator)| {
                    sum + tree.scale * weight * indicator.reach() * stretch
                });
            let reach = self.rules.list.iter().fold(indicators + stretch + total, |sum, rule| {
                sum + if let Effect::Penalty(points) = rule.effect { points } else { 0.0 }
            });
            if reach.is_nan() || reach > MOST {
                return Err(Error::argument(
                    "index",
                    "must stay below 1e300 for every row",
                    format!("{reach:e}"),
                ));
            }
        }
        Ok(())
    }

    fn check_profiles(&self) -> Result<()> {
        let Some(profiles) = &self.profiles else { return Ok(()) };
        if self.nodes.is_some() {
            let rule = "must not be with nodes that are not arithmetic, whose weights are the same for all";
            return Err(Error::argument("profiles", rule, "both"));
        }
        profiles.check(&self.schema, self.indicators.list.len())
    }

    /// Below a node that is not arithmetic every value must be positive, and far from the ends of the doubles.
    fn check_nodes(&self) -> Result<()> {
        let Some(nodes) = &self.nodes else { return Ok(()) };
        nodes.check(&self.tree.dimension)?;
        let lift = |lifted: bool, z: f64| if lifted { nodes.floor + (1.0 - nodes.floor) * z } else { z };
        let named = self.indicators.list.iter().zip(&self.names.indicators);
        for (((indicator, name), lifted), &reference) in named.zip(nodes.lifted()).zip(&nodes.reference) {
            let (least, most) = indicator.range();
            let least = lift(lifted, least.min(reference));
            let most = lift(lifted, most.max(reference));
            if lifted && !(LEAST_VALUE..=MOST_VALUE).contains(&least) {
                let rule = "must stay above zero below a node that is not arithmetic";
                return Err(Error::argument(format!("indicator {name}"), rule, least));
            }
            if most.max(-least) > MOST_VALUE {
                let rule = format!("must stay within {MOST_VALUE:e} in a tree that is not arithmetic");
                return Err(Error::argument(format!("indicator {name}"), rule, most));
            }
        }
        if self.tree.scale > 1e280 {
            return Err(Error::argument("scale", "must be at most 1e280", self.tree.scale));
        }
        Ok(())
    }

    fn check_names(&self) -> Result<()> {
        let names = &self.names;
        for (what, list) in [
            ("actions", &names.actions),
            ("dimensions", &names.dimensions),
            ("forecasts", &names.forecasts),
            ("grades", &names.grades),
            ("indicators", &names.indicators),
            ("outputs", &names.outputs),
            ("rules", &names.rules),
            ("segments", &names.segments),
            ("stages", &names.stages),
            ("types", &names.types),
        ] {
            let list: Vec<&str> = list.iter().map(String::as_str).collect();
            unique(what, &list)?;
        }
        let kinds: Vec<&str> = self.notes.iter().map(|note| note.kind.as_str()).collect();
        unique("notes", &kinds)?;
        for note in &self.notes {
            let kind = note.kind.as_bytes();
            if kind.len() != 4 || !kind.iter().all(u8::is_ascii_alphabetic) || !kind[0].is_ascii_lowercase() {
                return Err(Error::argument(
                    "note",
                    "must be named by four letters, the first small",
                    &note.kind,
                ));
            }
        }
        Ok(())
    }

    fn check_fields(&self) -> Result<()> {
        if self.fields.fill.len() != self.schema.len() {
            return Err(Error::shape("fill values", self.schema.len(), self.fields.fill.len()));
        }
        for (field, &fill) in self.schema.fields().iter().zip(&self.fields.fill) {
            let replaced = matches!(field.missing, Missing::Value | Missing::Median);
            let fits = match &field.kind {
                FieldKind::Numeric => fill.is_finite(),
                FieldKind::Categorical(categories) => {
                    fill >= 0.0 && fill < categories.len() as f64 && fill.floor() == fill
                }
            };
            if !fits && (replaced || !fill.is_finite()) {
                return Err(Error::argument(
                    format!("fill value of {}", field.name),
                    "must be a value the field can have",
                    fill,
                ));
            }
        }
        Ok(())
    }

    fn check_indicators(&self) -> Result<()> {
        let count = self.indicators.list.len();
        if count == 0 || count > MAX_INDICATORS {
            return Err(Error::argument("indicators", format!("must number 1 to {MAX_INDICATORS}"), count));
        }
        same_length("indicators", &self.names.indicators, count)?;
        for (indicator, name) in self.indicators.list.iter().zip(&self.names.indicators) {
            let Some(field) = self.schema.fields().get(indicator.field as usize) else {
                return Err(Error::argument(
                    format!("indicator {name}"),
                    "must read a field of the model",
                    indicator.field,
                ));
            };
            indicator.check(name, field.categories().len())?;
        }
        if self.names.rules.len() > MAX_RULES || self.names.dimensions.len() > MAX_DIMENSIONS {
            return Err(Error::argument(
                "rules and dimensions",
                format!("must number at most {MAX_RULES} and {MAX_DIMENSIONS}"),
                self.names.rules.len().max(self.names.dimensions.len()),
            ));
        }
        Ok(())
    }
}

fn same_length(what: &str, names: &[String], count: usize) -> Result<()> {
    if names.len() == count {
        Ok(())
    } else {
        Err(Error::shape(format!("names of {what}"), count, names.len()))
    }
}
