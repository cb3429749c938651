//! The numbers a table may hold.

use ndarray::ArrayView2;
use std::borrow::Cow;

/// A number of a table: `f64`, or `f32`, which means the same number in double precision.
///
/// A fit on single-precision rows reads them in place, and has the same bits as one on those rows widened.
pub trait Value: karat_scorer::nearest::Value + Into<f64> + Default + sealed::Sealed {}

impl Value for f64 {}
impl Value for f32 {}

pub(super) mod sealed {
    use super::{Cow, Values};

    pub trait Sealed: Sized + Clone {
        #[doc(hidden)]
        fn values(values: Cow<'_, [Self]>) -> Values<'_>;
    }

    impl Sealed for f64 {
        fn values(values: Cow<'_, [f64]>) -> Values<'_> {
            Values::Double(values)
        }
    }

    impl Sealed for f32 {
        fn values(values: Cow<'_, [f32]>) -> Values<'_> {
            Values::Single(values)
        }
    }
}

/// All numbers of a table, row by row or column by column.
#[derive(Debug)]
pub enum Values<'a> {
    Double(Cow<'a, [f64]>),
    Single(Cow<'a, [f32]>),
}

/// Numbers in place where they lie row by row or column by column, else a copy; and whether by column.
pub(super) fn read<'a, T: Value>(x: ArrayView2<'a, T>) -> (Values<'a>, bool) {
    let transposed = x.reversed_axes();
    let (values, by_column) = match (x.to_slice(), transposed.to_slice()) {
        (Some(values), _) => (Cow::Borrowed(values), false),
        (None, Some(values)) => (Cow::Borrowed(values), true),
        (None, None) => (Cow::Owned(x.iter().copied().collect()), false),
    };
    (T::values(values), by_column)
}

/// Evaluates an expression with the slice of whichever numbers a table holds.
macro_rules! with_values {
    ($values:expr, $name:ident => $body:expr) => {
        match $values {
            $crate::classify::segments::value::Values::Double(held) => {
                let $name: &[f64] = held;
                $body
            }
            $crate::classify::segments::value::Values::Single(held) => {
                let $name: &[f32] = held;
                $body
            }
        }
    };
}
pub(super) use with_values;
