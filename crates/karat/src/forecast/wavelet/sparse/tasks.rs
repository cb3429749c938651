//! Independent tasks on threads of this call alone, while the calling thread listens to the observer.

use super::Progress;
use karat_scorer::{Error, Result};
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How often the observer is asked while nothing is finished.
const INTERVAL: Duration = Duration::from_millis(50);

/// Told where the fit stands, on the calling thread; says whether to go on.
pub(super) type Observer<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

/// Results of `count` tasks in order, whatever the threads; a task returns none once `stop` is set.
pub(super) fn run<T: Send>(
    count: usize,
    threads: usize,
    stop: &AtomicBool,
    task: impl Fn(usize) -> Option<T> + Sync,
    observer: Observer<'_>,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let mut found: Vec<Option<T>> = (0..count).map(|_| None).collect();
    let interrupted = || Error::Interrupted("growing wavelet networks".to_owned());
    thread::scope(|scope| {
        let (answers, answered) = channel();
        let mut workers = Vec::new();
        for _ in 0..threads.clamp(1, count.max(1)) {
            let (answers, next, task) = (answers.clone(), &next, &task);
            workers.push(scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    if answers.send((number, task(number))).is_err() {
                        return;
                    }
                }
            }));
        }
        drop(answers);
        let mut done = 0;
        loop {
            if observer(&Progress { done, networks: count }).is_break() {
                stop.store(true, Ordering::Relaxed);
            }
            match answered.recv_timeout(INTERVAL) {
                Ok((number, answer)) => {
                    found[number] = answer;
                    done += 1;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        for worker in workers {
            if let Err(payload) = worker.join() {
                resume_unwind(payload);
            }
        }
    });
    if stop.load(Ordering::Relaxed) {
        return Err(interrupted());
    }
    found.into_iter().collect::<Option<Vec<T>>>().ok_or_else(interrupted)
}
