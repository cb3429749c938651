//! 512-bit vectors.
#![allow(clippy::undocumented_unsafe_blocks, reason = "the reason is the same for all, see `Avx512`")]

use super::{Job, MOST_LANES, Vector};
use std::arch::x86_64::{
    __m512, __mmask16, _CMP_LT_OQ, _MM_HINT_T0, _mm_cmpneq_epi8_mask, _mm_loadu_ps, _mm_loadu_si128,
    _mm_prefetch, _mm_storeu_si128, _mm512_add_ps, _mm512_castps128_ps512, _mm512_cmp_ps_mask,
    _mm512_cvtepi32_epi8, _mm512_cvttps_epi32, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_loadu_ps,
    _mm512_mask_blend_ps, _mm512_mask_broadcast_f32x4, _mm512_max_ps, _mm512_min_ps, _mm512_reduce_max_ps,
    _mm512_set1_ps, _mm512_shuffle_f32x4, _mm512_shuffle_ps, _mm512_sqrt_ps, _mm512_sub_ps,
    _mm512_unpackhi_ps, _mm512_unpacklo_ps,
};

pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
pub(super) fn run<J: Job>(job: J) -> J::Output {
    job.run::<Avx512>()
}

/// SAFETY of the blocks of this file: only [`run`] names this type, so its methods run on a machine that has the
/// instructions; memory is read where a slice of checked length says that there is some.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

const LANES: usize = 16;

impl Vector for Avx512 {
    const LANES: usize = LANES;
    type Mask = __mmask16;

    #[inline(always)]
    fn splat(value: f32) -> Avx512 {
        Avx512(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    fn load(values: &[f32]) -> Avx512 {
        assert!(values.len() >= LANES);
        Avx512(unsafe { _mm512_loadu_ps(values.as_ptr()) })
    }

    #[inline(always)]
    fn plus(self, other: Avx512) -> Avx512 {
        Avx512(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn minus(self, other: Avx512) -> Avx512 {
        Avx512(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn times_plus(self, factor: Avx512, addend: Avx512) -> Avx512 {
        Avx512(unsafe { _mm512_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    fn times_from(self, factor: Avx512, minuend: Avx512) -> Avx512 {
        Avx512(unsafe { _mm512_fnmadd_ps(self.0, factor.0, minuend.0) })
    }

    #[inline(always)]
    fn min(self, other: Avx512) -> Avx512 {
        Avx512(unsafe { _mm512_min_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn max(self, other: Avx512) -> Avx512 {
        Avx512(unsafe { _mm512_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn root(self) -> Avx512 {
        Avx512(unsafe { _mm512_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn below(self, other: Avx512) -> __mmask16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, other.0) }
    }

    #[inline(always)]
    fn choose(mask: __mmask16, yes: Avx512, no: Avx512) -> Avx512 {
        Avx512(unsafe { _mm512_mask_blend_ps(mask, no.0, yes.0) })
    }

    #[inline(always)]
    fn bits(mask: __mmask16) -> u32 {
        u32::from(mask)
    }

    #[inline(always)]
    fn bytes(self) -> [u8; MOST_LANES] {
        let mut bytes = [0_u8; MOST_LANES];
        unsafe {
            let narrow = _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(self.0));
            _mm_storeu_si128(bytes.as_mut_ptr().cast(), narrow);
        }
        bytes
    }

    #[inline(always)]
    fn differing(bytes: &[u8; MOST_LANES], others: &[u8]) -> u32 {
        assert!(others.len() >= LANES);
        unsafe {
            let (bytes, others) =
                (_mm_loadu_si128(bytes.as_ptr().cast()), _mm_loadu_si128(others.as_ptr().cast()));
            u32::from(_mm_cmpneq_epi8_mask(bytes, others))
        }
    }

    #[inline(always)]
    fn greatest(self) -> f32 {
        unsafe { _mm512_reduce_max_ps(self.0) }
    }

    #[inline(always)]
    fn four_columns(rows: &[f32], columns: usize, first: usize) -> [Avx512; 4] {
        assert!(rows.len() >= LANES * columns && first + 4 <= columns);
        unsafe {
            let values = rows.as_ptr().add(first);
            // Rows i, i + 4, i + 8 and i + 12 side by side, so that the rest happens within quarters.
            let mut quarters = [_mm512_set1_ps(0.0); 4];
            for i in 0..4 {
                let row = |r: usize| _mm_loadu_ps(values.add(r * columns));
                let quarter = _mm512_castps128_ps512(row(i));
                let quarter = _mm512_mask_broadcast_f32x4(quarter, 0x00f0, row(i + 4));
                let quarter = _mm512_mask_broadcast_f32x4(quarter, 0x0f00, row(i + 8));
                quarters[i] = _mm512_mask_broadcast_f32x4(quarter, 0xf000, row(i + 12));
            }
            let [a, b, c, d] = quarters;
            let (ab_low, ab_high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let (cd_low, cd_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
            [
                Avx512(_mm512_shuffle_ps::<0x44>(ab_low, cd_low)),
                Avx512(_mm512_shuffle_ps::<0xee>(ab_low, cd_low)),
                Avx512(_mm512_shuffle_ps::<0x44>(ab_high, cd_high)),
                Avx512(_mm512_shuffle_ps::<0xee>(ab_high, cd_high)),
            ]
        }
    }

    #[inline(always)]
    fn sixteen_columns(rows: &[f32], columns: usize, first: usize) -> [Avx512; 16] {
        assert!(rows.len() >= LANES * columns && first + 16 <= columns);
        unsafe {
            let values = rows.as_ptr().add(first);
            let mut turned = [_mm512_set1_ps(0.0); 16];
            // Within the quarters of four rows at a time: vector 4 g + j has column 4 q + j of rows 4 g to
            // 4 g + 3 in quarter q.
            for g in 0..4 {
                let row = |r: usize| _mm512_loadu_ps(values.add((4 * g + r) * columns));
                let (a, b, c, d) = (row(0), row(1), row(2), row(3));
                let (ab_low, ab_high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
                let (cd_low, cd_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
                turned[4 * g] = _mm512_shuffle_ps::<0x44>(ab_low, cd_low);
                turned[4 * g + 1] = _mm512_shuffle_ps::<0xee>(ab_low, cd_low);
                turned[4 * g + 2] = _mm512_shuffle_ps::<0x44>(ab_high, cd_high);
                turned[4 * g + 3] = _mm512_shuffle_ps::<0xee>(ab_high, cd_high);
            }
            // Then the quarters themselves.
            let mut whole = [Avx512(_mm512_set1_ps(0.0)); 16];
            for j in 0..4 {
                let (a, b, c, d) = (turned[j], turned[4 + j], turned[8 + j], turned[12 + j]);
                let (ab_even, ab_odd) =
                    (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b));
                let (cd_even, cd_odd) =
                    (_mm512_shuffle_f32x4::<0x88>(c, d), _mm512_shuffle_f32x4::<0xdd>(c, d));
                whole[j] = Avx512(_mm512_shuffle_f32x4::<0x88>(ab_even, cd_even));
                whole[4 + j] = Avx512(_mm512_shuffle_f32x4::<0x88>(ab_odd, cd_odd));
                whole[8 + j] = Avx512(_mm512_shuffle_f32x4::<0xdd>(ab_even, cd_even));
                whole[12 + j] = Avx512(_mm512_shuffle_f32x4::<0xdd>(ab_odd, cd_odd));
            }
            whole
        }
    }

    #[inline(always)]
    fn prefetch<T>(values: &[T], place: usize) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(place).cast()) };
    }
}
