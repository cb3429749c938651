//! How consistent judgments are, against which yardstick, and which judgment to look at first.

use karat_scorer::{Error, Result};

use super::ahp::unknown_name;

/// Table of random indices: the mean consistency index of random reciprocal matrices on Saaty's scale.
///
/// Packages and textbooks use different tables and seldom say which, so one matrix passes here and fails
/// there. karat's default is recomputed and every result names the table it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum RandomIndex {
    /// Exact for n = 3 and 4 (every matrix on the scale), then the mean of 2,000,000 (n <= 10) or 500,000
    /// (n <= 15) random matrices, standard error at most 0.0004; beyond n = 15 extended by
    /// [`AlonsoLamataFit`](Self::AlonsoLamataFit).
    #[default]
    Recomputed,
    /// Saaty, The Analytic Hierarchy Process (1980); n <= 15, not monotone (1.51 at n = 11, 1.48 at 12).
    Saaty1980,
    /// Saaty, Theory and Applications of the Analytic Network Process (2005); n <= 15.
    Saaty2005,
    /// The 1000-sample table of Chinese textbooks; n <= 15.
    Chinese1000,
    /// Alonso and Lamata (2006); n <= 15.
    AlonsoLamata2006,
    /// Alonso and Lamata's (2006) straight line for the mean eigenvalue, `2.7699 n - 4.3513`; any n >= 3.
    AlonsoLamataFit,
    /// Donegan and Dodd (1991); n <= 15.
    DoneganDodd1991,
    /// Tummala and Ling (1998); n <= 15.
    TummalaLing1998,
}

/// First size a table speaks of; smaller matrices cannot be inconsistent.
const FIRST: usize = 3;
/// Number of tabulated sizes, n = 3 to 15 in every table.
const SIZES: usize = 13;

const RECOMPUTED: [f64; SIZES] = [
    0.524_457_454_291,
    0.884_158_000_697,
    1.108_685,
    1.249_302,
    1.340_677,
    1.404_451,
    1.450_93,
    1.485_751,
    1.513_747,
    1.536_196,
    1.554_823,
    1.570_455,
    1.583_703,
];
const RECOMPUTED_ERROR: [f64; SIZES] = [
    0.0, 0.0, 0.000_36, 0.000_288, 0.000_235, 0.000_197, 0.000_169, 0.000_148, 0.000_262, 0.000_235,
    0.000_214, 0.000_196, 0.000_18,
];
const SAATY_1980: [f64; SIZES] =
    [0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59];
const SAATY_2005: [f64; SIZES] =
    [0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59];
const CHINESE_1000: [f64; SIZES] =
    [0.52, 0.89, 1.12, 1.26, 1.36, 1.41, 1.46, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59];
const ALONSO_LAMATA_2006: [f64; SIZES] =
    [0.5247, 0.8816, 1.1086, 1.2479, 1.3417, 1.4057, 1.4499, 1.4854, 1.5140, 1.5365, 1.5551, 1.5713, 1.5838];
const DONEGAN_DODD_1991: [f64; SIZES] =
    [0.4914, 0.8286, 1.0591, 1.1797, 1.2519, 1.3171, 1.3733, 1.4055, 1.4213, 1.4497, 1.4643, 1.4822, 1.4969];
const TUMMALA_LING_1998: [f64; SIZES] =
    [0.5799, 0.8921, 1.1159, 1.2358, 1.3322, 1.3952, 1.4537, 1.4882, 1.5117, 1.5356, 1.5571, 1.5714, 1.5831];

impl RandomIndex {
    /// Every table, in the order of this documentation.
    pub const ALL: [RandomIndex; 8] = [
        RandomIndex::Recomputed,
        RandomIndex::Saaty1980,
        RandomIndex::Saaty2005,
        RandomIndex::Chinese1000,
        RandomIndex::AlonsoLamata2006,
        RandomIndex::AlonsoLamataFit,
        RandomIndex::DoneganDodd1991,
        RandomIndex::TummalaLing1998,
    ];

    /// The name plan files and reports use, such as `saaty_1980`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RandomIndex::Recomputed => "recomputed",
            RandomIndex::Saaty1980 => "saaty_1980",
            RandomIndex::Saaty2005 => "saaty_2005",
            RandomIndex::Chinese1000 => "chinese_1000",
            RandomIndex::AlonsoLamata2006 => "alonso_lamata_2006",
            RandomIndex::AlonsoLamataFit => "alonso_lamata_fit",
            RandomIndex::DoneganDodd1991 => "donegan_dodd_1991",
            RandomIndex::TummalaLing1998 => "tummala_ling_1998",
        }
    }

    /// The table with this name.
    ///
    /// # Errors
    /// [`Error::Argument`] with the nearest name.
    ///
    /// ```
    /// use karat::evaluate::weights::RandomIndex;
    /// assert_eq!(RandomIndex::from_name("saaty_1980")?, RandomIndex::Saaty1980);
    /// let error = RandomIndex::from_name("saaty1980").unwrap_err().to_string();
    /// assert!(error.contains("did you mean `saaty_1980`?"));
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn from_name(name: &str) -> Result<RandomIndex> {
        let found = RandomIndex::ALL.into_iter().find(|table| table.name() == name);
        found.ok_or_else(|| unknown_name("random_index", name, RandomIndex::ALL.map(RandomIndex::name)))
    }

    /// The random index for matrices of `n` items; 0 for n <= 2, which cannot be inconsistent.
    ///
    /// # Errors
    /// [`Error::Argument`] when the table ends before `n`, naming one that does not.
    pub fn value(self, n: usize) -> Result<RandomIndexValue> {
        let table = self.name();
        let plain = |value| RandomIndexValue { table, value, standard_error: None, extrapolated: false };
        if n < FIRST {
            return Ok(plain(0.0));
        }
        let at = n - FIRST;
        let values = match self {
            RandomIndex::AlonsoLamataFit => return Ok(plain(alonso_lamata_fit(n))),
            RandomIndex::Recomputed if at >= SIZES => {
                return Ok(RandomIndexValue { extrapolated: true, ..plain(alonso_lamata_fit(n)) });
            }
            RandomIndex::Recomputed => {
                let standard_error = Some(RECOMPUTED_ERROR[at]);
                return Ok(RandomIndexValue { standard_error, ..plain(RECOMPUTED[at]) });
            }
            RandomIndex::Saaty1980 => SAATY_1980,
            RandomIndex::Saaty2005 => SAATY_2005,
            RandomIndex::Chinese1000 => CHINESE_1000,
            RandomIndex::AlonsoLamata2006 => ALONSO_LAMATA_2006,
            RandomIndex::DoneganDodd1991 => DONEGAN_DODD_1991,
            RandomIndex::TummalaLing1998 => TUMMALA_LING_1998,
        };
        values.get(at).copied().map(plain).ok_or_else(|| {
            let last = FIRST + SIZES - 1;
            let rule =
                format!("must cover n = {n}, but `{table}` ends at n = {last}; `recomputed` covers every n");
            Error::argument("random_index", rule, format!("`{table}`"))
        })
    }
}

fn alonso_lamata_fit(n: usize) -> f64 {
    let n = n as f64;
    (2.7699 * n - 4.3513 - n) / (n - 1.0)
}

/// A random index and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RandomIndexValue {
    /// Name of the table, see [`RandomIndex::name`].
    pub table: &'static str,
    /// RI, 0 for n <= 2.
    pub value: f64,
    /// Standard error of a simulated value, 0 where every matrix was counted, `None` where the source
    /// gives none.
    pub standard_error: Option<f64>,
    /// Whether the value lies beyond the table and comes from the Alonso-Lamata line.
    pub extrapolated: bool,
}

impl RandomIndexValue {
    /// `CR = CI / RI`, and 0 where RI is 0.
    #[must_use]
    pub fn ratio(&self, consistency_index: f64) -> f64 {
        if self.value > 0.0 { consistency_index / self.value } else { 0.0 }
    }
}

/// Consistency ratio of one level of a hierarchy, `sum a_j CI_j / sum a_j RI_j` (Saaty, 1980).
///
/// `parent_weights` holds the global weight `a_j` of every parent on the level above, `levels` the pair
/// (CI, RI) of the matrix under it; matrices of one or two items have RI 0 and drop out. The result is 0
/// when all do. One source holds that the total check is redundant beside the single ones; karat reports
/// it as information.
///
/// # Errors
/// [`Error::Shape`] when the lengths differ; [`Error::Argument`] for a negative or undefined figure.
///
/// ```
/// use karat::evaluate::weights::total_consistency_ratio;
/// // Two parents; only the second has enough children to be inconsistent.
/// let total = total_consistency_ratio(&[0.6, 0.4], &[(0.0, 0.0), (0.029, 0.58)])?;
/// assert!((total - 0.05).abs() < 1e-15);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn total_consistency_ratio(parent_weights: &[f64], levels: &[(f64, f64)]) -> Result<f64> {
    if parent_weights.len() != levels.len() {
        return Err(Error::shape("pairs (CI, RI), one for each parent", parent_weights.len(), levels.len()));
    }
    let (mut index, mut random) = (0.0, 0.0);
    for (&weight, &(consistency_index, random_index)) in parent_weights.iter().zip(levels) {
        for (parameter, figure) in
            [("parent_weights", weight), ("CI", consistency_index), ("RI", random_index)]
        {
            if !(figure >= 0.0 && figure.is_finite()) {
                return Err(Error::argument(parameter, "must be a finite number >= 0", figure));
            }
        }
        index += weight * consistency_index;
        random += weight * random_index;
    }
    Ok(if random > 0.0 { index / random } else { 0.0 })
}
