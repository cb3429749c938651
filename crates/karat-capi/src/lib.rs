//! The C interface of karat: a fitted model, scored from C with the bits that Rust and Python give.
//!
//! The documentation of the exported items is the text of `include/karat.h`, so it speaks to C readers;
//! `cargo run -p xtask -- header` writes that file. Rust programs use the `karat-scorer` crate instead.
//!
//! Every exported function runs inside the `guard` module, which turns a panic into a status. Rust's panic hook
//! writes a line to standard error first; only a defect of the library can cause that, and nothing global
//! is changed to prevent it. After a scorer is loaded no function allocates, locks, or touches a global or
//! thread-local variable.
#![allow(unsafe_code, reason = "C hands over raw pointers; each block says why it may use them")]
#![allow(
    clippy::missing_safety_doc,
    clippy::doc_markdown,
    reason = "the comments are the C header, whose introduction states the rules for all pointers"
)]

#[cfg(all(panic = "abort", not(test)))]
compile_error!("build karat-capi with panic = \"unwind\": a panic must become KARAT_STATUS_PANIC");

// In the order in which the header presents them.
mod status;

mod scorer;

mod score;

mod forecast;

mod guard;
mod text;

pub use forecast::{karat_scorer_forecast, karat_scorer_forecast_rows, karat_scorer_output_index};
#[cfg(feature = "test-hooks")]
pub use guard::karat_test_panic;
pub use score::{
    KARAT_FLAG_CAPPED, KARAT_FLAG_CLAMPED, KARAT_FLAG_IMPUTED, KARAT_FLAG_INELIGIBLE, KARAT_FLAG_KEPT,
    KARAT_FLAG_PENALISED, KARAT_FLAG_REFUSED, KARAT_FLAG_UNSEEN, KARAT_NONE, Record, karat_scorer_dimensions,
    karat_scorer_explain, karat_scorer_score, karat_scorer_score_rows,
};
pub use scorer::{
    Handle, karat_scorer_category, karat_scorer_count, karat_scorer_field_index, karat_scorer_free,
    karat_scorer_load, karat_scorer_model_id, karat_scorer_name, karat_scorer_open, karat_scorer_schema_id,
};
pub use status::{
    KARAT_STATUS_FORMAT, KARAT_STATUS_INVALID_ARGUMENT, KARAT_STATUS_IO, KARAT_STATUS_NULL_POINTER,
    KARAT_STATUS_NUMERICS, KARAT_STATUS_OK, KARAT_STATUS_PANIC, KARAT_STATUS_SCHEMA, KARAT_STATUS_SHAPE,
    KARAT_STATUS_UNSUPPORTED, Status, karat_status_text, karat_version,
};
