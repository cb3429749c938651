//! The entries that fall furthest short of the mean customer, for customers side by side.

use crate::isa::Machine;
use crate::score::NONE;
use crate::step::Lanes;

/// Customers whose largest shortfalls stay in registers together.
const FOUR: usize = 4;

/// The `TOP` largest shortfalls of each customer, and their positions as numbers for the sake of the lanes; of
/// equal ones the first. Where there are fewer, the position is [`NONE`].
#[inline(always)]
pub(crate) fn furthest_short<M: Machine, const N: usize, const TOP: usize>(
    against_mean: &[Lanes<N>],
) -> ([Lanes<N>; TOP], [Lanes<N>; TOP]) {
    let mut most = [[0.0; N]; TOP];
    let mut which = [[f64::from(NONE); N]; TOP];
    let whole = N / FOUR * FOUR;
    for lane in (0..whole).step_by(FOUR) {
        let mut kept = [([0.0; FOUR], [f64::from(NONE); FOUR]); TOP];
        for (position, against_mean) in against_mean.iter().enumerate() {
            let mut offered = ([0.0; FOUR], [position as f64; FOUR]);
            for at in 0..FOUR {
                offered.0[at] = -against_mean[lane + at];
            }
            for slot in &mut kept {
                (*slot, offered) = M::keep_larger(*slot, offered);
            }
        }
        for (slot, kept) in kept.iter().enumerate() {
            most[slot][lane..lane + FOUR].copy_from_slice(&kept.0);
            which[slot][lane..lane + FOUR].copy_from_slice(&kept.1);
        }
    }
    for lane in whole..N {
        for (position, against_mean) in against_mean.iter().enumerate() {
            let mut offered = (-against_mean[lane], position as f64);
            for slot in 0..TOP {
                if offered.0 > most[slot][lane] {
                    let kept = (most[slot][lane], which[slot][lane]);
                    (most[slot][lane], which[slot][lane]) = offered;
                    offered = kept;
                }
            }
        }
    }
    (most, which)
}
