//! Passes over rows by several threads with a result that does not depend on how many.
//!
//! [`Chunks::map_reduce`] reads rows and merges what their chunks give; [`over_slots`] writes one slot for
//! each row. Threads live for one call: those of a pool hang in forked children.

use karat_scorer::{Error, Result};
use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// How often, at the most, a pass reports its progress.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);
/// Chunks handed out ahead of the last merged one, for each thread; bounds the states that wait.
const CHUNKS_AHEAD: usize = 4;

/// Told how much of a pass is done, from 0 to 1, on the thread that called the pass; says whether to go on.
///
/// It is called before the first chunk, at most every 50 ms after that, and at the end.
pub(crate) type Observer<'a> = &'a mut dyn FnMut(f64) -> bool;

/// Rows cut into chunks of a fixed size, whatever the number of threads.
#[derive(Debug, Clone)]
pub(crate) struct Chunks {
    /// What the pass does, for the message when it is stopped: "summarising the table".
    pub(crate) task: &'static str,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Rows in a chunk; the last may have fewer; 0 is taken as 1.
    pub(crate) chunk: usize,
    /// Number of threads; 0 takes as many as the machine offers.
    pub(crate) threads: usize,
}

impl Chunks {
    /// Applies `map` to every chunk and merges what it returns into `state`, **in the order of the rows**, so
    /// that the result is the same for any number of threads even where merging rounds.
    ///
    /// `map` runs on threads of this call alone; `merge` and `observer` run on the calling thread.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the observer says to stop.
    ///
    /// # Panics
    /// When `map` panics, with its payload, after the other threads have finished.
    pub(crate) fn map_reduce<S, T: Send>(
        &self,
        map: impl Fn(Range<usize>) -> T + Sync,
        state: S,
        merge: impl FnMut(&mut S, T),
        observer: Observer<'_>,
    ) -> Result<S> {
        let count = self.rows.div_ceil(self.chunk.max(1));
        let threads = thread_count(self.threads).min(count);
        let mut pass =
            Pass { chunks: self, count, merged: 0, state, merge, progress: Progress::of(observer) };
        pass.report(true)?;
        if threads <= 1 {
            while pass.merged < count {
                let part = map(self.rows_of(pass.merged));
                pass.take_in(part);
                pass.report(false)?;
            }
        } else {
            pass.run(threads, &map)?;
        }
        if count > 0 {
            pass.report(true)?;
        }
        Ok(pass.state)
    }

    fn rows_of(&self, chunk: usize) -> Range<usize> {
        let size = self.chunk.max(1);
        chunk * size..(chunk + 1).saturating_mul(size).min(self.rows)
    }
}

/// The number of threads asked for; 0 asks for as many as the machine offers.
pub(crate) fn thread_count(asked: usize) -> usize {
    match asked {
        0 => thread::available_parallelism().map_or(1, usize::from),
        asked => asked,
    }
}

/// Cuts `slots`, one for each row, into one part a thread, of whole chunks but for the last, and returns what
/// `pass` made of each part's rows and slots, in order.
///
/// For passes that write (labels, distances), many times in a fit, at the same cost for every row: a thread
/// borrows its slots for the whole pass, so nothing is handed out or copied back chunk by chunk. How many
/// parts there are depends on the threads, and so must not show in what the caller makes of them: exact
/// integers, or values kept chunk by chunk.
///
/// # Panics
/// When `pass` panics, with its payload.
pub(crate) fn over_slots<S: Send, T: Send>(
    threads: usize,
    chunk: usize,
    slots: &mut [S],
    pass: impl Fn(Range<usize>, &mut [S]) -> T + Sync,
) -> Vec<T> {
    let part = slots.len().div_ceil(chunk.max(1)).div_ceil(threads.max(1)).max(1) * chunk.max(1);
    if slots.len() <= part {
        return vec![pass(0..slots.len(), slots)];
    }
    let pass = &pass;
    thread::scope(|scope| {
        let mut running = Vec::new();
        for (number, slots) in slots.chunks_mut(part).enumerate() {
            let start = number * part;
            running.push(scope.spawn(move || pass(start..start + slots.len(), slots)));
        }
        let join =
            |thread: ScopedJoinHandle<'_, T>| thread.join().unwrap_or_else(|payload| resume_unwind(payload));
        running.into_iter().map(join).collect()
    })
}

/// A chunk's number with its state, or with the payload of a panic.
type Answer<T> = (usize, thread::Result<T>);

/// The calling thread's side of a pass.
struct Pass<'a, S, M> {
    chunks: &'a Chunks,
    count: usize,
    merged: usize,
    state: S,
    merge: M,
    progress: Progress<'a>,
}

impl<S, M> Pass<'_, S, M> {
    fn take_in<T>(&mut self, part: T)
    where
        M: FnMut(&mut S, T),
    {
        (self.merge)(&mut self.state, part);
        self.merged += 1;
    }

    fn report(&mut self, always: bool) -> Result<()> {
        #[allow(clippy::cast_precision_loss, reason = "a rough share is enough")]
        let share = if self.count == 0 { 1.0 } else { self.merged as f64 / self.count as f64 };
        if self.progress.allows(share, always) {
            Ok(())
        } else {
            Err(Error::Interrupted(self.chunks.task.to_owned()))
        }
    }

    fn run<T: Send>(&mut self, threads: usize, map: &(impl Fn(Range<usize>) -> T + Sync)) -> Result<()>
    where
        M: FnMut(&mut S, T),
    {
        let (tasks, queue) = channel::<usize>();
        let queue = Queue { tasks: Mutex::new(queue), stopped: AtomicBool::new(false) };
        let outcome = thread::scope(|scope| {
            let (answers, answered) = channel();
            for _ in 0..threads {
                let (answers, queue, chunks) = (answers.clone(), &queue, self.chunks);
                scope.spawn(move || work(queue, &answers, |chunk| map(chunks.rows_of(chunk))));
            }
            drop(answers);
            // The tasks are dropped when this returns, for whatever reason; that sends the workers home.
            self.hand_out(threads, tasks, &answered, &queue)
        });
        match outcome {
            Ok(result) => result,
            Err(payload) => resume_unwind(payload),
        }
    }

    /// Hands out chunks a bounded way ahead and merges the answers in order; the payload of a panic is the
    /// outer error.
    #[allow(clippy::needless_pass_by_value, reason = "dropping the tasks ends the workers")]
    fn hand_out<T>(
        &mut self,
        threads: usize,
        tasks: Sender<usize>,
        answered: &Receiver<Answer<T>>,
        queue: &Queue,
    ) -> Result<Result<()>, Box<dyn Any + Send>>
    where
        M: FnMut(&mut S, T),
    {
        let mut waiting = BTreeMap::new();
        let mut sent = 0;
        while self.merged < self.count {
            while sent < self.count.min(self.merged + CHUNKS_AHEAD * threads) && tasks.send(sent).is_ok() {
                sent += 1;
            }
            match answered.recv_timeout(REPORT_INTERVAL) {
                Ok((chunk, answer)) => {
                    waiting.insert(chunk, answer.inspect_err(|_| queue.stop())?);
                }
                Err(RecvTimeoutError::Timeout) => {}
                // Workers leave only when the tasks are gone, so this cannot be reached.
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Some(part) = waiting.remove(&self.merged) {
                self.take_in(part);
            }
            if let Err(error) = self.report(false) {
                queue.stop();
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}

/// The chunks handed out and not yet begun.
struct Queue {
    tasks: Mutex<Receiver<usize>>,
    stopped: AtomicBool,
}

impl Queue {
    /// The next chunk; none once the pass is over or stopped.
    fn next(&self) -> Option<usize> {
        let chunk = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()?;
        (!self.stopped.load(Ordering::Relaxed)).then_some(chunk)
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// A worker: maps chunks until there are no more.
fn work<T>(queue: &Queue, answers: &Sender<Answer<T>>, map: impl Fn(usize) -> T) {
    while let Some(chunk) = queue.next() {
        let answer = catch_unwind(AssertUnwindSafe(|| map(chunk)));
        if answers.send((chunk, answer)).is_err() {
            return;
        }
    }
}

/// Calls the observer, not too often.
struct Progress<'a> {
    observer: Observer<'a>,
    last: Instant,
}

impl<'a> Progress<'a> {
    fn of(observer: Observer<'a>) -> Progress<'a> {
        Progress { observer, last: Instant::now() }
    }

    fn allows(&mut self, share: f64, always: bool) -> bool {
        if !always && self.last.elapsed() < REPORT_INTERVAL {
            return true;
        }
        let allowed = (self.observer)(share);
        self.last = Instant::now();
        allowed
    }
}

#[cfg(test)]
#[path = "parallel_tests.rs"]
mod tests;
