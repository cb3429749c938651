//! What descriptions that do not hold are told.

use karat::ErrorKind;
use karat::evaluate::weights::{Ahp, Hierarchy, HierarchyBuilder, PairwiseMatrix, RandomIndex, Synthesis};

#[track_caller]
fn refused(builder: HierarchyBuilder, parts: &[&str]) {
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Judgment);
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

fn two() -> HierarchyBuilder {
    Hierarchy::builder().children("goal", &["price", "quality"])
}

#[test]
fn trees_that_do_not_hold() {
    refused(Hierarchy::builder(), &["has no criteria"]);
    refused(
        two().children("price", &["goal"]).children("quality", &["x"]),
        &["runs in a circle (goal > price > goal)"],
    );
    refused(
        two().children("a", &["b"]).children("b", &["a"]),
        &["in a circle apart from `goal` (a > b > a)"],
    );
    refused(two().children("quality", &["price"]), &["`price` stands below both `goal` and `quality`"]);
    refused(two().children("quality", &["x", "x"]), &["`x` stands twice below `quality`"]);
    refused(two().children("goal", &["x"]), &["the children of `goal` are given twice"]);
    refused(two().children("price", &[] as &[&str]), &["`price` has an empty list of children"]);
    refused(
        two().children("qualty", &["x", "y"]),
        &["`qualty` has children but stands below nothing, as does `goal`; did you mean `quality`?"],
    );
    refused(two().children("price", &[" "]), &["a name is blank"]);
    refused(
        two().alternatives(&["a", "price", "a"]),
        &["`price` is both a criterion and an alternative", "the alternative `a` is given twice"],
    );
}

/// ahpy multiplies whatever fits and returns weights that sum to less than 1.
#[test]
fn misspelt_and_missing_children() {
    refused(
        two().judge("goal", &["price 2 qualty"]),
        &["judgments of `goal`: `qualty` is no child of it; did you mean `quality`?"],
    );
    refused(two().weights("goal", &[("price", 0.5)]), &["none for `quality`; nothing may be left out"]);
    refused(two().weights("goal", &[("price", 0.5), ("quality", 0.4)]), &["sum to 0.9"]);
    refused(
        two().judge("gaol", &["price 2 quality"]),
        &["judgments of an unknown criterion `gaol`; did you mean `goal`?"],
    );
    let deep = || two().children("quality", &["network", "service"]);
    refused(
        deep().judge("goal", &["price 2 network"]),
        &["`network` is no child of it; it stands below `quality`"],
    );
    refused(deep().judge("quality", &["quality 2 service"]), &["it cannot be compared with itself"]);
    refused(deep().judge("goal", &["price -2 quality"]), &["judgments of `goal`: ", "is negative"]);
    refused(
        two().judge("price", &["a 2 b"]),
        &["`price` has no children and the hierarchy has no alternatives"],
    );
}

#[test]
fn sources_that_contradict_each_other() {
    refused(
        two().judge("goal", &["price 2 quality"]).weights("goal", &[("price", 1.0)]),
        &["`goal` has both judgments and weights"],
    );
    refused(
        two().judge("goal", &["price 2 quality"]).judge("goal", &["price 3 quality"]),
        &["`goal` has judgments twice"],
    );
    let compared = || two().alternatives(&["a", "b"]).scores("price", &[("a", 1.0), ("b", 2.0)]);
    refused(compared(), &["`quality` says nothing about the alternatives"]);
    refused(
        compared().judge("quality", &["a 2 price"]),
        &["`price` is no alternative of it; it stands below `goal`"],
    );
    refused(
        compared().judge("goal", &["a 2 b"]),
        &["alternatives are judged under criteria without children"],
    );
    refused(compared().scores("quality", &[("a", 0.0), ("b", 0.0)]), &["scores of `quality` are all 0"]);
    refused(
        compared().scores("quality", &[("a", -1.0), ("b", f64::NAN), ("c", 1.0)]),
        &["`a` is -1; give a number of at least 0", "`b` is NaN", "`c` is no alternative of it"],
    );
    refused(
        compared().weights("quality", &[("a", 1.0), ("b", 0.0)]),
        &["give the alternatives scores instead"],
    );
    refused(
        compared().scores("quality", &[("a", 1.0), ("b", 1.0)]).scores("goal", &[("price", 1.0)]),
        &["scores belong to the criteria without"],
    );
}

#[test]
fn every_problem_is_told_at_once() {
    let error = two()
        .children("quality", &["network", "service"])
        .judge("goal", &["price 2 qualty"])
        .weights("quality", &[("network", 0.5)])
        .judge("nothing", &["a 2 b"])
        .build()
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("3 problems:"), "{error}");
}

#[test]
fn questions_that_make_no_sense() {
    let weighing = two().judge("goal", &["price 2 quality"]).build().unwrap();
    let text = |error: karat::Error| error.to_string();
    assert!(text(weighing.synthesise(Synthesis::Ideal).unwrap_err()).contains("`alternatives`"));
    assert!(text(weighing.criterion("prize").unwrap_err()).contains("did you mean `price`?"));
    assert!(text(weighing.what_if("price", "a", "b", 2.0).unwrap_err()).contains("must be judged in pairs"));
    assert!(text(weighing.with_weight("goal", 0.5).unwrap_err()).contains("must not be the goal"));
    assert!(text(weighing.with_weight("price", 1.5).unwrap_err()).contains("must be 0 to 1"));
    let only = Hierarchy::builder().children("goal", &["x"]).build().unwrap();
    assert!(text(only.with_weight("x", 0.5).unwrap_err()).contains("only child"));

    let compared = two()
        .alternatives(&["a", "b"])
        .judge("price", &["a 2 b"])
        .scores("quality", &[("a", 0.0), ("b", 2.0)])
        .build()
        .unwrap();
    let by = |mode| text(compared.synthesise(mode).unwrap_err());
    assert!(by(Synthesis::WeightedProduct).contains("score of `a` under `quality`"));
    assert!(by(Synthesis::Rating).contains("alternatives under `price`"));
    assert!(text(compared.without_alternative("z").unwrap_err()).contains("`alternative` must name one"));
    assert!(text(compared.without_alternative("b").unwrap_err()).contains("must not all be 0"));
    assert!(text(compared.with_copy("a", "price").unwrap_err()).contains("must be new"));
    let added = |said: &[(&str, Vec<f64>)]| text(compared.with_alternative("c", said).unwrap_err());
    let wrong = added(&[("price", vec![1.0]), ("quallity", vec![1.0])]);
    assert!(wrong.starts_with("3 problems:"), "{wrong}");
    assert!(wrong.contains("`price`: give 2 numbers, how many times as good as `a`, `b`"), "{wrong}");
    assert!(wrong.contains("`quallity` compares no alternatives; did you mean `quality`?"), "{wrong}");
    assert!(wrong.contains("nothing is said of `c` under `quality`"), "{wrong}");
    assert!(added(&[("price", vec![1.0, -2.0]), ("quality", vec![1.0])]).contains("`c` vs `b` is negative"));
    assert!(added(&[("price", vec![1.0, 2.0]), ("quality", vec![-1.0])]).contains("at least 0"));
    let error = two().threshold(0.0).build().unwrap_err();
    assert!(error.to_string().contains("`threshold`"));
}

#[test]
fn a_random_index_table_that_is_too_short_says_so() {
    let names: Vec<String> = (0..16).map(|i| format!("c{i}")).collect();
    let pairs: Vec<(String, String, f64)> = (0..16)
        .flat_map(|i| (i + 1..16).map(move |j| (i, j)))
        .map(|(i, j)| (names[i].clone(), names[j].clone(), 1.0))
        .collect();
    let matrix = PairwiseMatrix::from_judgments(&names, &pairs).unwrap();
    let built = Hierarchy::builder()
        .children("goal", &names)
        .judge_matrix("goal", matrix)
        .ahp(Ahp::new().random_index(RandomIndex::Saaty1980))
        .build();
    assert!(built.unwrap_err().to_string().contains("ends at n = 15"));
}

#[test]
fn text_that_is_no_hierarchy() {
    let error =
        Hierarchy::from_toml("[tree]\ngoal = [\"a\", \"b\"]\n[judgements]\n").unwrap_err().to_string();
    assert!(error.contains("line 3") && error.contains("judgements"), "{error}");
    let error =
        Hierarchy::from_toml("method = \"eigenvektor\"\n[tree]\ngoal = [\"a\"]").unwrap_err().to_string();
    assert!(error.contains("did you mean `eigenvector`?"), "{error}");
}
