//! Weights: from judgments, from data, and from both.
//!
//! An index needs to know how much each indicator counts. Three sources can say so:
//!
//! - **People.** Experts compare two indicators at a time: "revenue is 3 times as important as activity".
//!   [`PairwiseMatrix`] holds such judgments, [`Ahp`] turns them into weights (the analytic hierarchy
//!   process; Saaty, 1977) and says how far they contradict each other. Use it when the index serves a
//!   purpose that data cannot know, which is the usual case.
//! - **Data.** [`entropy`] gives more weight to indicators that tell customers apart. It rewards
//!   dispersion, not importance: on skewed revenue one column can take nearly everything. [`critic`] adds
//!   that an indicator should not repeat the others, [`merec`] asks what the whole loses without it,
//!   [`principal_component`] what it has in common with the rest; [`standard_deviation`] and [`gini`] are
//!   plain spreads. Use them as a second opinion or when no expert is at hand.
//! - **Both.** [`combine`] merges two, [`mix`] any number, and [`bounded`] keeps the result within bounds: [`Combination::Linear`] when the shares are to be stated
//!   openly, [`Combination::Geometric`] for the compromise that loses least information about either,
//!   [`Combination::Multiplicative`] when an indicator must convince both sides, and
//!   [`Combination::GameTheory`] because papers use it, made safe.
//!
//! # From judgments to weights
//!
//! ```
//! use karat::evaluate::weights::{Ahp, PairwiseMatrix};
//! let matrix = PairwiseMatrix::from_text(
//!     &["contribution", "attribution", "influence"],
//!     &["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"],
//! )?;
//! let priorities = Ahp::new().check_consistency(&matrix, 0.10)?;
//! let shown: Vec<String> = priorities.weights.iter().map(|w| format!("{w:.6}")).collect();
//! assert_eq!(shown, ["0.558425", "0.319618", "0.121957"]);
//! # Ok::<(), karat::Error>(())
//! ```
//!
//! With n items there are n (n - 1) / 2 judgments for n - 1 free weights, and the surplus measures
//! consistency. The principal eigenvalue `lambda_max` is n for consistent judgments and larger otherwise;
//! `CI = (lambda_max - n) / (n - 1)` is compared with the same figure of random judgments, the
//! [`RandomIndex`]. The quotient CR should stay below 0.10. **Tables of random indices differ**, and with
//! them the verdict near the limit, so every result carries the name and value of its table.
//!
//! When CR is too high, [`Ahp::diagnose`] names the judgment that disagrees most with the others, what the
//! others imply in its place, and the CR that would follow; [`Ahp::repairs`] lists every single change that
//! suffices. Nothing is changed silently.
//!
//! # When pairs are missing
//!
//! n - 1 judgments that connect the items already give weights. [`IncompleteMatrix`] takes any connected set;
//! [`Ahp::priorities_incomplete`] completes it, measures CR by the random index of its own comparison graph
//! ([`GraphRandomIndex`]), and [`IncompleteMatrix::ask_next`] says which missing judgment would tell most.
//!
//! # Which method
//!
//! [`PriorityMethod::Eigenvector`] is what Saaty's theory and most published tables mean.
//! [`PriorityMethod::GeometricMean`] is preferable in a group, because averaging judgments
//! ([`aggregate_judgments`]) and averaging priorities ([`aggregate_priorities`]) then agree.
//! [`PriorityMethod::ColumnMean`] reproduces hand arithmetic. On consistent judgments all are equal; on
//! acceptable ones they differ in the third digit.

mod ahp;
mod batch;
mod best_worst;
mod bounds;
#[cfg(test)]
mod bounds_tests;
mod combine;
mod comparison_graph;
mod compensated;
mod consensus;
mod consistency;
mod data;
mod diagnosis;
mod entropy;
mod finding;
mod fuzzy;
mod group;
mod group_report;
mod hierarchy;
mod incomplete;
mod indices;
mod influence;
mod intake;
mod interval;
mod judgment_scale;
mod judgments;
mod least_squares;
mod mix;
mod parse;
mod perron;
mod repair;
mod scale;
mod stability;
mod suspicion;
#[cfg(test)]
mod tests;
mod triads;
mod uncertainty;

pub use ahp::{Ahp, Priorities, PriorityMethod};
pub use batch::BatchPriorities;
pub use best_worst::{BestWorst, BestWorstWeights, best_worst_threshold};
pub use bounds::{BoundedWeights, bounded};
pub(crate) use bounds::{bounds_of, check_bounds};
pub use combine::{Combination, CombinedWeights, combine};
pub use consensus::{Consensus, consensus};
pub use consistency::{RandomIndex, RandomIndexValue, total_consistency_ratio};
pub(crate) use data::DataSums;
pub use data::{
    CriticWeights, DataMethod, DataWeights, GiniWeights, Loadings, MerecWeights, PrincipalComponentWeights,
    StandardDeviationWeights, Values, critic, data_weights, gini, merec, principal_component,
    standard_deviation,
};
pub use diagnosis::{Diagnosis, PairDiagnosis, SingleChange};
pub use entropy::{EntropyWeights, entropy, entropy_from_sums, entropy_of};
pub use finding::Finding;
pub use fuzzy::{ExtentWeights, FuzzyMatrix, FuzzyWeights, Triangular};
pub use group::{PriorityMean, aggregate_judgments, aggregate_priorities};
pub use group_report::{GroupMethod, GroupReport};
pub use hierarchy::{
    Band, Criterion, CriterionStability, CriticalJudgment, CriticalWeight, Crossing, Hierarchy,
    HierarchyBuilder, HierarchyConsistency, LevelConsistency, NodeConsistency, NodeWeights, Outcome,
    RankReversal, Simulate, Simulation, Stability, Synthesis, SynthesisResult, WeightSource, WeightSweep,
};
pub use incomplete::{
    CompletedMatrix, Completion, FilledJudgment, GraphRandomIndex, IncompleteMatrix, IncompletePriorities,
    NextQuestion,
};
pub use indices::{ConsistencyIndices, geometric_consistency_threshold};
pub use influence::Influence;
pub use interval::{IntervalMatrix, IntervalWeights};
pub use judgment_scale::{JudgmentScale, parse_words};
pub use judgments::{MAX_ITEMS, PairwiseMatrix};
pub use least_squares::{LeastSquaresMinimum, least_squares_minima};
pub(crate) use mix::check_shares;
pub use mix::mix;
pub use parse::Judgment;
pub use repair::{RepairOptions, Repaired};
pub use scale::{SAATY_SCALE, nearest_on_scale};
pub use stability::{Exchange, SharePath, WeightBand, WeightBootstrap, share_path};
pub use triads::{Transitivity, Triad};
pub use uncertainty::{Uncertainty, UncertaintyOptions};
