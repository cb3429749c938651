//! The border that no panic crosses.

use crate::status::{KARAT_STATUS_OK, KARAT_STATUS_PANIC, Status};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`; a panic becomes `on_panic`.
///
/// Nothing can be left half-changed: a scorer is immutable, and outputs are written as the last step.
pub(crate) fn guard<T>(on_panic: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(on_panic)
}

/// [`guard`] for calls that return a status, with `?` for the early returns.
pub(crate) fn guard_status(body: impl FnOnce() -> Result<(), Status>) -> Status {
    guard(KARAT_STATUS_PANIC, || match body() {
        Ok(()) => KARAT_STATUS_OK,
        Err(status) => status,
    })
}

/// Panics, for the test that a panic becomes a status.
#[cfg(feature = "test-hooks")]
#[unsafe(no_mangle)]
#[allow(clippy::panic, clippy::missing_panics_doc, reason = "its purpose; the panic goes no further")]
pub extern "C" fn karat_test_panic() -> Status {
    guard_status(|| panic!("a panic on purpose"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::KARAT_STATUS_SHAPE;

    #[test]
    fn a_panic_becomes_a_status_and_the_rest_passes_through() {
        assert_eq!(guard_status(|| panic!("on purpose")), KARAT_STATUS_PANIC);
        assert_eq!(guard_status(|| Err(KARAT_STATUS_SHAPE)), KARAT_STATUS_SHAPE);
        assert_eq!(guard_status(|| Ok(())), KARAT_STATUS_OK);
        assert_eq!(guard(7, || panic!("on purpose")), 7);
    }
}
