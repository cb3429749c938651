//! Passes over the rows by threads of this call alone.
//!
//! No pool is kept: threads that outlive a call hang in forked children. What a pass returns is either exact
//! (integers) or kept chunk by chunk, so the number of threads cannot show.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

/// Rows of a chunk; parts handed to threads begin at chunks.
pub(super) const CHUNK: usize = 1024;
/// Multiplications that repay the start of a thread.
const WORK_PER_THREAD: usize = 1 << 18;

/// The number of threads worth starting for `work` multiplications; 0 asked for means all.
pub(super) fn threads_for(asked: usize, work: usize) -> usize {
    let available = match asked {
        0 => thread::available_parallelism().map_or(1, usize::from),
        asked => asked,
    };
    available.min(work / WORK_PER_THREAD + 1)
}

/// Cuts `slots`, one for each row, into one part a thread; returns what `pass` made of each, in order.
///
/// # Panics
/// When `pass` panics, with its payload.
pub(super) fn over_rows<S: Send, T: Send>(
    threads: usize,
    slots: &mut [S],
    pass: impl Fn(Range<usize>, &mut [S]) -> T + Sync,
) -> Vec<T> {
    let part = slots.len().div_ceil(CHUNK).div_ceil(threads.max(1)).max(1) * CHUNK;
    if slots.len() <= part {
        let rows = 0..slots.len();
        return vec![pass(rows, slots)];
    }
    let pass = &pass;
    thread::scope(|scope| {
        let mut running = Vec::new();
        for (number, slots) in slots.chunks_mut(part).enumerate() {
            let start = number * part;
            running.push(scope.spawn(move || pass(start..start + slots.len(), slots)));
        }
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|payload| resume_unwind(payload)))
            .collect()
    })
}
