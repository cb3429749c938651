//! 256 bits, 8 rows.
//!
//! Each block is sound for the same two reasons, cited by name. MACHINE: the type is reached only through
//! [`run_avx2`], whose caller has checked the features. POINTERS: loads and stores go through references to arrays
//! of exactly the length of the vector, or through slices whose length is checked in front of them.

use super::load::ahead;
use super::{Layout, Line, Part, Rows, Value, Vector, fill, fill_columns};
use std::arch::x86_64::*;

#[target_feature(enable = "avx2,fma")]
pub(in crate::nearest) fn run_avx2<T: Value>(part: Part<'_, T>) -> Result<(), usize> {
    part.run::<Half, 8>()
}

/// 256 bits; only [`run_avx2`] names it.
#[derive(Clone, Copy)]
struct Half(__m256);

impl Vector<8> for Half {
    type Index = __m256i;

    #[inline(always)]
    fn splat(x: f32) -> Half {
        // SAFETY: MACHINE.
        Half(unsafe { _mm256_set1_ps(x) })
    }
    #[inline(always)]
    fn load(line: &Line<8>) -> Half {
        // SAFETY: MACHINE, POINTERS; a line begins at a multiple of 64 bytes.
        Half(unsafe { _mm256_load_ps(line.0.as_ptr()) })
    }
    #[inline(always)]
    fn less_product(self, x: Half, y: Half) -> Half {
        // SAFETY: MACHINE.
        Half(unsafe { _mm256_fnmadd_ps(x.0, y.0, self.0) })
    }
    #[inline(always)]
    fn add_product(self, x: Half, y: Half) -> Half {
        // SAFETY: MACHINE.
        Half(unsafe { _mm256_fmadd_ps(x.0, y.0, self.0) })
    }
    #[inline(always)]
    fn less(self, other: Half) -> Half {
        // SAFETY: MACHINE.
        Half(unsafe { _mm256_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn least(self, other: Half) -> Half {
        // SAFETY: MACHINE.
        Half(unsafe { _mm256_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn most(self, other: Half) -> Half {
        // SAFETY: MACHINE.
        Half(unsafe { _mm256_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn above(self, other: Half) -> u32 {
        // SAFETY: MACHINE.
        unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(self.0, other.0)) as u32 }
    }
    #[inline(always)]
    fn no_index() -> __m256i {
        // SAFETY: MACHINE.
        unsafe { _mm256_setzero_si256() }
    }
    #[inline(always)]
    fn index_if_below(self, best: Half, index: __m256i, number: i32) -> __m256i {
        // SAFETY: MACHINE.
        unsafe {
            let below = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_LT_OQ>(self.0, best.0));
            _mm256_blendv_epi8(index, _mm256_set1_epi32(number), below)
        }
    }
    #[inline(always)]
    fn write(index: __m256i, labels: &mut [i32; 8]) {
        // SAFETY: MACHINE, POINTERS.
        unsafe { _mm256_storeu_si256(labels.as_mut_ptr().cast(), index) }
    }

    #[inline(always)]
    fn fill<T: Value>(rows: &Rows<'_, T>, start: usize, middle: &[f32], lines: &mut [Line<8>]) {
        let columns = lines.len();
        let (values, stride) = match &rows.layout {
            Layout::RowMajor { values, stride } if columns >= 4 => (*values, *stride),
            Layout::RowMajor { .. } => return fill(rows, start, middle, lines),
            Layout::Columns(columns) => return fill_columns(columns, start, middle, lines),
        };
        let values = &values[start * stride..(start + 7) * stride + columns];
        assert!(middle.len() == columns, "a middle for each column");
        ahead(values);
        let mut j = 0;
        while j < columns {
            j = if j + 4 > columns { columns - 4 } else { j };
            // SAFETY: MACHINE, POINTERS: `values` holds 7 strides and `columns >= j + 4` numbers, and the
            // four lines from `j` on are there.
            unsafe {
                let (from, base) = (values.as_ptr().add(j), middle.as_ptr().add(j));
                let a = T::half(from, stride, base);
                let b = T::half(from.add(stride), stride, base);
                let c = T::half(from.add(2 * stride), stride, base);
                let d = T::half(from.add(3 * stride), stride, base);
                let (ab_low, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
                let (cd_low, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
                let turned = [
                    _mm256_shuffle_ps::<0x44>(ab_low, cd_low),
                    _mm256_shuffle_ps::<0xee>(ab_low, cd_low),
                    _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
                    _mm256_shuffle_ps::<0xee>(ab_high, cd_high),
                ];
                for ((line, turned), &middle) in lines[j..j + 4].iter_mut().zip(turned).zip(&middle[j..]) {
                    let moved = if T::MOVED { turned } else { _mm256_sub_ps(turned, _mm256_set1_ps(middle)) };
                    _mm256_store_ps(line.0.as_mut_ptr(), moved);
                }
            }
            j += 4;
        }
    }
}
