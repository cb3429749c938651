//! Vectors of single precision: the one module here that names instructions.
#![allow(unsafe_code, reason = "vector instructions, and calling functions compiled for them")]

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx2;
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx512;
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod load;

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

    /// Whether eight columns at a time are better than four on 512 bits.
    const EIGHT: bool;

    /// Eight numbers of each of the rows 0 and 4.
    ///
    /// # Safety
    /// As for [`wide`](Sealed::wide), with eight numbers.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    unsafe fn eight(from: *const Self, stride: usize, middle: *const f32) -> std::arch::x86_64::__m512;

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
        if isa == Isa::Avx512 && isa.available() && !part.waits_for_memory() {
            // SAFETY: the line above checked that this machine has every feature of `run_avx512`.
            return unsafe { avx512::run_avx512(part) };
        }
        if isa != Isa::Portable && Isa::Avx2.available() && is_x86_feature_detected!("fma") {
            // SAFETY: the line above checked that this machine has AVX2 and FMA.
            return unsafe { avx2::run_avx2(part) };
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

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
impl Sealed for f32 {
    const MOVED: bool = false;
    const EIGHT: bool = false;
}
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
impl Sealed for f64 {
    const MOVED: bool = false;
    const EIGHT: bool = false;
}
