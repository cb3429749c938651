//! How judgments and data become weights, as a plan says it.

use super::{GroupPlan, Ordered};
use serde::{Deserialize, Serialize};

/// Where weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeightMethod {
    /// Each node's judgments (analytic hierarchy process), its fixed weights, or equal ones.
    #[default]
    Ahp,
    /// The entropy of the indicators over the fitted base.
    Entropy,
    /// Both, combined.
    Combined,
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
    /// Geometric mean of both, normalised: minimum relative entropy.
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

/// Weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WeightsPlan {
    /// Where weights come from.
    pub method: WeightMethod,
    /// How expert and data weights are combined, when both are used.
    pub combination: CombinationPlan,
    /// How judgments give priorities.
    pub priorities: PriorityMethodPlan,
    /// Name of the random-index table that the consistency ratio is divided by.
    pub random_index: String,
    /// Consistency ratio at which judgments count as contradictory.
    pub consistency_threshold: f64,
    /// What happens then.
    pub on_inconsistent: OnInconsistent,
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
            priorities: PriorityMethodPlan::Eigenvector,
            random_index: "recomputed".to_owned(),
            consistency_threshold: 0.10,
            on_inconsistent: OnInconsistent::Refuse,
            group: GroupPlan::Judgments,
            fixed: Ordered::new(),
        }
    }
}
