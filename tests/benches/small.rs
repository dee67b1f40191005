//! The small figures: a payload to FIT bytes beside a bare parse of the same payload, and reading a FIT file beside
//! another reader. `large.rs` prints the table.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use baton_core::clean::{Preferences, clean};
use baton_core::{DevicePresets, Entry, Format, Item, Kind, Position, RecordedBy, Span, Sport};
use baton_engine::plan::{Policy, View, plan};
use baton_engine::{DeliveryState, Known, Route};
use baton_fit::EncodeOptions;
use baton_services::{Endpoints, World};
use baton_tests::peloton::generate::{self, Discipline, Options};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A class with every metric at one value a second.
fn payload(minutes: u32) -> Vec<u8> {
    let options = Options::at(1_790_000_000).minutes(minutes);
    let workout = generate::one(Discipline::CyclingTargets, 11, &options);
    serde_json::to_vec(&workout.document()).expect("a generated workout is JSON")
}

fn peloton() -> Arc<dyn baton_core::Service> {
    let world = World::new(Endpoints::default(), Arc::new(chrono::Utc::now));
    baton_services::all(&Arc::new(world))
        .into_iter()
        .find(|service| service.info().id == "peloton")
        .expect("Peloton is in the list")
}

/// The way that a fetched payload goes until it is a file.
fn convert(service: &dyn baton_core::Service, payload: &[u8]) -> baton_core::File {
    let item = service.convert(payload).expect("its own form").expect("a good payload");
    let (item, _) = clean(item, &Preferences::default());
    let Item::Activity(activity) = &item else { unreachable!("a workout is an activity") };
    let device = DevicePresets::default().device(activity.sport, activity.sub_sport);
    let options = EncodeOptions { device, ..EncodeOptions::default() };
    baton_fit::encode(&item, Format::Fit, &options).expect("a cleaned item encodes")
}

fn payload_to_fit(criterion: &mut Criterion) {
    let service = peloton();
    let payload = payload(30);
    let mut group = criterion.benchmark_group("payload_to_fit");
    group.throughput(Throughput::Bytes(payload.len() as u64));
    group.bench_function("baton", |bencher| bencher.iter(|| convert(&*service, black_box(&payload))));
    group.bench_function("serde_json_value", |bencher| {
        bencher.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(&payload)).expect("JSON"));
    });
    group.finish();
}

fn fit_decode(criterion: &mut Criterion) {
    let file = convert(&*peloton(), &payload(120));
    let mut group = criterion.benchmark_group("fit_decode_2h");
    group.throughput(Throughput::Bytes(file.bytes.len() as u64));
    group.bench_function("baton", |bencher| {
        bencher.iter(|| baton_fit::decode(black_box(&file.bytes), Format::Fit).expect("our own file"));
    });
    group.bench_function("fitparser", |bencher| {
        bencher.iter(|| fitparser::from_bytes(black_box(&file.bytes)).expect("a good file"));
    });
    group.finish();
}

/// A ride outside of about so many minutes with everything that TCX and GPX can tell.
fn outside(minutes: u32) -> Item {
    let item = peloton().convert(&payload(minutes)).expect("its own form").expect("a good payload");
    let (item, _) = clean(item, &Preferences::default());
    let Item::Activity(mut activity) = item else { unreachable!("a workout is an activity") };
    for (index, record) in activity.records.iter_mut().enumerate() {
        let way = index as f64 * 5e-5;
        record.position = Some(Position { latitude: 47.1 + way, longitude: 11.2 + way / 2.0 });
        record.altitude = Some(600.0 + (way * 1e4) % 200.0);
    }
    Item::Activity(activity)
}

/// A file of XML, beside what no reader of it can do without: a pass over its events.
fn xml_decode(criterion: &mut Criterion, name: &str, file: &baton_core::File) {
    let text = String::from_utf8(file.bytes.to_vec()).expect("UTF-8");
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(file.bytes.len() as u64));
    group.bench_function("baton", |bencher| {
        bencher.iter(|| baton_fit::decode(black_box(&file.bytes), file.format).expect("our own file"));
    });
    group.bench_function("quick_xml_events", |bencher| {
        bencher.iter(|| {
            let mut reader = quick_xml::Reader::from_str(black_box(&text));
            let mut events = 0;
            while !matches!(reader.read_event().expect("sound"), quick_xml::events::Event::Eof) {
                events += 1;
            }
            events
        });
    });
    group.finish();
}

fn tcx_decode(criterion: &mut Criterion) {
    let file = baton_fit::encode(&outside(21), Format::Tcx, &EncodeOptions::default()).expect("an activity");
    assert!((650_000..950_000).contains(&file.bytes.len()), "{} bytes", file.bytes.len());
    xml_decode(criterion, "tcx_decode_800k", &file);
}

fn gpx_decode(criterion: &mut Criterion) {
    let file = baton_fit::encode(&outside(60), Format::Gpx, &EncodeOptions::default()).expect("a track");
    xml_decode(criterion, "gpx_decode_1h", &file);
}

/// Every entry of 100,000 is listed again; ten of them are new.
fn plan_100k(criterion: &mut Criterion) {
    let day =
        |number: i64| chrono::DateTime::from_timestamp(1_000_000_000 + number * 7200, 0).expect("a date");
    let entry = |number: i64| {
        Arc::new(Entry {
            key: format!("{number:032x}"),
            kind: Kind::Activity,
            span: Span::new(day(number), day(number) + chrono::TimeDelta::minutes(30)),
            revision: "1".into(),
            recorded_by: RecordedBy::Source,
            title: "30 min Climb Ride".into(),
            sport: Some(Sport::CYCLING),
            sub_sport: None,
            utc_offset: Some(0),
            in_progress: false,
            arrived: None,
            owner: baton_core::Owner::Certain,
            measured: None,
        })
    };
    let delivered = |number: i64| {
        let known = Known {
            state: DeliveryState::Created,
            revision: "1".into(),
            joined_into: None,
            attempts: 1,
            deferrals: 0,
            error: None,
            next_try: None,
            remote: None,
            replaces: None,
            if_similar: baton_core::IfSimilar::Leave,
            merged_with: None,
        };
        (format!("{number:032x}"), known)
    };
    let view = View {
        entries: HashMap::from([("a".to_owned(), (0..100_000).map(entry).collect())]),
        deliveries: HashMap::from([(("a".to_owned(), "b".to_owned()), (0..99_990).map(delivered).collect())]),
        ..View::default()
    };
    let routes = [Route::new("a", "b")];
    let mut group = criterion.benchmark_group("plan_100k");
    group.sample_size(20);
    group.bench_function("baton", |bencher| {
        bencher.iter(|| {
            let plan = plan(&routes, black_box(&view), &Policy::default(), day(200_000));
            assert_eq!(plan.counts(), (10, 99_990));
        });
    });
    group.finish();
}

criterion_group!(figures, payload_to_fit, fit_decode, tcx_decode, gpx_decode, plan_100k);
criterion_main!(figures);
