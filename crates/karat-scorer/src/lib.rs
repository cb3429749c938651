//! Frozen customer-value models: read a model file, score customers with the same bits everywhere.
//!
//! A [`Model`] is what a fit returns: a [`Schema`] of fields and the frozen [`step`]s. A [`Scorer`] is a
//! checked model that scores from any number of threads without allocating, locking or panicking. Both are
//! one file, described in [`mod@file`].

pub mod file;
pub mod nearest;
pub mod numerics;
pub mod reasons;
pub mod step;

mod batch;
mod error;
mod evaluate;
mod explain;
mod furthest_short;
mod isa;
mod model;
mod outputs;
mod plain;
mod schema;
mod score;
mod scorer;

pub use error::{Error, ErrorKind, Problem, Result, nearest_name};
pub use explain::Explanations;
pub use isa::{Isa, Kernel};
pub use model::{Model, Names, Note};
pub use schema::{Field, FieldKind, MAX_FIELDS, Missing, Schema};
pub use score::{NONE, Score, flags};
pub use scorer::{Explanation, Scorer};
