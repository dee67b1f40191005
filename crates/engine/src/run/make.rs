//! Stages 3 to 6: fetch, clean, encode, archive. Runs ahead of delivery on other threads.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use baton_core::{
    Activity, Error, ErrorKind, Fetched, File, Format, Item, Kind, Parcel, Result, Stage, clean, join, title,
};
use baton_fit::EncodeOptions;

use super::Output;
use super::execute::Step;
use super::session::Session;
use crate::archive::Archived;
use crate::config::{Config, Route};
use crate::hex;

/// What became of a step before its delivery.
pub(super) enum Made {
    Ready(Box<Ready>),
    Failed(Error),
    /// Nobody may work on it now.
    Left,
}

/// A parcel and where its file rests.
pub(super) struct Ready {
    pub parcel: Parcel,
    /// Absent for measurements: the ledger itself holds them.
    pub archived: Option<Archived>,
    pub remarks: Vec<String>,
}

/// Makes the parcels of steps that need the same entries.
pub(super) fn make(
    session: Arc<Session>,
    steps: Vec<Step>,
) -> impl Future<Output = Vec<(Step, Made)>> + Send {
    let spare = steps.clone();
    // A vendor's answer is read on a thread of the pool, not on the one that all lanes share.
    let task = Task(tokio::spawn(async move {
        let made = make_all(&session, &steps).await;
        steps.into_iter().zip(made).collect::<Vec<_>>()
    }));
    async move {
        task.await.unwrap_or_else(|error| {
            spare.into_iter().map(|step| (step, Made::Failed(error.clone()))).collect()
        })
    }
}

async fn make_all(session: &Arc<Session>, steps: &[Step]) -> Vec<Made> {
    let fail = |error: &Error| steps.iter().map(|_| Made::Failed(error.clone())).collect();
    let left = || steps.iter().map(|_| Made::Left).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    let source = &first.decision.from;
    let all_left = steps.iter().all(|step| session.blocked(&step.decision.to).is_some());
    if all_left || session.blocked(source).is_some() || session.stop.is_stopped() {
        return left();
    }
    if let Some(measured) = first.measured() {
        let fetched = vec![Fetched { item: measured.clone().into(), raw: None }];
        return from_fetched(session, steps, fetched).unwrap_or_else(|error| fail(&error));
    }
    for step in steps {
        session.enter(step, Stage::Fetch);
    }
    let Some(connection) = session.connection(source) else { return left() };
    let Some(from) = connection.source() else {
        return fail(&Error::bad_input(format!("Baton cannot read from {}", session.name(source))));
    };
    let mut fetched = Vec::new();
    for entry in &first.decision.entries {
        match session.stop.or(from.fetch(entry)).await {
            None => return left(),
            Some(Err(error)) => {
                // Those behind it need not be asked for.
                session.reached(source, &error).await;
                return fail(&error);
            }
            Some(Ok(one)) => fetched.push(one),
        }
    }
    session.worked(source);
    let (worker, owned) = (session.clone(), steps.to_vec());
    match crate::blocking(move || from_fetched(&worker, &owned, fetched)).await {
        Ok(made) => made,
        Err(error) => fail(&error),
    }
}

/// Everything that only needs a processor and the disk.
fn from_fetched(session: &Session, steps: &[Step], fetched: Vec<Fetched>) -> Result<Vec<Made>> {
    let Some(first) = steps.first() else { return Ok(Vec::new()) };
    let source = &first.decision.from;
    let keep_raw =
        session.config.preferences.keep_raw && session.info(source).is_some_and(|info| info.keep_raw);
    let mut items = Vec::with_capacity(fetched.len());
    for (entry, Fetched { item, raw }) in first.decision.entries.iter().zip(fetched) {
        if let Some(raw) = raw.filter(|_| keep_raw) {
            session.inner.archive.put_raw(source, &entry.key, &raw)?;
        }
        items.push(item);
    }
    for step in steps {
        session.enter(step, Stage::Clean);
    }
    let (item, mut remarks) = clean_item(joined(items)?, &session.config);
    if let Item::Activity(activity) = &item {
        remarks.extend(activity.remarks.iter().cloned());
    }
    let item = Arc::new(item);
    let mut files = HashMap::new();
    Ok(steps
        .iter()
        .map(|step| {
            parcel(session, step, &item, &remarks, &mut files)
                .map_or_else(Made::Failed, |ready| Made::Ready(Box::new(ready)))
        })
        .collect())
}

/// One item, or several classes taken in a row as one.
fn joined(mut items: Vec<Item>) -> Result<Item> {
    if items.len() == 1
        && let Some(item) = items.pop()
    {
        return Ok(item);
    }
    let activities: Vec<Activity> = items
        .into_iter()
        .map(|item| match item {
            Item::Activity(activity) => Ok(*activity),
            Item::Body(_) | Item::BloodPressure(_) => Err(Error::bug("only activities are joined")),
        })
        .collect::<Result<_>>()?;
    join::join(activities).map(|activity| Item::Activity(Box::new(activity)))
}

/// The item as it is sent, and what was repaired, one sentence each.
pub(crate) fn clean_item(item: Item, config: &Config) -> (Item, Vec<String>) {
    let preferences = clean::Preferences { laps: config.preferences.laps };
    let (item, repairs) = clean::clean(item, &preferences);
    (item, repairs.iter().map(ToString::to_string).collect())
}

/// What a file of this item names as its maker, and how it is written.
pub(crate) fn encode_options(item: &Item, config: &Config) -> EncodeOptions {
    let preferences = &config.preferences;
    let device = match item {
        Item::Activity(activity) => preferences.devices.device(activity.sport, activity.sub_sport),
        Item::Body(_) | Item::BloodPressure(_) => baton_core::Device::default(),
    };
    EncodeOptions { device, zone_times: preferences.time_in_zone }
}

fn parcel(
    session: &Session,
    step: &Step,
    item: &Arc<Item>,
    remarks: &[String],
    files: &mut HashMap<Format, (File, Option<Archived>)>,
) -> Result<Ready> {
    let route = session.route_of(&step.decision);
    session.enter(step, Stage::Encode);
    let format = chosen_format(session, &route, item)?;
    let (file, archived) = if let Some((file, archived)) = files.get(&format) {
        (file.clone(), archived.clone())
    } else {
        let file = match item.original().filter(|original| original.format == format) {
            Some(original) => File { format, bytes: original.bytes.clone() },
            None => baton_fit::encode(item, format, &encode_options(item, &session.config))?,
        };
        session.enter(step, Stage::Archive);
        let archived = match step.measured() {
            Some(_) => None,
            None => Some(session.inner.archive.put(&file, item.span().start)?),
        };
        files.insert(format, (file.clone(), archived.clone()));
        (file, archived)
    };
    let entry_title = step.decision.title();
    let description =
        route.description.as_deref().map(|template| title::render(template, item, &entry_title));
    let parcel = Parcel {
        span: item.span(),
        file,
        external_id: external_id(step),
        title: title::render(route.title_template(), item, &entry_title),
        description: description.filter(|text| !text.trim().is_empty()),
        gear: route.gear.clone(),
        item: item.clone(),
    };
    Ok(Ready { parcel, archived, remarks: remarks.to_vec() })
}

/// The route's own format; else the original's where it is taken, so that nothing is encoded twice; else the first
/// that is taken and can hold the item.
fn chosen_format(session: &Session, route: &Route, item: &Item) -> Result<Format> {
    let to_folder = session.scope.output != Output::Deliver;
    let accepts: &[Format] = match session.info(&route.to) {
        _ if to_folder => &[Format::Fit, Format::Json, Format::Tcx, Format::Gpx],
        Some(info) => info.accepts,
        None => &[],
    };
    let fits = |format: &Format| match (format, item) {
        (Format::Gpx, Item::Activity(activity)) => activity.has_track(),
        // Files that a person asked for are of one format: what it has no room for is told and left out.
        (Format::Fit, _) if to_folder => true,
        _ => baton_fit::has_room(*format, item),
    };
    let original = item.original().map(|original| original.format).filter(|format| accepts.contains(format));
    // A measurement is handed over as it is; a file of it is only for those that take files.
    let measured = (item.kind() != Kind::Activity).then_some(Format::Json);
    let best = || accepts.iter().copied().find(fits).or(measured);
    route.format.filter(fits).or(original).or_else(best).ok_or_else(|| {
        let name = session.name(&route.to);
        Error::new(ErrorKind::Unsupported, format!("{name} takes no file that can hold this"))
    })
}

/// The same for the same entry, for ever.
fn external_id(step: &Step) -> String {
    let key = step.decision.entries.first().map(|entry| entry.key.as_str()).unwrap_or_default();
    let mut id = hex::sha256_of(&[&step.decision.from, key]);
    id.truncate(32);
    id
}

/// A task that ends when nobody waits for it any more.
struct Task<T>(tokio::task::JoinHandle<T>);

impl<T> Future for Task<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let joined = std::task::ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(joined.map_err(|_| Error::bug("reading this entry failed inside Baton")))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
