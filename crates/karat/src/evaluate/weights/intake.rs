//! What may be wrong with judgments, each case in its own words.

use karat_scorer::{Error, Result, nearest_name};

use super::comparison_graph::ComparisonGraph;
use super::judgments::MAX_ITEMS;
use super::parse::Judgment;
use super::scale::{SAATY_SCALE, judgment_text, nearest_on_scale};

/// Judgments outside 1/`MAX_JUDGMENT` to `MAX_JUDGMENT` are refused: nobody judges so, and the eigenvector
/// would lose digits.
pub(super) const MAX_JUDGMENT: f64 = 1e9;

/// How far a given pair may stray from `a_ij a_ji = 1`, so that 0.3333333333 passes and 0.33 does not.
pub(super) const RECIPROCITY: f64 = 1e-9;

/// How many missing pairs a message lists before it counts the rest.
const LISTED: usize = 10;

/// Judgments being collected, with everything wrong about them.
pub(super) struct Intake<'a> {
    labels: &'a [String],
    given: Vec<(usize, usize, f64)>,
    problems: Vec<String>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(labels: &'a [String]) -> Intake<'a> {
        Intake { labels, given: Vec::new(), problems: Vec::new() }
    }

    pub(super) fn add(&mut self, first: &str, second: &str, value: f64) {
        let (i, j) = (self.position(first), self.position(second));
        if first == second {
            self.problems.push(format!("`{first}` is compared with itself; leave that judgment out"));
            return;
        }
        if let Some(problem) = value_problem(first, second, value) {
            self.problems.push(problem);
            return;
        }
        let (Some(i), Some(j)) = (i, j) else { return };
        let earlier = self.given.iter().find(|&&(a, b, _)| (a, b) == (i, j) || (a, b) == (j, i)).copied();
        match earlier {
            None => self.given.push((i, j, value)),
            Some((a, _, before)) if a == i => self.problems.push(format!(
                "`{first}` vs `{second}` is given twice ({} and {}); keep one",
                judgment_text(before),
                judgment_text(value)
            )),
            Some((_, _, before)) => {
                let agree = (before * value - 1.0).abs() <= RECIPROCITY;
                self.problems.push(format!(
                    "`{first}` and `{second}` are compared in both directions (\"{second} {} {first}\" and \
                     \"{first} {} {second}\"), {}; keep one",
                    judgment_text(before),
                    judgment_text(value),
                    if agree { "which agree" } else { "which contradict each other" }
                ));
            }
        }
    }

    fn position(&mut self, name: &str) -> Option<usize> {
        let found = self.labels.iter().position(|label| label == name);
        if found.is_none() {
            let hint = match nearest_name(name, self.labels.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the items are {}", names(self.labels)),
            };
            let problem = format!("unknown item `{name}`; {hint}");
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        found
    }

    pub(super) fn finish(self) -> Result<Vec<(usize, usize, f64)>> {
        if self.problems.is_empty() { Ok(self.given) } else { Err(judgment_error(&self.problems)) }
    }
}

pub(super) fn checked_labels<L: AsRef<str>>(labels: &[L]) -> Result<Vec<String>> {
    let labels: Vec<String> = labels.iter().map(|label| label.as_ref().to_owned()).collect();
    if labels.is_empty() {
        return Err(Error::argument("labels", "must name at least one item", "none"));
    }
    if labels.len() > MAX_ITEMS {
        let rule = format!("must name at most {MAX_ITEMS} items; group them into a hierarchy");
        return Err(Error::argument("labels", rule, labels.len()));
    }
    for (at, label) in labels.iter().enumerate() {
        if label.trim().is_empty() {
            return Err(Error::argument(
                "labels",
                "must not be blank",
                format!("{label:?} at position {at}"),
            ));
        }
        if labels[..at].contains(label) {
            return Err(Error::argument("labels", "must be different", format!("`{label}` twice")));
        }
    }
    Ok(labels)
}

/// Texts such as `"revenue 3 activity"` as judgments `(first, second, value)`.
pub(super) fn read_texts<L: AsRef<str>, T: AsRef<str>>(
    labels: &[L],
    texts: &[T],
) -> Result<Vec<(String, String, f64)>> {
    let mut read = Vec::with_capacity(texts.len());
    let mut problems = Vec::new();
    for text in texts {
        match Judgment::parse(text.as_ref(), labels) {
            Ok(judgment) => read.push((judgment.first, judgment.second, judgment.value)),
            Err(error) => problems.push(error.to_string()),
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(judgment_error(&problems)) }
}

pub(super) fn matrix_problems(labels: &[String], rows: &[Vec<f64>]) -> Vec<String> {
    let mut problems = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if row[i].is_nan() || (row[i] - 1.0).abs() > RECIPROCITY {
            problems.push(format!("`{0}` vs itself must be 1, got {1}", labels[i], row[i]));
        }
        for j in i + 1..rows.len() {
            let forth = value_problem(&labels[i], &labels[j], row[j]);
            let back = value_problem(&labels[j], &labels[i], rows[j][i]);
            if forth.is_none() && back.is_none() && (row[j] * rows[j][i] - 1.0).abs() > RECIPROCITY {
                problems.push(format!(
                    "`{0}` vs `{1}` is {2} but `{1}` vs `{0}` is {3}: one must be 1 divided by the other \
                     (within 1e-9); give each pair once as a list of judgments, or mend one of the two",
                    labels[i], labels[j], row[j], rows[j][i]
                ));
            }
            problems.extend(forth.into_iter().chain(back));
        }
    }
    problems
}

/// What is wrong with one value, each case in its own words.
pub(super) fn value_problem(first: &str, second: &str, value: f64) -> Option<String> {
    // The common case first: no message is built for a sound value.
    if (1.0 / MAX_JUDGMENT..=MAX_JUDGMENT).contains(&value) {
        return None;
    }
    let pair = format!("`{first}` vs `{second}`");
    Some(if value.is_nan() {
        format!("{pair} is not a number; leave the judgment out or give a positive ratio")
    } else if value == 0.0 {
        format!("{pair} is 0; nothing is 0 times as important, give a positive ratio such as 1/9")
    } else if value < 0.0 {
        format!("{pair} is negative ({value}); write \"{second} {} {first}\" to turn it round", -value)
    } else if value.is_infinite() {
        format!("{pair} is infinite; give a positive ratio such as 9")
    } else {
        format!("{pair} is {value:e}; judgments lie between {:e} and {MAX_JUDGMENT:e}", 1.0 / MAX_JUDGMENT)
    })
}

pub(super) fn missing_text(labels: &[String], graph: &ComparisonGraph, missing: &[(usize, usize)]) -> String {
    let n = labels.len();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let head = format!("{} of {} comparisons {verb} missing", missing.len(), n * (n - 1) / 2);
    let rest = match missing.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let listed = missing.iter().take(LISTED);
    if let Some(values) = graph.fitted_values() {
        let pairs: Vec<String> =
            listed.map(|&(i, j)| implied_text(labels, i, j, values[i] / values[j])).collect();
        return format!("{head}: {}{rest}", pairs.join(", "));
    }
    let pairs: Vec<String> = listed.map(|&(i, j)| format!("`{}` vs `{}`", labels[i], labels[j])).collect();
    let groups = graph.groups();
    let sets: Vec<String> = groups.iter().map(|group| names(group.iter().map(|&i| &labels[i]))).collect();
    let joins: Vec<String> =
        groups[1..].iter().map(|group| format!("`{}` vs `{}`", labels[0], labels[group[0]])).collect();
    let remedy = match joins.as_slice() {
        [one] => format!("one comparison joins them, for example {one}"),
        many => format!("{} comparisons join them, for example {}", many.len(), many.join(", ")),
    };
    format!(
        "{head} and the items fall into {} groups never compared with each other: {}; {remedy} (missing: {}{rest})",
        groups.len(),
        sets.join(" | "),
        pairs.join(", ")
    )
}

/// `a` vs `c` (the others imply 6: "a 6 c" would fit), turned so that the value is at least 1.
fn implied_text(labels: &[String], i: usize, j: usize, implied: f64) -> String {
    let (strong, weak, strength) = if implied >= 1.0 { (i, j, implied) } else { (j, i, 1.0 / implied) };
    format!(
        "`{}` vs `{}` (the others imply {}: \"{} {} {}\" would fit)",
        labels[i],
        labels[j],
        judgment_text(implied),
        labels[strong],
        judgment_text(SAATY_SCALE[nearest_on_scale(strength)]),
        labels[weak]
    )
}

fn names<'a>(labels: impl IntoIterator<Item = &'a String>) -> String {
    let quoted: Vec<String> = labels.into_iter().map(|label| format!("`{label}`")).collect();
    quoted.join(", ")
}

/// One problem as it stands, several one to a line.
pub(super) fn judgment_error(problems: &[String]) -> Error {
    match problems {
        [one] => Error::Judgment(one.clone()),
        many => {
            let lines: Vec<String> = many.iter().map(|problem| format!("\n  - {problem}")).collect();
            Error::Judgment(format!("{} problems:{}", many.len(), lines.concat()))
        }
    }
}
