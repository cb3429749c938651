//! Members trained by threads of their own, while the calling thread tells the observer.

use super::super::report::Progress;
use super::Trained;
use karat_scorer::{Error, Result};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often, at the most, the observer is told.
const INTERVAL: Duration = Duration::from_millis(50);

enum Message {
    Iteration(Progress),
    Done(usize, Option<Trained>),
}

/// Trains each member; they come back in their order, whoever trained them.
pub(super) fn run(
    members: usize,
    threads: usize,
    observer: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    train: impl Fn(usize, &AtomicBool, &dyn Fn(usize, f64)) -> Option<Trained> + Sync,
) -> Result<Vec<Trained>> {
    let stop = AtomicBool::new(false);
    let next = AtomicUsize::new(0);
    let mut trained: Vec<Option<Trained>> = (0..members).map(|_| None).collect();
    thread::scope(|scope| {
        let (sender, receiver) = channel();
        for _ in 0..threads {
            let (sender, stop, next, train) = (sender.clone(), &stop, &next, &train);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let member = next.fetch_add(1, Ordering::Relaxed);
                    if member >= members {
                        return;
                    }
                    let tell = |iteration: usize, objective: f64| {
                        // The calling thread may have left after a stop.
                        let _ = sender.send(Message::Iteration(Progress {
                            member,
                            members,
                            iteration,
                            objective,
                        }));
                    };
                    let result = train(member, stop, &tell);
                    let _ = sender.send(Message::Done(member, result));
                }
            });
        }
        drop(sender);
        let mut latest = Progress { member: 0, members, iteration: 0, objective: f64::INFINITY };
        let mut told = Instant::now();
        loop {
            match receiver.recv_timeout(INTERVAL) {
                Ok(Message::Iteration(progress)) => latest = progress,
                Ok(Message::Done(member, result)) => trained[member] = result,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if told.elapsed() >= INTERVAL {
                told = Instant::now();
                if observer(&latest).is_break() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        }
        if !stop.load(Ordering::Relaxed) && observer(&latest).is_break() {
            stop.store(true, Ordering::Relaxed);
        }
    });
    let stopped = || Error::Interrupted("fitting a wavelet network".to_owned());
    if stop.load(Ordering::Relaxed) {
        return Err(stopped());
    }
    trained.into_iter().collect::<Option<Vec<_>>>().ok_or_else(stopped)
}
