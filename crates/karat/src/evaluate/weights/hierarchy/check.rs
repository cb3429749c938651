//! From what was said about a hierarchy to a structure that holds, or to everything that is wrong with it.

mod items;

use std::collections::{BTreeMap, BTreeSet};

use karat_scorer::{Error, Result, nearest_name};

use super::super::intake::judgment_error;
use super::builder::HierarchyBuilder;
use super::source::NodeWeights;
use super::tree::Tree;

/// Structure and sources of a description without problems.
pub(super) fn checked(said: &HierarchyBuilder) -> Result<(Tree, Vec<NodeWeights>)> {
    if !(said.threshold > 0.0 && said.threshold.is_finite()) {
        return Err(Error::argument("threshold", "must be a number > 0, usually 0.10", said.threshold));
    }
    let mut problems = Vec::new();
    check_names(said, &mut problems);
    let tree = if problems.is_empty() { walk(said, &mut problems) } else { None };
    check_places(said, &mut problems);
    let Some(tree) = tree else { return Err(judgment_error(&problems)) };
    let sources = items::sources(said, &tree, &mut problems);
    if problems.is_empty() { Ok((tree, sources)) } else { Err(judgment_error(&problems)) }
}

/// Names that are blank or stand in two places.
fn check_names(said: &HierarchyBuilder, problems: &mut Vec<String>) {
    if said.children.is_empty() {
        problems.push("the hierarchy has no criteria; give the goal its children".to_owned());
    }
    let mut parent_of: BTreeMap<&str, &str> = BTreeMap::new();
    for (at, (parent, children)) in said.children.iter().enumerate() {
        if said.children[..at].iter().any(|(earlier, _)| earlier == parent) {
            problems.push(format!("the children of `{parent}` are given twice; keep one list"));
        }
        if children.is_empty() {
            problems.push(format!("`{parent}` has an empty list of children; leave the list out"));
        }
        for child in children {
            match parent_of.insert(child, parent) {
                Some(other) if other == parent => {
                    problems.push(format!("`{child}` stands twice below `{parent}`; keep one"));
                }
                Some(other) => problems.push(format!(
                    "`{child}` stands below both `{other}` and `{parent}`; every name stands once, rename one"
                )),
                None => {}
            }
        }
    }
    let criteria =
        said.children.iter().flat_map(|(parent, children)| std::iter::once(parent).chain(children));
    if criteria.chain(&said.alternatives).any(|name| name.trim().is_empty()) {
        problems.push("a name is blank; give every criterion and alternative a name".to_owned());
    }
    for (at, name) in said.alternatives.iter().enumerate() {
        if said.alternatives[..at].contains(name) {
            problems.push(format!("the alternative `{name}` is given twice; keep one"));
        } else if parent_of.contains_key(name.as_str()) || said.children.iter().any(|(node, _)| node == name)
        {
            problems.push(format!("`{name}` is both a criterion and an alternative; rename one"));
        }
    }
}

/// The tree in the order of a walk from the goal; `None` when there is no single goal.
fn walk(said: &HierarchyBuilder, problems: &mut Vec<String>) -> Option<Tree> {
    let below: BTreeMap<&str, &[String]> =
        said.children.iter().map(|(parent, children)| (parent.as_str(), children.as_slice())).collect();
    let all: BTreeSet<&str> =
        said.children.iter().flat_map(|(_, children)| children).map(String::as_str).collect();
    let roots: Vec<&str> =
        said.children.iter().map(|(parent, _)| parent.as_str()).filter(|name| !all.contains(name)).collect();
    let Some((&goal, strays)) = roots.split_first() else {
        problems.push(format!(
            "the hierarchy runs in a circle ({}); one criterion, the goal, must stand below no other",
            circle(said, &said.children.first()?.0)
        ));
        return None;
    };
    for stray in strays {
        let leaves = said.children.iter().flat_map(|(_, children)| children).map(String::as_str);
        let hint = match nearest_name(stray, leaves.filter(|name| !below.contains_key(name))) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name it among some criterion's children".to_owned(),
        };
        problems.push(format!("`{stray}` has children but stands below nothing, as does `{goal}`; {hint}"));
    }
    let (mut names, mut parents) = (Vec::new(), Vec::new());
    let mut waiting: Vec<(&str, Option<usize>)> = vec![(goal, None)];
    while let Some((name, parent)) = waiting.pop() {
        let at = names.len();
        names.push(name.to_owned());
        parents.push(parent);
        if let Some(children) = below.get(name) {
            waiting.extend(children.iter().rev().map(|child| (child.as_str(), Some(at))));
        }
    }
    let reached: BTreeSet<&String> = names.iter().collect();
    let apart = said.children.iter().map(|(parent, _)| parent).find(|name| !reached.contains(name));
    if let Some(apart) = apart.filter(|_| strays.is_empty()) {
        problems.push(format!("some criteria run in a circle apart from `{goal}` ({})", circle(said, apart)));
    }
    problems.is_empty().then(|| Tree::new(names, parents))
}

/// Follows parents upwards from a name until one comes again: `a > b > a`.
fn circle(said: &HierarchyBuilder, from: &str) -> String {
    let mut path = vec![from];
    loop {
        let last = path[path.len() - 1];
        let above = said.children.iter().find(|(_, children)| children.iter().any(|child| child == last));
        let Some((above, _)) = above else { break };
        if let Some(start) = path.iter().position(|name| name == above) {
            path.drain(..start);
            path.push(above);
            break;
        }
        path.push(above);
    }
    path.reverse();
    path.join(" > ")
}

/// Judgments, weights and scores of criteria that are not there, or that are given twice.
fn check_places(said: &HierarchyBuilder, problems: &mut Vec<String>) {
    let judged = said.judged.iter().map(|(name, _)| ("judgments", name));
    let weighted = said.weights.iter().map(|(name, _)| ("weights", name));
    let scored = said.scores.iter().map(|(name, _)| ("scores", name));
    let places: Vec<(&str, &String)> = judged.chain(weighted).chain(scored).collect();
    let mut known: Vec<&str> = Vec::new();
    for (parent, children) in &said.children {
        known.push(parent);
        known.extend(children.iter().map(String::as_str));
    }
    for (at, (what, name)) in places.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let hint = match nearest_name(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if said.alternatives.contains(name) => "that is an alternative".to_owned(),
                None => format!("the criteria are {}", quoted(known.iter().take(12).copied())),
            };
            problems.push(format!("{what} of an unknown criterion `{name}`; {hint}"));
        }
        if let Some((other, _)) = places[..at].iter().find(|(_, earlier)| earlier == name) {
            let both =
                if other == what { format!("{what} twice") } else { format!("both {other} and {what}") };
            problems.push(format!("`{name}` has {both}; keep one"));
        }
    }
}

pub(super) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
