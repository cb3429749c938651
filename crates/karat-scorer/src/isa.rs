//! The instruction sets the batch is compiled for; the only unsafe file of the crate.
//!
//! The body is written once and compiled twice. Nothing in it depends on the instruction set, Rust never
//! contracts `a * b + c`, and lanes never mix, so that both give the same bits.
#![allow(unsafe_code, reason = "calling a function compiled for AVX2 needs a check that only we can make")]

/// Which compilation of the batch runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isa {
    /// The target's baseline.
    Portable,
    /// 256-bit vectors of x86-64.
    Avx2,
    /// 512-bit vectors of x86-64. Only [`nearest`](crate::nearest) has code of its own for it; everything else
    /// runs as for [`Isa::Avx2`].
    Avx512,
}

impl Isa {
    /// The best this machine has; always [`Isa::Portable`] under an interpreter of Rust.
    #[must_use]
    pub fn detect() -> Isa {
        let known = [Isa::Avx512, Isa::Avx2];
        known.into_iter().find(|isa| isa.available()).unwrap_or(Isa::Portable)
    }

    /// Whether this machine can run it.
    #[must_use]
    pub fn available(self) -> bool {
        match self {
            Isa::Portable => true,
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Isa::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Isa::Avx512 => {
                let [f, bw, dq, vl] = [
                    std::arch::is_x86_feature_detected!("avx512f"),
                    std::arch::is_x86_feature_detected!("avx512bw"),
                    std::arch::is_x86_feature_detected!("avx512dq"),
                    std::arch::is_x86_feature_detected!("avx512vl"),
                ];
                f && bw && dq && vl && Isa::Avx2.available() && std::arch::is_x86_feature_detected!("fma")
            }
            #[cfg(not(all(target_arch = "x86_64", not(miri))))]
            Isa::Avx2 | Isa::Avx512 => false,
        }
    }
}

/// Work that is written once and compiled for every instruction set, see [`Isa::run`].
///
/// [`run`](Kernel::run) and everything hot below it must be `#[inline(always)]`, or it stays compiled for the
/// baseline.
pub trait Kernel {
    /// What the work returns.
    type Output;

    /// Does the work.
    fn run(self) -> Self::Output;
}

impl Isa {
    /// Does the work with this instruction set where the machine has it; the bits are the same with every one.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if self != Isa::Portable && self.available() {
            // SAFETY: the line above checked that this machine has AVX2.
            return unsafe { run_avx2(kernel) };
        }
        kernel.run()
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
#[target_feature(enable = "avx2")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// What is written differently for one instruction set: moves alone, no arithmetic.
pub(crate) trait Machine {
    /// Rows to columns.
    fn transpose(rows: [[f64; 4]; 4]) -> [[f64; 4]; 4];

    /// For each lane the pair of the larger number, which is `kept` where they are equal or not comparable,
    /// and then the other pair.
    fn keep_larger(kept: Pairs, offered: Pairs) -> (Pairs, Pairs);
}

/// Four numbers, and one more that belongs to each.
pub(crate) type Pairs = ([f64; 4], [f64; 4]);

/// Work on a batch. `run` has to be `#[inline(always)]`: then it is compiled for the instruction set of its
/// caller.
pub(crate) trait Batched {
    fn run<M: Machine>(self);
}

/// Runs `kernel` as compiled for `isa`.
pub(crate) fn dispatch(isa: Isa, kernel: impl Batched) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if isa != Isa::Portable && isa.available() {
        // SAFETY: the line above checked that this machine has AVX2.
        return unsafe { run_batched_avx2(kernel) };
    }
    let _ = isa;
    kernel.run::<Baseline>();
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
#[target_feature(enable = "avx2")]
fn run_batched_avx2(kernel: impl Batched) {
    kernel.run::<Vectors>();
}

struct Baseline;

impl Machine for Baseline {
    #[inline(always)]
    fn transpose(rows: [[f64; 4]; 4]) -> [[f64; 4]; 4] {
        std::array::from_fn(|column| std::array::from_fn(|row| rows[row][column]))
    }

    #[inline(always)]
    fn keep_larger(mut kept: Pairs, mut offered: Pairs) -> (Pairs, Pairs) {
        for lane in 0..4 {
            let larger = offered.0[lane] > kept.0[lane];
            let before = (kept.0[lane], kept.1[lane]);
            kept.0[lane] = if larger { offered.0[lane] } else { before.0 };
            kept.1[lane] = if larger { offered.1[lane] } else { before.1 };
            offered.0[lane] = if larger { before.0 } else { offered.0[lane] };
            offered.1[lane] = if larger { before.1 } else { offered.1[lane] };
        }
        (kept, offered)
    }
}

/// 256-bit vectors; only [`run_batched_avx2`] names it.
#[cfg(all(target_arch = "x86_64", not(miri)))]
struct Vectors;

#[cfg(all(target_arch = "x86_64", not(miri)))]
impl Machine for Vectors {
    #[inline(always)]
    fn transpose(rows: [[f64; 4]; 4]) -> [[f64; 4]; 4] {
        use std::arch::x86_64::{__m256d, _mm256_permute2f128_pd, _mm256_unpackhi_pd, _mm256_unpacklo_pd};
        // SAFETY: an array of four doubles and a vector of them have the same size and every bit pattern is
        // valid in both; the instructions are there because the kernel runs inside `run_batched_avx2`.
        unsafe {
            let [a, b, c, d] = std::mem::transmute::<[[f64; 4]; 4], [__m256d; 4]>(rows);
            let (ab_even, ab_odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            let (cd_even, cd_odd) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
            std::mem::transmute::<[__m256d; 4], [[f64; 4]; 4]>([
                _mm256_permute2f128_pd::<0x20>(ab_even, cd_even),
                _mm256_permute2f128_pd::<0x20>(ab_odd, cd_odd),
                _mm256_permute2f128_pd::<0x31>(ab_even, cd_even),
                _mm256_permute2f128_pd::<0x31>(ab_odd, cd_odd),
            ])
        }
    }
    #[inline(always)]
    fn keep_larger(kept: Pairs, offered: Pairs) -> (Pairs, Pairs) {
        use std::arch::x86_64::{__m256d, _CMP_GT_OQ, _mm256_blendv_pd, _mm256_cmp_pd};
        // SAFETY: as above.
        unsafe {
            let [a, a_of, b, b_of] =
                std::mem::transmute::<[[f64; 4]; 4], [__m256d; 4]>([kept.0, kept.1, offered.0, offered.1]);
            let larger = _mm256_cmp_pd::<_CMP_GT_OQ>(b, a);
            let [kept, kept_of, offered, offered_of] = std::mem::transmute::<[__m256d; 4], [[f64; 4]; 4]>([
                _mm256_blendv_pd(a, b, larger),
                _mm256_blendv_pd(a_of, b_of, larger),
                _mm256_blendv_pd(b, a, larger),
                _mm256_blendv_pd(b_of, a_of, larger),
            ]);
            ((kept, kept_of), (offered, offered_of))
        }
    }
}
