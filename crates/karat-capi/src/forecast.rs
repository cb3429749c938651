//! Forecasts: class probabilities, lifetimes, contracts and stages by name.

use crate::guard::guard_status;
use crate::score::{check_memory, check_width, doubles, status_of};
use crate::scorer::{Handle, handle};
use crate::status::{KARAT_STATUS_NULL_POINTER, KARAT_STATUS_SCHEMA, KARAT_STATUS_SHAPE, Status};
use crate::text::bytes_of;
use karat_scorer::step::MAX_FORECAST_OUTPUTS;
use std::ffi::c_char;

/// Outputs computed on the stack before they are handed out: one row of the widest model, or many of a small one.
const BLOCK: usize = 4 * MAX_FORECAST_OUTPUTS;

/// Position of the output `name` of a forecast ("churn.yes", "lifetime.discounted_value"). Resolve outputs once, at
/// start-up, by name. KARAT_STATUS_SCHEMA if the model has no such output. karat_scorer_name(scorer, 'o', i) lists
/// them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_output_index(
    scorer: *const Handle,
    name: *const c_char,
    out: *mut usize,
) -> Status {
    guard_status(|| {
        // SAFETY: the pointers are the caller's, as the header asks.
        let (handle, name) = unsafe { (handle(scorer)?, bytes_of(name)?) };
        if out.is_null() {
            return Err(KARAT_STATUS_NULL_POINTER);
        }
        let mut outputs = handle.scorer.model().names.outputs.iter();
        let position = outputs.position(|output| output.as_bytes() == name).ok_or(KARAT_STATUS_SCHEMA)?;
        // SAFETY: not NULL, and the caller's to be written.
        unsafe { out.write_unaligned(position) };
        Ok(())
    })
}

/// All outputs of the forecasts for one row: class probabilities of networks, values, lifetimes, stages (as the number
/// of karat_scorer_name(scorer, 'l', ...)). NaN where a forecast cannot be made of what is known of the customer.
/// Gates and a missing index change nothing here.
///
///     n          karat_scorer_count(scorer, 'f'), or you get KARAT_STATUS_SHAPE
///     n_outputs  karat_scorer_count(scorer, 'o'), or you get KARAT_STATUS_SHAPE
///
/// Never allocates, locks or waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_forecast(
    scorer: *const Handle,
    row: *const f64,
    n: usize,
    outputs: *mut f64,
    n_outputs: usize,
) -> Status {
    // SAFETY: one row is a batch of one, under the same conditions.
    unsafe { karat_scorer_forecast_rows(scorer, row, 1, n, n, outputs, n_outputs) }
}

/// The outputs of `n_rows` rows of `n` doubles that start `stride` doubles apart, with the same bits as one by one.
/// Outputs of row i are written at outputs + i * n_outputs.
///
///     n_rows     0 is a success that touches nothing; rows and outputs may then be NULL
///     n          karat_scorer_count(scorer, 'f'), or you get KARAT_STATUS_SHAPE
///     stride     at least n, or you get KARAT_STATUS_SHAPE
///     n_outputs  karat_scorer_count(scorer, 'o'), or you get KARAT_STATUS_SHAPE
///
/// rows and outputs must not overlap (KARAT_STATUS_INVALID_ARGUMENT). Several threads may each take their share of one
/// table. Never allocates, locks or waits, whatever the number of rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_forecast_rows(
    scorer: *const Handle,
    rows: *const f64,
    n_rows: usize,
    n: usize,
    stride: usize,
    outputs: *mut f64,
    n_outputs: usize,
) -> Status {
    guard_status(|| {
        // SAFETY: the pointer is the caller's, as the header asks.
        let handle = unsafe { handle(scorer)? };
        if n_rows > 0 && (rows.is_null() || outputs.is_null()) {
            return Err(KARAT_STATUS_NULL_POINTER);
        }
        check_width(handle, n)?;
        if stride < n || n_outputs != handle.scorer.output_count() {
            return Err(KARAT_STATUS_SHAPE);
        }
        if n_rows == 0 || n_outputs == 0 {
            return Ok(());
        }
        let read = (n_rows - 1).checked_mul(stride).and_then(|start| start.checked_add(n));
        let read = read.and_then(|count| count.checked_mul(size_of::<f64>()));
        let written = n_rows.checked_mul(n_outputs).and_then(|count| count.checked_mul(size_of::<f64>()));
        check_memory(rows.cast(), read, outputs.cast_const().cast(), written)?;
        let mut block = [0.0; BLOCK];
        // A multiple of eight rows, which are computed side by side, as long as they fit.
        let most = (BLOCK / n_outputs).min(64);
        let step = if most >= 8 { most / 8 * 8 } else { most };
        for first in (0..n_rows).step_by(step) {
            let count = step.min(n_rows - first);
            // SAFETY: rows `first` to `first + count - 1` lie within the memory checked above.
            let chunk = unsafe { doubles(rows.add(first * stride), (count - 1) * stride + n)? };
            let found = &mut block[..count * n_outputs];
            handle.scorer.forecast_rows(chunk, stride, count, found).map_err(status_of)?;
            let size = size_of_val(found);
            // SAFETY: outputs of these rows lie within the memory checked above, whatever its alignment; the stack is not
            // the caller's.
            unsafe {
                let to = outputs.add(first * n_outputs).cast::<u8>();
                std::ptr::copy_nonoverlapping(found.as_ptr().cast::<u8>(), to, size);
            }
        }
        Ok(())
    })
}
