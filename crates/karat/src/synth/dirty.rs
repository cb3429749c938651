//! The dirty layer: the defects real operator tables carry, planted with known counts.
//!
//! Defects of single rows never overlap, so a check that finds each of them can be held to the exact count.
//! What is planted depends on (seed, customer, month) like everything else; three defects strike one region
//! (and month) chosen by the seed.

use super::calendar::year_month;
use super::circle::REGIONS;
use super::customers::CustomerRow;
use super::frame::{Frame, NULL, Series};
use super::lifecycle::Course;
use super::measures::{MonthlyColumns, MonthlyRow, REGION_NAMES, cents};
use super::presets::Kind;
use super::random::{Draws, Entity, Purpose};
use super::traits::Person;

/// A kind of defect; the number is the row of the `dirt` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    MissingTenure,
    SentinelTenure,
    MissingAge,
    SentinelAge,
    StructuralCustomer,
    Encoding,
    IdReuse,
    TypeChange,
    Leak,
    StructuralMonthly,
    Duplicate,
    NegativeMargin,
    Outlier,
    LateCorrection,
    BeforeActivation,
    MixedUnits,
    LostMonth,
    ClockShift,
}

const DEFECTS: usize = 18;

/// Name, table, column and unit of the count, in the order of [`Defect`].
const NAMES: [(&str, &str, &str, &str); DEFECTS] = [
    ("missing_tenure", "customers", "tenure_months", "rows"),
    ("sentinel_9999", "customers", "tenure_months", "rows"),
    ("missing_age", "customers", "age", "rows"),
    ("sentinel_minus_1", "customers", "age", "rows"),
    ("structural_missing", "customers", "data_gb_3m", "rows"),
    ("encoding_error", "customers", "region", "rows"),
    ("id_reuse", "customers", "customer_id", "customers"),
    ("type_change", "monthly", "type", "customers"),
    ("leak", "customers", "port_out_code", "rows"),
    ("structural_missing", "monthly", "data_gb", "rows"),
    ("duplicate_row", "monthly", "customer_id", "rows"),
    ("negative_margin", "monthly", "margin", "rows"),
    ("outlier_times_1000", "monthly", "revenue", "rows"),
    ("late_correction", "monthly", "loaded_day", "rows"),
    ("before_activation", "monthly", "month", "rows"),
    ("mixed_units", "monthly", "data_gb", "rows"),
    ("lost_month", "monthly", "month", "rows"),
    ("clock_shift", "monthly", "loaded_day", "rows"),
];

/// How often each defect was planted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dirt([i64; DEFECTS]);

impl Dirt {
    fn add(&mut self, defect: Defect) {
        self.0[defect as usize] += 1;
    }

    pub(super) fn append(&mut self, other: &Dirt) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
    }

    /// One row per defect: name, table, column, what is counted, count.
    pub(super) fn into_frame(self) -> Frame {
        let text = |pick: fn(&(&'static str, &'static str, &'static str, &'static str)) -> &'static str| {
            let mut labels: Vec<String> = Vec::new();
            let mut codes = Vec::new();
            for name in NAMES.iter().map(pick) {
                let code = labels.iter().position(|label| label == name).unwrap_or(labels.len());
                if code == labels.len() {
                    labels.push(name.to_owned());
                }
                // At most DEFECTS labels.
                codes.push(code as u32);
            }
            Series::Text { codes, labels }
        };
        Frame {
            columns: vec![
                ("defect".to_owned(), text(|name| name.0)),
                ("table".to_owned(), text(|name| name.1)),
                ("column".to_owned(), text(|name| name.2)),
                ("unit".to_owned(), text(|name| name.3)),
                ("count".to_owned(), Series::Integer(self.0.to_vec())),
            ],
        }
    }
}

/// Plants the defects of one operator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Soiler {
    lost: (u32, i64),
    shifted: (u32, i64),
    mixed: u32,
}

impl Soiler {
    pub(super) fn new(seed: u64, months: u32) -> Soiler {
        let draws = Draws::new(seed, Entity::Operator, 1);
        let region = draws.below(Purpose::DirtyChoice, 0, REGIONS);
        let other = |steps| ((region + steps) % REGIONS) as u32;
        // Months below 240.
        let month = |i| year_month(draws.below(Purpose::DirtyChoice, i, u64::from(months)) as i64);
        Soiler { lost: (other(0), month(1)), mixed: other(3), shifted: (other(6), month(2)) }
    }

    /// Soils the months of a customer and appends them.
    pub(super) fn monthly(
        &self,
        person: &Person,
        id: i64,
        months: &[MonthlyRow],
        out: &mut MonthlyColumns,
        dirt: &mut Dirt,
    ) {
        let draws = &person.draws;
        let spared = person.region == self.lost.0;
        let changed_from = self.type_change(person, months);
        if let Some(first) = months.first()
            && person.arrival == person.first
            && person.first > 0
            && !spared
            && draws.chance(Purpose::DirtyCustomer, 0, 0.01)
        {
            dirt.add(Defect::BeforeActivation);
            let month = i64::from(person.first) - 1;
            self.emit(MonthlyRow { customer_id: id, month: year_month(month), ..*first }, person, out, dirt);
        }
        for (i, row) in months.iter().enumerate() {
            let mut row = MonthlyRow { customer_id: id, ..*row };
            if (person.region, row.month) == self.lost {
                dirt.add(Defect::LostMonth);
                continue;
            }
            if changed_from.is_some_and(|from| i >= from) {
                row.r#type = Kind::Contract as u32;
            }
            let draw = draws.uniform(Purpose::DirtyRow, i as u64 + u64::from(person.first));
            self.soil(row, draw, person, out, dirt);
        }
        if changed_from.is_some() {
            dirt.add(Defect::TypeChange);
        }
    }

    /// 0.4 % duplicates, 0.1 % refunds booked as negative margin, 0.05 % bills a thousand times too large,
    /// 0.3 % corrected a month later under the same key.
    fn soil(&self, row: MonthlyRow, draw: f64, person: &Person, out: &mut MonthlyColumns, dirt: &mut Dirt) {
        let mut first = row;
        if (0.004..0.005).contains(&draw) && row.margin > 0.0 {
            first.margin = -row.margin;
            dirt.add(Defect::NegativeMargin);
        } else if (0.005..0.0055).contains(&draw) && row.revenue >= 1.0 {
            first.revenue = cents(row.revenue * 1_000.0);
            dirt.add(Defect::Outlier);
        }
        self.emit(first, person, out, dirt);
        if draw < 0.004 {
            dirt.add(Defect::Duplicate);
            self.emit(first, person, out, dirt);
        } else if (0.0055..0.0085).contains(&draw) && row.revenue >= 1.0 {
            dirt.add(Defect::LateCorrection);
            let factor = if draw < 0.007 { 0.9 } else { 1.1 };
            let revenue = cents(row.revenue * factor);
            let margin = cents(row.margin * factor);
            let corrected = MonthlyRow { revenue, margin, loaded_day: row.loaded_day + 35, ..row };
            self.append(corrected, person, out, dirt);
        }
    }

    /// Appends a row at its ordinary load time, which one region's clock gets wrong in one month.
    fn emit(&self, mut row: MonthlyRow, person: &Person, out: &mut MonthlyColumns, dirt: &mut Dirt) {
        if (person.region, row.month) == self.shifted {
            row.loaded_day -= 45;
            dirt.add(Defect::ClockShift);
        }
        self.append(row, person, out, dirt);
    }

    /// Data are null without the data product, and in megabytes in one region.
    fn append(&self, mut row: MonthlyRow, person: &Person, out: &mut MonthlyColumns, dirt: &mut Dirt) {
        if !person.products[0] {
            row.data_gb = f64::NAN;
            dirt.add(Defect::StructuralMonthly);
        } else if person.region == self.mixed && row.data_gb > 0.0 {
            row.data_gb = (row.data_gb * 1_000.0).round();
            dirt.add(Defect::MixedUnits);
        }
        out.push(&row);
    }

    /// One prepaid customer in 200 becomes a contract customer; the row from which the type differs.
    fn type_change(&self, person: &Person, months: &[MonthlyRow]) -> Option<usize> {
        let changes = person.kind == Kind::Prepaid
            && months.len() >= 2
            && person.region != self.lost.0
            && person.draws.chance(Purpose::DirtyCustomer, 1, 0.005);
        let choices = months.len().saturating_sub(1) as u64;
        changes.then(|| 1 + person.draws.below(Purpose::DirtyCustomer, 2, choices) as usize)
    }

    /// Soils a customer's row; the code of the leaking column comes back, [`NULL`] for most.
    pub(super) fn customer(
        &self,
        person: &Person,
        id: i64,
        months: &[MonthlyRow],
        row: &mut CustomerRow,
        dirt: &mut Dirt,
    ) -> u32 {
        let draws = &person.draws;
        if id != row.customer_id {
            row.customer_id = id;
            dirt.add(Defect::IdReuse);
        }
        if self.type_change(person, months).is_some() {
            row.r#type = Kind::Contract as u32;
        }
        let mut plant =
            |counter, share: f64, sentinel_share: f64, sentinel, cell: &mut f64, names: [Defect; 2]| {
                let draw = draws.uniform(Purpose::DirtyCustomer, counter);
                if draw < share {
                    *cell = f64::NAN;
                    dirt.add(names[0]);
                } else if draw < share + sentinel_share {
                    *cell = sentinel;
                    dirt.add(names[1]);
                }
            };
        let tenure = [Defect::MissingTenure, Defect::SentinelTenure];
        plant(3, 0.02, 0.003, 9_999.0, &mut row.tenure_months, tenure);
        plant(4, 0.08, 0.005, -1.0, &mut row.age, [Defect::MissingAge, Defect::SentinelAge]);
        if !person.products[0] {
            row.data_gb_3m = f64::NAN;
            dirt.add(Defect::StructuralCustomer);
        }
        if let Some(garbled) = garbled_code(row.region)
            && draws.chance(Purpose::DirtyCustomer, 5, 0.02)
        {
            row.region = garbled;
            dirt.add(Defect::Encoding);
        }
        // Voluntary leavers, nearly all: the code is written after the fact, so it must never be a field.
        if row.left_kind == 0 && draws.chance(Purpose::DirtyCustomer, 6, 0.95) {
            dirt.add(Defect::Leak);
            return draws.below(Purpose::DirtyCustomer, 7, LEAK_CODES.len() as u64) as u32;
        }
        NULL
    }

    /// Ids of a block's customers when numbers of those gone for more than six months are given out again:
    /// one joiner in fifty takes the first free id of an earlier customer of the block.
    pub(super) fn ids(&self, people: &[Person], course: &Course, own: impl Fn(usize) -> i64) -> Vec<i64> {
        let mut ids: Vec<i64> = (0..people.len()).map(&own).collect();
        let mut taken = vec![false; people.len()];
        for (member, person) in people.iter().enumerate() {
            let joins = person.first > 0 && person.region != self.lost.0;
            if !joins || !person.draws.chance(Purpose::DirtyCustomer, 8, 0.02) {
                continue;
            }
            let free = (0..member).find(|&earlier| {
                let gone = course.exits[earlier].is_some_and(|exit| exit.last + 6 < person.first);
                gone && !taken[earlier]
                    && ids[earlier] == own(earlier)
                    && people[earlier].region != self.lost.0
            });
            if let Some(earlier) = free {
                taken[earlier] = true;
                ids[member] = own(earlier);
            }
        }
        ids
    }
}

/// Texts of the leaking column.
pub(super) const LEAK_CODES: [&str; 3] = ["P1", "P2", "P3"];

/// Region names, then the garbled form of each that is not ASCII: its UTF-8 bytes read as Latin-1.
pub(super) fn region_labels() -> Vec<String> {
    let garbled = REGION_NAMES.iter().filter(|name| !name.is_ascii());
    let read_as_latin = garbled.map(|name| name.bytes().map(char::from).collect());
    REGION_NAMES.iter().map(|&name| name.to_owned()).chain(read_as_latin).collect()
}

/// Where [`region_labels`] holds the garbled form of a region.
fn garbled_code(region: u32) -> Option<u32> {
    let before = REGION_NAMES.get(..region as usize)?;
    let name = REGION_NAMES.get(region as usize)?;
    let position = before.iter().filter(|other| !other.is_ascii()).count();
    // Below twice the number of regions.
    (!name.is_ascii()).then(|| (REGION_NAMES.len() + position) as u32)
}
