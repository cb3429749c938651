use super::*;

#[test]
fn quantiles_agree_with_high_precision() {
    // mpmath with 60 digits: the root of log ncdf(x) = log p.
    let table = [
        (1e-300, -37.0470962993612),
        (1e-100, -21.273453560965326),
        (1e-20, -9.262340089798407),
        (1.1102230246251565e-16, -8.209536151601387),
        (1e-10, -6.361340902404057),
        (1e-05, -4.264890793922825),
        (0.001, -3.0902323061678136),
        (0.025, -1.9599639845400543),
        (0.07499, -1.4396021182393162),
        (0.075, -1.439531470938456),
        (0.0751, -1.43882539275254),
        (0.1, -1.2815515655446004),
        (0.25, -0.6744897501960817),
        (0.4, -0.2533471031357997),
        (0.499999, -2.5066282745665593e-06),
        (0.6, 0.2533471031357997),
        (0.925, 1.4395314709384561),
        (0.926, 1.4466320671589787),
        (0.975, 1.9599639845400538),
        (0.999999, 4.753424308817087),
        (0.9999999999999999, 8.209536151601387),
    ];
    for (p, expected) in table {
        let error = (normal_quantile(p) / expected - 1.0).abs();
        assert!(error < 1e-15, "p = {p}: {error:e}");
    }
    assert_eq!(normal_quantile(0.5), 0.0);
}

#[test]
fn the_ends_are_infinite_and_beyond_them_is_nothing() {
    assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(normal_quantile(1.0), f64::INFINITY);
    for p in [-0.1, 1.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(normal_quantile(p).is_nan(), "{p}");
    }
}

#[test]
fn quantiles_rise_across_the_seams() {
    // 0.075 and 0.925 bound the centre; exp(-25) is where the far tail begins.
    for seam in [0.075, 0.925, 1.388_794_386_496_402e-11] {
        let around: Vec<f64> =
            (-50..=50).map(|i| normal_quantile(seam * (1.0 + f64::from(i) * 1e-14))).collect();
        assert!(around.windows(2).all(|pair| pair[0] <= pair[1] + 4e-16 * pair[1].abs()), "{seam}");
    }
}
