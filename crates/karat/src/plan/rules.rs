//! Rules as a plan writes them: conditions in words, an effect, a name.

use karat_scorer::step::Comparison;
use karat_scorer::{Error, Result};
use serde::{Deserialize, Serialize};

/// A rule: when all conditions hold, the effect follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RulePlan {
    /// Name, reported with every customer it touches.
    pub name: String,
    /// Conditions such as `"tenure < 6"`, `"contract == Two year"` or `"age is missing"`.
    pub when: Vec<String>,
    /// What follows.
    pub effect: EffectPlan,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EffectPlan {
    /// Keeps the customer out of grades, types and segments.
    Gate,
    /// Takes points off the index.
    Penalty(f64),
    /// Lets the grade rise no higher than this one.
    Cap(String),
}

/// A grade once given stays for its validity and can only rise meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RatchetPlan {
    /// Field with the name of the previous grade.
    pub previous: String,
    /// Field with the months since it was given.
    pub months: String,
    /// Months for which a grade stays valid.
    pub validity: f64,
}

impl RulePlan {
    /// A rule.
    pub fn new(
        name: impl Into<String>,
        when: impl IntoIterator<Item = impl Into<String>>,
        effect: EffectPlan,
    ) -> RulePlan {
        RulePlan { name: name.into(), when: when.into_iter().map(Into::into).collect(), effect }
    }
}

impl RatchetPlan {
    /// A ratchet.
    pub fn new(previous: impl Into<String>, months: impl Into<String>, validity: f64) -> RatchetPlan {
        RatchetPlan { previous: previous.into(), months: months.into(), validity }
    }
}

/// A condition taken apart: field, comparison, and the text to compare with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ParsedCondition {
    pub(crate) field: String,
    pub(crate) comparison: Comparison,
    pub(crate) operand: String,
}

/// Longer signs first, so that `<=` is not read as `<`.
const SIGNS: [(&str, Comparison); 6] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

pub(crate) fn parse_condition(rule: &str, text: &str) -> Result<ParsedCondition> {
    let parsed = |field: &str, comparison, operand: &str| ParsedCondition {
        field: field.trim().to_owned(),
        comparison,
        operand: operand.trim().trim_matches(['"', '\'']).to_owned(),
    };
    let found = if let Some(field) = text.trim().strip_suffix("is missing") {
        Some(parsed(field, Comparison::Missing, ""))
    } else {
        let first = SIGNS
            .iter()
            .filter_map(|(sign, comparison)| text.find(sign).map(|at| (at, sign, *comparison)))
            .min_by_key(|&(at, sign, _)| (at, std::cmp::Reverse(sign.len())));
        first.map(|(at, sign, comparison)| parsed(&text[..at], comparison, &text[at + sign.len()..]))
    };
    let complete = |c: &ParsedCondition| {
        !c.field.is_empty() && (c.comparison == Comparison::Missing || !c.operand.is_empty())
    };
    found.filter(complete).ok_or_else(|| {
        Error::argument(
            format!("rule {rule}"),
            "must have conditions such as \"tenure < 6\" or \"age is missing\"",
            format!("\"{text}\""),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_taken_apart() {
        let parse = |text| parse_condition("r", text).unwrap();
        let c = parse("months on net <= 6.5");
        assert_eq!(
            (c.field.as_str(), c.comparison, c.operand.as_str()),
            ("months on net", Comparison::AtMost, "6.5")
        );
        let c = parse("Contract != 'One year'");
        assert_eq!((c.comparison, c.operand.as_str()), (Comparison::NotEqual, "One year"));
        assert_eq!(parse("age is missing").comparison, Comparison::Missing);
        for wrong in ["tenure", "< 6", "tenure <", "is missing"] {
            assert!(parse_condition("r", wrong).is_err(), "{wrong}");
        }
    }
}
