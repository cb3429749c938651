use super::*;
use std::sync::atomic::AtomicUsize;

fn chunks(rows: usize, chunk: usize, threads: usize) -> Chunks {
    Chunks { task: "the test", rows, chunk, threads }
}

fn go_on(_: f64) -> bool {
    true
}

#[test]
fn rounding_sums_are_the_same_for_any_number_of_threads() {
    let rows = 10_007;
    let sum = |threads: usize| {
        let part = |range: Range<usize>| range.map(|row| 1.0 / (row as f64 + 0.1)).sum::<f64>();
        chunks(rows, 64, threads).map_reduce(part, 0.0, |total, part| *total += part, &mut go_on).unwrap()
    };
    let one = sum(1);
    for threads in [0, 2, 3, 8, 200] {
        assert_eq!(sum(threads).to_bits(), one.to_bits(), "{threads} threads");
    }
    assert!((one - (0..rows).rev().map(|row| 1.0 / (row as f64 + 0.1)).sum::<f64>()).abs() < 1e-9);
}

#[test]
fn chunks_are_merged_in_the_order_of_the_rows() {
    for (rows, chunk) in [(0, 4), (1, 4), (4, 4), (5, 4), (1000, 3), (7, 0), (5, usize::MAX)] {
        let append = |all: &mut Vec<usize>, part: Vec<usize>| all.extend(part);
        // Early chunks take longest, so that answers come out of order.
        let map = |range: Range<usize>| {
            std::thread::sleep(Duration::from_micros(if range.start.is_multiple_of(2) { 200 } else { 0 }));
            range.collect::<Vec<usize>>()
        };
        let all = chunks(rows, chunk, 4).map_reduce(map, Vec::new(), append, &mut go_on).unwrap();
        assert_eq!(all, (0..rows).collect::<Vec<usize>>());
    }
}

#[test]
fn the_observer_is_called_on_the_calling_thread_and_hears_the_end() {
    for threads in [1, 3] {
        let here = std::thread::current().id();
        let mut shares = Vec::new();
        let mut observer = |share: f64| {
            assert_eq!(std::thread::current().id(), here);
            shares.push(share);
            true
        };
        let slow = |_: Range<usize>| std::thread::sleep(Duration::from_millis(10));
        chunks(30, 1, threads).map_reduce(slow, (), |(), ()| (), &mut observer).unwrap();
        assert!(shares.len() > 2, "{shares:?}");
        assert_eq!((shares[0], shares[shares.len() - 1]), (0.0, 1.0));
        assert!(shares.is_sorted());
    }
}

#[test]
fn a_stop_leaves_the_rest_undone() {
    for threads in [1, 3] {
        let done = AtomicUsize::new(0);
        let map = |_: Range<usize>| {
            done.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(2));
        };
        let mut observer = |share: f64| share == 0.0;
        let error = chunks(10_000, 1, threads).map_reduce(map, (), |(), ()| (), &mut observer).unwrap_err();
        assert_eq!(error.to_string(), "stopped by the caller during the test; nothing was changed");
        assert!((1..1000).contains(&done.into_inner()), "{threads} threads");
    }
    let never = |_: Range<usize>| unreachable!("stopped before the first chunk");
    let mut observer = |_: f64| false;
    assert!(chunks(10, 1, 2).map_reduce(never, (), |(), ()| (), &mut observer).is_err());
}

#[test]
fn a_panic_comes_through_with_its_message() {
    for threads in [1, 2] {
        let map = |range: Range<usize>| assert!(range.start != 5, "row five");
        let caught = catch_unwind(|| {
            let _ = chunks(100, 1, threads).map_reduce(map, (), |(), ()| (), &mut go_on);
        });
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"row five"));
    }
}

#[test]
fn a_panic_of_the_merge_does_not_hang() {
    let caught = catch_unwind(|| {
        let _ = chunks(100, 1, 2).map_reduce(|_| (), (), |(), ()| panic!("merge"), &mut go_on);
    });
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"merge"));
}

#[test]
fn waiting_states_are_bounded() {
    // The first chunk is held back; the others must not run far ahead of it.
    let begun = AtomicUsize::new(0);
    let map = |range: Range<usize>| {
        if range.start == 0 {
            std::thread::sleep(Duration::from_millis(60));
            begun.load(Ordering::Relaxed)
        } else {
            begun.fetch_add(1, Ordering::Relaxed);
            0
        }
    };
    let ahead =
        chunks(5000, 1, 2).map_reduce(map, 0, |most, part| *most = part.max(*most), &mut go_on).unwrap();
    assert!(ahead <= CHUNKS_AHEAD * 2, "{ahead}");
}

#[test]
fn slots_belong_to_their_rows_in_parts_of_whole_chunks() {
    for (rows, chunk, threads) in [(0, 4, 2), (1, 4, 2), (4, 4, 9), (1000, 7, 3), (1000, 7, 1), (9, 0, 2)] {
        let mut slots = vec![usize::MAX; rows];
        let parts = over_slots(threads, chunk, &mut slots, |rows, slots| {
            slots.iter_mut().zip(rows.clone()).for_each(|(slot, row)| *slot = row * row);
            rows
        });
        assert_eq!(slots, (0..rows).map(|row| row * row).collect::<Vec<usize>>());
        assert!(parts.len() <= threads);
        assert!(parts.iter().all(|part| part.start.is_multiple_of(chunk.max(1))));
        assert_eq!(parts.into_iter().flatten().collect::<Vec<usize>>(), (0..rows).collect::<Vec<usize>>());
    }
}

#[test]
fn a_panic_over_slots_comes_through_with_its_message() {
    for threads in [1, 2] {
        let pass = |rows: Range<usize>, _: &mut [u8]| assert!(!rows.contains(&5), "row five");
        let caught = catch_unwind(|| over_slots(threads, 1, &mut [0; 100], pass));
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"row five"));
    }
}
