//! The generator of k-means: the same seed gives the same draws on every machine and in every version.

/// xoshiro256++ (Blackman and Vigna, 2021), seeded by splitmix64 (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: [u64; 4],
}

const GOLDEN_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

pub(super) fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

impl Random {
    /// Sequence number `stream` of `seed`: one for each restart, whatever the others draw.
    pub(super) fn stream(seed: u64, stream: u64) -> Random {
        let hash = mix(seed.wrapping_add(GOLDEN_STEP));
        let mut state = mix((hash ^ stream).wrapping_add(GOLDEN_STEP));
        Random {
            state: std::array::from_fn(|_| {
                state = state.wrapping_add(GOLDEN_STEP);
                mix(state)
            }),
        }
    }

    #[cfg(test)]
    pub(super) fn with_state(state: [u64; 4]) -> Random {
        Random { state }
    }

    pub(super) fn next_bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ b << 17, d.rotate_left(45)];
        drawn
    }

    /// Uniform on [0, 1): one of the 2^53 multiples of 2^-53.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.next_bits() >> 11) as f64 * (f64::EPSILON / 2.0)
    }
}
