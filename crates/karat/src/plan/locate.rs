//! Which part of a plan written as JSON cannot be read: a builder has no line numbers to show.

use super::{FieldPlan, IndexPlan, IndicatorPlan, ProfilesPlan, RatchetPlan, RulePlan, WeightsPlan};
use super::{GradesPlan, SegmentsPlan, TypesPlan};
use karat_scorer::Error;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The error of the first part that fails by itself; of the whole text where every part can be read.
pub(super) fn unreadable(text: &str, whole: &serde_json::Error) -> Error {
    let plan: Value = serde_json::from_str(text).unwrap_or_default();
    named::<IndicatorPlan>("indicator", &plan["indicators"])
        .or_else(|| named::<FieldPlan>("field", &plan["fields"]))
        .or_else(|| plan["rules"].as_array()?.iter().find_map(rule))
        .or_else(|| part::<IndexPlan>("index", &plan["index"]))
        .or_else(|| part::<WeightsPlan>("weights", &plan["weights"]))
        .or_else(|| part::<ProfilesPlan>("profiles", &plan["profiles"]))
        .or_else(|| part::<RatchetPlan>("ratchet", &plan["ratchet"]))
        .or_else(|| part::<GradesPlan>("grades", &plan["grades"]))
        .or_else(|| part::<TypesPlan>("types", &plan["types"]))
        .or_else(|| part::<SegmentsPlan>("segments", &plan["segments"]))
        .unwrap_or_else(|| Error::argument("plan", "must be readable", whole))
}

fn named<T: DeserializeOwned>(what: &str, parts: &Value) -> Option<Error> {
    parts.as_object()?.iter().find_map(|(name, value)| part::<T>(&format!("{what} {name}"), value))
}

fn rule(value: &Value) -> Option<Error> {
    part::<RulePlan>(&format!("rule {}", value["name"].as_str().unwrap_or("?")), value)
}

fn part<T: DeserializeOwned>(place: &str, value: &Value) -> Option<Error> {
    if value.is_null() {
        return None;
    }
    T::deserialize(value).err().map(|error| Error::argument(place, "must be readable", error))
}

#[cfg(test)]
mod tests {
    use crate::Plan;

    #[test]
    fn the_unreadable_part_is_named() {
        for (text, expected) in [
            (
                r#"{"indicators": {"arpu": {"scale": "log1"}}}"#,
                "`indicator arpu` must be readable, got no scale `log1`; did you mean `log1p`?",
            ),
            (
                r#"{"indicators": {"arpu": {}}, "rules": [{"name": "r", "when": ["arpu < 1"]}]}"#,
                "`rule r` must be readable, got missing field `effect`",
            ),
            (
                r#"{"indicators": {"arpu": {}}, "segments": {"k": -1}}"#,
                "`segments` must be readable, got invalid value: integer `-1`, expected usize",
            ),
        ] {
            assert_eq!(Plan::from_json(text).unwrap_err().to_string(), expected);
        }
        let error = Plan::from_json(r#"{"indicator": {}}"#).unwrap_err().to_string();
        assert!(error.starts_with("`plan` must be readable, got unknown field `indicator`"), "{error}");
    }
}
