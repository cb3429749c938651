//! One block of customers, from their traits to their rows.

use super::accounts::AccountCursor;
use super::circle::{BLOCK, Planted, Ties};
use super::customers::{self, CustomerColumns, TieColumns};
use super::dirty::{Dirt, Soiler};
use super::frame::NULL;
use super::lifecycle::Course;
use super::measures::{self, MonthlyColumns};
use super::presets::{Kind, Market};
use super::random::{Draws, Entity};
use super::traits::{self, Person};
use super::truth::{self, TruthColumns};

/// What every block of an operator shares.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) market: Market,
    pub(super) seed: u64,
    pub(super) months: u32,
    pub(super) customers: u64,
    pub(super) with_ties: bool,
    pub(super) soiler: Option<Soiler>,
    /// Growth of data use since month 0, by month.
    pub(super) growth: Vec<f64>,
}

/// Rows of consecutive customers.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) customers: CustomerColumns,
    pub(super) monthly: MonthlyColumns,
    pub(super) truth: TruthColumns,
    pub(super) ties: TieColumns,
    pub(super) leak: Vec<u32>,
    pub(super) dirt: Dirt,
    /// Accounts met so far: one more than the highest number.
    pub(super) accounts: u32,
}

impl Part {
    pub(super) fn append(&mut self, mut other: Part) {
        self.customers.append(other.customers);
        self.monthly.append(other.monthly);
        self.truth.append(other.truth);
        self.ties.append(other.ties);
        self.leak.append(&mut other.leak);
        self.dirt.append(&other.dirt);
        self.accounts = self.accounts.max(other.accounts);
    }

    /// Appends the rows of a block. The whole block is simulated; rows beyond the last customer are cut.
    pub(super) fn add_block(&mut self, setting: &Setting, block: u64, accounts: AccountCursor) {
        let planted = Planted::new(setting.seed, block);
        let people = people(setting, block, &planted, accounts);
        let ties = Ties::new(&planted, &people);
        let course = Course::simulate(&setting.market, setting.seed, setting.months, &people, &ties);
        let first = block * BLOCK as u64;
        let own = |member: usize| customers::id(first + member as u64);
        let ids = setting.soiler.map(|soiler| soiler.ids(&people, &course, own));
        for (member, person) in people.iter().enumerate() {
            let number = first + member as u64;
            if number >= setting.customers {
                break;
            }
            let months =
                measures::measure(&setting.market, &setting.growth, own(member), person, &course, member);
            let rows = &months.rows;
            let mut row = customers::describe(number, person, &course, &ties, member, setting.months, rows);
            if setting.with_ties {
                customers::push_ties(&mut self.ties, number, block, &ties, member, row.minutes_3m);
            }
            match (&setting.soiler, &ids) {
                (Some(soiler), Some(ids)) => {
                    soiler.monthly(person, ids[member], rows, &mut self.monthly, &mut self.dirt);
                    self.leak.push(soiler.customer(person, ids[member], rows, &mut row, &mut self.dirt));
                }
                _ => rows.iter().for_each(|month| self.monthly.push(month)),
            }
            if row.account_id != NULL {
                self.accounts = self.accounts.max(row.account_id + 1);
            }
            self.customers.push(&row);
            self.truth.push(&truth::reveal(setting, number, &people, &course, &ties, member, months.level));
        }
    }
}

/// The members of a block.
fn people(setting: &Setting, block: u64, planted: &Planted, mut accounts: AccountCursor) -> Vec<Person> {
    (0..BLOCK)
        .map(|member| {
            let number = block * BLOCK as u64 + member as u64;
            let corporate = is_corporate(setting, number);
            let account = corporate.then(|| accounts.next(setting.seed));
            let region = planted.region(member, number);
            Person::new(&setting.market, setting.seed, number, setting.months, region, account)
        })
        .collect()
}

fn is_corporate(setting: &Setting, number: u64) -> bool {
    let draws = Draws::new(setting.seed, Entity::Customer, number);
    traits::kind(&setting.market, &draws) == Kind::Corporate
}

/// Where each block's corporate lines begin in the sequence of accounts: one quick pass over the types.
pub(super) fn account_starts(setting: &Setting, blocks: u64) -> Vec<AccountCursor> {
    let mut cursor = AccountCursor::start(setting.seed);
    (0..blocks)
        .map(|block| {
            let start = cursor;
            let numbers = block * BLOCK as u64..(block + 1) * BLOCK as u64;
            // At most BLOCK.
            let lines = numbers.filter(|&number| is_corporate(setting, number)).count() as u32;
            cursor.advance(setting.seed, lines);
            start
        })
        .collect()
}
