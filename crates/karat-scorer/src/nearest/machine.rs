//! Vectors of single precision: the one place here that names instructions.
#![allow(unsafe_code, reason = "vector instructions, and calling functions compiled for them")]

use super::rows::{Layout, Rows, Value};
use super::screen::Part;
use crate::isa::Isa;

/// The types of numbers that are known here.
pub trait Sealed: Sized {
    /// Whether the loads below take away `middle`; where not, it is done after the transposition, in lanes.
    const MOVED: bool;

    /// Four numbers of each of the rows 0, 4, 8 and 12 that start `stride` numbers apart, as singles.
    ///
    /// # Safety
    /// Four numbers can be read behind each of them and behind `middle`; the machine has AVX-512.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    unsafe fn wide(from: *const Self, stride: usize, middle: *const f32) -> std::arch::x86_64::__m512;

    /// Four numbers of each of the rows 0 and 4.
    ///
    /// # Safety
    /// As for [`wide`](Sealed::wide); the machine has AVX2.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    unsafe fn half(from: *const Self, stride: usize, middle: *const f32) -> std::arch::x86_64::__m256;
}

/// One coordinate of `L` rows.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Line<const L: usize>(pub(super) [f32; L]);

/// `L` singles, one for each row. Everything is `#[inline(always)]`: it is compiled for its caller.
pub(super) trait Vector<const L: usize>: Copy {
    /// Numbers of centers.
    type Index: Copy;
    /// A bit for each row.
    const ALL: u32 = if L == 32 { u32::MAX } else { (1 << L) - 1 };

    fn splat(x: f32) -> Self;
    fn load(line: &Line<L>) -> Self;
    /// `self - x * y`; fused or not.
    fn less_product(self, x: Self, y: Self) -> Self;
    /// `self + x * y`; fused or not.
    fn add_product(self, x: Self, y: Self) -> Self;
    fn less(self, other: Self) -> Self;
    fn least(self, other: Self) -> Self;
    fn most(self, other: Self) -> Self;
    /// A bit for each lane that is greater than that of `other`.
    fn above(self, other: Self) -> u32;
    fn no_index() -> Self::Index;
    /// `number` in the lanes that are below those of `best`, elsewhere those of `index`.
    fn index_if_below(self, best: Self, index: Self::Index, number: i32) -> Self::Index;
    fn write(index: Self::Index, labels: &mut [i32; L]);
    /// Rows `start .. start + L` less `middle`, column by column.
    fn fill<T: Value>(rows: &Rows<'_, T>, start: usize, middle: &[f32], lines: &mut [Line<L>]) {
        fill(rows, start, middle, lines);
    }
}

#[inline(always)]
fn fill<T: Value, const L: usize>(rows: &Rows<'_, T>, start: usize, middle: &[f32], lines: &mut [Line<L>]) {
    match &rows.layout {
        Layout::RowMajor { values, stride } => {
            for lane in 0..L {
                let row = &values[(start + lane) * stride..];
                for ((line, value), &middle) in lines.iter_mut().zip(row).zip(middle) {
                    line.0[lane] = value.less(middle);
                }
            }
        }
        Layout::Columns(columns) => fill_columns(columns, start, middle, lines),
    }
}

#[inline(always)]
fn fill_columns<T: Value, const L: usize>(
    columns: &[&[T]],
    start: usize,
    middle: &[f32],
    lines: &mut [Line<L>],
) {
    for ((line, column), &middle) in lines.iter_mut().zip(columns).zip(middle) {
        for (slot, value) in line.0.iter_mut().zip(&column[start..start + L]) {
            *slot = value.less(middle);
        }
    }
}

/// Runs a part with the widest vectors that `isa` allows.
pub(super) fn with_vectors<T: Value>(isa: Isa, part: Part<'_, T>) -> Result<(), usize> {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        if isa == Isa::Avx512 && isa.available() {
            // SAFETY: the line above checked that this machine has every feature of `run_avx512`.
            return unsafe { x86::run_avx512(part) };
        }
        if isa != Isa::Portable && Isa::Avx2.available() && is_x86_feature_detected!("fma") {
            // SAFETY: the line above checked that this machine has AVX2 and FMA.
            return unsafe { x86::run_avx2(part) };
        }
    }
    let _ = isa;
    part.run::<Plain, PLAIN>()
}

/// Lanes where no instruction is named.
const PLAIN: usize = 8;

/// What every machine has.
#[derive(Clone, Copy)]
struct Plain([f32; PLAIN]);

impl Plain {
    #[inline(always)]
    fn each(self, other: Plain, f: impl Fn(f32, f32) -> f32) -> Plain {
        Plain(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }
}

impl Vector<PLAIN> for Plain {
    type Index = [i32; PLAIN];

    #[inline(always)]
    fn splat(x: f32) -> Plain {
        Plain([x; PLAIN])
    }
    #[inline(always)]
    fn load(line: &Line<PLAIN>) -> Plain {
        Plain(line.0)
    }
    #[inline(always)]
    fn less_product(self, x: Plain, y: Plain) -> Plain {
        Plain(std::array::from_fn(|lane| self.0[lane] - x.0[lane] * y.0[lane]))
    }
    #[inline(always)]
    fn add_product(self, x: Plain, y: Plain) -> Plain {
        Plain(std::array::from_fn(|lane| self.0[lane] + x.0[lane] * y.0[lane]))
    }
    #[inline(always)]
    fn less(self, other: Plain) -> Plain {
        self.each(other, |x, y| x - y)
    }
    #[inline(always)]
    fn least(self, other: Plain) -> Plain {
        self.each(other, |x, y| if x < y { x } else { y })
    }
    #[inline(always)]
    fn most(self, other: Plain) -> Plain {
        self.each(other, |x, y| if x > y { x } else { y })
    }
    #[inline(always)]
    fn above(self, other: Plain) -> u32 {
        (0..PLAIN).fold(0, |bits, lane| bits | u32::from(self.0[lane] > other.0[lane]) << lane)
    }
    #[inline(always)]
    fn no_index() -> [i32; PLAIN] {
        [0; PLAIN]
    }
    #[inline(always)]
    fn index_if_below(self, best: Plain, index: [i32; PLAIN], number: i32) -> [i32; PLAIN] {
        std::array::from_fn(|lane| if self.0[lane] < best.0[lane] { number } else { index[lane] })
    }
    #[inline(always)]
    fn write(index: [i32; PLAIN], labels: &mut [i32; PLAIN]) {
        *labels = index;
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86 {
    // Each intrinsic below is sound for the same two reasons, which the blocks cite by name:
    // MACHINE: these methods are private to this file and reached only through `run_avx512` and `run_avx2`,
    // whose callers have checked the features. POINTERS: loads and stores go through references to arrays of
    // exactly the length of the vector, or through slices whose length is checked in front of them.
    use super::{Layout, Line, Part, Rows, Sealed, Value, Vector, fill, fill_columns};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    pub(super) fn run_avx512<T: Value>(part: Part<'_, T>) -> Result<(), usize> {
        part.run::<Wide, 16>()
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn run_avx2<T: Value>(part: Part<'_, T>) -> Result<(), usize> {
        part.run::<Half, 8>()
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
            ahead(values, 4 * 16 * stride);
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
                    let (ab_low, ab_high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
                    let (cd_low, cd_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
                    let turned = [
                        _mm512_shuffle_ps::<0x44>(ab_low, cd_low),
                        _mm512_shuffle_ps::<0xee>(ab_low, cd_low),
                        _mm512_shuffle_ps::<0x44>(ab_high, cd_high),
                        _mm512_shuffle_ps::<0xee>(ab_high, cd_high),
                    ];
                    for ((line, turned), &middle) in lines[j..j + 4].iter_mut().zip(turned).zip(&middle[j..])
                    {
                        let moved =
                            if T::MOVED { turned } else { _mm512_sub_ps(turned, _mm512_set1_ps(middle)) };
                        _mm512_store_ps(line.0.as_mut_ptr(), moved);
                    }
                }
                j += 4;
            }
        }
    }

    /// Asks for the rows that lie `distance` numbers on: the processor's own guess stops at every page.
    #[inline(always)]
    fn ahead<T>(values: &[T], distance: usize) {
        let per_line = 64 / size_of::<T>();
        for line in 0..values.len().div_ceil(per_line) {
            let next = values.as_ptr().wrapping_add(distance + line * per_line);
            // SAFETY: MACHINE; asking reads nothing, so that any address will do.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(next.cast()) };
        }
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
            ahead(values, 8 * 8 * stride);
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
                    for ((line, turned), &middle) in lines[j..j + 4].iter_mut().zip(turned).zip(&middle[j..])
                    {
                        let moved =
                            if T::MOVED { turned } else { _mm256_sub_ps(turned, _mm256_set1_ps(middle)) };
                        _mm256_store_ps(line.0.as_mut_ptr(), moved);
                    }
                }
                j += 4;
            }
        }
    }

    impl Sealed for f32 {
        const MOVED: bool = false;

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
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
impl Sealed for f32 {
    const MOVED: bool = false;
}
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
impl Sealed for f64 {
    const MOVED: bool = false;
}
