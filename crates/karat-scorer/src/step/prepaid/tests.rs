//! Against the golden values at 40 digits (Pareto/NBD, BG/NBD, MBG/NBD, Gamma-Gamma on the CDNOW sample and BG/BB
//! on the donations of Fader, Hardie & Shang 2010; maximum likelihood and predictions by mpmath).

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]
#![allow(clippy::excessive_precision, clippy::unreadable_literal, reason = "digits as mpmath printed them")]
use super::*;

const HISTORIES: [(f64, f64, f64); 8] = [
    (2.0, 30.43, 38.86),
    (1.0, 1.71, 38.86),
    (0.0, 0.0, 38.86),
    (26.0, 30.86, 31.0),
    (29.0, 37.86, 38.29),
    (7.0, 29.43, 38.86),
    (7.0, 10.0, 38.86),
    (1.0, 38.86, 38.86),
];

fn history((frequency, recency, age): (f64, f64, f64)) -> History {
    History { frequency, recency, age }
}

fn close(found: f64, expected: f64, what: impl std::fmt::Debug) {
    assert!((found - expected).abs() <= 2e-12 * expected.abs(), "{what:?}: {found} for {expected}");
}

const BG: BetaGeo = BetaGeo {
    r: 0.242_592_907_204_465_9,
    alpha: 4.413_531_561_205_426,
    a: 0.792_886_148_098_768_6,
    b: 2.425_753_436_493_621_5,
    modified: false,
};
const MBG: BetaGeo = BetaGeo {
    r: 0.524_837_983_665_595_1,
    alpha: 6.182_992_019_672_097,
    a: 0.891_356_155_331_535_8,
    b: 1.613_999_334_730_501_2,
    modified: true,
};
const PARETO: ParetoNbd = ParetoNbd {
    r: 0.553_275_508_689_519_3,
    alpha: 10.577_612_238_681_709,
    s: 0.606_213_568_674_084_5,
    beta: 11.667_911_237_920_227,
};
const BGBB: BetaGeoBetaBinomial = BetaGeoBetaBinomial {
    alpha: 1.203_522_351_601_913_9,
    beta: 0.749_716_358_172_938_9,
    gamma: 0.656_718_208_441_832_4,
    delta: 2.783_442_232_577_380_8,
};

#[test]
fn beta_geo_gives_the_golden_values() {
    let expected = [
        (0.726609151550647714, 0.0374431943467750404, 1.22591045212269916, 7.31949649577334351),
        (0.212227408786327181, 0.00606465114468826546, 0.203250644941550644, 1.30799950841430981),
        (1.0, 0.00558635090980893485, 0.194780847006320051, 1.46240515403860479),
        (0.968919710167057271, 0.71062326661296429, 20.7505695199434751, 98.1456308969431387),
        (0.966151187759870733, 0.655911942393141738, 19.8840667287285676, 99.667354677611551),
        (0.641800609078142815, 0.106631842877033075, 3.33723943371663327, 17.7765021908936367),
        (0.00368810456139787932, 0.000612759446691589072, 0.0191774326852790698, 0.102152596754472268),
        (0.753657988954616046, 0.0215366752652522391, 0.721779873751380072, 4.64494329315236208),
    ];
    for (row, (alive, one, many, most)) in HISTORIES.into_iter().map(history).zip(expected) {
        close(BG.p_alive(row), alive, row);
        for (horizon, expected) in [(1.0, one), (39.0, many), (520.0, most)] {
            close(BG.expected_transactions(horizon, row), expected, (row, horizon));
        }
    }
    let modified = [
        (0.706126246666638344, 1.26267078911012719),
        (0.170819628846446982, 0.188789254455951136),
        (0.389716313513791223, 0.153953653691476028),
        (0.965552873001639852, 19.4480366614069462),
        (0.962659100610875924, 18.7919118560990871),
        (0.622638758520576845, 3.16680548729883243),
        (0.00434467524648464756, 0.0220974701989168177),
        (0.745715903035055433, 0.824162599583254676),
    ];
    for (row, (alive, many)) in HISTORIES.into_iter().map(history).zip(modified) {
        close(MBG.p_alive(row), alive, row);
        close(MBG.expected_transactions(39.0, row), many, row);
    }
    // New customers are histories without an age.
    let new = History { frequency: 0.0, recency: 0.0, age: 0.0 };
    close(BG.expected_transactions(78.0, new), 1.85797178242792043, "new");
    close(BG.expected_transactions(0.1429, new), 0.00781607206422539218, "new");
}

#[test]
fn beta_geo_discounts() {
    // Adaptive quadrature by mpmath at d = ln 1.1 / 52 a week: within 52 weeks and for ever.
    let rate = 1.1_f64.ln() / 52.0;
    for (row, year, ever) in [
        (0, 1.4916425611281, 6.36056153948),
        (1, 0.24863438552005, 1.14151045983),
        (2, 0.24056694892243, 1.2992502731),
    ] {
        let row = history(HISTORIES[row]);
        let found = BG.discounted_transactions(rate, 52.0, row);
        assert!((found - year).abs() < 1e-12 * year * 50.0, "{found} {year}");
        let found = BG.discounted_transactions(rate, f64::INFINITY, row);
        assert!((found - ever).abs() < 1e-9 * ever, "{found} {ever}");
    }
}

#[test]
fn pareto_gives_the_golden_values() {
    let expected = [
        (0.869118718168994387, 1.45511295501387042, 1.85078348811268896, 6.48224937165287414),
        (0.167871978035778774, 0.170980517316766914, 0.217473095231855345, 0.761685439692158327),
        (0.295097158389589453, 0.107059792696753885, 0.13617121329390596, 0.476930860622572495),
        (0.99791794333351024, 20.1158671813833071, 25.4565469519465867, 86.0309289981336567),
        (0.994030966387209303, 19.4546144653218155, 24.7364302626151576, 86.4278288488321369),
        (0.749416401382894946, 3.71174766606649752, 4.72103644512683327, 16.5351245710435081),
        (0.011090314467580176, 0.054928673518518736, 0.069864735669979751, 0.244696714556946472),
        (1.0, 1.01851732086176773, 1.29546990377098565, 4.53729948621811864),
    ];
    for (row, (alive, nine, year, ever)) in HISTORIES.into_iter().map(history).zip(expected) {
        close(PARETO.p_alive(row), alive, row);
        close(PARETO.expected_transactions(39.0, row), nine, row);
        close(PARETO.expected_transactions(52.0, row), year, row);
        close(PARETO.discounted_transactions(0.0027, f64::INFINITY, row), ever, row);
    }
    let new = History { frequency: 0.0, recency: 0.0, age: 0.0 };
    close(PARETO.expected_transactions(78.0, new), 1.90988076629028617, "new");
}

#[test]
fn beta_binomial_gives_the_golden_values() {
    for (x, t_x, next, five, ever) in [
        (0.0, 0.0, 0.108133281864669217, 0.072863341050477002, 0.114752715632489212),
        (1.0, 1.0, 0.0694618073730923875, 0.0856957090313197695, 0.134962454200159103),
        (2.0, 4.0, 0.589657184782566264, 1.05760352600176144, 1.66562327394680367),
        (3.0, 6.0, 0.930433575515488864, 2.18974867324024741, 3.44864239251507176),
        (6.0, 6.0, 0.930433575515488864, 3.75254422188703366, 5.90989424564308039),
        (5.0, 5.0, 0.521975428265519899, 1.81294215560179411, 2.85520856771860516),
    ] {
        let row = history((x, t_x, 6.0));
        close(BGBB.p_alive_next(row), next, row);
        close(BGBB.expected_transactions(5.0, row), five, row);
        close(BGBB.discounted_transactions(1.1_f64.ln(), f64::INFINITY, row), ever, row);
    }
}

#[test]
fn gamma_gamma_gives_the_golden_values() {
    let spend = GammaGamma { p: 6.248_802_489_709_097, q: 3.744_588_453_287_469, v: 15.447_748_009_463_716 };
    for (x, m, expected) in [
        (0.0, 0.0, 35.1710020882409665),
        (1.0, 11.77, 18.9114798415670998),
        (2.0, 22.35, 24.6586161743267122),
        (7.0, 73.74, 71.4628508045184156),
        (1.0, 300.0, 219.179916188306791),
        (29.0, 39.41, 39.3467562865034344),
    ] {
        close(spend.expected_spend(x, m), expected, (x, m));
    }
    assert_eq!(GammaGamma { p: 2.0, q: 0.5, v: 3.0 }.expected_spend(0.0, 0.0), f64::INFINITY);
}

/// The grid of the study of published forms, which are not finite for a fifth of it.
#[test]
fn nothing_is_ever_without_a_number() {
    let mut rows = 0;
    for shape in [0.05, 0.55, 4.0] {
        for (alpha, beta) in [(0.5, 2000.0), (10.6, 11.7), (300.0, 0.5), (1e-5, 1e6)] {
            for (a, b) in [(0.05, 0.3), (1.0, 2.4), (1.0 + 1e-12, 60.0), (4.0, 1e6), (1e-6, 1e-6)] {
                for x in [0.0, 1.0, 6.0, 300.0, 5000.0] {
                    for age in [0.01, 39.0, 10_000.0] {
                        for share in [1e-6, 0.5, 0.999, 1.0] {
                            let recency = if x == 0.0 { 0.0 } else { share * age };
                            let row = history((x, recency, age));
                            let models = [
                                PrepaidModel::ParetoNbd(ParetoNbd { r: shape, alpha, s: a, beta }),
                                PrepaidModel::BetaGeo(BetaGeo { r: shape, alpha, a, b, modified: x > 1.0 }),
                            ];
                            for model in models {
                                let alive = model.p_alive(row);
                                assert!((0.0..=1.0).contains(&alive), "{model:?} {row:?} {alive}");
                                for horizon in [0.0, 1.0, 500.0] {
                                    let some = model.expected_transactions(horizon, row);
                                    assert!(some.is_finite() && some >= 0.0, "{model:?} {row:?} {some}");
                                }
                            }
                            rows += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(rows, 3 * 4 * 5 * 5 * 3 * 4);
}

#[test]
fn bytes_come_back_and_damaged_ones_are_refused() {
    let spend = Some(GammaGamma { p: 6.0, q: 3.0, v: 15.0 });
    for model in [
        PrepaidModel::ParetoNbd(PARETO),
        PrepaidModel::BetaGeo(BG),
        PrepaidModel::BetaGeo(MBG),
        PrepaidModel::BetaGeoBetaBinomial(BGBB),
    ] {
        for spend in [None, spend] {
            let step = Prepaid { model, spend, horizon: 52.0, rate: 0.002 };
            let bytes = step.to_bytes();
            assert_eq!(Prepaid::from_bytes(&bytes).unwrap(), step);
            assert!(Prepaid::from_bytes(&bytes[..80]).is_err());
            let mut other = bytes.clone();
            other[8] = 9;
            assert!(Prepaid::from_bytes(&other).is_err());
            let mut other = bytes;
            other[16..24].copy_from_slice(&f64::NAN.to_le_bytes());
            assert!(Prepaid::from_bytes(&other).is_err());
        }
    }
}

#[test]
fn impossible_histories_have_no_value_and_batches_have_the_bits_of_rows() {
    let step = Prepaid {
        model: PrepaidModel::ParetoNbd(PARETO),
        spend: Some(GammaGamma { p: 6.0, q: 3.0, v: 15.0 }),
        horizon: 52.0,
        rate: 0.002,
    };
    for bad in [(2.0, 40.0, 39.0), (-1.0, 1.0, 2.0), (1.0, 0.0, 5.0), (0.0, 1.0, 5.0), (1.0, f64::NAN, 5.0)] {
        assert!(step.eval(history(bad), 10.0).p_alive.is_nan(), "{bad:?}");
    }
    assert!(step.eval(history(HISTORIES[0]), -1.0).discounted_value.is_nan());
    let rows: Vec<History> = HISTORIES.into_iter().map(history).collect();
    let values = [20.0; 8];
    let mut scores = [step.eval(rows[0], 1.0); 8];
    step.eval_batch(&rows, &values, &mut scores);
    for (row, score) in rows.iter().zip(scores) {
        let one = step.eval(*row, 20.0);
        assert_eq!(one.discounted_value.to_bits(), score.discounted_value.to_bits());
        assert_eq!(one, score);
    }
}

/// 72 rows by mpmath from the definitions, see `tests/tables/prepaid.py`: around published fits and far from them.
#[test]
fn scores_agree_with_quadrature_at_thirty_digits() {
    let mut seen = 0;
    for line in include_str!("../../../tests/tables/prepaid.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let numbers: Vec<f64> = cells[1..].iter().map(|cell| cell.parse().unwrap()).collect();
        let &[p1, p2, p3, p4, x, t_x, age, horizon, rate, alive, expected, discounted] = numbers.as_slice()
        else {
            panic!("{line}");
        };
        let model = match cells[0] {
            "pareto" => PrepaidModel::ParetoNbd(ParetoNbd { r: p1, alpha: p2, s: p3, beta: p4 }),
            kind => {
                PrepaidModel::BetaGeo(BetaGeo { r: p1, alpha: p2, a: p3, b: p4, modified: kind == "mbg" })
            }
        };
        let score = Prepaid { model, spend: None, horizon, rate }.eval(history((x, t_x, age)), 0.0);
        for (what, found, wanted) in [
            ("alive", score.p_alive, alive),
            ("expected", score.expected_transactions, expected),
            ("discounted", score.discounted_value, discounted),
        ] {
            // Exponents of hundreds carry their own rounding.
            let tolerance = if wanted > 1e-6 { 1e-12 } else { 1e-10 };
            assert!((found / wanted - 1.0).abs() < tolerance, "{what}: {found} for {wanted} in {line}");
        }
        seen += 1;
    }
    assert_eq!(seen, 72);
}

/// Histories that take every way: few terms and many, all numbers of nodes, fraction and quadrature.
fn mixed_histories() -> Vec<History> {
    let mut rows = Vec::new();
    for age in [0.0, 0.01, 3.0, 33.3, 38.86, 400.0, 10_000.0] {
        for x in [0.0, 1.0, 2.0, 7.0, 60.0, 1_352.0] {
            for share in [0.003, 0.4, 0.97, 1.0] {
                let recency = if x == 0.0 { 0.0 } else { share * age };
                if history((x, recency, age)).is_possible() {
                    rows.push(history((x, recency, age)));
                }
            }
        }
    }
    // Not in the order of the ways they take.
    let count = rows.len();
    (0..count).map(|row| rows[row * 37 % count]).collect()
}

#[test]
fn batches_have_the_bits_of_rows_whatever_their_neighbours() {
    let rows = mixed_histories();
    let column = |of: fn(&History) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    let (frequency, recency, age) = (column(|h| h.frequency), column(|h| h.recency), column(|h| h.age));
    let columns = HistoryColumns { frequency: &frequency, recency: &recency, age: &age };
    let wide = ParetoNbd { r: 1.5, alpha: 300.0, s: 0.5, beta: 0.5 };
    let models = [
        PrepaidModel::BetaGeo(BG),
        PrepaidModel::BetaGeo(MBG),
        PrepaidModel::ParetoNbd(PARETO),
        PrepaidModel::ParetoNbd(wide),
        PrepaidModel::ParetoNbd(ParetoNbd { alpha: 0.5, beta: 300.0, ..wide }),
    ];
    for model in models {
        for (horizon, rate) in [(52.0, 0.0), (52.0, 0.002), (900.0, 0.08), (0.5, 0.3)] {
            let step = Prepaid { model, spend: Some(GammaGamma { p: 6.0, q: 3.0, v: 15.0 }), horizon, rate };
            let money: Vec<f64> = (0..rows.len()).map(|row| 5.0 + row as f64).collect();
            let mut found = vec![step.eval(rows[0], 1.0); rows.len()];
            step.eval_columns(columns, Some(&money), &mut found);
            let mut alive = vec![0.0; rows.len()];
            model.p_alive_batch(columns, &mut alive);
            let mut ahead = vec![0.0; rows.len()];
            model.discounted_transactions_batch(rate, horizon, columns, &mut ahead);
            for (row, score) in found.iter().enumerate() {
                // One row alone is compiled for the machine's vectors, the single quantities for the baseline.
                assert_eq!(step.eval(rows[row], money[row]), *score, "{model:?} {:?}", rows[row]);
                assert_eq!(model.p_alive(rows[row]).to_bits(), score.p_alive.to_bits());
                assert_eq!(alive[row].to_bits(), score.p_alive.to_bits());
                let expected = model.expected_transactions(horizon, rows[row]);
                assert_eq!(
                    expected.to_bits(),
                    score.expected_transactions.to_bits(),
                    "{model:?} {:?}",
                    rows[row]
                );
                let discounted = model.discounted_transactions(rate, horizon, rows[row]);
                assert_eq!(discounted.to_bits(), ahead[row].to_bits(), "{model:?} {:?}", rows[row]);
                assert_eq!((discounted * score.expected_spend).to_bits(), score.discounted_value.to_bits());
            }
        }
    }
}

#[test]
fn the_continued_fraction_agrees_with_quadrature() {
    for model in
        [PARETO, ParetoNbd { r: 1.5, alpha: 1.0, s: 0.5, beta: 40.0 }, ParetoNbd { alpha: 60.0, ..PARETO }]
    {
        for row in mixed_histories() {
            let (found, wanted) = (model.p_alive(row), 1.0 / (1.0 + death::odds_by_quadrature(&model, row)));
            assert!((found - wanted).abs() < 1e-12, "{model:?} {row:?}: {found} {wanted}");
        }
    }
}

/// A rule of K nodes integrates powers up to 2 K - 1 exactly.
#[test]
fn rules_are_exact_for_polynomials() {
    fn check<const K: usize>(rule: &nodes::Rule<K>) {
        for power in 0..2 * K as i32 {
            let found: f64 = rule.nodes.iter().zip(&rule.weights).map(|(node, w)| w * node.powi(power)).sum();
            let wanted = 1.0 / f64::from(power + 1);
            assert!((found / wanted - 1.0).abs() < 4e-15, "{K} {power}: {found} {wanted}");
        }
    }
    check(&nodes::EIGHT);
    check(&nodes::TWELVE);
    check(&nodes::TWENTY_FOUR);
}
