//! Numbers of rows as vectors of singles.

use super::Sealed;
use std::arch::x86_64::*;

/// Bytes that are asked for ahead, at least.
const AHEAD: usize = 2048;

/// Asks for the rows two groups on, or [`AHEAD`] bytes: the processor's own guess stops at every page.
#[inline(always)]
pub(super) fn ahead<T>(values: &[T]) {
    let per_line = 64 / size_of::<T>();
    let distance = (2 * values.len()).max(AHEAD / size_of::<T>());
    for line in 0..values.len().div_ceil(per_line) {
        let next = values.as_ptr().wrapping_add(distance + line * per_line);
        // SAFETY: every x86-64 has the instruction, and asking reads nothing, so that any address will do.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(next.cast()) };
    }
}

impl Sealed for f32 {
    const MOVED: bool = false;
    const EIGHT: bool = false;

    #[inline(always)]
    unsafe fn eight(from: *const f32, stride: usize, _: *const f32) -> __m512 {
        // SAFETY: as the trait demands.
        unsafe {
            let lanes = _mm512_castps256_ps512(_mm256_loadu_ps(from));
            _mm512_insertf32x8::<1>(lanes, _mm256_loadu_ps(from.add(4 * stride)))
        }
    }

    #[inline(always)]
    unsafe fn wide(from: *const f32, stride: usize, _: *const f32) -> __m512 {
        // SAFETY: as the trait demands.
        unsafe {
            let lanes = _mm512_castps128_ps512(_mm_loadu_ps(from));
            let lanes = _mm512_mask_broadcast_f32x4(lanes, 0x00f0, _mm_loadu_ps(from.add(4 * stride)));
            let lanes = _mm512_mask_broadcast_f32x4(lanes, 0x0f00, _mm_loadu_ps(from.add(8 * stride)));
            _mm512_mask_broadcast_f32x4(lanes, 0xf000, _mm_loadu_ps(from.add(12 * stride)))
        }
    }

    #[inline(always)]
    unsafe fn half(from: *const f32, stride: usize, _: *const f32) -> __m256 {
        // SAFETY: as the trait demands.
        unsafe {
            let lanes = _mm256_castps128_ps256(_mm_loadu_ps(from));
            _mm256_insertf128_ps::<1>(lanes, _mm_loadu_ps(from.add(4 * stride)))
        }
    }
}

impl Sealed for f64 {
    const MOVED: bool = true;
    const EIGHT: bool = true;

    #[inline(always)]
    unsafe fn eight(from: *const f64, stride: usize, middle: *const f32) -> __m512 {
        // SAFETY: as the trait demands.
        unsafe {
            let middle = _mm512_cvtps_pd(_mm256_loadu_ps(middle));
            let low = _mm512_cvtpd_ps(_mm512_sub_pd(_mm512_loadu_pd(from), middle));
            let high = _mm512_loadu_pd(from.add(4 * stride));
            let high = _mm512_cvtpd_ps(_mm512_sub_pd(high, middle));
            _mm512_insertf32x8::<1>(_mm512_castps256_ps512(low), high)
        }
    }

    #[inline(always)]
    unsafe fn wide(from: *const f64, stride: usize, middle: *const f32) -> __m512 {
        // SAFETY: as the trait demands.
        unsafe {
            let lanes = _mm512_castps256_ps512(Self::half(from, stride, middle));
            _mm512_insertf32x8::<1>(lanes, Self::half(from.add(8 * stride), stride, middle))
        }
    }

    #[inline(always)]
    unsafe fn half(from: *const f64, stride: usize, middle: *const f32) -> __m256 {
        // SAFETY: as the trait demands.
        unsafe {
            let middle = _mm256_cvtps_pd(_mm_loadu_ps(middle));
            let low = _mm256_cvtpd_ps(_mm256_sub_pd(_mm256_loadu_pd(from), middle));
            let high = _mm256_cvtpd_ps(_mm256_sub_pd(_mm256_loadu_pd(from.add(4 * stride)), middle));
            _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
        }
    }
}
