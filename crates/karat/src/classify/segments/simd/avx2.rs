//! 256-bit vectors.
#![allow(clippy::undocumented_unsafe_blocks, reason = "the reason is the same for all, see `Avx2`")]

use super::{Job, MOST_LANES, Vector};
use std::arch::x86_64::{
    __m256, _CMP_LT_OQ, _MM_HINT_T0, _mm_cmpeq_epi8, _mm_cvtss_f32, _mm_loadl_epi64, _mm_loadu_ps,
    _mm_max_ps, _mm_movehl_ps, _mm_movemask_epi8, _mm_packs_epi32, _mm_packus_epi16, _mm_prefetch,
    _mm_shuffle_ps, _mm_storeu_si128, _mm256_add_ps, _mm256_blendv_ps, _mm256_castps128_ps256,
    _mm256_castps256_ps128, _mm256_castsi256_si128, _mm256_cmp_ps, _mm256_cvttps_epi32,
    _mm256_extractf128_ps, _mm256_extracti128_si256, _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_insertf128_ps,
    _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_movemask_ps, _mm256_set1_ps, _mm256_shuffle_ps,
    _mm256_sqrt_ps, _mm256_sub_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn run<J: Job>(job: J) -> J::Output {
    job.run::<Avx2>()
}

/// SAFETY of the blocks of this file: only [`run`] names this type, so its methods run on a machine that has the
/// instructions; memory is read where a slice of checked length says that there is some.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

const LANES: usize = 8;

impl Vector for Avx2 {
    const LANES: usize = LANES;
    type Mask = __m256;

    #[inline(always)]
    fn splat(value: f32) -> Avx2 {
        Avx2(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    fn load(values: &[f32]) -> Avx2 {
        assert!(values.len() >= LANES);
        Avx2(unsafe { _mm256_loadu_ps(values.as_ptr()) })
    }

    #[inline(always)]
    fn plus(self, other: Avx2) -> Avx2 {
        Avx2(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn minus(self, other: Avx2) -> Avx2 {
        Avx2(unsafe { _mm256_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn times_plus(self, factor: Avx2, addend: Avx2) -> Avx2 {
        Avx2(unsafe { _mm256_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    fn times_from(self, factor: Avx2, minuend: Avx2) -> Avx2 {
        Avx2(unsafe { _mm256_fnmadd_ps(self.0, factor.0, minuend.0) })
    }

    #[inline(always)]
    fn min(self, other: Avx2) -> Avx2 {
        Avx2(unsafe { _mm256_min_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn max(self, other: Avx2) -> Avx2 {
        Avx2(unsafe { _mm256_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn root(self) -> Avx2 {
        Avx2(unsafe { _mm256_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn below(self, other: Avx2) -> __m256 {
        unsafe { _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0) }
    }

    #[inline(always)]
    fn choose(mask: __m256, yes: Avx2, no: Avx2) -> Avx2 {
        Avx2(unsafe { _mm256_blendv_ps(no.0, yes.0, mask) })
    }

    #[inline(always)]
    fn bits(mask: __m256) -> u32 {
        unsafe { _mm256_movemask_ps(mask) }.cast_unsigned()
    }

    #[inline(always)]
    fn bytes(self) -> [u8; MOST_LANES] {
        let mut bytes = [0_u8; MOST_LANES];
        unsafe {
            let whole = _mm256_cvttps_epi32(self.0);
            let halves = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256::<1>(whole));
            _mm_storeu_si128(bytes.as_mut_ptr().cast(), _mm_packus_epi16(halves, halves));
        }
        bytes
    }

    #[inline(always)]
    fn differing(bytes: &[u8; MOST_LANES], others: &[u8]) -> u32 {
        assert!(others.len() >= LANES);
        unsafe {
            let (bytes, others) =
                (_mm_loadl_epi64(bytes.as_ptr().cast()), _mm_loadl_epi64(others.as_ptr().cast()));
            !_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, others)).cast_unsigned() & 0xff
        }
    }

    #[inline(always)]
    fn greatest(self) -> f32 {
        unsafe {
            let four = _mm_max_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ps(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }

    #[inline(always)]
    fn four_columns(rows: &[f32], columns: usize, first: usize) -> [Avx2; 4] {
        assert!(rows.len() >= LANES * columns && first + 4 <= columns);
        unsafe {
            let values = rows.as_ptr().add(first);
            // Rows i and i + 4 side by side, so that the rest happens within halves.
            let mut halves = [_mm256_set1_ps(0.0); 4];
            for i in 0..4 {
                let row = |r: usize| _mm_loadu_ps(values.add(r * columns));
                halves[i] = _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(row(i)), row(i + 4));
            }
            let [a, b, c, d] = halves;
            let (ab_low, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            let (cd_low, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
            [
                Avx2(_mm256_shuffle_ps::<0x44>(ab_low, cd_low)),
                Avx2(_mm256_shuffle_ps::<0xee>(ab_low, cd_low)),
                Avx2(_mm256_shuffle_ps::<0x44>(ab_high, cd_high)),
                Avx2(_mm256_shuffle_ps::<0xee>(ab_high, cd_high)),
            ]
        }
    }

    #[inline(always)]
    fn prefetch<T>(values: &[T], place: usize) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(place).cast()) };
    }
}
