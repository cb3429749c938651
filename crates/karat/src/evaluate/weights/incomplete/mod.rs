//! Judgments of which some are missing: weights, consistency, the next question.

mod completion;
mod cycles;
mod diagnosis;
mod harker;
mod laplacian;
mod least_squares;
mod matrix;
mod next_question;
mod optimal;
mod pivoting;
mod priorities;
mod random_index;
mod table;

pub use completion::{CompletedMatrix, Completion, FilledJudgment};
pub use matrix::IncompleteMatrix;
pub use next_question::NextQuestion;
pub use priorities::IncompletePriorities;
pub use random_index::GraphRandomIndex;
