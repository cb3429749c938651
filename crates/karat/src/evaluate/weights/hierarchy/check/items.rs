//! What one criterion says about the items under it: its children, or the alternatives.

use karat_scorer::{Error, nearest_name};

use super::super::super::judgments::PairwiseMatrix;
use super::super::super::parse::Judgment;
use super::super::builder::{Given, HierarchyBuilder, Named};
use super::super::source::NodeWeights;
use super::super::tree::Tree;
use super::quoted;

/// What the weights under every criterion are drawn from; a problem leaves a gap that nobody will read.
pub(super) fn sources(said: &HierarchyBuilder, tree: &Tree, problems: &mut Vec<String>) -> Vec<NodeWeights> {
    let take = |at: usize| Items::new(said, tree, at).source(problems);
    (0..tree.names.len()).map(take).collect()
}

struct Items<'a> {
    said: &'a HierarchyBuilder,
    tree: &'a Tree,
    at: usize,
    name: &'a str,
    items: Vec<String>,
}

fn of<'a, T>(list: &'a [(String, T)], name: &str) -> Option<&'a T> {
    list.iter().find(|(given, _)| given == name).map(|(_, value)| value)
}

impl<'a> Items<'a> {
    fn new(said: &'a HierarchyBuilder, tree: &'a Tree, at: usize) -> Items<'a> {
        let children = &tree.children[at];
        let items = if children.is_empty() {
            said.alternatives.clone()
        } else {
            children.iter().map(|&child| tree.names[child].clone()).collect()
        };
        Items { said, tree, at, name: &tree.names[at], items }
    }

    fn leaf(&self) -> bool {
        self.tree.children[self.at].is_empty()
    }

    fn source(&self, problems: &mut Vec<String>) -> NodeWeights {
        let name = self.name;
        let given = (of(&self.said.judged, name), of(&self.said.weights, name), of(&self.said.scores, name));
        let found = match given {
            (None, None, None) if self.items.is_empty() => Ok(NodeWeights::Leaf),
            (None, None, None) if self.leaf() => Err(vec![format!(
                "`{name}` says nothing about the alternatives; judge them in pairs or give scores"
            )]),
            (None, None, None) => Ok(NodeWeights::Equal(self.items.len())),
            _ if self.items.is_empty() => Err(vec![format!(
                "`{name}` has no children and the hierarchy has no alternatives; there is nothing to weigh \
                 under it"
            )]),
            (Some(judged), _, _) => self.judged(judged).map(NodeWeights::Judgments),
            (None, Some(weights), _) if !self.leaf() => self.weighted(weights),
            (None, Some(_), _) => {
                Err(vec![format!("`{name}` has no children to weigh; give the alternatives scores instead")])
            }
            (None, None, Some(scores)) if self.leaf() => self.scored(scores),
            (None, None, Some(_)) => Err(vec![format!(
                "`{name}` has children: scores belong to the criteria without; give weights"
            )]),
        };
        found.unwrap_or_else(|wrong| {
            problems.extend(wrong);
            NodeWeights::Leaf
        })
    }

    fn judged(&self, given: &Given) -> Result<PairwiseMatrix, Vec<String>> {
        let named: Vec<String> = match given {
            Given::Texts(texts) => texts
                .iter()
                .filter_map(|text| Judgment::parse(text, &self.items).ok())
                .flat_map(|judgment| [judgment.first, judgment.second])
                .collect(),
            Given::Triples(triples) => triples.iter().flat_map(|(a, b, _)| [a.clone(), b.clone()]).collect(),
            Given::Matrix(matrix) => matrix.labels().to_vec(),
        };
        let strangers = self.strangers("judgments", &named);
        if !strangers.is_empty() {
            return Err(strangers);
        }
        let made = match given {
            Given::Texts(texts) => PairwiseMatrix::from_text(&self.items, texts),
            Given::Triples(triples) => PairwiseMatrix::from_judgments(&self.items, triples),
            Given::Matrix(matrix) => self.reordered(matrix),
        };
        made.map_err(|error| {
            let text = match error {
                Error::Judgment(text) => text,
                other => other.to_string(),
            };
            vec![format!("judgments of `{}`: {text}", self.name)]
        })
    }

    /// Items that do not stand under this criterion, each with where it does stand or what was meant.
    fn strangers(&self, what: &str, named: &[String]) -> Vec<String> {
        let mut problems = Vec::new();
        for item in named.iter().filter(|item| !self.items.contains(item)) {
            let kind = if self.leaf() { "alternative" } else { "child" };
            let place = self.tree.names.iter().position(|name| name == item);
            let hint = match place {
                Some(place) if place == self.at => "it cannot be compared with itself".to_owned(),
                Some(place) => match self.tree.parents[place] {
                    Some(parent) => format!("it stands below `{}`", self.tree.names[parent]),
                    None => "it is the goal".to_owned(),
                },
                None if self.said.alternatives.contains(item) => {
                    "alternatives are judged under criteria without children".to_owned()
                }
                None => match nearest_name(item, self.items.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", quoted(self.items.iter().map(String::as_str))),
                },
            };
            let problem = format!("{what} of `{}`: `{item}` is no {kind} of it; {hint}", self.name);
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }

    fn reordered(&self, matrix: &PairwiseMatrix) -> karat_scorer::Result<PairwiseMatrix> {
        if matrix.labels() == self.items {
            return Ok(matrix.clone());
        }
        let labels = matrix.labels();
        let mut triples = Vec::new();
        for i in 0..labels.len() {
            for j in i + 1..labels.len() {
                // The judgment >= 1 was kept as given; the other is its rounded reciprocal.
                let (strong, weak) = if matrix.judgment(i, j) >= 1.0 { (i, j) } else { (j, i) };
                triples.push((labels[strong].as_str(), labels[weak].as_str(), matrix.judgment(strong, weak)));
            }
        }
        PairwiseMatrix::from_judgments(&self.items, &triples)
    }

    /// Numbers in the order of the items, or what is wrong with them.
    fn numbers(&self, what: &str, given: &Named) -> Result<Vec<f64>, Vec<String>> {
        let names: Vec<String> = given.iter().map(|(item, _)| item.clone()).collect();
        let mut problems = self.strangers(what, &names);
        for (at, (item, value)) in given.iter().enumerate() {
            if names[..at].contains(item) {
                problems.push(format!("{what} of `{}`: `{item}` is given twice; keep one", self.name));
            }
            if !(value.is_finite() && *value >= 0.0) {
                let place = self.name;
                problems
                    .push(format!("{what} of `{place}`: `{item}` is {value}; give a number of at least 0"));
            }
        }
        let absent: Vec<&str> =
            self.items.iter().filter(|item| !names.contains(item)).map(String::as_str).collect();
        if !absent.is_empty() {
            let (place, absent) = (self.name, quoted(absent));
            problems.push(format!("{what} of `{place}`: none for {absent}; nothing may be left out"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(self.items.iter().map(|item| of(given, item).copied().unwrap_or(0.0)).collect())
    }

    fn weighted(&self, given: &Named) -> Result<NodeWeights, Vec<String>> {
        let values = self.numbers("weights", given)?;
        let sum: f64 = values.iter().sum();
        // What already sums to 1 as nearly as it can keeps its bits.
        if (sum - 1.0).abs() <= f64::EPSILON * values.len() as f64 {
            return Ok(NodeWeights::Fixed(values));
        }
        if (sum - 1.0).abs() < 1e-6 || (sum - 100.0).abs() < 1e-6 {
            return Ok(NodeWeights::Fixed(values.iter().map(|value| value / sum).collect()));
        }
        Err(vec![format!("weights of `{}` sum to {sum}; they must sum to 1 or to 100", self.name)])
    }

    fn scored(&self, given: &Named) -> Result<NodeWeights, Vec<String>> {
        let values = self.numbers("scores", given)?;
        if values.iter().all(|&value| value == 0.0) {
            let name = self.name;
            return Err(vec![format!("scores of `{name}` are all 0; they tell no alternative apart")]);
        }
        Ok(NodeWeights::Scores(values))
    }
}
