//! Customers period by period.

use crate::table::{Column, Table};
use karat_scorer::{Error, Problem, Result, nearest_name};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The rows of a table by customer, then by period; a row for each customer and period with service.
///
/// Periods are whatever their column holds, numbers such as 202401 or texts such as "2024-01", in ascending
/// order; those that occur anywhere are consecutive.
///
/// ```
/// use karat::{Table, forecast::classes::Panel};
/// let table = Table::from_columns([
///     ("customer", vec![7.0, 4.0, 7.0].into()),
///     ("month", vec![202_402.0, 202_401.0, 202_401.0].into()),
///     ("bill", vec![30.0, 10.0, 20.0].into()),
/// ])?;
/// let panel = Panel::new(&table, "customer", "month")?;
/// assert_eq!(panel.rows(), [1, 2, 0]);
/// assert_eq!(panel.before(2), Some(1));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Panel<'a> {
    pub(super) table: &'a Table<'a>,
    /// Columns that say neither who nor when.
    pub(super) fields: Vec<String>,
    rows: Vec<usize>,
    customers: Vec<u32>,
    periods: Vec<u32>,
    names: Vec<String>,
}

impl<'a> Panel<'a> {
    /// Sorts the rows of a table by the columns `customer` and `period`.
    ///
    /// # Errors
    /// [`Error::Schema`] for a column that is not there; [`Error::Data`] for a table without rows, a row
    /// without customer or period, or two rows of one customer and period.
    pub fn new(table: &'a Table<'a>, customer: &str, period: &str) -> Result<Panel<'a>> {
        let (customers, _) = ranks(table, customer)?;
        let (periods, names) = ranks(table, period)?;
        if table.is_empty() {
            return Err(Error::data(Problem::new("", "the table has no rows", "give customers by period")));
        }
        let mut rows: Vec<usize> = (0..table.len()).collect();
        rows.sort_by_key(|&row| (customers[row], periods[row], row));
        let key = |row: usize| (customers[row], periods[row]);
        let twice: Vec<usize> =
            rows.windows(2).filter(|pair| key(pair[0]) == key(pair[1])).map(|pair| pair[1]).collect();
        if !twice.is_empty() {
            let what = "a customer twice in one period";
            let problem = Problem::new(customer, what, "keep one row for each customer and period");
            return Err(Error::data(problem.at(twice.len(), twice)));
        }
        let fields =
            table.names().iter().filter(|&name| name != customer && name != period).cloned().collect();
        Ok(Panel {
            table,
            fields,
            customers: rows.iter().map(|&row| customers[row]).collect(),
            periods: rows.iter().map(|&row| periods[row]).collect(),
            rows,
            names,
        })
    }

    /// Positions in the table of the rows, by customer, then by period.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Number of each row's customer, ascending.
    #[must_use]
    pub fn customers(&self) -> &[u32] {
        &self.customers
    }

    /// Number of each row's period, 0 for the first.
    #[must_use]
    pub fn periods(&self) -> &[u32] {
        &self.periods
    }

    /// Periods by number.
    #[must_use]
    pub fn period_names(&self) -> &[String] {
        &self.names
    }

    /// The row of the same customer in the period before.
    #[must_use]
    pub fn before(&self, row: usize) -> Option<usize> {
        let before = row.checked_sub(1)?;
        let same = self.customers.get(row)? == self.customers.get(before)?;
        (same && self.periods[before] + 1 == self.periods[row]).then_some(before)
    }

    /// The row of the same customer in the period after.
    #[must_use]
    pub fn after(&self, row: usize) -> Option<usize> {
        let after = row + 1;
        (after < self.rows.len() && self.before(after) == Some(row)).then_some(after)
    }

    /// A numeric column in the order of the rows.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        match column(self.table, name)? {
            Column::Numeric(values) => Ok(self.rows.iter().map(|&row| values[row]).collect()),
            Column::Text { .. } => {
                Err(Error::data(Problem::new(name, "is text", "name a column of numbers")))
            }
        }
    }

    /// Any column in the order of the rows.
    pub(super) fn column(&self, name: &str) -> Result<Column<'static>> {
        Ok(match column(self.table, name)? {
            Column::Numeric(values) => {
                Column::Numeric(Cow::Owned(self.rows.iter().map(|&row| values[row]).collect()))
            }
            Column::Text { codes, labels } => Column::Text {
                codes: Cow::Owned(self.rows.iter().map(|&row| codes[row]).collect()),
                labels: labels.clone(),
            },
        })
    }
}

pub(super) fn column<'t>(table: &'t Table<'_>, name: &str) -> Result<&'t Column<'t>> {
    table.column(name).ok_or_else(|| {
        let near = nearest_name(name, table.names().iter().map(String::as_str));
        let remedy = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
        Error::Schema(vec![Problem::new(name, "missing from the table", remedy)])
    })
}

/// Number of each row's value among the different ones, ascending, and these as text.
fn ranks(table: &Table<'_>, name: &str) -> Result<(Vec<u32>, Vec<String>)> {
    let column = column(table, name)?;
    let missing: Vec<usize> = match column {
        Column::Numeric(values) => (0..values.len()).filter(|&row| !values[row].is_finite()).collect(),
        Column::Text { codes, labels } => {
            (0..codes.len()).filter(|&row| codes[row] as usize >= labels.len()).collect()
        }
    };
    if !missing.is_empty() {
        let problem = Problem::new(name, "missing", "every row needs a customer and a period");
        return Err(Error::data(problem.at(missing.len(), missing)));
    }
    Ok(match column {
        Column::Numeric(values) => {
            let mut known: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
            known.sort_by(f64::total_cmp);
            known.dedup();
            let place = |value: &f64| known.partition_point(|known| *known < *value) as u32;
            let names = known.iter().map(|value| format!("{value}")).collect();
            (values.iter().map(place).collect(), names)
        }
        Column::Text { codes, labels } => {
            let mut known: BTreeMap<&str, u32> = BTreeMap::new();
            for &code in codes.iter() {
                known.insert(&labels[code as usize], 0);
            }
            known.values_mut().zip(0..).for_each(|(place, number)| *place = number);
            let by_code: Vec<u32> =
                labels.iter().map(|label| known.get(label.as_str()).copied().unwrap_or(0)).collect();
            let names = known.keys().map(|&label| label.to_owned()).collect();
            (codes.iter().map(|&code| by_code[code as usize]).collect(), names)
        }
    })
}
