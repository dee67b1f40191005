//! Oddities of real writers: clocks that jump, samples out of order, points without times, names without namespaces.

use baton_core::{Activity, Format, Item, Sport};
use baton_fit::{decode, encode, sniff};

use crate::readers::{activities, fit};
use crate::samples::{self, item, options};

fn one(bytes: &[u8], format: Format) -> Activity {
    assert_eq!(sniff(bytes), Some(format));
    let mut all = activities(bytes, format);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn rates(activity: &Activity) -> Vec<u8> {
    activity.records.iter().filter_map(|record| record.heart_rate).collect()
}

/// record: timestamp, heart rate
const RECORD: &[u8] = &[0x40, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 2];

fn record(seconds: u32, heart_rate: u8) -> Vec<u8> {
    let mut message = vec![0];
    message.extend(seconds.to_le_bytes());
    message.push(heart_rate);
    message
}

#[test]
fn fit_samples_are_put_in_order() {
    let at = |second: u32| 0x4000_0000 + second;
    let file = fit(&[
        RECORD,
        &record(at(10), 100),
        &record(at(12), 102),
        &record(at(11), 101),
        &record(at(12), 199),
        &record(at(13), 0),
        &record(at(14), 255),
    ]);
    let run = one(&file, Format::Fit);
    assert_eq!(rates(&run), [100, 101, 102], "no strap, and no value, are no heart rate");
    assert!(run.records.is_sorted_by(|one, next| one.time < next.time));
    assert_eq!(run.elapsed, 4.0);
}

#[test]
fn fit_samples_of_a_clock_that_jumped_are_left_out_and_said() {
    let at = |second: u32| 0x4000_0000 + second;
    let session = [&[1][..], &at(0).to_le_bytes(), &20_000u32.to_le_bytes(), &[2]].concat();
    let messages = [
        RECORD,
        &record(5, 99),
        &record(at(0), 100),
        &record(at(10), 110),
        &record(at(20), 120),
        &record(0x7000_0000, 98),
        &[0x41, 0, 0, 18, 0, 3, 2, 4, 0x86, 7, 4, 0x86, 5, 1, 0],
        &session,
    ];
    let ride = one(&fit(&messages), Format::Fit);
    assert_eq!((ride.sport, rates(&ride)), (Sport::CYCLING, vec![100, 110, 120]));
    assert_eq!(ride.remarks, ["2 samples with impossible times were left out"]);
    assert!(ride.original.is_none(), "Baton does not pass on what it said it left out");
    // A summary of another time is no summary of these records.
    let far = [&[1][..], &7u32.to_le_bytes(), &20_000u32.to_le_bytes(), &[2]].concat();
    let ride = one(&fit(&[&messages[..7], &[&far]].concat()), Format::Fit);
    assert_eq!((ride.start.timestamp(), ride.elapsed), (631_065_600 + 0x4000_0000, 20.0));
    assert!(ride.remarks.iter().any(|remark| remark.starts_with("The file has no summary")));
}

#[test]
fn fit_developer_fields_never_shift_what_follows() {
    // Definitions with developer fields in both byte orders, in turn with one that has none.
    let file = fit(&[
        &[0x60, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 2, 2, 0, 3, 0, 1, 8, 1],
        &[0, 0, 0, 0, 0x40, 90, 1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0x41, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 2],
        &[1, 1, 0, 0, 0x40, 91],
        &[0, 2, 0, 0, 0x40, 92, 1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8],
        // redefined without them
        &[0x40, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 2],
        &[0, 3, 0, 0, 0x40, 93],
    ]);
    assert_eq!(rates(&one(&file, Format::Fit)), [90, 91, 92, 93]);
}

#[test]
fn fit_fields_of_a_wrong_size_are_left_out_alone() {
    // A timestamp, a distance of three bytes, a heart rate.
    let file = fit(&[
        &[0x40, 0, 0, 20, 0, 3, 253, 4, 0x86, 5, 3, 0x86, 3, 1, 2],
        &[0, 0, 0, 0, 0x40, 9, 9, 9, 88],
        &[0, 1, 0, 0, 0x40, 9, 9, 9, 89],
    ]);
    let run = one(&file, Format::Fit);
    assert_eq!(rates(&run), [88, 89]);
    assert!(run.records.iter().all(|record| record.distance.is_none()));
}

fn tcx(points: &str) -> String {
    format!(
        "<TrainingCenterDatabase><Activities><Activity Sport=\"Biking\"><Id>2026-03-01T08:00:00Z</Id><Lap \
         StartTime=\"2026-03-01T08:00:00Z\"><TotalTimeSeconds>60</TotalTimeSeconds><DistanceMeters>500\
         </DistanceMeters><Calories>42</Calories><MaximumSpeed>9.5</MaximumSpeed><AverageHeartRateBpm><Value>131\
         </Value></AverageHeartRateBpm><Track>{points}</Track></Lap><Notes>Rock & Roll</Notes></Activity>\
         </Activities></TrainingCenterDatabase>"
    )
}

#[test]
fn tcx_without_namespace_or_extension_wrapper() {
    let text = tcx(
        "<Trackpoint><Time>2026-03-01T08:00:00Z</Time><Cadence>255</Cadence><Extensions><Watts>200</Watts>\
         </Extensions></Trackpoint><Trackpoint><Time>2026-03-01T08:00:02Z</Time><DistanceMeters>12,5\
         </DistanceMeters></Trackpoint><Trackpoint><Time>2026-03-01T08:00:01Z</Time><Position><LatitudeDegrees>0\
         </LatitudeDegrees><LongitudeDegrees>0</LongitudeDegrees></Position></Trackpoint><Trackpoint>\
         <Time>2026-03-01T08:00:01Z</Time><HeartRateBpm><Value>120</Value></HeartRateBpm></Trackpoint>",
    );
    let ride = one(text.as_bytes(), Format::Tcx);
    assert_eq!(ride.title, "Rock & Roll");
    let seconds: Vec<i64> =
        ride.records.iter().map(|record| (record.time - ride.start).num_seconds()).collect();
    assert_eq!(seconds, [0, 1, 2]);
    assert_eq!((ride.records[0].power, ride.records[0].cadence), (Some(200), None));
    assert_eq!((ride.records[1].heart_rate, ride.records[1].position), (Some(120), None));
    assert_eq!(ride.records[2].distance, Some(12.5));
    // What its only lap tells is told of the whole.
    assert_eq!((ride.totals.avg_heart_rate, ride.totals.max_speed), (Some(131), Some(9.5)));
    assert_eq!((ride.totals.distance, ride.totals.calories), (Some(500.0), Some(42)));
    assert!(ride.original.is_some());
    let indented = one(format!("\n  {text}").as_bytes(), Format::Tcx);
    assert!(indented.original.is_none(), "stricter readers stop at blanks in front");
    assert_eq!(indented.records, ride.records);
}

#[test]
fn points_without_a_time_are_left_out_and_said() {
    let text =
        tcx("<Trackpoint><Time>2026-03-01T08:00:00Z</Time></Trackpoint><Trackpoint/><Trackpoint><Time>noon\
                    </Time></Trackpoint>");
    let ride = one(text.as_bytes(), Format::Tcx);
    assert_eq!(
        (ride.records.len(), &ride.remarks[..]),
        (1, &["2 points without a time were left out".to_owned()][..])
    );
    assert!(ride.original.is_none());
    let text = "<gpx><trk><trkseg><trkpt lat='1' lon='1'><time>2026-03-01T08:00:00Z</time></trkpt><trkpt lat='1' \
                lon='1'/></trkseg></trk></gpx>";
    let walk = one(text.as_bytes(), Format::Gpx);
    assert_eq!(
        (walk.records.len(), &walk.remarks[..]),
        (1, &["1 point without a time was left out".to_owned()][..])
    );
}

#[test]
fn several_sports_of_one_tcx() {
    let text = "<t:TrainingCenterDatabase xmlns:t='x'><t:Activities><t:MultiSportSession><t:Id>2026-03-01T08:00:00Z\
                </t:Id><t:FirstSport><t:Activity Sport='Other'><t:Id>2026-03-01T08:00:00Z</t:Id><t:Lap \
                StartTime='2026-03-01T08:00:00Z'><t:TotalTimeSeconds>5</t:TotalTimeSeconds></t:Lap></t:Activity>\
                </t:FirstSport><t:NextSport><t:Activity Sport='Biking'><t:Id>2026-03-01T08:10:00Z</t:Id><t:Lap \
                StartTime='2026-03-01T08:10:00Z'><t:TotalTimeSeconds>9</t:TotalTimeSeconds></t:Lap></t:Activity>\
                </t:NextSport></t:MultiSportSession></t:Activities></t:TrainingCenterDatabase>";
    let [swim, ride] = &activities(text.as_bytes(), Format::Tcx)[..] else { panic!("two activities") };
    assert_eq!((swim.sport, swim.timer), (Sport::GENERIC, 5.0));
    assert_eq!((ride.sport, ride.timer), (Sport::CYCLING, 9.0));
}

#[test]
fn gpx_of_other_versions_and_extensions() {
    let point = |second: u32, inside: &str| {
        format!(
            "<trkpt lat=\"52.{second}\" lon=\"13\"><time>2026-05-01T10:00:{second}Z</time>{inside}</trkpt>"
        )
    };
    let old = "<speed>4.5</speed><course>90</course>";
    let second = "<extensions><g:TrackPointExtension xmlns:g='http://www.garmin.com/xmlschemas/TrackPointExtension/v2'>\
                  <g:atemp>17</g:atemp><g:hr>130</g:hr><g:cad>60</g:cad><g:speed>3.25</g:speed></g:TrackPointExtension>\
                  </extensions>";
    let power = "<extensions><pwr:PowerInWatts>250</pwr:PowerInWatts><gpxdata:distance>99.5</gpxdata:distance>\
                 <gpxdata:temp>-3,5</gpxdata:temp></extensions>";
    let text = format!(
        "<gpx version=\"1.0\" creator=\"Some Watch\"><time>2013-01-01T12:00:00</time><trk><name>A & B</name><trkseg>\
         {}{}{}</trkseg></trk></gpx>",
        point(10, old),
        point(11, second),
        point(12, power)
    );
    let walk = one(text.as_bytes(), Format::Gpx);
    assert_eq!((walk.title.as_str(), walk.device.unwrap().product_name.as_str()), ("A & B", "Some Watch"));
    let [first, second, third] = walk.records[..] else { panic!("three points") };
    assert_eq!(first.speed, Some(4.5));
    assert_eq!((second.speed, second.heart_rate, second.cadence), (Some(3.25), Some(130), Some(60.0)));
    assert_eq!((second.temperature, third.temperature), (Some(17.0), Some(-3.5)));
    assert_eq!((third.power, third.distance), (Some(250), Some(99.5)));
}

#[test]
fn gpx_points_out_of_order_at_nowhere_and_twice() {
    let point = |latitude: &str, longitude: &str, second: u32, inside: &str| {
        let time = format!("<time>2026-05-01T12:00:{second}.000+02:00</time>");
        format!("<trkpt lat='{latitude}' lon='{longitude}'>{time}{inside}</trkpt>")
    };
    let text = format!(
        "<gpx><trk><trkseg/><trkseg>{}{}{}{}{}</trkseg></trk></gpx>",
        point("52.000", "13", 10, ""),
        point("52.002", "13", 30, ""),
        point("0", "0", 20, "<ele>5</ele>"),
        point("52.001", "13", 21, ""),
        point("52.001", "13", 21, "<extensions><hr>99</hr></extensions>"),
    );
    let walk = one(text.as_bytes(), Format::Gpx);
    assert_eq!(walk.records.len(), 4);
    assert_eq!(
        (walk.utc_offset, walk.start.to_rfc3339().as_str()),
        (Some(7200), "2026-05-01T10:00:10+00:00")
    );
    assert_eq!((walk.records[1].position, walk.records[1].altitude), (None, Some(5.0)));
    assert_eq!(walk.records[2].heart_rate, Some(99));
    let covered = walk.records[3].distance.unwrap();
    assert!((covered - 222.4).abs() < 0.1, "{covered}");
    assert_eq!((walk.elapsed, walk.timer), (20.0, 20.0));
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let words = |text: &str, format| decode(text.as_bytes(), format).unwrap_err().message;
    assert_eq!(
        words("<TrainingCenterDatabase><Courses><Course/></Courses></TrainingCenterDatabase>", Format::Tcx),
        "This TCX file holds a course or a workout plan, and no activity"
    );
    assert_eq!(
        words(
            "<TrainingCenterDatabase><Activities><Activity/></Activities></TrainingCenterDatabase>",
            Format::Tcx
        ),
        "This TCX file holds no activity with a time"
    );
    assert_eq!(
        words("<TrainingCenterDatabase><Activities>", Format::Tcx),
        "This TCX file is damaged, and no activity in it could be read"
    );
}

#[test]
fn a_track_survives_each_format() {
    let walk = samples::walk();
    for format in [Format::Fit, Format::Tcx, Format::Gpx] {
        let file = encode(&item(walk.clone()), format, &options()).unwrap();
        let Item::Activity(found) = decode(&file.bytes, format).unwrap().remove(0) else {
            panic!("{format:?}")
        };
        assert_eq!(found.records.len(), walk.records.len(), "{format:?}");
        for (found, put_in) in found.records.iter().zip(&walk.records) {
            assert_eq!(
                (found.time, found.heart_rate, found.power),
                (put_in.time, put_in.heart_rate, put_in.power)
            );
            let cadence = found.cadence.zip(put_in.cadence).unwrap();
            assert!((cadence.0 - cadence.1).abs() <= 0.5, "{format:?}: {cadence:?}");
        }
    }
}
