//! What the forecaster sees of a customer at the end of a period.

use super::order::{MeasureScale, finite, windowed};
use super::panel::Panel;
use crate::table::{Column, MISSING_TEXT, Table};
use karat_scorer::Result;
use karat_scorer::numerics::NAN;
use std::borrow::Cow;

/// The class now, the class of the period before, and for how many periods it has been the same.
pub(super) const CLASS: &str = "class";
pub(super) const CLASS_BEFORE: &str = "class before";
pub(super) const PERIODS_IN_CLASS: &str = "periods in class";

/// Fields of every row: the class and its history; each measure now, in the period before and on average,
/// on the scale of the classes; and the other columns as they are.
pub(super) fn forecasting(
    panel: &Panel<'_>,
    classes: &[u32],
    count: usize,
    measures: &[MeasureScale],
    window: usize,
    others: &[String],
) -> Result<Table<'static>> {
    let rows = classes.len();
    let labels: Vec<String> = (0..count).map(|class| class.to_string()).collect();
    let before: Vec<u32> =
        (0..rows).map(|row| panel.before(row).map_or(MISSING_TEXT, |before| classes[before])).collect();
    let mut since = vec![1.0; rows];
    for row in 0..rows {
        if let Some(before) = panel.before(row).filter(|&before| classes[before] == classes[row]) {
            since[row] = since[before] + 1.0;
        }
    }
    let text = |codes: Vec<u32>| Column::Text { codes: Cow::Owned(codes), labels: labels.clone() };
    let mut columns: Vec<(String, Column<'static>)> = vec![
        (CLASS.to_owned(), text(classes.to_vec())),
        (CLASS_BEFORE.to_owned(), text(before)),
        (PERIODS_IN_CLASS.to_owned(), since.into()),
    ];
    for scale in measures {
        let values = finite(panel, &scale.name)?;
        let now: Vec<f64> = values.iter().map(|&x| scale.at(x)).collect();
        let last = (0..rows).map(|row| panel.before(row).map_or(NAN, |before| now[before])).collect();
        if window > 1 {
            let means: Vec<f64> = windowed(panel, &values, window).into_iter().map(|x| scale.at(x)).collect();
            columns.push((format!("{} on average", scale.name), means.into()));
        }
        columns.push((scale.name.clone(), now.into()));
        columns.push((format!("{} before", scale.name), Column::Numeric(Cow::Owned(last))));
    }
    for name in others {
        columns.push((name.clone(), panel.column(name)?));
    }
    Table::from_columns(columns)
}

/// Some rows of a table.
pub(super) fn pick(table: &Table<'_>, rows: &[usize]) -> Result<Table<'static>> {
    let columns = table.names().iter().filter_map(|name| {
        let column = match table.column(name)? {
            Column::Numeric(values) => {
                Column::Numeric(Cow::Owned(rows.iter().map(|&row| values[row]).collect()))
            }
            Column::Text { codes, labels } => Column::Text {
                codes: Cow::Owned(rows.iter().map(|&row| codes[row]).collect()),
                labels: labels.clone(),
            },
        };
        Some((name.clone(), column))
    });
    Table::from_columns(columns)
}
