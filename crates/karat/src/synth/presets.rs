//! The markets an operator can stand in.

use std::fmt;
use std::str::FromStr;

use karat_scorer::{Error, nearest_name};

/// What a line is sold as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Kind {
    Prepaid,
    Contract,
    Corporate,
}

/// Texts of the column `type`, in the order of [`Kind`].
pub(super) const KINDS: [&str; 3] = ["prepaid", "contract", "corporate"];

/// A market whose published figures the synthetic operator is calibrated to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Preset {
    /// 62 % prepaid, 30 % contract, 8 % corporate lines; churn 3.6 / 1.1 / 0.7 % a month, revenue per
    /// customer 6 / 24 / 31 a month; a fifth of the customers brings 60 % of the revenue.
    #[default]
    Mixed,
    /// 75 % contract; contract churn about 1 % a month, total 1.25 to 1.41 %, revenue about 50
    /// (Verizon Wireless operating tables, 2008 to 2010).
    MaturePostpaid,
    /// 92 % prepaid; 5 % churn a month (Vodacom South Africa: 24 to 52 % a year, prepaid), small and
    /// concentrated bills (India: 17 % of accounts hold 60 % of revenue).
    PrepaidEmerging,
    /// Churn 3.31 % a month, 490 minutes and 75 yuan per customer (China Mobile, first half of 2009).
    China2009,
    /// Lines of corporate accounts only; account sizes follow Zipf's law (Axtell, 2001).
    Corporate,
}

impl Preset {
    /// Every preset with its name.
    pub const ALL: [(&'static str, Preset); 5] = [
        ("mixed", Preset::Mixed),
        ("mature_postpaid", Preset::MaturePostpaid),
        ("prepaid_emerging", Preset::PrepaidEmerging),
        ("china_2009", Preset::China2009),
        ("corporate", Preset::Corporate),
    ];

    /// The name, as [`Preset::from_str`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Preset::Mixed => "mixed",
            Preset::MaturePostpaid => "mature_postpaid",
            Preset::PrepaidEmerging => "prepaid_emerging",
            Preset::China2009 => "china_2009",
            Preset::Corporate => "corporate",
        }
    }

    pub(super) fn market(self) -> Market {
        match self {
            Preset::Mixed => MIXED,
            Preset::MaturePostpaid => Market {
                shares: [0.15, 0.75, 0.10],
                revenue_mean: [25.0, 53.0, 55.0],
                base_hazard: [0.0290, 0.0091, 0.0055],
                minutes_mean: 480.0,
                data_mean: 3.0,
                ..MIXED
            },
            Preset::PrepaidEmerging => Market {
                shares: [0.92, 0.06, 0.02],
                revenue_mean: [4.0, 20.0, 28.0],
                base_hazard: [0.0490, 0.0135, 0.0070],
                minutes_mean: 320.0,
                data_mean: 0.8,
                ..MIXED
            },
            Preset::China2009 => Market {
                shares: [0.75, 0.20, 0.05],
                revenue_mean: [53.5, 117.0, 146.0],
                revenue_sigma: [0.78, 0.55, 0.72],
                base_hazard: [0.0380, 0.0120, 0.0060],
                minutes_mean: 490.0,
                data_mean: 0.02,
                recharge_unit: 10.0,
                ..MIXED
            },
            Preset::Corporate => Market { shares: [0.0, 0.0, 1.0], ..MIXED },
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = Error;

    /// Reads the name of a preset.
    ///
    /// ```
    /// use karat::synth::Preset;
    /// assert_eq!("china_2009".parse::<Preset>()?, Preset::China2009);
    /// let error = "china2009".parse::<Preset>().unwrap_err();
    /// assert!(error.to_string().contains("did you mean `china_2009`?"));
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] with the nearest name when there is no such preset.
    fn from_str(name: &str) -> Result<Preset, Error> {
        Preset::ALL.iter().find(|(known, _)| *known == name).map(|&(_, preset)| preset).ok_or_else(|| {
            let names = Preset::ALL.map(|(known, _)| known);
            let guess = nearest_name(name, names).map(|near| format!(" (did you mean `{near}`?)"));
            let rule = format!("must be one of {}{}", names.join(", "), guess.unwrap_or_default());
            Error::argument("preset", rule, format!("`{name}`"))
        })
    }
}

/// Parameters of a market; arrays run over prepaid, contract, corporate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Market {
    /// Shares of the types among all customers; sum 1.
    pub(super) shares: [f64; 3],
    /// Mean monthly revenue per active customer.
    pub(super) revenue_mean: [f64; 3],
    /// Standard deviation of the log of a customer's own revenue level.
    pub(super) revenue_sigma: [f64; 3],
    /// Share of revenue that is margin, for a median customer.
    pub(super) margin_rate: [f64; 3],
    /// Base of the voluntary hazard, a month.
    pub(super) base_hazard: [f64; 3],
    /// Base of the involuntary hazard, a month.
    pub(super) involuntary: [f64; 3],
    /// Mean minutes a month of the whole base.
    pub(super) minutes_mean: f64,
    /// Mean gigabytes a month of users of the data product, in month 0; grows 3 % a month.
    pub(super) data_mean: f64,
    /// Mean messages a month of those who write any.
    pub(super) sms_mean: f64,
    /// Smallest recharge voucher.
    pub(super) recharge_unit: f64,
}

const MIXED: Market = Market {
    shares: [0.62, 0.30, 0.08],
    revenue_mean: [6.0, 24.0, 31.0],
    revenue_sigma: [1.03, 0.43, 0.61],
    margin_rate: [0.42, 0.52, 0.55],
    base_hazard: [0.0320, 0.0098, 0.0060],
    involuntary: [0.0, 0.0022, 0.0006],
    minutes_mean: 300.0,
    data_mean: 2.0,
    sms_mean: 40.0,
    recharge_unit: 1.0,
};
