//! Damage within the forecasts, under a checksum that was put right.

use super::{Damage, File, damage};
use karat_scorer::ErrorKind::{self, Format, Numerics};

/// Name, words that are changed (where and to what), and the error that they mean.
type Edit = (&'static str, &'static [(usize, u64)], ErrorKind, &'static str);

/// Name, edited words, kind and message; words are counted from the beginning of the section. The model has two
/// contracts of three inputs each, the second of which reads the value of the first.
const WORDS: [Edit; 10] = [
    ("forecast_none", &[(0, 0)], Format, "section FCST: "),
    ("forecast_source", &[(2, 4)], Format, "the source of an input is 4, must be below 4"),
    ("forecast_field", &[(3, 9)], Format, "`forecast first` must read fields of the model, got input 0"),
    ("forecast_kind", &[(9, 5)], Format, "the kind of a forecast is 5, must be below 5"),
    ("forecast_chance", &[(17, 1.5_f64.to_bits())], Format, "must hold chances from 0 to 1, got 1.5"),
    ("forecast_edited", &[(17, 0.25_f64.to_bits())], Numerics, "gives another"),
    ("forecast_constant", &[(24, f64::NAN.to_bits())], Format, "a constant input is NaN"),
    ("forecast_ahead", &[(26, 5)], Format, "`forecast second` must read outputs of earlier forecasts alone"),
    ("forecast_record", &[(39, 11)], Format, "`clv` must be an output of a forecast"),
    ("forecast_stage", &[(40, 1)], Format, "`stage` must be the first output of a stage"),
];

pub(super) fn all(whole: &File) -> Vec<Damage> {
    WORDS
        .iter()
        .map(|(name, words, kind, says)| damage(*name, whole.with_words("FCST", words), *kind, *says))
        .collect()
}
