//! One pass over all rows for every k at once: sizes, inertia and simplified silhouette.

use super::search::Found;
use crate::classify::segments::Value;
use crate::classify::segments::quality::labelled::{CHUNK, LANES, Lanes, Rows};
use crate::numerics::parallel::{over_slots, thread_count};
use karat_scorer::{Isa, Kernel};

/// What the pass says of one k.
#[derive(Debug, Clone, Default)]
pub(super) struct Passed {
    pub(super) inertia: f64,
    pub(super) simplified_silhouette: f64,
    pub(super) sizes: Vec<u64>,
}

/// Assigns every row to the nearest center of every k, by the arithmetic of the frozen step.
pub(super) fn assign_all<T: Value>(rows: &Rows<'_, T>, fits: &[Found], threads: usize) -> Vec<Passed> {
    let isa = Isa::detect();
    let centers: Vec<Vec<f64>> = fits.iter().map(|fit| fit.centers.iter().copied().collect()).collect();
    let columns = rows.columns();
    let empty = || -> Vec<Passed> {
        fits.iter().map(|fit| Passed { sizes: vec![0; fit.k], ..Passed::default() }).collect()
    };
    let mut chunks = vec![(); rows.count().div_ceil(CHUNK)];
    let parts = over_slots(thread_count(threads), 1, &mut chunks, |numbers, _| {
        let mut block = vec![[0.0; LANES]; columns];
        let mut parts = Vec::with_capacity(numbers.len());
        for number in numbers {
            let mut part = empty();
            let end = ((number + 1) * CHUNK).min(rows.count());
            let mut start = number * CHUNK;
            while start < end {
                let count = LANES.min(end - start);
                rows.gather(start..end, &mut block);
                for (passed, centers) in part.iter_mut().zip(&centers) {
                    isa.run(Assign { block: &block, centers, count, passed });
                }
                start += count;
            }
            parts.push(part);
        }
        parts
    });
    let mut total = empty();
    for part in parts.iter().flatten() {
        for (total, part) in total.iter_mut().zip(part) {
            total.inertia += part.inertia;
            total.simplified_silhouette += part.simplified_silhouette;
            for (size, more) in total.sizes.iter_mut().zip(&part.sizes) {
                *size += more;
            }
        }
    }
    for passed in &mut total {
        passed.simplified_silhouette /= rows.count() as f64;
    }
    total
}

struct Assign<'a> {
    block: &'a [Lanes],
    centers: &'a [f64],
    count: usize,
    passed: &'a mut Passed,
}

impl Kernel for Assign<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut best = [f64::INFINITY; LANES];
        let mut second = [f64::INFINITY; LANES];
        let mut index = [0.0; LANES];
        let mut number = 0.0;
        for center in self.centers.chunks_exact(self.block.len()) {
            let mut distance = [0.0; LANES];
            for (x, &coordinate) in self.block.iter().zip(center) {
                for lane in 0..LANES {
                    let difference = x[lane] - coordinate;
                    distance[lane] += difference * difference;
                }
            }
            for lane in 0..LANES {
                let closer = distance[lane] < best[lane];
                let middle = if distance[lane] < second[lane] { distance[lane] } else { second[lane] };
                second[lane] = if closer { best[lane] } else { middle };
                best[lane] = if closer { distance[lane] } else { best[lane] };
                index[lane] = if closer { number } else { index[lane] };
            }
            number += 1.0;
        }
        let mut width = [0.0; LANES];
        for lane in 0..LANES {
            let margin = 1.0 - (best[lane] / second[lane]).sqrt();
            // Two centers at the row's own place: neither is nearer.
            width[lane] = if second[lane] > 0.0 { margin } else { 0.0 };
        }
        for lane in 0..self.count.min(LANES) {
            self.passed.inertia += best[lane];
            self.passed.simplified_silhouette += width[lane];
            self.passed.sizes[index[lane] as usize] += 1;
        }
    }
}
