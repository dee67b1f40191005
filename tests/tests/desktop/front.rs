//! A door before the simulated Garmin's sign-in: sends the browser on to one of the page's variants, or serves a page
//! of its own that tries to reach into Baton.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use baton_tests::server::{RunningServer, lock};
use serde_json::Value;

/// What comes behind the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Signs in by fetch, then navigates by script, as the real page does.
    Script,
    /// A form post that is answered 302.
    Found,
    /// A form post that is answered 303.
    SeeOther,
    /// A page that tries to call Baton's commands, and tells what came of it.
    Hostile,
}

/// The running door.
pub struct Front {
    server: RunningServer,
    reports: Arc<Mutex<Vec<Value>>>,
}

impl Front {
    /// Opens the door before the simulator at `garmin`.
    pub fn open(garmin: &str, variant: Variant) -> Front {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let (behind, told) = (garmin.to_owned(), Arc::clone(&reports));
        let server = RunningServer::start(|_| {
            let page = move |Path(locale): Path<String>, RawQuery(query): RawQuery| {
                let behind = behind.clone();
                async move { answer(&behind, variant, &locale, &query.unwrap_or_default()) }
            };
            let report = move |body: String| {
                let told = Arc::clone(&told);
                async move {
                    lock(&told).extend(serde_json::from_str::<Value>(&body));
                }
            };
            Router::new().route("/portal/sso/{locale}/sign-in", get(page)).route("/report", post(report))
        });
        Front { server: server.unwrap(), reports }
    }

    pub fn base(&self) -> &str {
        self.server.base()
    }

    /// What the hostile page has told.
    pub fn reports(&self) -> Vec<Value> {
        lock(&self.reports).clone()
    }
}

fn answer(behind: &str, variant: Variant, locale: &str, query: &str) -> Response {
    let on = |flow: &str| {
        Redirect::to(&format!("{behind}/portal/sso/{locale}/sign-in?{query}{flow}")).into_response()
    };
    match variant {
        Variant::Script => on(""),
        Variant::Found => on("&flow=302"),
        Variant::SeeOther => on("&flow=303"),
        Variant::Hostile => Html(include_str!("hostile.html")).into_response(),
    }
}
