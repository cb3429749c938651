//! The fields a plan reads, as its indicators, rules and field entries describe them.

use super::resolve::unknown_name;
use super::rules::parse_condition;
use super::{Better, EffectPlan, FieldPlan, IndicatorPlan, Literal, MissingPlan, Plan, ScalePlan};
use karat_scorer::step::{Comparison, Condition, Effect, Ratchet, Rule, Rules};
use karat_scorer::{Error, Field, FieldKind, Missing, Result};

/// Fields in the order in which they are first read, and what the plan puts in place of missing values.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    pub(super) fills: Vec<Option<f64>>,
}

impl Fields {
    fn position(&self, column: &str) -> Option<usize> {
        self.list.iter().position(|field| field.name == column)
    }

    /// The field an indicator reads; two indicators of one column must agree on it.
    pub(super) fn of_indicator(
        &mut self,
        plan: &Plan,
        name: &str,
        indicator: &IndicatorPlan,
    ) -> Result<usize> {
        let column = indicator.column.clone().unwrap_or_else(|| name.to_owned());
        let described = plan.fields.get(&column).cloned().unwrap_or_default();
        let kind = indicator_kind(name, indicator, &column, &described)?;
        let default = match kind {
            FieldKind::Numeric if !plan.index.points => MissingPlan::Median,
            _ => MissingPlan::Neutral,
        };
        let stated = match (&indicator.missing, described.missing) {
            (Some(one), Some(other)) if *one != other => {
                return Err(Error::argument(
                    format!("indicator {name}"),
                    format!("must agree with `fields` on column {column}"),
                    "two rules for missing values",
                ));
            }
            (one, other) => one.clone().or(other),
        };
        let rule = stated.as_ref().unwrap_or(&default);
        if *rule == MissingPlan::Ignore {
            return Err(Error::argument(
                format!("missing rule of {column}"),
                "must not be `ignore` for a column that an indicator reads: choose `neutral` or `renormalise`",
                format!("indicator {name}"),
            ));
        }
        if let Some(position) = self.position(&column) {
            let (missing, fill) = missing_rule(&column, &kind, rule)?;
            let known = &self.list[position];
            let agrees = known.kind == kind
                && (stated.is_none() || (known.missing == missing && self.fills[position] == fill));
            return if agrees {
                Ok(position)
            } else {
                Err(Error::argument(
                    format!("indicator {name}"),
                    format!("must agree with the other indicators of column {column}"),
                    "other categories or another rule for missing values",
                ))
            };
        }
        let unit = if indicator.unit.is_empty() { &described.unit } else { &indicator.unit };
        self.push(&column, unit, kind, rule)
    }

    /// Every entry of `fields` must describe a column that something reads.
    pub(super) fn check_described(&self, plan: &Plan) -> Result<()> {
        let points = |field: &FieldPlan| matches!(field.missing, Some(MissingPlan::Points(_)));
        if let Some((column, _)) = plan.fields.iter().find(|(_, field)| points(field)) {
            let rule = "must give points to missing values at the indicator, not under `fields`";
            return Err(Error::argument(format!("missing rule of {column}"), rule, "points"));
        }
        match plan.fields.keys().find(|column| self.position(column).is_none()) {
            None => Ok(()),
            Some(unread) => {
                let known: Vec<&str> = self.list.iter().map(|field| field.name.as_str()).collect();
                Err(unknown_name("fields", unread, known))
            }
        }
    }

    fn push(&mut self, column: &str, unit: &str, kind: FieldKind, missing: &MissingPlan) -> Result<usize> {
        let (missing, fill) = missing_rule(column, &kind, missing)?;
        let field = match kind {
            FieldKind::Categorical(categories) => Field::categorical(column, categories),
            _ => Field::numeric(column),
        };
        self.list.push(field.unit(unit).missing(missing));
        self.fills.push(fill);
        Ok(self.list.len() - 1)
    }

    /// A field that a rule reads: an indicator's, one described under `fields`, or a plain number.
    pub(super) fn of_rule(&mut self, plan: &Plan, column: &str) -> Result<usize> {
        if let Some(position) = self.position(column) {
            return Ok(position);
        }
        let described = plan.fields.get(column).cloned().unwrap_or_default();
        let kind = if described.categories.is_empty() {
            FieldKind::Numeric
        } else {
            FieldKind::Categorical(described.categories)
        };
        self.push(column, &described.unit, kind, &described.missing.unwrap_or(MissingPlan::Ignore))
    }

    pub(super) fn rules(&mut self, plan: &Plan) -> Result<Rules> {
        let grades = plan.grades.as_ref().map_or(&[][..], |grades| &grades.names);
        let mut list = Vec::new();
        for rule in &plan.rules {
            let conditions = rule
                .when
                .iter()
                .map(|text| self.condition(plan, &rule.name, text))
                .collect::<Result<Vec<_>>>()?;
            let effect = match &rule.effect {
                EffectPlan::Gate => Effect::Gate,
                EffectPlan::Penalty(points) => Effect::Penalty(*points),
                EffectPlan::Cap(grade) if grades.is_empty() => {
                    let place = format!("rule {}", rule.name);
                    return Err(Error::argument(place, "must have grades to cap", format!("`{grade}`")));
                }
                EffectPlan::Cap(grade) => {
                    let found = grades.iter().position(|name| name == grade);
                    Effect::Cap(found.ok_or_else(|| {
                        let place = format!("rule {}", rule.name);
                        unknown_name(&place, grade, grades.iter().map(String::as_str))
                    })? as u32)
                }
            };
            list.push(Rule { conditions, effect });
        }
        let ratchet = match &plan.ratchet {
            None => None,
            Some(ratchet) => {
                let previous = self.previous_grade(plan, &ratchet.previous, grades)?;
                let months = self.of_rule(plan, &ratchet.months)?;
                Some(Ratchet { previous: previous as u32, months: months as u32, validity: ratchet.validity })
            }
        };
        Ok(Rules { list, ratchet })
    }

    /// The previous grade comes back as the name that was given out.
    fn previous_grade(&mut self, plan: &Plan, column: &str, grades: &[String]) -> Result<usize> {
        if self.position(column).is_none() && !plan.fields.contains_key(column) && !grades.is_empty() {
            let kind = FieldKind::Categorical(grades.to_vec());
            return self.push(column, "", kind, &MissingPlan::Ignore);
        }
        let position = self.of_rule(plan, column)?;
        let categories = self.list[position].categories();
        if !categories.is_empty() && categories != grades {
            return Err(Error::argument(
                format!("categories of {column}"),
                "must be the names of the grades in their order",
                categories.join(", "),
            ));
        }
        Ok(position)
    }

    fn condition(&mut self, plan: &Plan, rule: &str, text: &str) -> Result<Condition> {
        let parsed = parse_condition(rule, text)?;
        let field = self.of_rule(plan, &parsed.field)?;
        let known = &self.list[field];
        let place = format!("rule {rule}");
        let value = if parsed.comparison == Comparison::Missing {
            0.0
        } else if let FieldKind::Categorical(categories) = &known.kind {
            if !matches!(parsed.comparison, Comparison::Equal | Comparison::NotEqual) {
                let rule = "must compare categories with == or !=";
                return Err(Error::argument(place, rule, format!("\"{text}\"")));
            }
            let found = categories.iter().position(|category| *category == parsed.operand);
            found
                .ok_or_else(|| unknown_name(&place, &parsed.operand, categories.iter().map(String::as_str)))?
                as f64
        } else {
            parsed.operand.parse().map_err(|_| {
                Error::argument(
                    place,
                    format!(
                        "must compare column {} with a number, or list its categories under `fields`",
                        known.name
                    ),
                    format!("\"{}\"", parsed.operand),
                )
            })?
        };
        Ok(Condition { field: field as u32, comparison: parsed.comparison, value })
    }
}

/// Numeric, or categorical with the categories to which the indicator gives values.
fn indicator_kind(
    name: &str,
    indicator: &IndicatorPlan,
    column: &str,
    described: &FieldPlan,
) -> Result<FieldKind> {
    let place = || format!("indicator {name}");
    let categories: Vec<String> = indicator.categories.keys().cloned().collect();
    if !described.categories.is_empty() && described.categories != categories {
        let rule = format!("must give a value to each category of {column}, in the order of `fields`");
        return Err(Error::argument(place(), rule, format!("values of {} categories", categories.len())));
    }
    if categories.is_empty() {
        return Ok(FieldKind::Numeric);
    }
    if indicator.scale != ScalePlan::default() || indicator.better == Better::Low {
        return Err(Error::argument(
            place(),
            "must not have a scale or direction when its categories have values",
            indicator.scale.name(),
        ));
    }
    Ok(FieldKind::Categorical(categories))
}

fn missing_rule(column: &str, kind: &FieldKind, plan: &MissingPlan) -> Result<(Missing, Option<f64>)> {
    let place = format!("missing rule of {column}");
    Ok(match (plan, kind) {
        (MissingPlan::Median, FieldKind::Categorical(_)) => {
            return Err(Error::argument(place, "must not be the median of categories", "median"));
        }
        (MissingPlan::Median, _) => (Missing::Median, None),
        // How many points is the indicator's to say: a row only knows that it goes on.
        (MissingPlan::Neutral | MissingPlan::Points(_), _) => (Missing::Neutral, None),
        (MissingPlan::Renormalise, _) => (Missing::Renormalise, None),
        (MissingPlan::Refuse, _) => (Missing::Refuse, None),
        (MissingPlan::Ignore, _) => (Missing::Ignore, None),
        (MissingPlan::Value(Literal::Text(label)), FieldKind::Categorical(categories)) => {
            let code = categories.iter().position(|category| category == label);
            let code =
                code.ok_or_else(|| unknown_name(&place, label, categories.iter().map(String::as_str)))?;
            (Missing::Value, Some(code as f64))
        }
        (MissingPlan::Value(Literal::Number(value)), FieldKind::Numeric) if value.is_finite() => {
            (Missing::Value, Some(*value))
        }
        (MissingPlan::Value(value), _) => {
            return Err(Error::argument(place, "must be a value the column can have", format!("{value:?}")));
        }
    })
}
