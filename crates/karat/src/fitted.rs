//! What every fit returns.

/// A frozen step and the record of how it came about.
///
/// The step is immutable, goes into the model file as it is, and is the only code that evaluates a row, in
/// the notebook as in the billing system; the report is for people and is not saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted<S, R> {
    /// The frozen part of scoring, ready for a model.
    pub step: S,
    /// How the fit went.
    pub report: R,
}
