//! Forecasts join a model by name.

use super::*;
use crate::{Plan, Table};
use karat_scorer::step::prepaid::{BetaGeo, PrepaidModel};
use karat_scorer::step::{Atom, AtomKind, ExpansionField, NO_ATOM, PaymentTiming, TermGroup};

fn fitted() -> ValueModel {
    let plan = Plan::from_toml(
        "[indicators]\narpu = {}\ncontract = { categories = { monthly = 0.2, yearly = 1.0 } }\n[grades]\nnames = [\"low\", \"high\"]\n",
    )
    .unwrap();
    let contract = vec![Some("monthly".to_owned()), Some("yearly".to_owned()), Some("yearly".to_owned())];
    let base = [("arpu", vec![20.0, 80.0, 110.0].into()), ("contract", contract.into())];
    ValueModel::new(plan).fit(&Table::from_columns(base).unwrap()).unwrap()
}

fn network() -> Expansion {
    Expansion {
        fields: vec![
            ExpansionField { hi: 200.0, ..ExpansionField::numeric("arpu") },
            ExpansionField::categorical("contract", vec!["yearly".to_owned(), "monthly".to_owned()]),
            ExpansionField { hi: 9.0, ..ExpansionField::numeric("complaints") },
        ],
        link: Link::Logistic,
        outputs: 1,
        base: vec![-1.0],
        atoms: vec![
            Atom { field: 1, kind: AtomKind::Level, center: 1.0, width: 1.0 },
            Atom { field: 2, kind: AtomKind::Linear, center: 0.0, width: 1.0 },
        ],
        groups: vec![
            TermGroup { fields: [1, NO_ATOM, NO_ATOM], terms: 1 },
            TermGroup { fields: [2, NO_ATOM, NO_ATOM], terms: 1 },
        ],
        terms: vec![[0, NO_ATOM, NO_ATOM], [1, NO_ATOM, NO_ATOM]],
        means: vec![0.0, 0.0],
        coefficients: vec![2.0, 0.5],
    }
}

fn lifetime() -> Prepaid {
    let model = PrepaidModel::BetaGeo(BetaGeo { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, modified: true });
    Prepaid { model, spend: None, horizon: 39.0, rate: 0.0 }
}

fn contract() -> Contract {
    Contract {
        link: karat_scorer::step::HazardLink::Chance,
        baseline: vec![0.2],
        contract_end: 0.0,
        in_contract: 0.0,
        coefficients: vec![],
        horizon: 1200,
        discount_rate: 0.1,
        timing: PaymentTiming::End,
    }
}

#[test]
fn parts_join_a_model_and_change_nothing_else() {
    let plain = fitted();
    let classes = ["no", "yes"].map(str::to_owned);
    let churn = ForecastPart::sparse_network(network(), &classes).record("churn", "yes");
    let value = ForecastPart::contract(contract(), &[]).input("margin", "arpu").record("clv", "value");
    let months = ["m1", "m2", "m3"].map(str::to_owned);
    let stage = ForecastPart::stages(Stages::default(), &months).record("stage", "stage");
    let model = plain
        .with_forecast("churn", churn)
        .and_then(|model| model.with_forecast("contract", value))
        .and_then(|model| model.with_forecast("stage", stage))
        .and_then(|model| model.with_forecast("lifetime", ForecastPart::prepaid(lifetime())))
        .unwrap();
    let names: Vec<&str> = model.scorer().schema().fields().iter().map(|field| field.name.as_str()).collect();
    let added = ["complaints", "tenure", "m1", "m2", "m3", "frequency", "recency", "T"];
    assert_eq!(names, [&["arpu", "contract"][..], &added].concat());
    // The second category of the network is the first of the model, so that the level of "monthly" holds.
    let row = [50.0, 0.0, 2.0, 30.0, 30.0, 34.0, 60.0, 2.0, 30.43, 38.86];
    let mut outputs = vec![0.0; model.scorer().output_count()];
    model.scorer().forecast(&row, &mut outputs).unwrap();
    // Log-odds -1 + 2 + 0.5 * 2 = 2; margin 50 times .8 / (1.1 - .8) (Gupta and Lehmann, 2003).
    assert!((outputs[1] - 0.880_797_077_977_882_4).abs() < 1e-15); // 1 / (1 + e^-2)
    assert!((outputs[6] - 50.0 * 0.8 / 0.3).abs() < 1e-9);
    let score = model.scorer().score(&row).unwrap();
    // Maturity: three months tell no trend (Mann and Kendall's z of three rising ones is 1.04, 1.64 is needed).
    assert_eq!((score.churn, score.clv, score.stage), (outputs[1], outputs[6], 2));
    let before = plain.scorer().score(&row[..2]).unwrap();
    assert_eq!((score.index.to_bits(), score.grade), (before.index.to_bits(), before.grade));
    let loaded = ValueModel::from_bytes(model.as_bytes().to_vec()).unwrap();
    assert_eq!(loaded.report(), model.report());
    assert_eq!(loaded.report().forecasts[1].record, ["clv = contract.value"]);
    assert_eq!(loaded.report().forecasts[1].inputs, ["tenure", "0", "arpu"]);
    assert!(loaded.report().to_string().contains("churn.yes"), "{}", loaded.report());
}

#[test]
fn what_cannot_be_read_is_named_with_the_nearest() {
    let model = fitted();
    let refused = |name: &str, part: ForecastPart| model.with_forecast(name, part).unwrap_err().to_string();
    let lifetime = || ForecastPart::prepaid(lifetime());
    assert_eq!(
        refused("lifetime", lifetime().input("frequncy", "arpu")),
        "column `frequncy`: not an input of forecast lifetime; did you mean `frequency`?"
    );
    assert_eq!(
        refused(
            "lifetime",
            lifetime()
                .input("T", "arpuu")
                .constant("frequency", 1.0)
                .constant("recency", 1.0)
                .known_fields_only()
        ),
        "column `arpuu`: neither a field nor an output of this model; did you mean `arpu`?"
    );
    assert_eq!(
        refused("lifetime", lifetime().input("T", "contract").input("frequency", "churn.yes")),
        "2 problems:\n  - column `churn.yes`: neither a field nor an output of this model; there are arpu, contract, index\
         \n  - column `contract`: holds categories; `T` must be a number; give a field of numbers"
    );
    assert_eq!(
        refused("life.time", lifetime()),
        "`name` must be a name without a full stop, and not `index`, got \"life.time\""
    );
    assert_eq!(
        refused("lifetime", lifetime().record("clv", "value")),
        "`record` must be one of p_alive, expected_transactions, expected_spend, discounted_value, got `value`"
    );
    let network = ForecastPart::sparse_network(network(), &[]);
    assert_eq!(refused("churn", network), "expected 2 classes of forecast churn, got 0");
    let twice = model.with_forecast("lifetime", lifetime()).unwrap().with_forecast("lifetime", lifetime());
    assert_eq!(
        twice.unwrap_err().to_string(),
        "`name` must be that of no other forecast of the model, got `lifetime`"
    );
}
