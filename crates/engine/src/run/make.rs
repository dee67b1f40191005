//! Stages 3 to 6: fetch, clean, encode, archive. Runs ahead of delivery on other threads.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use baton_core::{
    Activity, Entry, Error, ErrorKind, Fetched, File, Format, Item, Key, Kind, Parcel, Result, Similar,
    Stage, clean, join, merge, title,
};
use baton_fit::EncodeOptions;

use super::Output;
use super::execute::Step;
use super::session::Session;
use crate::archive::Archived;
use crate::config::{Config, Route};
use crate::hex;
use crate::plan::Partner;

/// What became of a step before its delivery.
pub(super) enum Made {
    Ready(Box<Ready>),
    /// The account that it failed at, and why.
    Failed(String, Error),
    /// Nobody may work on it now.
    Left,
}

/// A parcel and where its file rests.
pub(super) struct Ready {
    pub parcel: Parcel,
    /// Absent for measurements: the ledger itself holds them.
    pub archived: Option<Archived>,
    pub remarks: Vec<String>,
    /// What is at the destination has all of it and more: nothing is sent.
    pub left: Option<(Key, Similar)>,
}

/// One or two recordings of a workout: the entry's own, and what goes with it.
struct Recordings {
    own: Vec<Fetched>,
    partner: Option<Fetched>,
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
            let failed = |step: Step| (step.clone(), Made::Failed(step.decision.from, error.clone()));
            spare.into_iter().map(failed).collect()
        })
    }
}

async fn make_all(session: &Arc<Session>, steps: &[Step]) -> Vec<Made> {
    let fail_at = |account: &str, error: &Error| -> Vec<Made> {
        steps.iter().map(|_| Made::Failed(account.to_owned(), error.clone())).collect()
    };
    let left = || steps.iter().map(|_| Made::Left).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    let source = &first.decision.from;
    let fail = |error: &Error| fail_at(source, error);
    let partner = first.decision.merged_with.as_ref();
    let all_left = steps.iter().all(|step| session.blocked(&step.decision.to).is_some());
    let sources = std::iter::once(source).chain(partner.map(|partner| &partner.account));
    let is_blocked = sources.clone().any(|account| session.blocked(account).is_some());
    if all_left || is_blocked || session.stop.is_stopped() {
        return left();
    }
    if let Some(measured) = first.measured() {
        let own = vec![Fetched { item: measured.clone().into(), raw: None }];
        let fetched = Recordings { own, partner: None };
        return from_fetched(session, steps, fetched).unwrap_or_else(|error| fail(&error));
    }
    for step in steps {
        session.enter(step, Stage::Fetch);
    }
    let own = first.decision.entries.iter().map(|entry| (source, &**entry));
    let wanted = own.chain(partner.map(|partner| (&partner.account, &*partner.entry)));
    let mut fetched = Vec::new();
    for (number, (account, entry)) in wanted.enumerate() {
        let Some(connection) = session.connection(account) else { return left() };
        let Some(from) = connection.source() else {
            let words = format!("Baton cannot read from {}", session.name(account));
            return fail_at(account, &Error::bad_input(words));
        };
        match session.stop.or(from.fetch(entry)).await {
            None => return left(),
            Some(Err(error)) => {
                // Those behind it need not be asked for; and of those beside it that are to wait as well, one says so.
                let waits = matches!(error.kind, ErrorKind::RateLimited { .. });
                if waits && !session.leave(account, &error).await {
                    return left();
                }
                session.reached(account, &error).await;
                let is_own = number < first.decision.entries.len();
                let (title, name) = (&entry.title, session.name(account));
                let named = || format!("reading “{title}” ({name}), which it would be merged with");
                let error = if is_own { error } else { error.while_doing(named()) };
                return fail_at(account, &error);
            }
            Some(Ok(one)) => fetched.push(one),
        }
        session.worked(account);
    }
    let partner = partner.and_then(|_| fetched.pop());
    let fetched = Recordings { own: fetched, partner };
    let (worker, owned) = (session.clone(), steps.to_vec());
    match crate::blocking(move || from_fetched(&worker, &owned, fetched)).await {
        Ok(made) => made,
        Err(error) => fail(&error),
    }
}

/// Everything that only needs a processor and the disk.
fn from_fetched(session: &Session, steps: &[Step], fetched: Recordings) -> Result<Vec<Made>> {
    let Some(first) = steps.first() else { return Ok(Vec::new()) };
    let source = &first.decision.from;
    let mut items = Vec::with_capacity(fetched.own.len());
    for (entry, one) in first.decision.entries.iter().zip(fetched.own) {
        items.push(kept(session, source, entry, one)?);
    }
    let partner = match first.decision.merged_with.as_ref().zip(fetched.partner) {
        Some((partner, one)) => Some((partner, kept(session, &partner.account, &partner.entry, one)?)),
        None => None,
    };
    for step in steps {
        session.enter(step, Stage::Clean);
    }
    let mut item = joined(items)?;
    let (mut remarks, mut left) = (Vec::new(), None);
    if let Some((partner, other)) = partner {
        let is_there = session.scope.output == Output::Deliver && partner.account == first.decision.to;
        left = already_whole(&item, &other, partner).filter(|_| is_there);
        remarks.push(merge_words(session, partner, is_there));
        item = merged(item, other)?;
    }
    let (item, repairs) = clean_item(item, &session.config);
    remarks.extend(repairs);
    if let Item::Activity(activity) = &item {
        remarks.extend(activity.remarks.iter().cloned());
    }
    let item = Arc::new(item);
    let mut files = HashMap::new();
    Ok(steps
        .iter()
        .map(|step| match parcel(session, step, &item, &mut files) {
            Ok((parcel, archived)) => {
                let (remarks, left) = (remarks.clone(), left.clone());
                Made::Ready(Box::new(Ready { parcel, archived, remarks, left }))
            }
            Err(error) => Made::Failed(source.clone(), error),
        })
        .collect())
}

/// The item; the vendor's own answer is archived where that is wanted and allowed.
fn kept(session: &Session, account: &str, entry: &Entry, fetched: Fetched) -> Result<Item> {
    let Fetched { item, raw } = fetched;
    let keep_raw =
        session.config.preferences.keep_raw && session.info(account).is_some_and(|info| info.keep_raw);
    if let Some(raw) = raw.filter(|_| keep_raw) {
        session.inner.archive.put_raw(account, &entry.key, &raw, session.keep_until(account))?;
    }
    Ok(item)
}

/// Two recordings of one workout as one.
pub(crate) fn merged(own: Item, other: Item) -> Result<Item> {
    match (own, other) {
        (Item::Activity(own), Item::Activity(other)) => {
            Ok(Item::Activity(Box::new(merge::merge(*own, *other))))
        }
        _ => Err(Error::bug("only activities are merged")),
    }
}

/// “merged with “Morning Ride” (Garmin Connect)”
fn merge_words(session: &Session, partner: &Partner, is_there: bool) -> String {
    let (title, name) = (&partner.entry.title, session.name(&partner.account));
    let stays = if is_there { "; that recording stays there beside this one" } else { "" };
    format!("merged with “{title}” ({name}){stays}")
}

/// The recording at the destination, where it lacks nothing that this one has.
fn already_whole(own: &Item, there: &Item, partner: &Partner) -> Option<(Key, Similar)> {
    let (Item::Activity(own), Item::Activity(there)) = (own, there) else { return None };
    let device = there.device.as_ref().map(|device| device.product_name.clone());
    (!merge::adds(own, there)).then(|| {
        let similar = Similar {
            start: there.start,
            seconds: Some(there.elapsed.round() as u32),
            sport: Some(there.sport),
            sub_sport: Some(there.sub_sport),
            device: device.filter(|name| !name.is_empty()),
        };
        (Key { id: partner.entry.key.clone(), link: None }, similar)
    })
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
    files: &mut HashMap<Format, (File, Option<Archived>)>,
) -> Result<(Parcel, Option<Archived>)> {
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
        let archived = if step.measured().is_some() {
            None
        } else {
            // Both must be allowed to rest here.
            let partner = step.decision.merged_with.iter().map(|partner| &partner.account);
            let sources = partner.chain([&step.decision.from]);
            let until = sources.filter_map(|account| session.keep_until(account)).min();
            Some(session.inner.archive.put(&file, item.span().start, until)?)
        };
        files.insert(format, (file.clone(), archived.clone()));
        (file, archived)
    };
    let entry_title = step.decision.title();
    let description = route.description.as_deref().map(|template| title::text(template, item, &entry_title));
    let parcel = Parcel {
        span: item.span(),
        file,
        external_id: external_id(step),
        title: title::render(route.title_template(), item, &entry_title),
        description: description.filter(|text| !text.is_empty()),
        gear: route.gear.clone(),
        item: item.clone(),
    };
    Ok((parcel, archived))
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
