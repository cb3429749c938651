//! The plan: everything a person decides before seeing data.
//!
//! Plain data, written as TOML or built in code, stored in the model file as it was written. Nothing in a
//! plan is learned: bounds, weights and cuts that it leaves open are fitted and frozen in the model.

mod aggregate;
mod classes;
mod experts;
mod fields;
mod hierarchy;
mod indicator;
mod locate;
mod profiles;
mod resolve;
mod rules;
mod scale;
mod sources;
mod weights;

pub use aggregate::{AggregatePlan, NodePlan};
pub use classes::{CutsPlan, GradesPlan, SegmentsPlan, ThresholdPlan, TypesMethodPlan, TypesPlan};
pub use experts::{ExpertPlan, GroupPlan};
pub use profiles::{ProfilePlan, ProfilesPlan};
pub(crate) use resolve::{Node, ResolvedPlan};
pub use rules::{EffectPlan, RatchetPlan, RulePlan};
pub use scale::ScalePlan;
pub(crate) use sources::Source;
pub use weights::{
    CombinationPlan, CompletionPlan, OnInconsistent, PriorityMethodPlan, WeightMethod, WeightsPlan,
};

use crate::table::{Reading, default_null_values};
use indexmap::IndexMap;
use karat_scorer::{Error, Result, Schema};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A list of named things in the order in which they were written.
pub type Ordered<T> = IndexMap<String, T>;

/// Everything a person decides before seeing data.
///
/// ```
/// let plan = karat::Plan::from_toml(r#"
///     [indicators]
///     arpu_3m = { scale = "log1p", dimension = "contribution" }
///     tenure = { scale = { saturating = { tau = 24 } }, dimension = "attribution" }
///     complaints_6m = { better = "low", dimension = "attribution" }
///
///     [judgments]
///     value = ["contribution 2 attribution"]
///     attribution = ["tenure 3 complaints_6m"]
///
///     [grades]
///     names = ["bronze", "silver", "gold"]
/// "#)?;
/// assert_eq!(plan.indicators.len(), 3);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// Name of the model.
    pub name: String,
    /// Column that identifies a customer; used for sampling and reports, never scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Texts that mean "missing" in numeric and categorical columns.
    pub null_values: Vec<String>,
    /// Scale of the index and the coverage it needs.
    pub index: IndexPlan,
    /// Fields that only rules read, or whose unit, categories or missing rule are stated apart.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub fields: Ordered<FieldPlan>,
    /// Indicators by name.
    pub indicators: Ordered<IndicatorPlan>,
    /// Children of every node, from the root down. Left empty, the tree is the root `value`, the
    /// indicators' dimensions, and the indicators.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub tree: Ordered<Vec<String>>,
    /// Aggregation of single nodes.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub nodes: Ordered<NodePlan>,
    /// Judgments of a node's children, such as `"contribution 2 attribution"`.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub judgments: Ordered<Vec<String>>,
    /// Several experts by name, in place of `judgments`.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub experts: Ordered<ExpertPlan>,
    /// How judgments and data become weights.
    pub weights: WeightsPlan,
    /// Other weights for the customers of some categories of a field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiles: Option<ProfilesPlan>,
    /// Gates, penalties and caps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RulePlan>,
    /// Validity of a grade once given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratchet: Option<RatchetPlan>,
    /// Grades of the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grades: Option<GradesPlan>,
    /// Types A, B1, B2, C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<TypesPlan>,
    /// Segments by k-means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<SegmentsPlan>,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            name: "customer value".to_owned(),
            id: None,
            null_values: default_null_values(),
            index: IndexPlan::default(),
            fields: IndexMap::new(),
            indicators: IndexMap::new(),
            tree: IndexMap::new(),
            nodes: IndexMap::new(),
            judgments: IndexMap::new(),
            experts: IndexMap::new(),
            weights: WeightsPlan::default(),
            profiles: None,
            rules: Vec::new(),
            ratchet: None,
            grades: None,
            types: None,
            segments: None,
        }
    }
}

/// Scale of the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IndexPlan {
    /// Index of a customer whose every indicator is 1; ignored for points.
    pub scale: f64,
    /// Whether the index is the plain sum of the indicators' points, as in operators' scorecards: weights
    /// are all 1.
    pub points: bool,
    /// Least share of the weight that must be present for an index to be given.
    pub minimum_coverage: f64,
    /// How the children of every node become its value, unless `nodes` says otherwise.
    #[serde(skip_serializing_if = "AggregatePlan::is_arithmetic")]
    pub aggregate: AggregatePlan,
    /// Where the worst of an indicator stands below a node that is not arithmetic: `z` enters there as
    /// `floor + (1 - floor) * z`, since a zero would settle the index alone.
    #[serde(skip_serializing_if = "is_default_floor")]
    pub floor: f64,
}

/// Goalposts of 1 to 100.
const FLOOR: f64 = 0.01;

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_default_floor(floor: &f64) -> bool {
    *floor == FLOOR
}

impl Default for IndexPlan {
    fn default() -> IndexPlan {
        IndexPlan {
            scale: 100.0,
            points: false,
            minimum_coverage: 0.5,
            aggregate: AggregatePlan::Arithmetic,
            floor: FLOOR,
        }
    }
}

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better: a benefit.
    #[default]
    #[serde(alias = "benefit")]
    High,
    /// Less is better: a cost.
    #[serde(alias = "cost")]
    Low,
}

/// What a missing value means.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingPlan {
    /// This number, or this category.
    Value(Literal),
    /// The median of the fitted base.
    Median,
    /// The neutral value of the indicator: half way, or no points.
    #[default]
    Neutral,
    /// This many points, in an index that counts points.
    Points(f64),
    /// Left out, the other weights renormalised.
    Renormalise,
    /// No index for this customer.
    Refuse,
    /// Stays missing; for fields that only rules read.
    Ignore,
}

/// A number or a category, as written in a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// A number.
    Number(f64),
    /// A category.
    Text(String),
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IndicatorPlan {
    /// Column it reads; its own name if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Dimension it belongs to, when the plan has no `tree`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
    /// Unit of the column, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Direction.
    pub better: Better,
    /// Scale; min-max over the fitted base if not given.
    pub scale: ScalePlan,
    /// Probabilities of the two quantiles within which raw values are brought first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winsorise: Option<(f64, f64)>,
    /// Value of each category, 0 to 1: makes the column categorical.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub categories: Ordered<f64>,
    /// Rule for missing values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingPlan>,
    /// What to say of a customer whom this indicator puts below the others, as `"R01 revenue is low"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<String>,
}

/// A field that only rules read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FieldPlan {
    /// Unit, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Categories; none for a numeric field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Rule for missing values; they stay missing if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingPlan>,
}

impl Plan {
    /// Reads a plan and checks it.
    ///
    /// # Errors
    /// [`Error::Argument`] with the line for text that is not a plan, or naming what contradicts what.
    pub fn from_toml(text: &str) -> Result<Plan> {
        let plan = Plan::parse(text)?;
        plan.check()?;
        Ok(plan)
    }

    /// Reads a plan without checking it.
    pub(crate) fn parse(text: &str) -> Result<Plan> {
        toml::from_str(text).map_err(|error| Error::argument("plan", "must be readable", error))
    }

    /// Reads a plan from a file.
    ///
    /// # Errors
    /// [`Error::Io`], and as [`Plan::from_toml`].
    pub fn read(path: impl AsRef<Path>) -> Result<Plan> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| Error::io(path, "read", &error))?;
        Plan::from_toml(&text)
    }

    /// Reads a plan written as JSON, as the Python builder does.
    ///
    /// # Errors
    /// As [`Plan::from_toml`].
    pub fn from_json(text: &str) -> Result<Plan> {
        let plan: Plan = serde_json::from_str(text).map_err(|error| locate::unreadable(text, &error))?;
        plan.check()?;
        Ok(plan)
    }

    /// The fields that a model of this plan reads, in the order of a row.
    ///
    /// # Errors
    /// As [`Plan::check`].
    pub fn schema(&self) -> Result<Schema> {
        ResolvedPlan::new(self).map(|resolved| resolved.schema)
    }

    /// The plan as TOML; reading it again gives an equal plan.
    ///
    /// # Errors
    /// [`Error::Argument`] for values TOML cannot hold.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::argument("plan", "must be writable as TOML", error))
    }

    /// The plan as JSON.
    ///
    /// # Errors
    /// [`Error::Argument`] for values JSON cannot hold.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::argument("plan", "must be writable as JSON", error))
    }

    /// How columns are read as fields under this plan.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading { null_values: self.null_values.clone(), ..Reading::default() }
    }

    /// Checks everything that can be checked without data.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::Judgment`] naming what contradicts what.
    pub fn check(&self) -> Result<()> {
        ResolvedPlan::new(self).map(|_| ())
    }
}
