//! Raw fields: missing values filled, infinities clamped, unknown categories noticed.

use super::{Lanes, Step, within};
use crate::error::Result;
use crate::file::{SectionReader, SectionWriter};
use crate::schema::{Field, FieldKind, MAX_FIELDS, Missing};
use crate::score::flags;

/// The values that replace missing ones, frozen at fitting; one for each field of the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// Replacement of a missing value; used where the field's rule is a value or the median.
    pub fill: Vec<f64>,
}

impl Step for Fields {
    const KIND: &'static str = "FLDS";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.numbers(&self.fill);
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Fields> {
        Ok(Fields { fill: reader.numbers("fill values", MAX_FIELDS)? })
    }
}

impl Fields {
    /// Applies the rule of `field` to raw values. What stays NaN is missing for the steps that follow.
    #[inline(always)]
    pub(crate) fn resolve<const N: usize>(
        &self,
        position: usize,
        field: &Field,
        raw: Lanes<N>,
        marks: &mut [u32; N],
    ) -> Lanes<N> {
        let mut value = raw;
        if let FieldKind::Categorical(categories) = &field.kind {
            let count = categories.len() as f64;
            for lane in 0..N {
                let known = value[lane] >= 0.0 && value[lane] < count && value[lane].floor() == value[lane];
                let unseen = !known && !value[lane].is_nan();
                marks[lane] |= if unseen { flags::UNSEEN } else { 0 };
                value[lane] = if unseen { f64::NAN } else { value[lane] };
            }
        } else {
            for lane in 0..N {
                let clamped = within(value[lane], -f64::MAX, f64::MAX);
                marks[lane] |= if value[lane].is_infinite() { flags::CLAMPED } else { 0 };
                value[lane] = clamped;
            }
        }
        let (fill, mark) = match field.missing {
            Missing::Value | Missing::Median => (self.fill[position], flags::IMPUTED),
            Missing::Neutral | Missing::Renormalise => (f64::NAN, flags::IMPUTED),
            Missing::Refuse => (f64::NAN, flags::REFUSED),
            Missing::Ignore => (f64::NAN, 0),
        };
        for lane in 0..N {
            let absent = value[lane].is_nan();
            marks[lane] |= if absent { mark } else { 0 };
            value[lane] = if absent { fill } else { value[lane] };
        }
        value
    }
}
