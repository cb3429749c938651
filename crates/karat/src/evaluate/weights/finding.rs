//! Warnings that travel with a result.

use std::fmt;

/// Something a person should know about a result that nevertheless stands: it travels in reports.
///
/// Codes are stable: `W102` a consistency ratio above its threshold, `W120` a column without
/// information, `W110` missing judgments, `W121` a loading against its component, `W122` a first component that
/// is none, `W130` a combination whose published formula leaves the simplex, `W131` a bound that holds a weight,
/// `W140` a first place that depends on the mode of synthesis, `W150` to `W154` of fuzzy, interval, least
/// squares and best-worst judgments, `W210` to `W218` of an index and its base
/// ([`analysis`](crate::evaluate::analysis)), `W220` to `W224` of segments.
///
/// ```
/// use karat::evaluate::weights::Finding;
/// let finding = Finding::new("W120", "column 2", "every value is equal", "leave the column out");
/// assert_eq!(finding.to_string(), "W120 column 2: every value is equal; leave the column out");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Stable code, for filters and translations.
    pub code: &'static str,
    /// Where: a node, a pair of items, a column.
    pub place: String,
    /// What was found, with the figures.
    pub fact: String,
    /// What the user can do about it.
    pub proposal: String,
}

impl Finding {
    /// A finding from its four parts.
    pub fn new(
        code: &'static str,
        place: impl Into<String>,
        fact: impl Into<String>,
        proposal: impl Into<String>,
    ) -> Finding {
        Finding { code, place: place.into(), fact: fact.into(), proposal: proposal.into() }
    }

    /// `W120`: a column that tells no rows apart.
    pub(super) fn constant(place: String) -> Finding {
        Finding::new(
            "W120",
            place,
            "every value is equal, so the column carries no information and gets weight 0",
            "leave the column out, or weight it by judgment",
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}; {}", self.code, self.place, self.fact, self.proposal)
    }
}
