//! The textual form of a judgment: `"revenue 3 activity"`.

use karat_scorer::{Error, Result};

/// One judgment: `first` is `value` times as important as `second`.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgment {
    /// The item on the left.
    pub first: String,
    /// The item on the right.
    pub second: String,
    /// How many times `first` is as important as `second`; 1/3 when `second` is three times as important.
    pub value: f64,
}

impl Judgment {
    /// Reads `"revenue 3 activity"`: a name, a value (`3`, `1/3` or `0.5`) and a name, separated by spaces.
    ///
    /// Names may hold spaces. When a name holds a number of its own (`"plan 2 3 price"`), `labels` decide
    /// where the value stands. The value itself is judged by
    /// [`from_judgments`](super::PairwiseMatrix::from_judgments), not here.
    ///
    /// # Errors
    /// [`Error::Judgment`] when no value stands between two names, or when it is unclear which number is
    /// the value.
    ///
    /// ```
    /// use karat::evaluate::weights::Judgment;
    /// let judgment = Judgment::parse("late payments 1/4 tenure", &["tenure", "late payments"])?;
    /// assert_eq!((judgment.first.as_str(), judgment.value), ("late payments", 0.25));
    /// assert!(Judgment::parse("tenure beats revenue", &["tenure", "revenue"]).is_err());
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn parse<L: AsRef<str>>(text: &str, labels: &[L]) -> Result<Judgment> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let readings: Vec<Judgment> = (1..words.len().saturating_sub(1))
            .filter_map(|at| {
                let value = parse_value(words[at])?;
                Some(Judgment { first: words[..at].join(" "), second: words[at + 1..].join(" "), value })
            })
            .collect();
        let known = |name: &str| labels.iter().any(|label| label.as_ref() == name);
        let mut fitting = readings.iter().filter(|r| known(&r.first) && known(&r.second));
        match (fitting.next(), fitting.next(), readings.as_slice()) {
            (Some(only), None, _) | (None, None, [only]) => Ok(only.clone()),
            (None, None, []) => Err(Error::Judgment(format!(
                "cannot read the judgment \"{text}\": write it as \"revenue 3 activity\", a name, a value \
                 such as 3, 1/3 or 0.5, and a name, separated by spaces"
            ))),
            _ => Err(Error::Judgment(format!(
                "cannot tell which number in \"{text}\" is the judgment; rename the items so that no name \
                 contains a number standing alone"
            ))),
        }
    }
}

/// `3`, `1/3`, `0.5`; also `nan`, `-2` and `1/0`, so that they can be refused by name later.
fn parse_value(word: &str) -> Option<f64> {
    match word.split_once('/') {
        Some((top, bottom)) => Some(top.parse::<f64>().ok()? / bottom.parse::<f64>().ok()?),
        None => word.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [&str; 4] = ["revenue", "activity", "plan 2", "San Francisco"];

    #[test]
    fn values_are_read_in_their_three_forms() {
        for (text, value) in [("3", 3.0), ("1/3", 1.0 / 3.0), ("0.5", 0.5), ("3/2", 1.5)] {
            let judgment = Judgment::parse(&format!(" revenue  {text} activity "), &LABELS).unwrap();
            assert_eq!(judgment, Judgment { first: "revenue".into(), second: "activity".into(), value });
        }
    }

    #[test]
    fn labels_settle_where_the_value_stands() {
        let judgment = Judgment::parse("plan 2 3 San Francisco", &LABELS).unwrap();
        assert_eq!((judgment.first.as_str(), judgment.value), ("plan 2", 3.0));
        let error = Judgment::parse("plan 7 3 revenue", &LABELS).unwrap_err().to_string();
        assert!(error.contains("cannot tell which number in \"plan 7 3 revenue\""), "{error}");
    }

    #[test]
    fn text_without_a_value_shows_the_form() {
        for text in ["", "revenue", "revenue 3", "3 activity", "revenue activity", "revenue x3 activity"] {
            let error = Judgment::parse(text, &LABELS).unwrap_err().to_string();
            assert!(error.contains("write it as \"revenue 3 activity\""), "{error}");
        }
    }
}
