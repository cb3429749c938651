//! Customer value for telecom operators: evaluate, classify, forecast, recommend, monitor.

pub mod classify;
pub mod evaluate;
mod fitted;
pub mod forecast;
pub mod model;
mod numerics;
pub mod plan;
pub mod recommend;
pub mod synth;
mod table;

pub use model::{
    Explanations, ForecastPart, Index, Progress, Report, ValueModel, explain_table, reading_of, score_table,
};
pub use plan::Plan;
pub use table::{Column, MISSING_TEXT, Reading, Table, Unseen};

pub use fitted::Fitted;
pub use karat_scorer as scorer;
pub use karat_scorer::{Error, ErrorKind, Problem, Result};
