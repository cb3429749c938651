//! Influence in the calling circle: who calls whom, and what follows from it for value and churn.
//!
//! [`Calls`] (pairs of node numbers with weights; [`number`] makes them from identifiers) become a
//! [`CallGraph`]. From it: degree, strength, reciprocity and the on-net share; [`Circle`] sizes; weighted
//! [`PageRank`]; [`SpreadingActivation`] of churn, and the reach of single customers; the
//! [`NetworkValue`] of a customer whose leaving takes others along. [`CorporateInfluence`] scores what a
//! call graph cannot know about a company.
//!
//! Every result is the same to the bit for any order of the calls and any number of threads: repeated calls
//! of a pair are added from the lightest to the heaviest, and every other sum runs over ascending nodes.

mod activation;
mod calls;
mod circle;
mod corporate;
mod flow;
mod graph;
mod network_value;
mod numbering;
mod page_rank;
mod reach;

pub use activation::{Activation, SpreadingActivation};
pub use calls::{Calls, LARGEST_WEIGHT, SMALLEST_WEIGHT};
pub use circle::{Circle, CircleSizes};
pub use corporate::{CorporateInfluence, CorporateScores};
pub use graph::{CallGraph, Intake, OnNet};
pub use network_value::{Departure, NetworkValue, NetworkValues};
pub use numbering::{Numbered, number};
pub use page_rank::{PageRank, Ranks};
pub use reach::Reach;
