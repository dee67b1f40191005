//! Writes a TCX file with one activity: its laps, tracks (one for each stretch between pauses) and trackpoints.

use baton_core::{Activity, Device, Intensity, Lap, LapTrigger, Record, Sport};

use crate::EncodeOptions;
use crate::profile::semicircles;
use crate::track::Breaks;
use crate::xml::{Writer, decimals, rounded, stamp};

/// The bytes of a TCX file. TCX holds whole numbers of heart rate, cadence and power, and no strength sets, zones,
/// workouts, grades or temperatures.
pub fn encode(activity: &Activity, options: &EncodeOptions) -> Vec<u8> {
    let mut xml = Writer::new(1024 + activity.records.len() * 420);
    xml.open(
        "TrainingCenterDatabase",
        &[
            ("xmlns", &"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"),
            ("xmlns:ns3", &"http://www.garmin.com/xmlschemas/ActivityExtension/v2"),
            ("xmlns:xsi", &"http://www.w3.org/2001/XMLSchema-instance"),
            (
                "xsi:schemaLocation",
                &"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2 http://www.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd",
            ),
        ],
    );
    xml.open("Activities", &[]);
    let sport = match activity.sport {
        Sport::RUNNING => "Running",
        Sport::CYCLING | Sport::E_BIKING => "Biking",
        _ => "Other",
    };
    xml.open("Activity", &[("Sport", &sport)]);
    xml.value("Id", stamp(activity.start));
    let mut breaks = Breaks::of(activity);
    let whole;
    let laps = if activity.laps.is_empty() {
        whole = [Lap {
            start: activity.start,
            elapsed: activity.elapsed,
            timer: activity.timer,
            statistics: activity.totals.clone(),
            ..Lap::default()
        }];
        &whole
    } else {
        activity.laps.as_slice()
    };
    let mut records = activity.records.as_slice();
    for (index, lap) in laps.iter().enumerate() {
        // A record belongs to the last lap that began before it.
        let next_lap = laps.get(index + 1).map(|next| next.start);
        let count =
            next_lap.map_or(records.len(), |next| records.partition_point(|record| record.time < next));
        let (own, later) = records.split_at(count);
        records = later;
        write_lap(&mut xml, activity.sport, lap, own, &mut breaks);
    }
    let notes = [activity.title.as_str(), activity.notes.as_str()];
    let notes: Vec<&str> = notes.into_iter().filter(|text| !text.is_empty()).collect();
    if !notes.is_empty() {
        xml.text("Notes", &notes.join("\n\n"));
    }
    write_creator(&mut xml, &options.device);
    xml.finish()
}

fn write_lap(xml: &mut Writer, sport: Sport, lap: &Lap, records: &[Record], breaks: &mut Breaks) {
    let statistics = &lap.statistics;
    xml.open("Lap", &[("StartTime", &stamp(lap.start))]);
    xml.value("TotalTimeSeconds", rounded(Some(lap.timer), 3).unwrap_or(0.0));
    xml.value("DistanceMeters", rounded(statistics.distance, 2).unwrap_or(0.0));
    xml.optional("MaximumSpeed", rounded(statistics.max_speed, 3));
    xml.value("Calories", statistics.calories.unwrap_or(0));
    xml.nested("AverageHeartRateBpm", "Value", statistics.avg_heart_rate);
    xml.nested("MaximumHeartRateBpm", "Value", statistics.max_heart_rate);
    let is_rest = matches!(lap.intensity, Some(Intensity::Rest | Intensity::Recovery));
    xml.value("Intensity", if is_rest { "Resting" } else { "Active" });
    let is_run = sport == Sport::RUNNING;
    if !is_run {
        xml.optional("Cadence", statistics.avg_cadence.and_then(whole_cadence));
    }
    xml.value(
        "TriggerMethod",
        match lap.trigger {
            LapTrigger::Distance => "Distance",
            LapTrigger::Time => "Time",
            LapTrigger::Manual | LapTrigger::SessionEnd => "Manual",
        },
    );
    let mut is_open = false;
    for record in records {
        if breaks.precede(record.time) || !is_open {
            if is_open {
                xml.close();
            }
            xml.open("Track", &[]);
            is_open = true;
        }
        write_trackpoint(xml, is_run, record);
    }
    if is_open {
        xml.close();
    }
    if let Some(name) = &lap.name {
        xml.text("Notes", name);
    }
    write_lap_extension(xml, is_run, lap);
    xml.close();
}

fn write_lap_extension(xml: &mut Writer, is_run: bool, lap: &Lap) {
    let statistics = &lap.statistics;
    let max_cadence = statistics.max_cadence.and_then(whole_cadence);
    let avg_cadence = statistics.avg_cadence.and_then(whole_cadence).filter(|_| is_run);
    let steps = statistics.total_cycles.filter(|_| is_run).map(|strides| u64::from(strides) * 2);
    let power = statistics.avg_power.or(statistics.max_power);
    if statistics.avg_speed.is_none()
        && max_cadence.is_none()
        && avg_cadence.is_none()
        && steps.is_none()
        && power.is_none()
    {
        return;
    }
    xml.open("Extensions", &[]);
    xml.open("ns3:LX", &[]);
    xml.optional("ns3:AvgSpeed", rounded(statistics.avg_speed, 3));
    xml.optional("ns3:MaxBikeCadence", max_cadence.filter(|_| !is_run));
    xml.optional("ns3:AvgRunCadence", avg_cadence);
    xml.optional("ns3:MaxRunCadence", max_cadence.filter(|_| is_run));
    xml.optional("ns3:Steps", steps);
    xml.optional("ns3:AvgWatts", statistics.avg_power);
    xml.optional("ns3:MaxWatts", statistics.max_power);
    xml.close();
    xml.close();
}

fn write_trackpoint(xml: &mut Writer, is_run: bool, record: &Record) {
    xml.open("Trackpoint", &[]);
    xml.value("Time", stamp(record.time));
    if let Some(position) = record.position.filter(|&position| semicircles(position).is_some()) {
        xml.open("Position", &[]);
        xml.value("LatitudeDegrees", decimals(position.latitude, 9));
        xml.value("LongitudeDegrees", decimals(position.longitude, 9));
        xml.close();
    }
    xml.optional("AltitudeMeters", rounded(record.altitude, 2));
    xml.optional("DistanceMeters", rounded(record.distance, 2));
    xml.nested("HeartRateBpm", "Value", record.heart_rate);
    let cadence = record.cadence.and_then(whole_cadence);
    xml.optional("Cadence", cadence.filter(|_| !is_run));
    let speed = rounded(record.speed, 3);
    let run_cadence = cadence.filter(|_| is_run);
    if speed.is_some() || run_cadence.is_some() || record.power.is_some() {
        xml.open("Extensions", &[]);
        xml.open("ns3:TPX", &[]);
        xml.optional("ns3:Speed", speed);
        xml.optional("ns3:RunCadence", run_cadence);
        xml.optional("ns3:Watts", record.power);
        xml.close();
        xml.close();
    }
    xml.close();
}

/// Cadence as TCX has it: whole, up to 254.
fn whole_cadence(cadence: f64) -> Option<u8> {
    let rounded = cadence.round();
    (0.0..=254.0).contains(&rounded).then_some(rounded as u8)
}

fn write_creator(xml: &mut Writer, device: &Device) {
    let name = if device.product_name.is_empty() { "Baton" } else { &device.product_name };
    xml.open("Creator", &[("xsi:type", &"Device_t")]);
    xml.text("Name", name);
    xml.value("UnitId", device.serial_number);
    xml.value("ProductID", device.product);
    xml.open("Version", &[]);
    xml.value("VersionMajor", device.software_version / 100);
    xml.value("VersionMinor", device.software_version % 100);
    xml.value("BuildMajor", 0);
    xml.value("BuildMinor", 0);
    xml.close();
    xml.close();
}
