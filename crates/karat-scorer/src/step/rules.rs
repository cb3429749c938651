//! Rules of operators' real schemes: gates, penalties, caps on the grade, and a validity ratchet.

use super::{Lanes, MAX_GRADES, Step};
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};
use crate::schema::MAX_FIELDS;
use crate::score::{NONE, Score, flags};

/// Most rules a model may have.
pub const MAX_RULES: usize = 64;
/// Most conditions of one rule.
pub const MAX_CONDITIONS: usize = 8;

/// How a condition compares a field with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparison {
    /// Field < value.
    Below,
    /// Field <= value.
    AtMost,
    /// Field == value.
    Equal,
    /// Field != value, and present.
    NotEqual,
    /// Field >= value.
    AtLeast,
    /// Field > value.
    Above,
    /// The field is missing after its own rule for missing values.
    Missing,
}

const COMPARISONS: [Comparison; 7] = [
    Comparison::Below,
    Comparison::AtMost,
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::AtLeast,
    Comparison::Above,
    Comparison::Missing,
];

/// One comparison of a field; a missing field meets none but [`Comparison::Missing`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// Position of the field.
    pub field: u32,
    /// The comparison.
    pub comparison: Comparison,
    /// What to compare with; for a categorical field the position of the category.
    pub value: f64,
}

/// What a rule does when all its conditions hold.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Effect {
    /// Keeps the customer out of grades, types and segments.
    Gate,
    /// Takes points off the index.
    Penalty(f64),
    /// Lets the grade rise no higher than this one.
    Cap(u32),
}

/// A rule: all conditions must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// The effect.
    pub effect: Effect,
}

/// A grade once given lasts: within its validity it can only rise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratchet {
    /// Field that holds the previous grade, as its position; missing for a new customer.
    pub previous: u32,
    /// Field that holds the months since that grade was given.
    pub months: u32,
    /// Months for which a grade stays valid.
    pub validity: f64,
}

/// All rules, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// Gates, penalties and caps.
    pub list: Vec<Rule>,
    /// The ratchet, if the scheme has one.
    pub ratchet: Option<Ratchet>,
}

impl Rules {
    /// Positions of the penalty rules: each adds one entry to an explanation after the indicators.
    pub fn penalties(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.list.len()).filter(|&rule| matches!(self.list[rule].effect, Effect::Penalty(_)))
    }

    /// Checks fields, grades and values.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the rule.
    pub fn check(&self, names: &[String], fields: usize, grades: usize) -> Result<()> {
        for (rule, name) in self.list.iter().zip(names) {
            let fault = |what: &str, value: String| Err(Error::argument(format!("rule {name}"), what, value));
            if rule.conditions.is_empty() || rule.conditions.len() > MAX_CONDITIONS {
                return fault("must have 1 to 8 conditions", rule.conditions.len().to_string());
            }
            for condition in &rule.conditions {
                if condition.field as usize >= fields || !condition.value.is_finite() {
                    return fault("must compare a field with a number", format!("{condition:?}"));
                }
            }
            match rule.effect {
                Effect::Penalty(points) if !(points.is_finite() && points >= 0.0) => {
                    return fault("must take off points that are not negative", points.to_string());
                }
                Effect::Cap(grade) if grade as usize >= grades => {
                    return fault("must cap at a grade of the model", grade.to_string());
                }
                _ => {}
            }
        }
        if let Some(ratchet) = &self.ratchet {
            if ratchet.previous as usize >= fields || ratchet.months as usize >= fields {
                return Err(Error::argument(
                    "ratchet",
                    "must read fields of the model",
                    format!("{ratchet:?}"),
                ));
            }
            if grades == 0 || !(ratchet.validity.is_finite() && ratchet.validity > 0.0) {
                return Err(Error::argument(
                    "ratchet",
                    "must have grades and a validity above 0 months",
                    ratchet.validity,
                ));
            }
        }
        Ok(())
    }

    /// Whether rule `rule` holds, for each of `N` customers.
    #[inline(always)]
    pub(crate) fn holds<const N: usize>(&self, rule: usize, fields: &[Lanes<N>]) -> [bool; N] {
        let mut holds = [true; N];
        for condition in &self.list[rule].conditions {
            let x = &fields[condition.field as usize];
            let value = condition.value;
            for lane in 0..N {
                holds[lane] &= match condition.comparison {
                    Comparison::Below => x[lane] < value,
                    Comparison::AtMost => x[lane] <= value,
                    Comparison::Equal => x[lane] == value,
                    Comparison::NotEqual => !x[lane].is_nan() && x[lane] != value,
                    Comparison::AtLeast => x[lane] >= value,
                    Comparison::Above => x[lane] > value,
                    Comparison::Missing => x[lane].is_nan(),
                };
            }
        }
        holds
    }

    /// Applies caps, then the ratchet, to the grade of each customer.
    #[inline(always)]
    pub(crate) fn adjust<const N: usize>(&self, fields: &[Lanes<N>], grades: usize, scores: &mut [Score; N]) {
        for (id, rule) in self.list.iter().enumerate() {
            if let Effect::Cap(cap) = rule.effect {
                let holds = self.holds(id, fields);
                for lane in 0..N {
                    let score = &mut scores[lane];
                    if holds[lane] && score.grade != NONE && u32::from(score.grade) > cap {
                        score.grade = cap as u16;
                        score.rule = id as u16;
                        score.flags |= flags::CAPPED;
                    }
                }
            }
        }
        if let Some(ratchet) = &self.ratchet {
            for lane in 0..N {
                let (previous, months) =
                    (fields[ratchet.previous as usize][lane], fields[ratchet.months as usize][lane]);
                let score = &mut scores[lane];
                let valid = months >= 0.0 && months < ratchet.validity;
                let known = previous >= 0.0 && previous < grades as f64 && previous.floor() == previous;
                if score.grade != NONE && valid && known && previous > f64::from(score.grade) {
                    score.grade = previous as u16;
                    score.flags |= flags::KEPT;
                }
            }
        }
    }
}

impl Step for Rules {
    const KIND: &'static str = "RULE";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(self.list.len() as u64);
        for rule in &self.list {
            let (code, value) = match rule.effect {
                Effect::Gate => (0, 0.0),
                Effect::Penalty(points) => (1, points),
                Effect::Cap(grade) => (2, f64::from(grade)),
            };
            writer.integer(code);
            writer.number(value);
            writer.integer(rule.conditions.len() as u64);
            for condition in &rule.conditions {
                writer.integer(u64::from(condition.field));
                writer
                    .integer(COMPARISONS.iter().position(|c| *c == condition.comparison).unwrap_or(0) as u64);
                writer.number(condition.value);
            }
        }
        writer.integer(u64::from(self.ratchet.is_some()));
        if let Some(ratchet) = &self.ratchet {
            writer.integer(u64::from(ratchet.previous));
            writer.integer(u64::from(ratchet.months));
            writer.number(ratchet.validity);
        }
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Rules> {
        let count = reader.integer("the number of rules", MAX_RULES + 1)?;
        let mut list = Vec::new();
        for _ in 0..count {
            let code = reader.integer("effect", 3)?;
            let value = reader.number("effect")?;
            let effect = match code {
                0 => Effect::Gate,
                1 => Effect::Penalty(value),
                _ if value >= 0.0 && value < MAX_GRADES as f64 && value.floor() == value => {
                    Effect::Cap(value as u32)
                }
                _ => return Err(reader.error(format_args!("a cap at grade {value}"))),
            };
            let conditions = reader.integer("the number of conditions", MAX_CONDITIONS + 1)?;
            let conditions = (0..conditions)
                .map(|_| {
                    Ok(Condition {
                        field: reader.integer("field", MAX_FIELDS)? as u32,
                        comparison: COMPARISONS[reader.integer("comparison", COMPARISONS.len())?],
                        value: reader.number("condition")?,
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            list.push(Rule { conditions, effect });
        }
        let ratchet = match reader.integer("ratchet mark", 2)? {
            0 => None,
            _ => Some(Ratchet {
                previous: reader.integer("field", MAX_FIELDS)? as u32,
                months: reader.integer("field", MAX_FIELDS)? as u32,
                validity: reader.number("validity")?,
            }),
        };
        Ok(Rules { list, ratchet })
    }
}
