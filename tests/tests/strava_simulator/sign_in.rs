//! The authorize page, codes, tokens and the ways to take a permission back.

use baton_tests::strava::{NewApplication, NewAthlete};
use reqwest::Method;
use reqwest::header::LOCATION;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn an_athlete_ticks_allows_or_refuses() {
    let stage = stage();
    let url = stage.authorize_url(&authorize_fields());
    let address = format!("{}/oauth/authorize", stage.sim.web());
    for (authorized, ticked) in [("1", vec!["activity:write"]), ("0", vec![])] {
        let page = client().get(&url).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("Sam Rider") && page.contains("value=\"profile:write\""), "{page}");
        let request = page.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let athlete = stage.athlete.to_string();
        let mut form = vec![("request", request), ("athlete", &athlete), ("authorized", authorized)];
        form.extend(ticked.iter().map(|scope| ("scope", *scope)));
        let answer = client().post(&address).form(&form).send().await.unwrap();
        let redirect = answer.headers()[LOCATION].to_str().unwrap().to_owned();
        assert!(redirect.starts_with(&format!("{REDIRECT}?")));
        assert_eq!(parameter(&redirect, "state").as_deref(), Some("s1"));
        if authorized == "1" {
            assert_eq!(parameter(&redirect, "scope").as_deref(), Some("activity:write,read"));
        } else {
            assert_eq!(parameter(&redirect, "error").as_deref(), Some("access_denied"));
        }
        assert_eq!(client().post(&address).form(&form).send().await.unwrap().status(), 400, "once");
    }
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[test]
fn the_page_wants_known_parameters_and_an_address_of_the_application() {
    let stage = stage();
    let page = |name: &'static str, value: Option<&str>| {
        let mut fields = authorize_fields();
        set(&mut fields, name, value);
        stage.sim.allow(&stage.authorize_url(&fields), stage.athlete)
    };
    for address in ["http://localhost/callback", "http://127.0.0.1:5/", "https://app.localhost/x"] {
        page("redirect_uri", Some(address)).unwrap();
    }
    for address in ["https://example.org/callback", "http://notlocalhost/", "callback", ""] {
        assert_eq!(page("redirect_uri", Some(address)).unwrap_err(), "Application/redirect_uri/invalid");
    }
    assert_eq!(page("client_id", Some("1")).unwrap_err(), "Application/client_id/invalid");
    assert_eq!(stage.sim.violations(), [""; 0], "those are a person's mistakes");
    assert!(page("scope", Some("read activity:write")).is_err());
    assert!(page("response_type", Some("token")).is_err());
    page("approval_prompt", Some("perhaps")).unwrap();
    page("code_challenge", Some("x")).unwrap();
    assert_eq!(stage.sim.violations().len(), 4);
    stage.sim.set_active(CLIENT_ID, false);
    assert_eq!(page("state", None).unwrap_err(), "Application/Status/Inactive");
}

#[tokio::test]
async fn a_code_is_good_once_and_with_the_right_keys() {
    let stage = stage();
    let code = stage.code();
    let exchange = [("grant_type", "authorization_code"), ("code", &*code)];
    let with = |more: [(&'static str, &'static str); 1]| [exchange[0], exchange[1], more[0]];
    for (answer, words) in [
        (stage.token(&with([("client_id", "1")])).await, "Application/client_id/invalid"),
        (stage.token(&with([("client_secret", "x")])).await, "Application/client_secret/invalid"),
        (stage.token(&with([("code", "x")])).await, "RequestToken/code/invalid"),
    ] {
        assert_eq!(fault(&answer.1), words);
    }
    let (status, pair) = stage.token(&exchange).await;
    assert_eq!(
        (status, &pair["expires_in"], &pair["expires_at"]),
        (200, &json!(21_600), &json!(NOW + 21_600))
    );
    assert_eq!(
        (&pair["athlete"]["id"], &pair["athlete"]["firstname"]),
        (&json!(stage.athlete), &json!("Sam"))
    );
    assert_eq!(fault(&stage.token(&exchange).await.1), "RequestToken/code/invalid");
    assert_eq!(stage.sim.violations(), [""; 0]);
    let asked: Vec<u16> = stage.sim.token_requests().iter().map(|it| it.status).collect();
    assert_eq!(asked, [400, 401, 400, 200, 400]);
    assert_eq!(stage.token(&[("grant_type", "password")]).await.0, 400);
    assert_eq!(stage.sim.violations().len(), 1);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_young_access_token_comes_again() {
    let stage = stage();
    let first = stage.sim.issue_tokens(CLIENT_ID, stage.athlete, &ALL).unwrap();
    let refresh =
        async |token: &str| stage.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await;
    stage.sim.clock().advance(7318);
    let (_, second) = refresh(&first.refresh_token).await;
    assert_eq!(
        (&second["access_token"], &second["expires_in"]),
        (&json!(first.access_token), &json!(14_282))
    );
    assert_eq!(fault(&refresh(&first.refresh_token).await.1), "RefreshToken/refresh_token/invalid");
    stage.sim.clock().advance(14_282 - 3600);
    let (_, third) = refresh(second["refresh_token"].as_str().unwrap()).await;
    assert_ne!(third["access_token"], json!(first.access_token));
    assert_eq!(stage.get(&first.access_token, "/athlete").await.0, 200, "the former one lives to its end");
    stage.sim.clock().advance(3600);
    let (status, ended) = stage.get(&first.access_token, "/athlete").await;
    assert_eq!((status, fault(&ended).as_str()), (401, "Athlete/access_token/invalid"));

    stage.sim.set_options(|options| options.rotates_refresh_tokens = false);
    let (_, fourth) = refresh(third["refresh_token"].as_str().unwrap()).await;
    assert_eq!(fourth["refresh_token"], third["refresh_token"]);
}

#[tokio::test]
async fn a_permission_is_taken_back_in_both_ways() {
    let stage = stage();
    for newer in [false, true] {
        let pair = stage.sim.issue_tokens(CLIENT_ID, stage.athlete, &ALL).unwrap();
        let web = stage.sim.web();
        let answer = if newer {
            let call = client().post(format!("{web}/oauth/revoke")).basic_auth(CLIENT_ID, Some(SECRET));
            call.form(&[("token", &pair.refresh_token)]).send().await.unwrap()
        } else {
            client()
                .post(format!("{web}/oauth/deauthorize"))
                .bearer_auth(&pair.access_token)
                .send()
                .await
                .unwrap()
        };
        assert_eq!(answer.status(), 200);
        assert_eq!(stage.get(&pair.access_token, "/athlete").await.0, 401);
        let renewal = [("grant_type", "refresh_token"), ("refresh_token", &*pair.refresh_token)];
        assert_eq!(stage.token(&renewal).await.0, 400);
    }
    let wrong = client().post(format!("{}/oauth/revoke", stage.sim.web())).basic_auth(CLIENT_ID, Some("x"));
    assert_eq!(wrong.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn an_application_is_for_its_owner_until_it_is_raised_and_paid_for() {
    let stage = stage();
    let exchange =
        async |code: String| stage.token(&[("grant_type", "authorization_code"), ("code", &code)]).await;
    assert_eq!(exchange(stage.code()).await.0, 200);
    assert_eq!(exchange(stage.code()).await.0, 200, "again, the same athlete");
    let second = stage.sim.add_athlete(NewAthlete::new("Robin", "Runner", 60.0));
    let url = stage.authorize_url(&authorize_fields());
    let code = || parameter(&stage.sim.allow(&url, second).unwrap(), "code").unwrap();
    let (status, refused) = exchange(code()).await;
    assert_eq!((status, &refused["message"]), (403, &json!("limit of connected athletes exceeded")));
    let raised = NewApplication { athlete_limit: 10, ..NewApplication::new(CLIENT_ID, SECRET) };
    stage.sim.add_application(raised);
    let (status, pair) = exchange(code()).await;
    assert_eq!(status, 200);
    stage.sim.set_active(CLIENT_ID, false);
    let (status, refused) = stage.get(pair["access_token"].as_str().unwrap(), "/athlete").await;
    assert_eq!((status, fault(&refused).as_str()), (403, "Application/Status/Inactive"));
}

#[tokio::test]
async fn a_token_belongs_in_the_header() {
    let stage = stage();
    let token = stage.access(&ALL);
    let url = format!("{}/athlete?access_token={token}", stage.sim.api());
    assert_eq!(client().request(Method::GET, url).send().await.unwrap().status(), 401);
    assert_eq!(stage.sim.violations().len(), 1);
}
