//! Plan to text and back.

use super::strategies::plan;
use karat::Plan;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Reading does not lose or change a word, whether or not the plan is a sound one.
    #[test]
    fn toml_and_json_give_the_plan_back(plan in plan()) {
        let text = plan.to_toml().unwrap();
        let read: Plan = toml::from_str(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(&read, &plan);
        prop_assert_eq!(&read.to_toml().unwrap(), &text);
        let json = plan.to_json().unwrap();
        let read: Plan = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &plan);
        if plan.check().is_ok() {
            prop_assert_eq!(&Plan::from_toml(&text).unwrap(), &plan);
            prop_assert_eq!(&Plan::from_json(&json).unwrap(), &plan);
        } else {
            prop_assert_eq!(Plan::from_toml(&text).unwrap_err(), plan.check().unwrap_err());
        }
    }
}

/// What a person may leave out or write shorter means the same as the long form.
#[test]
fn short_forms_mean_the_same() {
    let short =
        "[indicators]\na = {}\nb = { scale = \"log\", better = \"cost\" }\nc = { better = \"benefit\" }\n";
    let long = "[indicators]\na = { better = \"high\", scale = { min_max = {} } }\n\
                b = { scale = { log1p = {} }, better = \"low\" }\nc = { scale = \"min_max\" }\n";
    assert_eq!(Plan::from_toml(short).unwrap(), Plan::from_toml(long).unwrap());
    let builder = Plan::from_json(
        "{\"indicators\": {\"a\": {}, \"b\": {\"scale\": \"log\", \"better\": \"cost\"}, \"c\": {}}}",
    );
    assert_eq!(builder.unwrap(), Plan::from_toml(long).unwrap());
}
