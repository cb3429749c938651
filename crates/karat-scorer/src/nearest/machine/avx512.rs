//! 512 bits, 16 rows.
//!
//! Each block is sound for the same two reasons, cited by name. MACHINE: the type is reached only through
//! [`run_avx512`], whose caller has checked the features. POINTERS: loads and stores go through references to arrays
//! of exactly the length of the vector, or through slices whose length is checked in front of them.

use super::load::ahead;
use super::{Layout, Line, Part, Rows, Value, Vector, fill, fill_columns};
use std::arch::x86_64::*;

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
pub(in crate::nearest) fn run_avx512<T: Value>(part: Part<'_, T>) -> Result<(), usize> {
    part.run::<Wide, 16>()
}

/// 512 bits; only [`run_avx512`] names it.
#[derive(Clone, Copy)]
struct Wide(__m512);

impl Vector<16> for Wide {
    type Index = __m512i;

    #[inline(always)]
    fn splat(x: f32) -> Wide {
        // SAFETY: MACHINE.
        Wide(unsafe { _mm512_set1_ps(x) })
    }
    #[inline(always)]
    fn load(line: &Line<16>) -> Wide {
        // SAFETY: MACHINE, POINTERS; a line begins at a multiple of 64 bytes.
        Wide(unsafe { _mm512_load_ps(line.0.as_ptr()) })
    }
    #[inline(always)]
    fn less_product(self, x: Wide, y: Wide) -> Wide {
        // SAFETY: MACHINE.
        Wide(unsafe { _mm512_fnmadd_ps(x.0, y.0, self.0) })
    }
    #[inline(always)]
    fn add_product(self, x: Wide, y: Wide) -> Wide {
        // SAFETY: MACHINE.
        Wide(unsafe { _mm512_fmadd_ps(x.0, y.0, self.0) })
    }
    #[inline(always)]
    fn less(self, other: Wide) -> Wide {
        // SAFETY: MACHINE.
        Wide(unsafe { _mm512_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn least(self, other: Wide) -> Wide {
        // SAFETY: MACHINE.
        Wide(unsafe { _mm512_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn most(self, other: Wide) -> Wide {
        // SAFETY: MACHINE.
        Wide(unsafe { _mm512_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn above(self, other: Wide) -> u32 {
        // SAFETY: MACHINE.
        u32::from(unsafe { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, other.0) })
    }
    #[inline(always)]
    fn no_index() -> __m512i {
        // SAFETY: MACHINE.
        unsafe { _mm512_setzero_si512() }
    }
    #[inline(always)]
    fn index_if_below(self, best: Wide, index: __m512i, number: i32) -> __m512i {
        // SAFETY: MACHINE.
        unsafe {
            let below = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, best.0);
            _mm512_mask_mov_epi32(index, below, _mm512_set1_epi32(number))
        }
    }
    #[inline(always)]
    fn write(index: __m512i, labels: &mut [i32; 16]) {
        // SAFETY: MACHINE, POINTERS.
        unsafe { _mm512_storeu_si512(labels.as_mut_ptr().cast(), index) }
    }

    #[inline(always)]
    fn fill<T: Value>(rows: &Rows<'_, T>, start: usize, middle: &[f32], lines: &mut [Line<16>]) {
        let columns = lines.len();
        let (values, stride) = match &rows.layout {
            Layout::RowMajor { values, stride } if columns >= 4 => (*values, *stride),
            Layout::RowMajor { .. } => return fill(rows, start, middle, lines),
            Layout::Columns(columns) => return fill_columns(columns, start, middle, lines),
        };
        let values = &values[start * stride..(start + 15) * stride + columns];
        assert!(middle.len() == columns, "a middle for each column");
        ahead(values);
        if T::EIGHT && columns >= 8 {
            return fill_eight(values, stride, middle, lines);
        }
        let mut j = 0;
        while j < columns {
            // The last four overlap those before where the columns are no multiple of four.
            j = if j + 4 > columns { columns - 4 } else { j };
            // SAFETY: MACHINE, POINTERS: `values` holds 15 strides and `columns >= j + 4` numbers, and the
            // four lines from `j` on are there.
            unsafe {
                let (from, base) = (values.as_ptr().add(j), middle.as_ptr().add(j));
                let a = T::wide(from, stride, base);
                let b = T::wide(from.add(stride), stride, base);
                let c = T::wide(from.add(2 * stride), stride, base);
                let d = T::wide(from.add(3 * stride), stride, base);
                let turned = turn([a, b, c, d]);
                for ((line, turned), &middle) in lines[j..j + 4].iter_mut().zip(turned).zip(&middle[j..]) {
                    let moved = if T::MOVED { turned } else { _mm512_sub_ps(turned, _mm512_set1_ps(middle)) };
                    _mm512_store_ps(line.0.as_mut_ptr(), moved);
                }
            }
            j += 4;
        }
    }
}

/// As [`Vector::fill`] of [`Wide`], eight columns at a time.
#[inline(always)]
fn fill_eight<T: Value>(values: &[T], stride: usize, middle: &[f32], lines: &mut [Line<16>]) {
    let columns = lines.len();
    assert!(columns >= 8 && middle.len() == columns && values.len() >= 15 * stride + columns);
    let mut j = 0;
    while j < columns {
        // The last eight overlap those before where the columns are no multiple of eight.
        j = if j + 8 > columns { columns - 8 } else { j };
        // SAFETY: MACHINE, POINTERS: `values` holds 15 strides and `columns >= j + 8` numbers, and the eight
        // lines from `j` on are there.
        unsafe {
            let (from, base) = (values.as_ptr().add(j), middle.as_ptr().add(j));
            let upper = turn([
                T::eight(from, stride, base),
                T::eight(from.add(stride), stride, base),
                T::eight(from.add(2 * stride), stride, base),
                T::eight(from.add(3 * stride), stride, base),
            ]);
            let from = from.add(8 * stride);
            let lower = turn([
                T::eight(from, stride, base),
                T::eight(from.add(stride), stride, base),
                T::eight(from.add(2 * stride), stride, base),
                T::eight(from.add(3 * stride), stride, base),
            ]);
            for c in 0..4 {
                // Quarters 0 and 2 hold a column of rows 0 to 3 and 4 to 7, quarters 1 and 3 the fourth after.
                let near = _mm512_shuffle_f32x4::<0x88>(upper[c], lower[c]);
                let far = _mm512_shuffle_f32x4::<0xdd>(upper[c], lower[c]);
                for (column, line) in [(j + c, near), (j + c + 4, far)] {
                    let moved =
                        if T::MOVED { line } else { _mm512_sub_ps(line, _mm512_set1_ps(middle[column])) };
                    _mm512_store_ps(lines[column].0.as_mut_ptr(), moved);
                }
            }
        }
        j += 8;
    }
}

/// Transposes each quarter of four vectors.
///
/// # Safety
/// The machine has AVX-512.
#[inline(always)]
unsafe fn turn([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
    // SAFETY: as demanded.
    unsafe {
        let (ab_low, ab_high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
        let (cd_low, cd_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
        [
            _mm512_shuffle_ps::<0x44>(ab_low, cd_low),
            _mm512_shuffle_ps::<0xee>(ab_low, cd_low),
            _mm512_shuffle_ps::<0x44>(ab_high, cd_high),
            _mm512_shuffle_ps::<0xee>(ab_high, cd_high),
        ]
    }
}
