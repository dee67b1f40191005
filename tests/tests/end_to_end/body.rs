//! Measurements from a scale and a cuff to where they are kept, by the real program: what arrives is compared with what
//! was measured, not with what the program says.

use baton_tests::withings::generate::{self, Change, Sort, Truth, Verdict};

use crate::scale::Scale;
use crate::world::{EMAIL, outcomes};

/// Time and hundredths of a kilogram, in order.
fn sorted(mut weights: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    weights.sort_unstable();
    weights
}

#[test]
fn measurements_arrive_once_and_as_they_were_measured() {
    let scale = Scale::connected();
    scale.computer.run_well(["sync"]);

    let weight = |truth: &&Truth| truth.weight().map(|weight| (truth.time, weight.scaled(2)));
    let expected = sorted(scale.truths(Sort::Body, Verdict::Send).iter().filter_map(weight).collect());
    let arrived = scale.garmin.weigh_ins(EMAIL);
    let there = sorted(arrived.iter().map(|it| (it.time, (it.weight * 100.0).round() as i64)).collect());
    assert_eq!(there, expected);
    for truth in scale.truths(Sort::Body, Verdict::Send) {
        let Some(found) = arrived.iter().find(|it| it.time == truth.time) else { continue };
        let tenths = |value: Option<f64>| value.map(|value| (value * 10.0).round() as i64);
        let hundredths = |value: Option<f64>| value.map(|value| (value * 100.0).round() as i64);
        assert_eq!(tenths(found.bmi), truth.bmi().map(|bmi| bmi.scaled(1)), "BMI at {}", truth.time);
        let water = truth.percent_hydration().map(|share| share.scaled(2));
        assert_eq!(hundredths(found.body_water), water, "water at {}", truth.time);
    }

    let pressure = |truth: &&Truth| {
        let number = |value: Option<baton_tests::withings::Decimal>| value.unwrap().scaled(0) as u16;
        (truth.time, number(truth.systolic()), number(truth.diastolic()))
    };
    let mut expected: Vec<_> =
        scale.truths(Sort::BloodPressure, Verdict::Send).iter().map(pressure).collect();
    expected.sort_unstable();
    let readings = scale.garmin.blood_pressures(EMAIL);
    let mut there: Vec<_> = readings.iter().map(|it| (it.time, it.systolic, it.diastolic)).collect();
    there.sort_unstable();
    assert_eq!(there, expected);

    let writes = scale.trainerroad.writes();
    assert_eq!(writes.len(), 1, "the newest weight alone: {writes:?}");
    assert!((writes[0].weight_kg - scale.newest_weight()).abs() < 0.005, "{writes:?}");
    assert!(writes[0].lost.is_empty() && writes[0].changed.is_empty(), "{writes:?}");

    let again = scale.computer.run_well(["sync", "--json"]);
    let sent = outcomes(&again).into_iter().filter(|outcome| outcome != "skipped").count();
    assert_eq!(sent, 0, "{again}");
    assert_eq!(scale.garmin.weigh_ins(EMAIL).len(), arrived.len());
    assert_eq!(scale.trainerroad.writes().len(), 1);
    scale.assert_polite();
}

#[test]
fn edits_replace_late_ones_follow_and_deletions_are_only_shown() {
    let scale = Scale::connected();
    scale.computer.run_well(["sync"]);
    let before = scale.garmin.weigh_ins(EMAIL).len();
    let changes = generate::changes(9, &scale.history, 2);
    for change in &changes {
        scale.withings.change(scale.userid, change);
    }
    scale.computer.run_well(["sync"]);
    // What was deleted longer ago than a sync looks back is seen when everything is looked at.
    scale.computer.run_well(["sync", "--since", "all"]);

    let arrived = scale.garmin.weigh_ins(EMAIL);
    let at = |time: i64| arrived.iter().filter(|it| it.time == time).collect::<Vec<_>>();
    let mut late = 0;
    for change in &changes {
        match change {
            Change::Edited(measurement) | Change::Arrived(measurement) => {
                let truth = &measurement.truth;
                late += usize::from(matches!(change, Change::Arrived(_)) && truth.weight().is_some());
                let Some(weight) = truth.weight().filter(|_| truth.verdict == Verdict::Send) else {
                    continue;
                };
                let found = at(truth.time);
                assert_eq!(found.len(), 1, "once, the former one gone: {found:?}");
                assert_eq!((found[0].weight * 100.0).round() as i64, weight.scaled(2));
            }
            Change::Removed(truth) if truth.sort == Sort::Body && truth.verdict == Verdict::Send => {
                if truth.weight().is_some() {
                    assert_eq!(at(truth.time).len(), 1, "nothing is deleted there by itself");
                }
                let key = format!("withings/{}", truth.grpids.iter().min().unwrap());
                let shown = scale.computer.run_well(["show", &key]);
                assert!(shown.contains("deleted at its source"), "{shown}");
            }
            Change::Removed(_) => {}
        }
    }
    assert_eq!(arrived.len(), before + late);
    scale.assert_polite();
}

#[test]
fn a_doubtful_one_waits_until_the_person_says_whose_it_is() {
    let scale = Scale::connected();
    scale.computer.run_well(["sync"]);
    let held = scale.truths(Sort::Body, Verdict::Hold);
    let held: Vec<&&Truth> = held.iter().filter(|truth| truth.weight().is_some()).collect();
    assert!(held.len() >= 2, "the history has some of them");
    let there = |time: i64| scale.garmin.weigh_ins(EMAIL).iter().any(|it| it.time == time);
    let key = |truth: &Truth| format!("withings/{}", truth.grpids.iter().min().unwrap());
    assert!(held.iter().all(|truth| !there(truth.time)));
    scale.computer.run_well(["owner", &key(held[0]), "--mine"]);
    scale.computer.run_well(["owner", &key(held[1]), "--not-mine"]);
    scale.computer.run_well(["sync"]);
    assert!(there(held[0].time), "said to be mine");
    assert!(!there(held[1].time), "said to be somebody else's");
    scale.assert_polite();
}

#[test]
fn trainerroads_trouble_holds_garmin_back_in_nothing() {
    use baton_tests::server::Times;
    use baton_tests::web_fault::WebFault;
    let scale = Scale::connected();
    scale.trainerroad.fault("any", WebFault::Outage { status: 503 }, Times::Always);
    let output = scale.computer.run(["sync"]);
    assert_ne!(output.status.code(), Some(2));
    let weighed = scale.truths(Sort::Body, Verdict::Send).into_iter().filter(|it| it.weight().is_some());
    assert_eq!(scale.garmin.weigh_ins(EMAIL).len(), weighed.count());
    scale.trainerroad.clear_faults();
    scale.computer.run_well(["sync"]);
    assert_eq!(scale.trainerroad.writes().len(), 1);
}

#[test]
fn the_weigh_ins_of_a_period_come_as_one_file_on_stdout() {
    let scale = Scale::connected();
    let arguments =
        ["sync", "--fromdate", "all", "--no-upload", "--out", "-", "--route", "withings-trainerroad"];
    let output = scale.computer.run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let items = baton_fit::decode(&output.stdout, baton_core::Format::Fit).unwrap();
    let weighed = scale.truths(Sort::Body, Verdict::Send).into_iter().filter(|it| it.weight().is_some());
    let with_weight =
        items.iter().filter(|item| matches!(item, baton_core::Item::Body(body) if body.weight.is_some()));
    assert_eq!(with_weight.count(), weighed.count());
    assert!(scale.garmin.weigh_ins(EMAIL).is_empty(), "nothing was sent");
}
