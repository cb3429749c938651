//! Judgments in words, and the scales that turn their strength into a ratio.

use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result, nearest_name};

use super::ahp::unknown_name;
use super::intake::judgment_error;
use super::judgments::PairwiseMatrix;

/// How the nine levels of a judgment become ratios.
///
/// A person who says "strong" means level 5 of 9; how many times as important that is, is a convention.
/// Saaty's (1977) is 5 times. The others were proposed because he packs the strong judgments into the last
/// tenth of the weights (two items judged 9 apart weigh .9 and .1, 8 apart .89 and .11): comparisons in
/// Ishizaka, Balkenborg and Kaplan (2011) and Goepel (2019). The consistency ratio of a matrix is measured
/// against random matrices on Saaty's scale whichever scale it was written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum JudgmentScale {
    /// `x`: Saaty's fundamental scale (1977).
    #[default]
    Linear,
    /// `log2(x + 1)` (Ishizaka, Balkenborg and Kaplan, 2011).
    Logarithmic,
    /// `sqrt(x)` (Harker and Vargas, 1987).
    Root,
    /// `9 / (10 - x)` (Ma and Zheng, 1991).
    InverseLinear,
    /// `(9 + x) / (11 - x)`: weights of a pair rise evenly from .5 to .9 (Salo and Hämäläinen, 1997).
    Balanced,
    /// `x^2` (Harker and Vargas, 1987).
    Power,
    /// `2^(x - 1)` (Lootsma, 1989).
    Geometric,
    /// `x^(1 + ln(n - 1) / ln 9)`: stronger the more items there are (Goepel, 2019).
    Adaptive,
    /// Balanced for n items: the weight of one item against n - 1 equal ones rises evenly to that which level
    /// 9 gives on the linear scale, `9 / (n + 8)` (Goepel, 2019).
    BalancedN,
    /// As [`BalancedN`](Self::BalancedN), rising to .9 whatever n (Goepel, 2019).
    AdaptiveBalanced,
}

/// Names of the levels 1 to 9; the levels between have two names each.
const LEVELS: [&str; 9] = [
    "equal",
    "equal to moderate",
    "moderate",
    "moderate to strong",
    "strong",
    "strong to very strong",
    "very strong",
    "very strong to extreme",
    "extreme",
];

/// Other ways to say a level: Saaty's own (1977, 1980) and what forms print.
const SYNONYMS: [(&str, u8); 20] = [
    ("equally", 1),
    ("same", 1),
    ("weak", 2),
    ("slight", 2),
    ("equally to moderately", 2),
    ("moderately", 3),
    ("moderate plus", 4),
    ("moderately to strongly", 4),
    ("essential", 5),
    ("strongly", 5),
    ("strong plus", 6),
    ("strongly to very strongly", 6),
    ("demonstrated", 7),
    ("very strongly", 7),
    ("very very strong", 8),
    ("very strongly to extremely", 8),
    ("very strongly to extreme", 8),
    ("absolute", 9),
    ("extremely", 9),
    ("extremely strong", 9),
];

/// Longest name of a level, in words.
const WORDS: usize = 5;

impl JudgmentScale {
    /// Every scale, in the order of this documentation.
    pub const ALL: [JudgmentScale; 10] = [
        JudgmentScale::Linear,
        JudgmentScale::Logarithmic,
        JudgmentScale::Root,
        JudgmentScale::InverseLinear,
        JudgmentScale::Balanced,
        JudgmentScale::Power,
        JudgmentScale::Geometric,
        JudgmentScale::Adaptive,
        JudgmentScale::BalancedN,
        JudgmentScale::AdaptiveBalanced,
    ];

    /// The name used in Python and in reports, such as `inverse_linear`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            JudgmentScale::Linear => "linear",
            JudgmentScale::Logarithmic => "logarithmic",
            JudgmentScale::Root => "root",
            JudgmentScale::InverseLinear => "inverse_linear",
            JudgmentScale::Balanced => "balanced",
            JudgmentScale::Power => "power",
            JudgmentScale::Geometric => "geometric",
            JudgmentScale::Adaptive => "adaptive",
            JudgmentScale::BalancedN => "balanced_n",
            JudgmentScale::AdaptiveBalanced => "adaptive_balanced",
        }
    }

    /// The scale with this name.
    ///
    /// # Errors
    /// [`Error::Argument`] with the nearest name.
    pub fn from_name(name: &str) -> Result<JudgmentScale> {
        let found = JudgmentScale::ALL.into_iter().find(|scale| scale.name() == name);
        found.ok_or_else(|| unknown_name("scale", name, JudgmentScale::ALL.map(JudgmentScale::name)))
    }

    /// How many times as important an item of this level is, when `n` items are compared.
    ///
    /// Levels run from 1 (equal) to 9 (extreme); fractions of levels are allowed. n matters to the last three
    /// scales only.
    ///
    /// # Errors
    /// [`Error::Argument`] for a level outside 1 to 9 or fewer than 2 items.
    ///
    /// ```
    /// use karat::evaluate::weights::JudgmentScale;
    /// assert_eq!(JudgmentScale::Linear.value(5.0, 3)?, 5.0);
    /// assert_eq!(JudgmentScale::Balanced.value(6.0, 3)?, 3.0);
    /// assert!(JudgmentScale::Linear.value(10.0, 3).is_err());
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn value(self, level: f64, n: usize) -> Result<f64> {
        if !(1.0..=9.0).contains(&level) {
            return Err(Error::argument("level", "must lie from 1 (equal) to 9 (extreme)", level));
        }
        if n < 2 {
            return Err(Error::argument("n", "must be at least 2: one item is not compared", n));
        }
        let items = n as f64;
        Ok(match self {
            JudgmentScale::Linear => level,
            JudgmentScale::Logarithmic => ln(level + 1.0) / std::f64::consts::LN_2,
            JudgmentScale::Root => level.sqrt(),
            JudgmentScale::InverseLinear => 9.0 / (10.0 - level),
            JudgmentScale::Balanced => (9.0 + level) / (11.0 - level),
            JudgmentScale::Power => level * level,
            JudgmentScale::Geometric => exp((level - 1.0) * std::f64::consts::LN_2),
            JudgmentScale::Adaptive => exp(ln(level) * (1.0 + ln(items - 1.0) / ln(9.0))),
            JudgmentScale::BalancedN => rising_to(9.0 / (items + 8.0), level, items),
            JudgmentScale::AdaptiveBalanced => rising_to(0.9, level, items),
        })
    }

    /// The level, 1 to 9, that these words name.
    ///
    /// Saaty's words and their adverbs, whatever the capitals; hyphens, underscores and commas count as
    /// spaces: "equal", "moderate", "strong", "very strong", "extreme", and between them "equal to moderate",
    /// "moderate to strong", "strong to very strong", "very strong to extreme".
    ///
    /// # Errors
    /// [`Error::Judgment`] with the nearest words.
    ///
    /// ```
    /// use karat::evaluate::weights::JudgmentScale;
    /// assert_eq!(JudgmentScale::level_of("very strong")?, 7);
    /// assert_eq!(JudgmentScale::level_of("Moderate-to-Strong")?, 4);
    /// let error = JudgmentScale::level_of("stronk").unwrap_err().to_string();
    /// assert!(error.contains("did you mean `strong`?"));
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn level_of(words: &str) -> Result<u8> {
        let plain = plain_words(words);
        known_level(&plain).ok_or_else(|| {
            let known = LEVELS.into_iter().chain(SYNONYMS.into_iter().map(|(name, _)| name));
            let hint = nearest_name(&plain, known).map_or_else(
                || format!("the levels are {}", LEVELS.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            Error::Judgment(format!("unknown strength \"{words}\"; {hint}"))
        })
    }

    /// The words for a level from 1 to 9; `None` for another number.
    #[must_use]
    pub fn words(level: u8) -> Option<&'static str> {
        LEVELS.get(usize::from(level).checked_sub(1)?).copied()
    }

    /// The ratio that a strength stands for: words ("strong"), or a level as a number ("5", "1/5").
    ///
    /// A fraction turns the judgment round: "1/5" says that the second item is strongly more important.
    ///
    /// # Errors
    /// [`Error::Judgment`] for unknown words, [`Error::Argument`] for a level outside 1 to 9 or fewer than two
    /// items.
    pub fn ratio(self, strength: &str, n: usize) -> Result<f64> {
        let text = strength.trim();
        let (turned, level) = match text.strip_prefix("1/") {
            Some(below) => (true, below.parse::<f64>()),
            None => (false, text.parse::<f64>()),
        };
        let level = match level {
            Ok(level) if !turned && level > 0.0 && level < 1.0 => {
                return Ok(1.0 / self.value(1.0 / level, n)?);
            }
            Ok(level) => level,
            Err(_) if turned => return Err(Error::Judgment(format!("unknown strength \"{strength}\""))),
            Err(_) => f64::from(JudgmentScale::level_of(text)?),
        };
        let value = self.value(level, n)?;
        Ok(if turned { 1.0 / value } else { value })
    }
}

impl PairwiseMatrix {
    /// The matrix from judgments in words `(first, second, strength)`: `first` is more important than `second`
    /// by that strength. Every pair once, the more important item first.
    ///
    /// Strengths are words as in [`JudgmentScale::level_of`] or levels as in [`JudgmentScale::ratio`].
    ///
    /// # Errors
    /// As [`from_judgments`](Self::from_judgments); also [`Error::Judgment`] listing every strength that is
    /// unknown, with its pair.
    ///
    /// ```
    /// use karat::evaluate::weights::{JudgmentScale, PairwiseMatrix};
    /// let matrix = PairwiseMatrix::from_words(
    ///     &["revenue", "loyalty", "activity"],
    ///     &[("revenue", "loyalty", "moderate"), ("revenue", "activity", "strong"), ("loyalty", "activity", "equal")],
    ///     JudgmentScale::Balanced,
    /// )?;
    /// assert_eq!(matrix.judgment(0, 1), 1.5);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn from_words<L, A, B, W>(
        labels: &[L],
        judgments: &[(A, B, W)],
        scale: JudgmentScale,
    ) -> Result<PairwiseMatrix>
    where
        L: AsRef<str>,
        A: AsRef<str>,
        B: AsRef<str>,
        W: AsRef<str>,
    {
        let mut read = Vec::with_capacity(judgments.len());
        let mut problems = Vec::new();
        // One item has no pair; the labels are refused below.
        let n = labels.len().max(2);
        for (first, second, strength) in judgments {
            let (first, second) = (first.as_ref(), second.as_ref());
            match scale.ratio(strength.as_ref(), n) {
                Ok(value) => read.push((first, second, value)),
                Err(error) => problems.push(format!("`{first}` vs `{second}`: {error}")),
            }
        }
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        PairwiseMatrix::from_judgments(labels, &read)
    }

    /// The matrix from sentences such as `"revenue very strong loyalty"`, see [`parse_words`].
    ///
    /// # Errors
    /// As [`from_words`](Self::from_words); also [`Error::Judgment`] listing every sentence that cannot be
    /// read.
    pub fn from_sentences<L: AsRef<str>, T: AsRef<str>>(
        labels: &[L],
        sentences: &[T],
        scale: JudgmentScale,
    ) -> Result<PairwiseMatrix> {
        let mut read = Vec::with_capacity(sentences.len());
        let mut problems = Vec::new();
        for sentence in sentences {
            match parse_words(sentence.as_ref(), labels) {
                Ok(judgment) => read.push(judgment),
                Err(error) => problems.push(error.to_string()),
            }
        }
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        PairwiseMatrix::from_words(labels, &read, scale)
    }

    /// The same judgments on another scale: every entry from 1/9 to 9 is taken as a level.
    ///
    /// # Errors
    /// [`Error::Judgment`] naming every judgment outside 1/9 to 9.
    pub fn on_scale(&self, scale: JudgmentScale) -> Result<PairwiseMatrix> {
        let n = self.size();
        let mut values = Vec::new();
        let mut problems = Vec::new();
        for (i, j) in (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))) {
            let (forth, back) = (self.judgment(i, j), self.judgment(j, i));
            let (strong, weak, level) = if forth >= back { (i, j, forth) } else { (j, i, back) };
            match scale.value(level, n) {
                Ok(value) => values.push((strong, weak, value)),
                Err(error) => {
                    let (first, second) = (&self.labels()[strong], &self.labels()[weak]);
                    problems.push(format!("`{first}` vs `{second}`: {error}"));
                }
            }
        }
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        Ok(PairwiseMatrix::from_upper(self.labels().to_vec(), values))
    }
}

/// Reads `"revenue very strong loyalty"`: a name, the words of a level, and a name.
///
/// The longest words that fit are the strength ("very strong", not "strong" after an item called "revenue
/// very"). Where names hold such words themselves, `labels` decide.
///
/// # Errors
/// [`Error::Judgment`] when no level stands between two names, or when it is unclear which words are it.
///
/// ```
/// use karat::evaluate::weights::parse_words;
/// let (first, second, strength) = parse_words("late payments very strong tenure", &["tenure", "late payments"])?;
/// assert_eq!((first.as_str(), second.as_str(), strength.as_str()), ("late payments", "tenure", "very strong"));
/// # Ok::<(), karat::Error>(())
/// ```
pub fn parse_words<L: AsRef<str>>(text: &str, labels: &[L]) -> Result<(String, String, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let last = words.len().saturating_sub(1);
    let mut readings = Vec::new();
    for start in 1..last {
        for end in start + 1..=last.min(start + WORDS) {
            let strength = words[start..end].join(" ");
            if known_level(&plain_words(&strength)).is_some() {
                readings.push((start, end, words[..start].join(" "), words[end..].join(" "), strength));
            }
        }
    }
    let known = |name: &str| labels.iter().any(|label| label.as_ref() == name);
    let fitting: Vec<_> = readings.iter().filter(|r| known(&r.2) && known(&r.3)).collect();
    let whole: Vec<_> = readings
        .iter()
        .filter(|r| !readings.iter().any(|o| o.0 <= r.0 && r.1 <= o.1 && (o.0, o.1) != (r.0, r.1)))
        .collect();
    let chosen = match (fitting.as_slice(), whole.as_slice()) {
        ([only], _) | ([], [only]) => only,
        ([], []) => {
            return Err(Error::Judgment(format!(
                "cannot read the judgment \"{text}\": write it as \"revenue strong activity\", a name, a \
                 strength ({}) and a name",
                LEVELS.join(", ")
            )));
        }
        _ => {
            return Err(Error::Judgment(format!(
                "cannot tell which words in \"{text}\" are the judgment; rename the items so that no name contains \
                 a strength"
            )));
        }
    };
    Ok((chosen.2.clone(), chosen.3.clone(), chosen.4.clone()))
}

fn known_level(plain: &str) -> Option<u8> {
    let named = (1..=9).find(|&level| JudgmentScale::words(level) == Some(plain));
    named.or_else(|| SYNONYMS.iter().find(|(name, _)| *name == plain).map(|&(_, level)| level))
}

/// Lower case, one space between words, whatever stood between them.
fn plain_words(text: &str) -> String {
    let apart = |c: char| c.is_whitespace() || matches!(c, '-' | '_' | ',');
    let words: Vec<String> =
        text.split(apart).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join(" ")
}

/// The ratio of one item to each of n - 1 equal others whose weight rises evenly from 1/n at level 1 to `top`
/// at level 9.
fn rising_to(top: f64, level: f64, n: f64) -> f64 {
    let weight = 1.0 / n + (top - 1.0 / n) / 8.0 * (level - 1.0);
    weight * (n - 1.0) / (1.0 - weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_level_and_every_level_its_words() {
        for level in 1..=9 {
            assert_eq!(JudgmentScale::level_of(JudgmentScale::words(level).unwrap()).unwrap(), level);
        }
        assert_eq!((JudgmentScale::words(0), JudgmentScale::words(10)), (None, None));
        for (name, level) in SYNONYMS {
            assert_eq!(JudgmentScale::level_of(name).unwrap(), level, "{name}");
            assert!(!LEVELS.contains(&name), "{name}");
            assert!(name.split(' ').count() <= WORDS);
        }
        assert_eq!(JudgmentScale::level_of("Very, very strong").unwrap(), 8);
    }

    /// All scales agree that equal is equal, and rise; two items on the balanced scales share evenly.
    #[test]
    fn scales_begin_at_one_and_rise() {
        for scale in JudgmentScale::ALL {
            assert_eq!(JudgmentScale::from_name(scale.name()).unwrap(), scale);
            for n in [2, 3, 9, 64] {
                let first = scale.value(1.0, n).unwrap();
                assert!((first - 1.0).abs() < 1e-15, "{scale:?} {n}: {first}");
                let mut before = first;
                for step in 1..=80 {
                    let value = scale.value(1.0 + f64::from(step) / 10.0, n).unwrap();
                    // With 64 items .9 is beyond, 9 / (n + 8) is where one item weighs as on the linear scale.
                    assert!(value > before, "{scale:?} {n}: {value} after {before}");
                    before = value;
                }
            }
        }
        let nine = JudgmentScale::BalancedN.value(9.0, 7).unwrap();
        assert!((nine - 9.0).abs() < 1e-14);
    }

    #[test]
    fn strengths_are_words_or_levels_in_either_direction() {
        let scale = JudgmentScale::Power;
        for (text, value) in
            [("strong", 25.0), ("5", 25.0), ("1/5", 0.04), ("0.2", 0.04), (" Extreme ", 81.0)]
        {
            assert!((scale.ratio(text, 3).unwrap() - value).abs() < 1e-14, "{text}");
        }
        for text in ["", "12", "0", "-3", "1/12", "1/x", "nan", "inf", "0.01", "huge"] {
            assert!(scale.ratio(text, 3).is_err(), "{text}");
        }
    }

    #[test]
    fn sentences_are_read_or_refused_with_the_form() {
        let labels = ["plan", "plan strong", "price"];
        let read = |text| parse_words(text, &labels);
        assert_eq!(read("plan strong price").unwrap().0, "plan");
        assert_eq!(read("plan strong extreme price").unwrap().0, "plan strong");
        assert_eq!(read("a very strong to extreme b").unwrap().2, "very strong to extreme");
        for text in ["", "plan", "strong price", "plan strong", "plan beats price"] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("write it as \"revenue strong activity\""), "{error}");
        }
        let error = read("x strong y weak z").unwrap_err().to_string();
        assert!(error.contains("cannot tell which words"), "{error}");
    }

    #[test]
    fn words_fill_a_matrix_and_problems_come_together() {
        let labels = ["a", "b", "c"];
        let sentences = ["a strong b", "c moderate a", "b weak c"];
        let matrix = PairwiseMatrix::from_sentences(&labels, &sentences, JudgmentScale::Linear).unwrap();
        assert_eq!((matrix.judgment(0, 1), matrix.judgment(2, 0), matrix.judgment(1, 2)), (5.0, 3.0, 2.0));
        assert_eq!(matrix.on_scale(JudgmentScale::Linear).unwrap(), matrix);
        let squared = matrix.on_scale(JudgmentScale::Power).unwrap();
        let words = PairwiseMatrix::from_sentences(&labels, &sentences, JudgmentScale::Power).unwrap();
        assert_eq!(squared, words);
        let error = squared.on_scale(JudgmentScale::Power).unwrap_err().to_string();
        assert!(error.contains("`a` vs `b`") && error.contains("from 1 (equal) to 9"), "{error}");
        let judgments = [("a", "b", "stronk"), ("a", "c", "11"), ("b", "c", "weak")];
        let error = PairwiseMatrix::from_words(&labels, &judgments, JudgmentScale::Linear).unwrap_err();
        assert!(error.to_string().starts_with("2 problems:"), "{error}");
    }
}
