//! Generated histories hold what was asked for, and the facts beside them are right.

use std::collections::{BTreeMap, BTreeSet};

use baton_tests::withings::Decimal;
use baton_tests::withings::generate::{
    self, Height, Oddity, Plan, Scale, Sort, Verdict, account, benchmark, every_type, history,
};
use baton_tests::withings::group::{WHOLE_BODY, attribs, types};
use chrono::{DateTime, TimeZone as _};

use crate::support::NOW;

/// Monday 3 November 2025, 12:00 UTC: days after clocks went back in Europe and a day after they did in New York.
const AFTER_CLOCK_CHANGE: i64 = 1_762_171_200;

#[test]
fn the_same_seed_gives_the_same_history_and_another_one_another() {
    let plan = Plan::new(60, NOW).with_all();
    assert_eq!(history(1, &plan).measurements, history(1, &plan).measurements);
    assert_ne!(history(1, &plan).measurements, history(2, &plan).measurements);
}

#[test]
fn every_measurement_agrees_with_its_groups() {
    for seed in 0..100 {
        for (_, history) in account(seed, NOW).persons {
            let mut ids: BTreeMap<i64, i64> = BTreeMap::new();
            for measurement in &history.measurements {
                let truth = &measurement.truth;
                let mut values: BTreeMap<u32, Decimal> = BTreeMap::new();
                for group in &measurement.groups {
                    assert_eq!((group.date, group.category), (truth.time, 1));
                    assert!(group.modified >= group.created && group.created >= group.date);
                    assert!(truth.grpids.contains(&group.grpid));
                    assert_eq!(
                        *ids.entry(group.grpid).or_insert(group.date),
                        group.date,
                        "ids are not reused"
                    );
                    let verdict = match group.attrib {
                        attribs::AMBIGUOUS => Verdict::Hold,
                        attribs::SIGN_UP => Verdict::Skip,
                        _ => Verdict::Send,
                    };
                    assert_eq!(verdict, truth.verdict, "{group:?}");
                    let whole =
                        group.measures.iter().filter(|it| it.position.is_none_or(|it| it == WHOLE_BODY));
                    values.extend(whole.map(|it| (it.kind, it.amount)));
                }
                values.remove(&18);
                assert_eq!(values, truth.values);
                let sort = if values.contains_key(&types::WEIGHT) {
                    Sort::Body
                } else if values.contains_key(&types::SYSTOLIC) {
                    Sort::BloodPressure
                } else {
                    Sort::Other
                };
                assert_eq!(sort, truth.sort);
                let fits = |of: Option<Decimal>, low: f64, high: f64| {
                    of.is_none_or(|it| (low..=high).contains(&it.number()))
                };
                assert!(fits(truth.weight(), 30.0, 130.0) && fits(truth.percent_hydration(), 30.0, 75.0));
                assert!(fits(truth.bmi(), 9.0, 40.0), "{:?}", truth.bmi());
                assert!(fits(truth.systolic(), 70.0, 260.0) && fits(truth.diastolic(), 40.0, 150.0));
            }
            let dates: Vec<i64> = history.truths().map(|it| it.time).collect();
            assert!(dates.is_sorted());
        }
    }
}

#[test]
fn all_oddities_come_up() {
    let plan = Plan { until: AFTER_CLOCK_CHANGE, ..Plan::new(400, AFTER_CLOCK_CHANGE).with_all() };
    let history = history(5, &plan);
    let groups: Vec<_> = history.measurements.iter().flat_map(|it| &it.groups).collect();
    let has = |attrib: i64| groups.iter().any(|it| it.attrib == attrib);
    for attrib in [0, 1, 2, 4, 5, 7, 8, 17] {
        assert!(has(attrib), "attrib {attrib}");
    }
    assert!(groups.iter().any(|it| it.created > it.date + 4 * 86_400), "late");
    assert!(groups.iter().any(|it| it.modified > it.created), "edited");
    let mut same_id = BTreeSet::new();
    assert!(groups.iter().any(|it| !same_id.insert(it.grpid)), "one id twice");
    assert!(history.measurements.iter().any(|it| it.truth.grpids.len() > 3), "one weigh-in under two ids");
    let kinds: BTreeSet<(u32, i32)> =
        groups.iter().flat_map(|it| &it.measures).map(|it| (it.kind, it.amount.unit)).collect();
    for wanted in [(1, -3), (1, -1), (1, -6), (18, -3), (10, 0), (10, -2)] {
        assert!(kinds.contains(&wanted), "{wanted:?}");
    }
    assert_eq!(history.goals[0].category, 2);
    for verdict in [Verdict::Send, Verdict::Hold, Verdict::Skip] {
        assert!(history.truths().any(|it| it.sort == Sort::Body && it.verdict == verdict));
    }
    assert!(history.truths().any(|it| it.sort == Sort::Other && it.values.contains_key(&11)));
    // On the day on which clocks go back, two weigh-ins have one local time and lie an hour apart.
    let mut local: BTreeMap<i64, i64> = BTreeMap::new();
    let twice = history.to_send(Sort::Body).any(|it| {
        let before = local.insert(it.time + i64::from(it.utc_offset), it.time);
        before.is_some_and(|before| it.time - before == 3600)
    });
    assert!(twice);
    let offsets: BTreeSet<i32> = history.truths().map(|it| it.utc_offset).collect();
    assert_eq!(offsets, BTreeSet::from([3600, 7200]));
}

#[test]
fn the_offset_of_a_zone_is_that_of_the_instant() {
    for zone in [chrono_tz::Australia::Lord_Howe, chrono_tz::America::New_York, chrono_tz::Asia::Kolkata] {
        let plan = Plan { oddities: vec![Oddity::ClockChanges], ..Plan::new(370, NOW).in_zone(zone) };
        for truth in history(3, &plan).truths() {
            let time = DateTime::from_timestamp(truth.time, 0).unwrap();
            let local = zone.from_utc_datetime(&time.naive_utc()).naive_local();
            assert_eq!((local - time.naive_utc()).num_seconds(), i64::from(truth.utc_offset));
        }
    }
}

#[test]
fn scales_write_their_own_shapes() {
    for (scale, wanted) in [(Scale::BodyPlus, 1), (Scale::BodyCardio, 3), (Scale::BodyScan, 3)] {
        let plan = Plan { has_cuff: false, height: Height::Missing, ..Plan::new(20, NOW).on(scale) };
        let history = history(2, &plan);
        assert_eq!(history.measurements.len(), 20);
        assert!(history.measurements.iter().all(|it| it.groups.len() == wanted));
        assert!(history.truths().all(|it| it.bmi().is_none()), "there is no height");
        let segments = history.measurements[0].truth.segments.len();
        assert_eq!(segments, if scale == Scale::BodyScan { 17 } else { 0 });
    }
    let scan = history(2, &Plan::new(1, NOW).on(Scale::BodyScan));
    let body = scan.measurements.iter().find(|it| it.truth.sort == Sort::Body).unwrap();
    let fat_free: Vec<_> =
        body.groups.iter().flat_map(|it| &it.measures).filter(|it| it.kind == types::FAT_FREE_MASS).collect();
    assert_eq!(fat_free.len(), 2);
    assert_ne!(fat_free[1].position, Some(WHOLE_BODY), "the last one is not that of the whole body");
    assert_eq!(body.truth.values[&types::FAT_FREE_MASS], fat_free[0].amount);
    assert_eq!(every_type(1, NOW, chrono_tz::UTC).truth.values.len(), 39);
}

#[test]
fn heights_are_those_in_force() {
    let plan = Plan { height: Height::Corrected, ..Plan::new(100, NOW) };
    let history = history(9, &plan);
    let heights: Vec<f64> = history.to_send(Sort::Body).map(|it| it.height.unwrap().number()).collect();
    assert_eq!((heights[0], *heights.last().unwrap()), (1.7, 1.8));
    let truth = history.to_send(Sort::Body).next().unwrap();
    let bmi = truth.weight().unwrap().number() / (1.7 * 1.7);
    assert!((truth.bmi().unwrap().number() - bmi).abs() <= 0.0501);
}

#[test]
fn the_account_for_measuring_has_eleven_thousand_groups() {
    let history = benchmark(1, NOW);
    // One height; the last evening may not have come yet.
    assert!((3 * 3650..=3 * 3650 + 1).contains(&history.group_count()));
    assert_eq!(history.to_send(Sort::Body).count(), 3650);
    let changes = generate::changes(1, &history, 3);
    assert_eq!(changes.len(), 9);
    let wanted = history.to_send(Sort::Body).next_back().unwrap().weight().unwrap().scaled(3) + 300;
    assert!(
        matches!(&changes[0], generate::Change::Edited(it) if it.truth.weight().unwrap().scaled(3) == wanted)
    );
}
