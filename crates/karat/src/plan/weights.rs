//! How judgments and data become weights, as a plan says it.

use super::{GroupPlan, Ordered};
use crate::evaluate::weights::DataMethod;
use karat_scorer::nearest_name;
use serde::{Deserialize, Serialize};

/// Where weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum WeightMethod {
    /// Each node's judgments (analytic hierarchy process), its fixed weights, or equal ones.
    #[default]
    Ahp,
    /// The entropy of the indicators over the fitted base.
    Entropy,
    /// CRITIC: how far indicators spread and how little the others repeat them.
    Critic,
    /// Standard deviations of the indicators.
    StandardDeviation,
    /// MEREC: what the whole loses without an indicator, on a scale from 1 to 100.
    Merec,
    /// The first principal component, by the magnitudes of its loadings; also `pca`.
    PrincipalComponent,
    /// The first principal component, by the squares of its loadings.
    PrincipalComponentSquared,
    /// The same weight for every indicator.
    Equal,
    /// Experts and data, combined.
    Combined,
}

impl WeightMethod {
    const ALL: [WeightMethod; 9] = [
        WeightMethod::Ahp,
        WeightMethod::Combined,
        WeightMethod::Equal,
        WeightMethod::StandardDeviation,
        WeightMethod::Critic,
        WeightMethod::Entropy,
        WeightMethod::Merec,
        WeightMethod::PrincipalComponent,
        WeightMethod::PrincipalComponentSquared,
    ];

    /// Name in plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match (self, self.data()) {
            (_, Some(data)) => data.name(),
            (WeightMethod::Combined, None) => "combined",
            _ => "ahp",
        }
    }

    /// The method of data weights that this is, alone.
    #[must_use]
    pub fn data(self) -> Option<DataMethod> {
        match self {
            WeightMethod::Ahp | WeightMethod::Combined => None,
            WeightMethod::Entropy => Some(DataMethod::Entropy),
            WeightMethod::Critic => Some(DataMethod::Critic),
            WeightMethod::StandardDeviation => Some(DataMethod::StandardDeviation),
            WeightMethod::Merec => Some(DataMethod::Merec),
            WeightMethod::PrincipalComponent => Some(DataMethod::PrincipalComponent),
            WeightMethod::PrincipalComponentSquared => Some(DataMethod::PrincipalComponentSquared),
            WeightMethod::Equal => Some(DataMethod::Equal),
        }
    }
}

impl TryFrom<String> for WeightMethod {
    type Error = String;

    fn try_from(name: String) -> Result<WeightMethod, String> {
        let canonical = if name == "pca" { "principal_component" } else { &name };
        let known = WeightMethod::ALL.map(WeightMethod::name);
        WeightMethod::ALL.into_iter().find(|method| method.name() == canonical).ok_or_else(|| {
            nearest_name(&name, known).map_or_else(
                || format!("no method of weights `{name}`; there are {}", known.join(", ")),
                |near| format!("no method of weights `{name}`; did you mean `{near}`?"),
            )
        })
    }
}

impl From<WeightMethod> for String {
    fn from(method: WeightMethod) -> String {
        method.name().to_owned()
    }
}

/// How expert and data weights are combined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CombinationPlan {
    /// `expert` parts of the judgments, the rest of the data.
    Linear {
        /// Share of the expert weights, 0 to 1.
        expert: f64,
    },
    /// Product of both, normalised.
    Multiplicative,
    /// Geometric mean of both, normalised: minimum relative entropy, and readable under that name.
    #[serde(alias = "minimum_relative_entropy")]
    Geometric,
    /// Game theory, with coefficients that are not negative.
    GameTheory,
}

/// How a judgment matrix gives priorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PriorityMethodPlan {
    /// Principal eigenvector (Saaty 1977).
    #[default]
    Eigenvector,
    /// Geometric mean of the rows (Crawford and Williams 1985).
    GeometricMean,
    /// Mean of the normalised columns.
    ColumnMean,
}

/// What happens when judgments contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInconsistent {
    /// The fit refuses and says which judgment to revisit.
    #[default]
    Refuse,
    /// The fit goes on and the report carries the finding.
    Warn,
}

/// How judgments of which some are missing give priorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CompletionPlan {
    /// Missing judgments take the values that contradict the others least (Bozoki, Fulop and Ronyai 2010).
    #[default]
    Optimal,
    /// They take the ratio of the weights sought (Harker 1987).
    Harker,
    /// Least squares of the logarithms without them.
    LogLeastSquares,
    /// The fit refuses and lists them.
    Refuse,
}

/// Weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WeightsPlan {
    /// Where weights come from.
    pub method: WeightMethod,
    /// How expert and data weights are combined, when both are used.
    pub combination: CombinationPlan,
    /// Where the data's weights come from when they are combined with the experts'.
    #[serde(skip_serializing_if = "is_entropy")]
    pub data: DataMethod,
    /// Shares of any number of sources, `expert` and methods of data weights, in place of `combination` and
    /// `data`.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub mix: Ordered<f64>,
    /// Least and greatest weight of single indicators.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub bounds: Ordered<(f64, f64)>,
    /// Greatest weight of every indicator that has no bounds of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<f64>,
    /// How judgments give priorities.
    pub priorities: PriorityMethodPlan,
    /// Name of the random-index table that the consistency ratio is divided by.
    pub random_index: String,
    /// Consistency ratio at which judgments count as contradictory.
    pub consistency_threshold: f64,
    /// What happens then.
    pub on_inconsistent: OnInconsistent,
    /// What happens when pairs were not judged.
    pub completion: CompletionPlan,
    /// How several experts become one.
    #[serde(skip_serializing_if = "is_default")]
    pub group: GroupPlan,
    /// Weights of a node's children where nobody judged pairs; they must sum to 1 or to 100.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub fixed: Ordered<Ordered<f64>>,
}

fn is_default(group: &GroupPlan) -> bool {
    *group == GroupPlan::default()
}

impl Default for WeightsPlan {
    fn default() -> WeightsPlan {
        WeightsPlan {
            method: WeightMethod::Ahp,
            combination: CombinationPlan::Linear { expert: 0.5 },
            data: DataMethod::Entropy,
            mix: Ordered::new(),
            bounds: Ordered::new(),
            cap: None,
            priorities: PriorityMethodPlan::Eigenvector,
            random_index: "recomputed".to_owned(),
            consistency_threshold: 0.10,
            on_inconsistent: OnInconsistent::Refuse,
            completion: CompletionPlan::Optimal,
            group: GroupPlan::Judgments,
            fixed: Ordered::new(),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_entropy(method: &DataMethod) -> bool {
    *method == DataMethod::Entropy
}
