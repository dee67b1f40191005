//! Tokens, uploads and activities, and everything that can go wrong with them.

use std::io::Read as _;

use baton_tests::garmin::sample::{SampleActivity, fit_file};
use baton_tests::garmin::{DiTokens, Fault, GarminSimulator, MfaMethod, NewUser, UploadOutcome};
use baton_tests::server::Times;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::client::*;

#[tokio::test]
async fn refresh_tokens_rotate_and_using_an_old_one_kills_the_family() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    let tokens = simulator.mint_di_tokens(EMAIL).unwrap();
    let first = json_of(refresh(base, &tokens.di_refresh_token).await).await;
    let second_refresh = first["refresh_token"].as_str().unwrap();
    assert_ne!(second_refresh, tokens.di_refresh_token);
    assert_eq!(simulator.violations(), [""; 0]);
    assert_eq!(simulator.refreshes(), 1);
    let reused = refresh(base, &tokens.di_refresh_token).await;
    assert_eq!(reused.status(), 400);
    assert_eq!(json_of(reused).await["error"], "invalid_grant");
    assert_eq!(refresh(base, second_refresh).await.status(), 400);
    assert_eq!(get(base, "/userprofile-service/socialProfile", &tokens).send().await.unwrap().status(), 401);
    assert_eq!(simulator.violations().len(), 1);
}

#[tokio::test]
async fn unknown_clients_and_users_of_the_other_domain_are_refused() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    simulator.add_user(NewUser::new("cn@example.org", PASSWORD).on_domain("garmin.cn"));
    let unknown = token_request(base, "SOME_APP", &[("grant_type", "refresh_token"), ("refresh_token", "x")]);
    assert_eq!(unknown.send().await.unwrap().status(), 401);
    for (service, status) in [(APP, 400), ("https://connect.garmin.cn/app", 200)] {
        let ticket = simulator.mint_ticket("cn@example.org", service).unwrap();
        let tokens = json_of(exchange(base, &ticket, service).await).await;
        let answer = refresh(base, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(answer.status(), status, "{service}");
    }
}

#[tokio::test]
async fn an_upload_is_polled_found_edited_downloaded_and_deleted() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    let tokens = simulator.mint_di_tokens(EMAIL).unwrap();
    let file = fit_file(&SampleActivity::default());
    let accepted = upload(base, &tokens, "ride.fit", file.clone()).send().await.unwrap();
    assert_eq!(accepted.status(), 202);
    assert_eq!(accepted.headers()["location-in-milliseconds"], "1000");
    let location = accepted.headers()["location"].to_str().unwrap().to_owned();
    let status = location.strip_prefix(base).unwrap();
    assert_eq!(json_of(accepted).await["detailedImportResult"]["successes"], json!([]));
    assert_eq!(get(base, status, &tokens).send().await.unwrap().status(), 202);
    let done = get(base, status, &tokens).send().await.unwrap();
    assert_eq!(done.status(), 201);
    let activity = done.headers()["location"].to_str().unwrap().strip_prefix(base).unwrap().to_owned();
    let id = activity.rsplit('/').next().unwrap().to_owned();

    let duplicate = upload(base, &tokens, "ride.fit", file.clone()).send().await.unwrap();
    assert_eq!(duplicate.status(), 409);
    let failure = &json_of(duplicate).await["detailedImportResult"]["failures"][0];
    assert_eq!(failure["messages"][0]["code"], 202);
    assert_eq!(failure["internalId"].to_string(), id);

    let list = |query: &'static [(&'static str, &'static str)]| {
        let request = get(base, "/activitylist-service/activities/search/activities", &tokens).query(query);
        async { json_of(request.send().await.unwrap()).await.as_array().unwrap().clone() }
    };
    let found = list(&[("startDate", "2025-10-09"), ("endDate", "2025-10-09")]).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["startTimeGMT"], "2025-10-09 08:53:20");
    assert_eq!(found[0]["startTimeLocal"], "2025-10-09 09:53:20");
    assert_eq!(found[0]["activityType"]["typeKey"], "indoor_cycling");
    assert_eq!(list(&[("startDate", "2025-10-10"), ("endDate", "2025-10-12")]).await.len(), 0);
    assert_eq!(list(&[("start", "1"), ("limit", "20")]).await.len(), 0);

    let bike = simulator.add_gear(EMAIL, "The bike", "Bike").unwrap();
    let link = format!("/gear-service/gear/link/{bike}/activity/{id}");
    assert_eq!(data(reqwest::Method::PUT, base, &link, &tokens).send().await.unwrap().status(), 200);
    let edit = json!({"activityId": id.parse::<u64>().unwrap(), "activityName": "Morning ride", "description": "Hills"});
    let edited = data(reqwest::Method::PUT, base, &activity, &tokens).json(&edit).send().await.unwrap();
    assert_eq!(edited.status(), 204);
    let kept = &simulator.activities()[0];
    assert_eq!((kept.name.as_deref(), kept.description.as_deref()), (Some("Morning ride"), Some("Hills")));
    assert_eq!(kept.gear, [bike]);

    let zip = get(base, &format!("/download-service/files/activity/{id}"), &tokens).send().await.unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip.bytes().await.unwrap())).unwrap();
    let mut original = Vec::new();
    archive.by_name(&format!("{id}_ACTIVITY.fit")).unwrap().read_to_end(&mut original).unwrap();
    assert_eq!(original, file);

    assert_eq!(data(reqwest::Method::DELETE, base, &activity, &tokens).send().await.unwrap().status(), 204);
    assert_eq!(get(base, &activity, &tokens).send().await.unwrap().status(), 404);
    assert_eq!(simulator.duplicates(), 1);
    assert_eq!(simulator.uploads_received().len(), 2);
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn bad_files_wrong_parts_and_missing_consent_are_refused() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    let tokens = simulator.mint_di_tokens(EMAIL).unwrap();
    let mut broken = fit_file(&SampleActivity::default());
    broken[40] ^= 1;
    assert_eq!(upload(base, &tokens, "ride.fit", broken).send().await.unwrap().status(), 400);
    assert!(matches!(simulator.uploads_received()[0].outcome, UploadOutcome::Bad(_)));
    assert_eq!(simulator.violations(), [""; 0]);
    let part = reqwest::multipart::Part::bytes(vec![1, 2, 3]).file_name("ride.fit");
    let wrong = data(reqwest::Method::POST, base, "/upload-service/upload", &tokens)
        .multipart(reqwest::multipart::Form::new().part("data", part));
    assert_eq!(wrong.send().await.unwrap().status(), 400);
    assert_eq!(simulator.violations().len(), 1);
    simulator.set_upload_consent(EMAIL, false);
    let file = fit_file(&SampleActivity::default());
    assert_eq!(upload(base, &tokens, "ride.fit", file).send().await.unwrap().status(), 412);
    assert_eq!(simulator.activities().len(), 0);
}

#[tokio::test]
async fn every_upload_fault_does_what_its_name_says() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    let tokens = simulator.mint_di_tokens(EMAIL).unwrap();
    let start = std::cell::Cell::new(1_700_000_000);
    let fresh = || {
        start.set(start.get() + 86_400);
        fit_file(&SampleActivity { start: start.get(), ..SampleActivity::default() })
    };
    let send = |bytes: Vec<u8>| upload(base, &tokens, "ride.fit", bytes).send();
    let once = |fault: Fault| simulator.fault("upload", fault, Times::Next(1));

    once(Fault::CutBefore);
    assert!(send(fresh()).await.is_err());
    assert_eq!(simulator.activities().len(), 0);
    once(Fault::CutAfter);
    assert!(send(fresh()).await.is_err());
    assert_eq!(simulator.activities().len(), 1);
    once(Fault::AcceptedThen500);
    assert_eq!(send(fresh()).await.unwrap().status(), 500);
    assert_eq!(simulator.activities().len(), 2);
    once(Fault::Outage { status: 503 });
    assert_eq!(send(fresh()).await.unwrap().status(), 503);
    assert_eq!(simulator.activities().len(), 2);

    once(Fault::Immediate);
    let body = json_of(send(fresh()).await.unwrap()).await;
    assert!(body["detailedImportResult"]["successes"][0]["internalId"].is_u64());
    once(Fault::InternalIdQuoted);
    let body = json_of(send(fresh()).await.unwrap()).await;
    assert!(body["detailedImportResult"]["successes"][0]["internalId"].as_str().unwrap().starts_with('\''));

    let same = fresh();
    assert_eq!(send(same.clone()).await.unwrap().status(), 202);
    once(Fault::DuplicateIn2xx);
    let answer = send(same.clone()).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(json_of(answer).await["detailedImportResult"]["failures"][0]["messages"][0]["code"], 202);
    once(Fault::DuplicateWhenPolled);
    let answer = send(same).await.unwrap();
    let location = answer.headers()["location"].to_str().unwrap().strip_prefix(base).unwrap().to_owned();
    assert_eq!(get(base, &location, &tokens).send().await.unwrap().status(), 202);
    assert_eq!(get(base, &location, &tokens).send().await.unwrap().status(), 409);

    once(Fault::PollNeverEnds);
    let answer = send(fresh()).await.unwrap();
    let location = answer.headers()["location"].to_str().unwrap().strip_prefix(base).unwrap().to_owned();
    for _ in 0..5 {
        assert_eq!(get(base, &location, &tokens).send().await.unwrap().status(), 202);
    }

    once(Fault::RateLimited { retry_after_seconds: Some(120), as_date: false });
    let answer = send(fresh()).await.unwrap();
    assert_eq!(
        (answer.status(), answer.headers()["retry-after"].as_bytes()),
        (StatusCode::TOO_MANY_REQUESTS, &b"120"[..])
    );
    once(Fault::RateLimited { retry_after_seconds: Some(120), as_date: true });
    let answer = send(fresh()).await.unwrap();
    assert!(answer.headers()["retry-after"].to_str().unwrap().ends_with("GMT"));
    once(Fault::Cloudflare);
    assert_eq!(send(fresh()).await.unwrap().headers()["cf-mitigated"], "challenge");
    once(Fault::Html);
    assert!(send(fresh()).await.unwrap().text().await.unwrap().contains("<html"));
    once(Fault::Consent);
    assert_eq!(send(fresh()).await.unwrap().status(), 412);
    once(Fault::Forbidden);
    assert_eq!(json_of(send(fresh()).await.unwrap()).await["error"], "ForbiddenException");

    simulator.fault("connectapi", Fault::ExpiredAccessToken, Times::Next(1));
    assert_eq!(send(fresh()).await.unwrap().status(), 401);
    assert_eq!(send(fresh()).await.unwrap().status(), 401, "an expired token stays expired");
    let renewed = json_of(refresh(base, &tokens.di_refresh_token).await).await;
    let renewed = DiTokens { di_token: renewed["access_token"].as_str().unwrap().into(), ..tokens };
    assert_eq!(upload(base, &renewed, "ride.fit", fresh()).send().await.unwrap().status(), 202);
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn breaches_on_data_calls_are_noted() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    let tokens = simulator.mint_di_tokens(EMAIL).unwrap();
    let profile = "/userprofile-service/socialProfile";
    get(base, profile, &tokens).header("cookie", "SESSION=x").send().await.unwrap();
    assert_eq!(simulator.violations().len(), 1);
    let bare = plain().get(format!("{base}{profile}")).bearer_auth(&tokens.di_token).send().await.unwrap();
    assert_eq!(bare.status(), 200);
    assert_eq!(simulator.violations().len(), 2);
    simulator.set_options(|options| options.widget_tokens_inactive = true);
    let ticket = simulator.mint_ticket(EMAIL, EMBED).unwrap();
    let widget = json_of(exchange(base, &ticket, EMBED).await).await;
    let widget = DiTokens { di_token: widget["access_token"].as_str().unwrap().into(), ..tokens.clone() };
    let refused = get(base, profile, &widget).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(json_of(refused).await["message"], "Token is not active");
    assert_eq!(get(base, profile, &tokens).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn other_processes_steer_it_over_http() {
    let simulator = GarminSimulator::start().unwrap();
    let base = simulator.base();
    let post = |path: &str, body: Value| plain().post(format!("{base}/_sim/{path}")).json(&body).send();
    let user = json!({"email": EMAIL, "password": PASSWORD, "mfa": "totp"});
    assert_eq!(post("user", user).await.unwrap().status(), 204);
    let fault = json!({"on": "profile", "kind": "accepted_then_500", "times": 1});
    assert_eq!(post("fault", fault).await.unwrap().status(), 204);
    let tokens = simulator.mint_di_tokens(EMAIL).unwrap();
    let profile = "/userprofile-service/socialProfile";
    assert_eq!(get(base, profile, &tokens).send().await.unwrap().status(), 500);
    assert_eq!(get(base, profile, &tokens).send().await.unwrap().status(), 200);
    assert_eq!(post("fault", json!({"on": "profile", "kind": "nonsense"})).await.unwrap().status(), 422);
    assert_eq!(post("options", json!({"polls_before_done": 0})).await.unwrap().status(), 204);
    assert_eq!(post("options", json!({"no_such": 0})).await.unwrap().status(), 400);
    let facts = json!({"format": "fit", "start": 1_760_000_000, "elapsed_seconds": 60.0, "sport": 1});
    let added = post("activity", json!({"email": EMAIL, "name": "Run", "facts": facts})).await.unwrap();
    assert_eq!(added.status(), 200);
    let state = json_of(plain().get(format!("{base}/_sim/state")).send().await.unwrap()).await;
    assert_eq!(state["activities"][0]["name"], "Run");
    assert_eq!(state["users"][0]["mfa"], "totp");
    assert_eq!(simulator.requests().len(), 2, "the simulator's own door is not in the log");
}
