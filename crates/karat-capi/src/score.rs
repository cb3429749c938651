//! Scoring: one row, many rows, and what a score is made of.

use crate::guard::guard_status;
use crate::scorer::{Handle, handle};
use crate::status::{KARAT_STATUS_INVALID_ARGUMENT, KARAT_STATUS_NULL_POINTER, KARAT_STATUS_SHAPE, Status};
use karat_scorer::step::{MAX_DIMENSIONS, MAX_INDICATORS, MAX_RULES};
use karat_scorer::{Error, Explanation, NONE, Score, flags};
use std::mem::offset_of;

/// "none", for grade to rule of a score
pub const KARAT_NONE: u16 = 0xFFFF;

/// a missing field was filled in or left out by its rule
pub const KARAT_FLAG_IMPUTED: u32 = 0x01;
/// a field lay outside the frozen bounds, or was infinite
pub const KARAT_FLAG_CLAMPED: u32 = 0x02;
/// a rule lowered the grade: see `rule`
pub const KARAT_FLAG_CAPPED: u32 = 0x04;
/// a rule keeps the customer out of all classes: see `rule`
pub const KARAT_FLAG_INELIGIBLE: u32 = 0x08;
/// too much was missing: there is no index
pub const KARAT_FLAG_REFUSED: u32 = 0x10;
/// a category unknown to the model was scored as missing
pub const KARAT_FLAG_UNSEEN: u32 = 0x20;
/// the previous grade was kept, for it is still valid
pub const KARAT_FLAG_KEPT: u32 = 0x40;
/// a rule took points off the index
pub const KARAT_FLAG_PENALISED: u32 = 0x80;

/// What a model says of one customer: 64 bytes without padding, in the byte order of the machine. NaN and
/// KARAT_NONE mean "not part of this model, or not for this customer". Later versions append fields.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Record {
    /// customer value index, on the scale of the model (0 to 100, or points)
    pub index: f64,
    /// index expected at the horizon of the model
    pub forecast: f64,
    /// probability of leaving within the horizon, 0 to 1
    pub churn: f64,
    /// lifetime value, in the currency of the model
    pub clv: f64,
    /// lead of the segment over the next best, 0 to 1
    pub margin: f64,
    /// share of the weight of the indicators that was present, 0 to 1
    pub coverage: f64,
    /// grade, 0 the lowest
    pub grade: u16,
    /// type: A strategic, B1 contribution, B2 potential, C low
    pub r#type: u16,
    /// segment
    pub segment: u16,
    /// life-cycle stage
    pub stage: u16,
    /// recommended action
    pub action: u16,
    /// the rule that excluded the customer or lowered the grade
    pub rule: u16,
    /// KARAT_FLAG_*; later versions may set further bits
    pub flags: u32,
}

const SIZE: usize = size_of::<Record>();

const _: () = {
    assert!(SIZE == 64 && SIZE == size_of::<Score>());
    assert!(offset_of!(Record, index) == offset_of!(Score, index));
    assert!(offset_of!(Record, forecast) == offset_of!(Score, forecast));
    assert!(offset_of!(Record, churn) == offset_of!(Score, churn));
    assert!(offset_of!(Record, clv) == offset_of!(Score, clv));
    assert!(offset_of!(Record, margin) == offset_of!(Score, margin));
    assert!(offset_of!(Record, coverage) == offset_of!(Score, coverage));
    assert!(offset_of!(Record, grade) == offset_of!(Score, grade));
    assert!(offset_of!(Record, r#type) == offset_of!(Score, r#type));
    assert!(offset_of!(Record, segment) == offset_of!(Score, segment));
    assert!(offset_of!(Record, stage) == offset_of!(Score, stage));
    assert!(offset_of!(Record, action) == offset_of!(Score, action));
    assert!(offset_of!(Record, rule) == offset_of!(Score, rule));
    assert!(offset_of!(Record, flags) == offset_of!(Score, flags));
    assert!(KARAT_NONE == NONE);
    assert!(KARAT_FLAG_IMPUTED == flags::IMPUTED && KARAT_FLAG_CLAMPED == flags::CLAMPED);
    assert!(KARAT_FLAG_CAPPED == flags::CAPPED && KARAT_FLAG_INELIGIBLE == flags::INELIGIBLE);
    assert!(KARAT_FLAG_REFUSED == flags::REFUSED && KARAT_FLAG_UNSEEN == flags::UNSEEN);
    assert!(KARAT_FLAG_KEPT == flags::KEPT && KARAT_FLAG_PENALISED == flags::PENALISED);
};

/// Rows scored into the stack before their records are handed out.
const CHUNK: usize = 64;
/// No version's record comes near this; a larger size is a mixed-up argument that would smash memory.
const MAX_OUT_SIZE: usize = 4096;

/// Score one row of `n` doubles in field order, NaN for missing.
///
///     n         karat_scorer_count(scorer, 'f'), or you get KARAT_STATUS_SHAPE
///     out_size  sizeof *out: an older program gets the fields it knows, a newer one zeros in those
///               this library does not know. Below 8, above 4096 or not a multiple of 8:
///               KARAT_STATUS_INVALID_ARGUMENT.
///
/// Never allocates, locks or waits. A customer without an index (KARAT_FLAG_REFUSED) is a result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_score(
    scorer: *const Handle,
    row: *const f64,
    n: usize,
    out: *mut Record,
    out_size: usize,
) -> Status {
    guard_status(|| {
        // SAFETY: the pointer is the caller's, as the header asks.
        let handle = unsafe { handle(scorer)? };
        if row.is_null() || out.is_null() {
            return Err(KARAT_STATUS_NULL_POINTER);
        }
        check_width(handle, n)?;
        check_out_size(out_size)?;
        // SAFETY: not NULL, and the caller says that `row` has `n` doubles.
        let row = unsafe { doubles(row, n)? };
        let score = handle.scorer.score(row).map_err(status_of)?;
        // SAFETY: the caller says that `out` has `out_size` bytes.
        unsafe { write_records(&[score], out.cast(), out_size) };
        Ok(())
    })
}

/// Score `n_rows` rows of `n` doubles that start `stride` doubles apart, row i at rows + i * stride, with
/// the same bits as one by one. Record i is written at (char *)out + i * out_size: out_size is both the
/// size of a record, as above, and the distance between records.
///
///     n_rows  0 is a success that touches nothing; rows and out may then be NULL
///     n       karat_scorer_count(scorer, 'f'), or you get KARAT_STATUS_SHAPE
///     stride  at least n, or you get KARAT_STATUS_SHAPE
///
/// rows and out must not overlap (KARAT_STATUS_INVALID_ARGUMENT). Several threads may each score their
/// share of one table. Never allocates, locks or waits, whatever the number of rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_score_rows(
    scorer: *const Handle,
    rows: *const f64,
    n_rows: usize,
    n: usize,
    stride: usize,
    out: *mut Record,
    out_size: usize,
) -> Status {
    guard_status(|| {
        // SAFETY: the pointer is the caller's, as the header asks.
        let handle = unsafe { handle(scorer)? };
        if n_rows > 0 && (rows.is_null() || out.is_null()) {
            return Err(KARAT_STATUS_NULL_POINTER);
        }
        check_width(handle, n)?;
        if stride < n {
            return Err(KARAT_STATUS_SHAPE);
        }
        check_out_size(out_size)?;
        if n_rows == 0 {
            return Ok(());
        }
        let read = (n_rows - 1).checked_mul(stride).and_then(|start| start.checked_add(n));
        let read = read.and_then(|count| count.checked_mul(size_of::<f64>()));
        check_memory(rows.cast(), read, out.cast_const().cast(), n_rows.checked_mul(out_size))?;
        let mut scores = [Score::EMPTY; CHUNK];
        for first in (0..n_rows).step_by(CHUNK) {
            let count = CHUNK.min(n_rows - first);
            // SAFETY: rows `first` to `first + count - 1` lie within the memory checked above.
            let chunk = unsafe { doubles(rows.add(first * stride), (count - 1) * stride + n)? };
            let scored = &mut scores[..count];
            handle.scorer.score_rows(chunk, stride, scored).map_err(status_of)?;
            // SAFETY: records `first` to `first + count - 1` lie within the memory checked above.
            unsafe { write_records(scored, out.cast::<u8>().add(first * out_size), out_size) };
        }
        Ok(())
    })
}

/// What the index of one row is made of: what each indicator adds and each penalty rule takes, named by
/// karat_scorer_name(scorer, 'p', i). Added from the first to the last in a double, they are the index to
/// the last bit; where nodes of the tree are not arithmetic (section NODE), what the index has more than that
/// of the mean customer, but for rounding. All are NaN for a customer without an index (KARAT_FLAG_REFUSED).
///
///     n_points  karat_scorer_count(scorer, 'p'), or you get KARAT_STATUS_SHAPE
///
/// Never allocates, locks or waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_explain(
    scorer: *const Handle,
    row: *const f64,
    n: usize,
    points: *mut f64,
    n_points: usize,
) -> Status {
    guard_status(|| {
        // SAFETY: the pointers are the caller's, as the header asks.
        unsafe {
            parts(scorer, row, n, points, n_points, |handle, row, buffer| {
                let points = buffer.get_mut(..handle.scorer.point_count()).ok_or(KARAT_STATUS_SHAPE)?;
                let mut wanted = Explanation { points, ..Explanation::default() };
                handle.scorer.explain(row, &mut wanted).map_err(status_of)?;
                Ok(wanted.points)
            })
        }
    })
}

/// The score of each dimension of the index for one row, on the scale of the index, named by
/// karat_scorer_name(scorer, 'd', i). NaN where every indicator of a dimension was left out as missing.
///
///     n_scores  karat_scorer_count(scorer, 'd'), or you get KARAT_STATUS_SHAPE
///
/// Never allocates, locks or waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_dimensions(
    scorer: *const Handle,
    row: *const f64,
    n: usize,
    scores: *mut f64,
    n_scores: usize,
) -> Status {
    guard_status(|| {
        // SAFETY: the pointers are the caller's, as the header asks.
        unsafe {
            parts(scorer, row, n, scores, n_scores, |handle, row, buffer| {
                let count = handle.scorer.model().names.dimensions.len();
                let dimensions = buffer.get_mut(..count).ok_or(KARAT_STATUS_SHAPE)?;
                let mut wanted = Explanation { dimensions, ..Explanation::default() };
                handle.scorer.explain(row, &mut wanted).map_err(status_of)?;
                Ok(wanted.dimensions)
            })
        }
    })
}

/// Most numbers that a score can be taken apart into.
const MAX_PARTS: usize =
    if MAX_DIMENSIONS > MAX_INDICATORS + MAX_RULES { MAX_DIMENSIONS } else { MAX_INDICATORS + MAX_RULES };

/// Lets `fill` compute numbers into stack memory, checks how many the caller expects, and copies them.
///
/// # Safety
/// `scorer` is NULL or a live scorer; `row` and `out` are NULL or have `n` and `n_out` doubles.
unsafe fn parts(
    scorer: *const Handle,
    row: *const f64,
    n: usize,
    out: *mut f64,
    n_out: usize,
    fill: impl for<'a> FnOnce(&Handle, &[f64], &'a mut [f64]) -> Result<&'a mut [f64], Status>,
) -> Result<(), Status> {
    // SAFETY: the caller vouches for it.
    let handle = unsafe { handle(scorer)? };
    if row.is_null() || out.is_null() {
        return Err(KARAT_STATUS_NULL_POINTER);
    }
    check_width(handle, n)?;
    // SAFETY: not NULL, and the caller vouches for `n` doubles.
    let row = unsafe { doubles(row, n)? };
    let mut buffer = [0.0; MAX_PARTS];
    let filled = fill(handle, row, &mut buffer)?;
    if filled.len() != n_out {
        return Err(KARAT_STATUS_SHAPE);
    }
    // SAFETY: the caller vouches for `n_out` doubles, whatever their alignment; the stack is not theirs.
    unsafe { std::ptr::copy_nonoverlapping(filled.as_ptr().cast::<u8>(), out.cast(), size_of_val(filled)) };
    Ok(())
}

/// The `count` doubles at `start`.
///
/// # Safety
/// `start` is not NULL and has `count` doubles, unchanged for the call.
pub(crate) unsafe fn doubles<'a>(start: *const f64, count: usize) -> Result<&'a [f64], Status> {
    if !start.is_aligned() {
        return Err(KARAT_STATUS_INVALID_ARGUMENT);
    }
    // SAFETY: aligned, and the caller vouches for the rest.
    Ok(unsafe { std::slice::from_raw_parts(start, count) })
}

pub(crate) fn check_width(handle: &Handle, n: usize) -> Result<(), Status> {
    if n == handle.scorer.schema().len() { Ok(()) } else { Err(KARAT_STATUS_SHAPE) }
}

fn check_out_size(out_size: usize) -> Result<(), Status> {
    if (8..=MAX_OUT_SIZE).contains(&out_size) && out_size.is_multiple_of(8) {
        Ok(())
    } else {
        Err(KARAT_STATUS_INVALID_ARGUMENT)
    }
}

/// Two memories must be possible (a length of `None` overflowed) and must not overlap.
pub(crate) fn check_memory(
    a: *const u8,
    a_len: Option<usize>,
    b: *const u8,
    b_len: Option<usize>,
) -> Result<(), Status> {
    let possible = |len: Option<usize>| len.filter(|&len| isize::try_from(len).is_ok());
    let (Some(a_len), Some(b_len)) = (possible(a_len), possible(b_len)) else {
        return Err(KARAT_STATUS_INVALID_ARGUMENT);
    };
    let end_of = |start: *const u8, len: usize| start.addr().checked_add(len);
    match (end_of(a, a_len), end_of(b, b_len)) {
        (Some(a_end), Some(b_end)) if a_end <= b.addr() || b_end <= a.addr() => Ok(()),
        _ => Err(KARAT_STATUS_INVALID_ARGUMENT),
    }
}

/// Writes what fits of each record and zeros behind it.
///
/// # Safety
/// `out` may be written for `out_size` bytes a record.
#[inline]
unsafe fn write_records(scores: &[Score], out: *mut u8, out_size: usize) {
    let bytes = scores.as_ptr().cast::<u8>();
    // SAFETY: a score has SIZE bytes without padding, `out` has `out_size` for each of them, and the
    // caller's memory is not the library's stack.
    unsafe {
        if out_size == SIZE {
            return std::ptr::copy_nonoverlapping(bytes, out, size_of_val(scores));
        }
        let known = out_size.min(SIZE);
        for i in 0..scores.len() {
            let record = out.add(i * out_size);
            std::ptr::copy_nonoverlapping(bytes.add(i * SIZE), record, known);
            std::ptr::write_bytes(record.add(known), 0, out_size - known);
        }
    }
}

/// Lengths are checked before the scorer sees them, so that this never runs and its text never allocates.
#[cold]
#[allow(clippy::needless_pass_by_value, reason = "an adapter for map_err")]
pub(crate) fn status_of(error: Error) -> Status {
    error.kind() as Status
}
