//! The data: measure groups in pages, the answer to "is this mine?", and the list of devices.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State as Routed;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::envelope::{Refusal, success};
use super::faults::Fault;
use super::form::Form;
use super::generate;
use super::group::{Group, attribs};
use super::tokens::caller;
use super::{MoreForm, Options, Shared};

type App = Routed<Arc<Shared>>;

/// What a getmeas call asks for.
struct Query {
    types: Option<Vec<u32>>,
    category: Option<i64>,
    window: Window,
    offset: usize,
}

enum Window {
    /// By the time of the measurement, both ends included.
    Measured { from: i64, to: i64 },
    /// By the last change.
    ChangedSince(i64),
}

impl Query {
    fn read(shared: &Shared, form: &Form) -> Result<Self, Refusal> {
        form.only(
            shared,
            "getmeas",
            &[
                "action",
                "access_token",
                "meastype",
                "meastypes",
                "category",
                "startdate",
                "enddate",
                "lastupdate",
                "offset",
            ],
        );
        if form.get("meastype").is_some() && form.get("meastypes").is_some() {
            shared.violations.note("getmeas: both meastype and meastypes");
        }
        let list = form.get("meastypes").or(form.get("meastype"));
        let types = match list.filter(|it| !it.is_empty()) {
            None => None,
            Some(text) => {
                let numbers: Result<Vec<u32>, _> = text.split(',').map(str::parse).collect();
                Some(numbers.map_err(|_| Refusal::invalid("invalid meastype"))?)
            }
        };
        let category = form.number("category")?;
        if category.is_some_and(|it| it != 1 && it != 2) {
            return Err(Refusal::invalid("invalid category"));
        }
        let (from, to) = (form.number("startdate")?, form.number("enddate")?);
        let window = match form.number("lastupdate")? {
            Some(_) if from.is_some() || to.is_some() => {
                shared.violations.note("getmeas: lastupdate stands beside startdate or enddate");
                return Err(Refusal::invalid("lastupdate excludes startdate and enddate"));
            }
            Some(since) => Window::ChangedSince(since),
            None => Window::Measured { from: from.unwrap_or(i64::MIN), to: to.unwrap_or(i64::MAX) },
        };
        let offset = form.number("offset")?.unwrap_or(0);
        let offset = usize::try_from(offset).map_err(|_| Refusal::invalid("invalid offset"))?;
        Ok(Self { types, category, window, offset })
    }

    fn fits(&self, group: &Group) -> bool {
        let in_window = match self.window {
            Window::Measured { from, to } => (from..=to).contains(&group.date),
            Window::ChangedSince(since) => group.modified >= since,
        };
        in_window
            && self.category.is_none_or(|it| it == i64::from(group.category))
            && group.measures.iter().any(|it| self.wants(it.kind))
    }

    fn wants(&self, kind: u32) -> bool {
        self.types.as_ref().is_none_or(|types| types.contains(&kind))
    }
}

/// `POST /measure`.
pub(super) async fn getmeas(
    Routed(shared): App,
    uri: Uri,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let form = Form::read(&shared, &uri, &headers, &body)?;
    if form.need(&shared, "action")? != "getmeas" {
        shared.violations.note("/measure: the action is not getmeas");
        return Err(Refusal::not_implemented());
    }
    let fault = fault.as_deref();
    let options = shared.options();
    let now = shared.clock.now();
    let mut state = shared.state();
    let who = caller(&shared, &mut state, uri.path(), &headers, &form, "user.metrics", fault)?;
    let query = Query::read(&shared, &form)?;
    let person = state.persons.get_mut(who.person).ok_or_else(Refusal::invalid_token)?;
    if fault == Some(&Fault::NewGroup) {
        for group in generate::weigh_in(now as u64, now, person.time_zone).groups {
            person.add(group);
        }
    }
    let mut fitting = person.groups.values().rev().filter(|it| query.fits(it)).skip(query.offset);
    let size = options.page_size.max(1);
    let groups: Vec<Value> = fitting
        .by_ref()
        .take(size)
        .filter_map(|it| it.json(&|kind| query.wants(kind), options.sparse_groups))
        .collect();
    let has_more = fitting.next().is_some();
    let mut body = json!({
        "updatetime": if options.updatetime_as_text { json!(now.to_string()) } else { json!(now) },
        "timezone": person.time_zone.name(), "measuregrps": groups,
    });
    page_end(&mut body, &options, has_more, query.offset + size);
    Ok(success(&body))
}

/// Says whether there is more, in one of the forms that have been seen.
fn page_end(body: &mut Value, options: &Options, has_more: bool, next: usize) {
    let offset = if has_more { next } else { 0 };
    match options.more {
        MoreForm::Number => body["more"] = json!(i32::from(has_more)),
        MoreForm::Boolean => body["more"] = json!(has_more),
        MoreForm::AbsentAtTheEnd if has_more => body["more"] = json!(1),
        MoreForm::AbsentAtTheEnd => return,
    }
    body["offset"] = json!(offset);
}

/// `POST /v2/measure`: whether a group of an uncertain owner belongs to the person.
pub(super) async fn confirm(
    Routed(shared): App,
    uri: Uri,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let form = Form::read(&shared, &uri, &headers, &body)?;
    if form.need(&shared, "action")? != "confirmuser" {
        shared.violations.note("/v2/measure: the action is not confirmuser");
        return Err(Refusal::not_implemented());
    }
    let now = shared.clock.now();
    let mut state = shared.state();
    let who = caller(&shared, &mut state, uri.path(), &headers, &form, "user.metrics", fault.as_deref())?;
    form.only(&shared, "confirmuser", &["action", "access_token", "grpid", "is_confirmed"]);
    form.need(&shared, "grpid")?;
    let grpid = form.number("grpid")?.unwrap_or_default();
    let is_mine = match form.need(&shared, "is_confirmed")? {
        "1" | "true" => true,
        "0" | "false" => false,
        _ => return Err(Refusal::invalid("invalid is_confirmed")),
    };
    let person = state.persons.get_mut(who.person).ok_or_else(Refusal::invalid_token)?;
    if !person.groups.values().any(|it| it.grpid == grpid) {
        return Err(Refusal::invalid("invalid grpid"));
    }
    if is_mine {
        for group in person.groups.values_mut().filter(|it| it.grpid == grpid) {
            group.attrib = attribs::CONFIRMED;
            group.modified = now;
        }
    } else {
        person.remove(grpid);
    }
    state.confirmations.push((grpid, is_mine));
    Ok(success(&json!({})))
}

/// `POST /v2/user`: the devices whose groups the person has.
pub(super) async fn devices(
    Routed(shared): App,
    uri: Uri,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let form = Form::read(&shared, &uri, &headers, &body)?;
    if form.need(&shared, "action")? != "getdevice" {
        shared.violations.note("/v2/user: the action is not getdevice");
        return Err(Refusal::not_implemented());
    }
    let mut state = shared.state();
    let who = caller(&shared, &mut state, uri.path(), &headers, &form, "user.info", fault.as_deref())?;
    form.only(&shared, "getdevice", &["action", "access_token"]);
    let person = state.persons.get(who.person).ok_or_else(Refusal::invalid_token)?;
    let devices: Vec<Value> = person
        .devices()
        .into_iter()
        .map(|(device, first, last)| {
            json!({
                "type": device.sort, "model": device.model, "model_id": device.modelid, "battery": "high",
                "deviceid": device.deviceid, "hash_deviceid": device.deviceid,
                "timezone": person.time_zone.name(), "first_session_date": first, "last_session_date": last,
            })
        })
        .collect();
    Ok(success(&json!({"devices": devices})))
}
