//! Weights: from judgments, from data, and from both.
//!
//! An index needs to know how much each indicator counts. Three sources can say so:
//!
//! - **People.** Experts compare two indicators at a time: "revenue is 3 times as important as activity".
//!   [`PairwiseMatrix`] holds such judgments, [`Ahp`] turns them into weights (the analytic hierarchy
//!   process; Saaty, 1977) and says how far they contradict each other. Use it when the index serves a
//!   purpose that data cannot know, which is the usual case.
//! - **Data.** [`entropy`] gives more weight to indicators that tell customers apart. It rewards
//!   dispersion, not importance: on skewed revenue one column can take nearly everything. Use it as a
//!   second opinion or when no expert is at hand.
//! - **Both.** [`combine`] merges the two: [`Combination::Linear`] when the shares are to be stated
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
//! # Which method
//!
//! [`PriorityMethod::Eigenvector`] is what Saaty's theory and most published tables mean.
//! [`PriorityMethod::GeometricMean`] is preferable in a group, because averaging judgments
//! ([`aggregate_judgments`]) and averaging priorities ([`aggregate_priorities`]) then agree.
//! [`PriorityMethod::ColumnMean`] reproduces hand arithmetic. On consistent judgments all are equal; on
//! acceptable ones they differ in the third digit.

mod ahp;
mod combine;
mod comparison_graph;
mod consensus;
mod consistency;
mod diagnosis;
mod entropy;
mod finding;
mod group;
mod group_report;
mod influence;
mod intake;
mod judgments;
mod parse;
mod perron;
mod repair;
mod scale;
mod suspicion;
#[cfg(test)]
mod tests;
mod triads;
mod uncertainty;

pub use ahp::{Ahp, Priorities, PriorityMethod};
pub use combine::{Combination, CombinedWeights, combine};
pub use consensus::{Consensus, consensus};
pub use consistency::{RandomIndex, RandomIndexValue, total_consistency_ratio};
pub use diagnosis::{Diagnosis, PairDiagnosis, SingleChange};
pub use entropy::{EntropyWeights, entropy, entropy_from_sums};
pub use finding::Finding;
pub use group::{PriorityMean, aggregate_judgments, aggregate_priorities};
pub use group_report::{GroupMethod, GroupReport};
pub use influence::Influence;
pub use judgments::{MAX_ITEMS, PairwiseMatrix};
pub use parse::Judgment;
pub use repair::{RepairOptions, Repaired};
pub use scale::{SAATY_SCALE, nearest_on_scale};
pub use triads::{Transitivity, Triad};
pub use uncertainty::{Uncertainty, UncertaintyOptions};
