//! Fitting bins: from columns and a target to bins that tell most.

use super::dynamic_programme::{Constraints, Partition, Trend, best_partition};
use super::field::{Bin, BinKind, FieldBinning, group_label, range_labels};
use super::options::{FieldOptions, OptimalBinning, TargetKind};
use super::prebins::{
    PreBins, distinct, given_prebins, ordered_categories, prebins_at, quantile_prebins, round_cut, zoom,
};
use super::target::Target;
use super::transform::Binning;
use super::weight_of_evidence::{Cell, Objective, Separation};
use crate::evaluate::weights::Finding;
use crate::numerics::parallel::Chunks;
use crate::table::{Column, Table};
use karat_scorer::step::MAX_KNOTS;
use karat_scorer::{Error, Field, Problem, Result, Schema, nearest_name};

/// Rounds of ever finer pre-bins; each is some ten times finer.
const MAX_ROUNDS: usize = 8;
/// Information value above which a field is suspected of knowing the future.
const SUSPICIOUS: f64 = 0.5;

impl OptimalBinning {
    /// Bins every column of a table against a target: 0 or 1 for each row, or numbers for a continuous one.
    ///
    /// # Errors
    /// As [`fit_weighted`](OptimalBinning::fit_weighted).
    pub fn fit(&self, table: &Table<'_>, target: &[f64]) -> Result<Binning> {
        self.fit_weighted(table, target, None)
    }

    /// Bins every column; a row counts as much as its weight, 0 or more.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range or options of a column that is not there;
    /// [`Error::Shape`] for a target or weights of another length; [`Error::Data`] for a target that is
    /// missing, not 0 or 1, or the same in every row, and for columns that are constant, empty, infinite or
    /// no numbers: all of them at once.
    pub fn fit_weighted(
        &self,
        table: &Table<'_>,
        target: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Binning> {
        self.check()?;
        self.check_names(table)?;
        let target = Target::new(self.target, table.len(), target, weights)?;
        let chunks = Chunks { task: "binning", rows: table.names().len(), chunk: 1, threads: self.threads };
        let fit = |range: std::ops::Range<usize>| {
            let fitted = table.names()[range].iter().map(|name| self.fit_field(table, name, &target));
            fitted.collect::<Vec<_>>()
        };
        let merge = |all: &mut Vec<_>, part: Vec<_>| all.extend(part);
        let fitted = chunks.map_reduce(fit, Vec::new(), merge, &mut |_| true)?;
        let (mut fields, mut problems) = (Vec::new(), Vec::new());
        for field in fitted {
            match field {
                Ok(field) => fields.push(field),
                Err(Error::Data(found)) => problems.extend(found),
                Err(other) => return Err(other),
            }
        }
        if !problems.is_empty() {
            return Err(Error::Data(problems));
        }
        let findings = fields.iter().flat_map(|field| self.findings(field)).collect();
        Ok(Binning { target: self.target, weight: target.all.weight, total: target.sum(), fields, findings })
    }

    fn check_names(&self, table: &Table<'_>) -> Result<()> {
        if table.names().is_empty() {
            return Err(Error::data(Problem::new("", "the table has no columns", "give at least one field")));
        }
        let known = || table.names().iter().map(String::as_str);
        match self.fields.keys().find(|name| table.column(name).is_none()) {
            None => Ok(()),
            Some(name) => {
                let near = nearest_name(name, known());
                let hint = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
                let rule = format!("must name columns of the table{hint}");
                Err(Error::argument("field options", rule, format!("`{name}`")))
            }
        }
    }

    fn fit_field(&self, table: &Table<'_>, name: &str, target: &Target<'_>) -> Result<FieldBinning> {
        let options = self.options(name);
        let is_text = matches!(table.column(name), Some(Column::Text { .. }));
        if options.categorical.unwrap_or(is_text) {
            let categories = labels(table, name, &self.null_values);
            self.fit_categories(table, name, categories, target)
        } else {
            self.fit_numbers(table, name, &options, target)
        }
    }

    fn fit_numbers(
        &self,
        table: &Table<'_>,
        name: &str,
        options: &FieldOptions,
        target: &Target<'_>,
    ) -> Result<FieldBinning> {
        let values = bind(table, Field::numeric(name), self)?;
        let mut special = options.special.clone().unwrap_or_else(|| self.special.clone());
        special.sort_by(f64::total_cmp);
        special.dedup();
        let mut apart = vec![Cell::default(); special.len() + 1];
        let mut rows = Vec::with_capacity(values.len());
        for (row, &value) in (0_u32..).zip(values.iter()) {
            let found = special.iter().position(|&known| known == value);
            let own = if value.is_nan() { Some(special.len()) } else { found };
            match own {
                Some(own) => {
                    let (weight, y) = target.of(row);
                    apart[own].add(weight, y);
                }
                None => rows.push((value, row)),
            }
        }
        let distinct = distinct(&rows, |row| target.of(row));
        self.check_varied(name, distinct.len(), distinct.first().map(|(value, _)| *value), &apart)?;
        let trend = options.trend.unwrap_or(self.trend);
        let (prebins, found) = match (&options.cuts, &options.candidates) {
            (Some(cuts), _) => self.search(given_prebins(&distinct, cuts, true), trend, true, target),
            (_, Some(cuts)) => self.search(given_prebins(&distinct, cuts, false), trend, false, target),
            _ => self.search_values(&distinct, trend, target),
        };
        let cuts: Vec<f64> = found.starts.iter().map(|&start| prebins.starts[start - 1]).collect();
        let mut labels = range_labels(&cuts);
        labels.extend(special.iter().map(|value| format!("special {value}")));
        let kind = BinKind::Numeric { cuts, special };
        Ok(self.assemble(name, kind, labels, &prebins.cells, prebins.exact, &found, &apart, target))
    }

    fn search<S>(
        &self,
        prebins: PreBins<S>,
        trend: Trend,
        fixed: bool,
        target: &Target<'_>,
    ) -> (PreBins<S>, Partition) {
        let found = self.partition(&prebins, trend, fixed, target);
        (prebins, found)
    }

    /// Over quantiles first, then over ever finer pre-bins around the cuts that were found, down to single
    /// values: each search has the bins of the one before among its own, so that none is worse.
    fn search_values(
        &self,
        distinct: &[(f64, Cell)],
        trend: Trend,
        target: &Target<'_>,
    ) -> (PreBins<f64>, Partition) {
        let numbered: Vec<(usize, Cell)> =
            distinct.iter().enumerate().map(|(position, (_, cell))| (position, *cell)).collect();
        let first = quantile_prebins(&numbered, self.pre_bins, |_, &next| next);
        let exact = first.exact;
        let (mut prebins, mut found) = self.search(first, trend, false, target);
        for _ in 0..MAX_ROUNDS {
            let chosen: Vec<usize> = found.starts.iter().map(|&start| prebins.starts[start - 1]).collect();
            let Some(finer) = zoom(distinct.len(), &prebins.starts, &chosen).filter(|_| !exact) else {
                break;
            };
            let next = self.search(prebins_at(distinct, finer), trend, false, target);
            if next.1.value < found.value {
                break;
            }
            (prebins, found) = next;
        }
        let between = |&start: &usize| round_cut(distinct[start - 1].0, distinct[start].0);
        let starts = prebins.starts.iter().map(between).collect();
        (PreBins { cells: prebins.cells, starts, exact }, found)
    }

    fn fit_categories(
        &self,
        table: &Table<'_>,
        name: &str,
        categories: Vec<String>,
        target: &Target<'_>,
    ) -> Result<FieldBinning> {
        let mut cells = vec![Cell::default(); categories.len()];
        let mut missing = Cell::default();
        let codes = match categories.as_slice() {
            [] => vec![f64::NAN; table.len()],
            some => bind(table, Field::categorical(name, some), self)?,
        };
        for (row, &code) in (0_u32..).zip(codes.iter()) {
            let (weight, y) = target.of(row);
            // As an index NaN is 0, so that it is asked for first.
            let cell = if code.is_nan() { None } else { cells.get_mut(code as usize) };
            cell.unwrap_or(&mut missing).add(weight, y);
        }
        let seen: Vec<(String, Cell)> =
            categories.into_iter().zip(cells).filter(|(_, cell)| cell.weight > 0.0).collect();
        if seen.len() > 2 * MAX_KNOTS {
            let what = format!("{} categories, more than {} can be kept", seen.len(), 2 * MAX_KNOTS);
            let remedy = "join rare ones first, leave the column out, or say that it is not categorical";
            return Err(Error::data(Problem::new(name, what, remedy)));
        }
        self.check_varied(name, seen.len(), None, &[missing])?;
        let seen = ordered_categories(seen);
        let mut position = 0;
        let numbered: Vec<(usize, Cell)> = seen
            .iter()
            .map(|(_, cell)| {
                position += 1;
                (position - 1, *cell)
            })
            .collect();
        let prebins = quantile_prebins(&numbered, self.pre_bins, |_, &next| next);
        let found = self.partition(&prebins, Trend::Free, false, target);
        let mut starts: Vec<usize> = found.starts.iter().map(|&start| prebins.starts[start - 1]).collect();
        starts.push(seen.len());
        let mut from = 0;
        let groups: Vec<Vec<String>> = starts
            .into_iter()
            .map(|to| {
                let group = seen[from..to].iter().map(|(label, _)| label.clone()).collect();
                from = to;
                group
            })
            .collect();
        let labels = groups.iter().map(|group| group_label(group)).collect();
        let kind = BinKind::Categorical { groups };
        let mut field =
            self.assemble(name, kind, labels, &prebins.cells, prebins.exact, &found, &[missing], target);
        field.trend = Trend::Ascending;
        Ok(field)
    }

    /// A field must have at least two bins to choose from.
    fn check_varied(&self, name: &str, values: usize, first: Option<f64>, apart: &[Cell]) -> Result<()> {
        let others = apart.iter().filter(|cell| cell.weight > 0.0).count();
        if values + others > 1 {
            return Ok(());
        }
        let what = match (values, first) {
            (0, _) => "every value is missing or special".to_owned(),
            (_, Some(value)) => format!("constant: every value is {value}"),
            (_, None) => "constant: there is one category".to_owned(),
        };
        Err(Error::data(Problem::new(name, what, "leave the column out")))
    }

    /// The best bins; one bin where no partition satisfies the constraints.
    fn partition<S>(
        &self,
        prebins: &PreBins<S>,
        trend: Trend,
        fixed: bool,
        target: &Target<'_>,
    ) -> Partition {
        let whole = Partition { starts: Vec::new(), value: 0.0, trend };
        if fixed {
            return Partition { starts: (1..prebins.cells.len()).collect(), trend: Trend::Free, ..whole };
        }
        let binary = self.target == TargetKind::Binary;
        let constraints = Constraints {
            maximum_bins: self.maximum_bins,
            minimum_weight: self.minimum_share * target.all.weight,
            minimum_events: binary.then_some((self.minimum_events, self.minimum_events)),
            minimum_difference: self.minimum_difference,
            trend,
        };
        best_partition(&prebins.cells, &target.objective(), &constraints).unwrap_or(whole)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one field, once")]
    fn assemble(
        &self,
        name: &str,
        kind: BinKind,
        mut labels: Vec<String>,
        prebins: &[Cell],
        exact: bool,
        found: &Partition,
        apart: &[Cell],
        target: &Target<'_>,
    ) -> FieldBinning {
        let mut cells = vec![Cell::default(); found.starts.len() + 1];
        for (position, cell) in prebins.iter().enumerate() {
            let at = found.starts.partition_point(|&start| start <= position);
            cells[at] = cells[at].plus(*cell);
        }
        cells.extend_from_slice(apart);
        labels.push("missing".to_owned());
        let objective = target.objective();
        let bins: Vec<Bin> = labels
            .into_iter()
            .zip(&cells)
            .map(|(label, cell)| Bin {
                label,
                weight: cell.weight,
                total: cell.total + target.mean * cell.weight,
                evidence: objective.evidence(*cell),
                contribution: objective.gain(*cell) / target.scale(),
            })
            .collect();
        let separation = match objective {
            Objective::InformationValue { .. } => Separation::of_bins(&cells),
            Objective::BetweenSquares => Separation::default(),
        };
        FieldBinning {
            name: name.to_owned(),
            kind,
            information_value: bins.iter().map(|bin| bin.contribution).sum(),
            bins,
            separation,
            trend: found.trend,
            pre_bins: prebins.len(),
            exact,
        }
    }

    fn findings(&self, field: &FieldBinning) -> Vec<Finding> {
        let mut findings = Vec::new();
        if field.ordinary() == 1 {
            let proposal = "leave the field out, or ask less of each bin: its share, its events, the trend";
            let fact = "no cut satisfies the constraints and tells anything: all values share one bin";
            findings.push(Finding::new("W160", &field.name, fact, proposal));
        }
        if self.target == TargetKind::Binary {
            if field.information_value > SUSPICIOUS {
                let fact = format!("information value {:.3} is above 0.5", field.information_value);
                let proposal = "make sure that the field was known before the target happened";
                findings.push(Finding::new("W161", &field.name, fact, proposal));
            }
            let pure = |bin: &&Bin| bin.weight > 0.0 && (bin.total <= 0.0 || bin.non_events() <= 0.0);
            let pure: Vec<&str> = field.bins.iter().filter(pure).map(|bin| bin.label.as_str()).collect();
            if !pure.is_empty() {
                let fact = format!("only events, or none, in {}", pure.join(", "));
                let proposal = "its weight of evidence counts 0.5 more of both; join it with another bin";
                findings.push(Finding::new("W162", &field.name, fact, proposal));
            }
        }
        findings
    }
}

/// The column as numbers: values, or positions of categories.
fn bind(table: &Table<'_>, field: Field, binning: &OptimalBinning) -> Result<Vec<f64>> {
    let schema = Schema::new(vec![field])?;
    let bound = table.bind(&schema, &binning.reading())?;
    Ok(bound.into_iter().next().map(std::borrow::Cow::into_owned).unwrap_or_default())
}

/// The different texts of a column in order of first appearance, without those that mean "missing".
fn labels(table: &Table<'_>, name: &str, null_values: &[String]) -> Vec<String> {
    let mut found: indexmap::IndexSet<String> = indexmap::IndexSet::new();
    match table.column(name) {
        Some(Column::Text { labels, .. }) => found.extend(labels.iter().cloned()),
        Some(column @ Column::Numeric(values)) => {
            let rows = (0..values.len()).filter(|&row| !values[row].is_nan());
            let mut seen = std::collections::HashSet::new();
            found.extend(rows.filter(|&row| seen.insert(values[row].to_bits())).map(|row| column.text(row)));
        }
        None => {}
    }
    found.into_iter().filter(|label| !null_values.iter().any(|null| null == label.trim())).collect()
}
