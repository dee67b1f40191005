//! Every way to sign in, and every way in which it is refused.

use super::*;

#[tokio::test]
async fn password_alone() {
    let stage = Stage::plain();
    let signed_in = stage.by_password().await.unwrap();
    assert_eq!(signed_in.display_name, "Sam Rider");
    assert_eq!(signed_in.user_key.len(), 32);
    assert_eq!(stage.outcomes(), [(Flow::Mobile, LoginOutcome::Success)]);
    stage.assert_clean();
}

#[rstest]
#[case(MfaMethod::Email, Some("sa*****@example.org"))]
#[case(MfaMethod::Totp, None)]
#[tokio::test]
async fn password_and_code(#[case] mfa: MfaMethod, #[case] sent_to: Option<&str>) {
    let stage = Stage::new(|user| user.with_mfa(mfa));
    let signed_in = stage
        .sign_in("password", None, |prompt| {
            if let Prompt::Code { sent_to: to, wrong } = prompt {
                assert_eq!((to.as_deref(), *wrong), (sent_to, false));
            }
            stage.usual_reply(prompt)
        })
        .await;
    signed_in.unwrap();
    stage.assert_clean();
}

#[rstest]
#[case(false)]
#[case(true)]
#[tokio::test]
async fn a_wrong_code_is_asked_for_again_in_the_same_session(#[case] by_widget: bool) {
    let stage = Stage::new(|user| user.with_mfa(MfaMethod::Email));
    if by_widget {
        stage.sim.fault("mobile_login", Fault::Blocked427, Times::Always);
    }
    let mut asked = 0;
    let signed_in = stage
        .sign_in("password", None, |prompt| match prompt {
            Prompt::Code { wrong, .. } => {
                asked += 1;
                assert_eq!(*wrong, asked > 1);
                let right = stage.sim.code(EMAIL).unwrap();
                Reply::Code(Secret::new(if asked < 3 { "000".to_owned() } else { format!(" {right}\n") }))
            }
            prompt => stage.usual_reply(prompt),
        })
        .await;
    signed_in.unwrap();
    assert_eq!(asked, 3);
    stage.assert_clean();
}

#[tokio::test]
async fn wrong_codes_end_after_five() {
    let stage = Stage::new(|user| user.with_mfa(MfaMethod::Email));
    let result = stage
        .sign_in("password", None, |prompt| match prompt {
            Prompt::Code { .. } => Reply::Code(Secret::new("1")),
            prompt => stage.usual_reply(prompt),
        })
        .await;
    assert_eq!(error(result).kind, ErrorKind::SignInRequired);
    assert_eq!(stage.outcomes().iter().filter(|(_, outcome)| *outcome == LoginOutcome::WrongCode).count(), 5);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let stage = Stage::plain();
    let result = stage
        .sign_in("password", None, |_| Reply::Password {
            username: EMAIL.into(),
            password: Secret::new("wrong"),
        })
        .await;
    let error = error(result);
    assert_eq!(error.kind, ErrorKind::SignInRequired);
    assert!(!error.message.contains("wrong\""), "{error}");
    assert_eq!(stage.outcomes(), [(Flow::Mobile, LoginOutcome::WrongPassword)]);
    stage.assert_clean();
}

#[rstest]
#[case("mobile_page", Fault::RateLimited { retry_after_seconds: None, as_date: false })]
#[case("mobile_page", Fault::Cloudflare)]
#[case("mobile_login", Fault::RateLimited { retry_after_seconds: None, as_date: false })]
#[case("mobile_login", Fault::Blocked427)]
#[case("mobile_login", Fault::Blocked427InBody)]
#[case("mobile_login", Fault::RateLimitedInBody)]
#[case("mobile_login", Fault::Cloudflare)]
#[case("mobile_login", Fault::Captcha)]
#[case("mobile_login", Fault::Html)]
#[tokio::test]
async fn a_blocked_phone_sign_in_goes_through_the_form(#[case] on: &str, #[case] fault: Fault) {
    for mfa in [MfaMethod::None, MfaMethod::Email, MfaMethod::Totp] {
        let stage = Stage::new(|user| user.with_mfa(mfa));
        stage.sim.fault(on, fault.clone(), Times::Always);
        stage.by_password().await.unwrap();
        assert_eq!(stage.outcomes().last(), Some(&(Flow::Widget, LoginOutcome::Success)));
        stage.assert_clean();
    }
}

#[tokio::test]
async fn a_wrong_password_in_the_form_is_tried_once() {
    let stage = Stage::plain();
    stage.sim.fault("mobile_login", Fault::Captcha, Times::Always);
    let result = stage
        .sign_in("password", None, |_| Reply::Password {
            username: EMAIL.into(),
            password: Secret::new("no"),
        })
        .await;
    assert_eq!(error(result).kind, ErrorKind::SignInRequired);
    assert_eq!(stage.outcomes(), [(Flow::Widget, LoginOutcome::WrongPassword)]);
    stage.assert_clean();
}

#[rstest]
#[case(None, 2 * 3600)]
#[case(Some(60), 2 * 3600)]
#[case(Some(5 * 3600), 5 * 3600)]
#[tokio::test]
async fn blocked_everywhere_is_a_cool_down(#[case] retry_after_seconds: Option<u32>, #[case] seconds: i64) {
    let stage = Stage::plain();
    stage.sim.fault("sso", Fault::RateLimited { retry_after_seconds, as_date: true }, Times::Always);
    let error = error(stage.by_password().await);
    let ErrorKind::LoginCoolDown { until } = error.kind else { panic!("{error:?}") };
    assert!((until - Utc::now() - TimeDelta::seconds(seconds)).abs() < TimeDelta::seconds(30), "{until}");
    let clock = until.with_timezone(&chrono::Local).format("%H:%M").to_string();
    assert!(error.message.contains(&clock), "{error}");
    assert_eq!(stage.sim.requests().len(), 2, "one look at each page, no more");
}

#[tokio::test]
async fn a_blocked_code_is_a_cool_down() {
    let stage = Stage::new(|user| user.with_mfa(MfaMethod::Email));
    stage.sim.fault("mfa", Fault::Blocked427InBody, Times::Always);
    assert!(matches!(error(stage.by_password().await).kind, ErrorKind::LoginCoolDown { .. }));
}

#[tokio::test]
async fn a_blocked_exchange_stops_at_the_first_client() {
    let stage = Stage::plain();
    stage.sim.fault(
        "ticket_exchange",
        Fault::RateLimited { retry_after_seconds: None, as_date: false },
        Times::Always,
    );
    assert!(matches!(error(stage.by_password().await).kind, ErrorKind::LoginCoolDown { .. }));
    let exchanges = stage.sim.requests().into_iter().filter(|it| it.path.ends_with("/oauth/token")).count();
    assert_eq!(exchanges, 1);
}

#[tokio::test]
async fn an_older_client_is_tried_where_the_newest_is_unknown() {
    let stage = Stage::plain();
    stage.sim.set_options(|options| {
        options.client_ids.remove(0);
    });
    stage.by_password().await.unwrap();
    stage.assert_clean();
}

#[tokio::test]
async fn tokens_that_are_not_active_lead_to_the_window() {
    let stage = Stage::plain();
    stage.sim.set_options(|options| options.widget_tokens_inactive = true);
    stage.sim.fault("mobile_login", Fault::Blocked427, Times::Always);
    let error = error(stage.by_password().await);
    assert_eq!(error.kind, ErrorKind::SignInRequired);
    assert!(error.message.contains("window"), "{error}");
    stage.assert_clean();
}

#[rstest]
#[case(Fault::Outage { status: 503 })]
#[case(Fault::CutBefore)]
#[case(Fault::Forbidden)]
#[tokio::test]
async fn an_outage_of_the_profile_does_not_lose_the_tokens(#[case] fault: Fault) {
    let stage = Stage::plain();
    stage.sim.fault("profile", fault, Times::Always);
    let kept = stage.by_password().await.unwrap();
    assert_eq!(kept.display_name, EMAIL);
    stage.sim.clear_faults();
    assert_eq!(stage.by_password().await.unwrap().user_key, kept.user_key);
}

#[tokio::test]
async fn an_outage_of_the_sign_in_is_told_as_one() {
    let stage = Stage::plain();
    stage.sim.fault("sso", Fault::Outage { status: 503 }, Times::Always);
    assert_eq!(error(stage.by_password().await).kind, ErrorKind::ServiceDown);
}

#[rstest]
#[case(None)]
#[case(Some("garmin.cn"))]
#[tokio::test]
async fn the_window_hands_its_ticket_over(#[case] domain: Option<&str>) {
    let stage = Stage::new(|user| user.on_domain(domain.unwrap_or("garmin.com")));
    let service = format!("{}/app", stage.sim.base());
    let signed_in = stage
        .sign_in("window", domain, |prompt| {
            let Prompt::Window { url, watch_for } = prompt else { panic!("{prompt:?}") };
            assert!(url.contains("/portal/sso/en-US/sign-in?clientId=GarminConnect&service=http"));
            let ticket = stage.sim.mint_ticket(EMAIL, &service).unwrap();
            let redirect = format!("{service}?ticket={ticket}");
            assert!(watch_for.iter().any(|start| redirect.starts_with(start)));
            Reply::Redirect(Secret::new(redirect))
        })
        .await
        .unwrap();
    assert_eq!(signed_in.display_name, "Sam Rider");
    stage.assert_clean();
}

#[tokio::test]
async fn a_spent_ticket_says_start_again() {
    let stage = Stage::plain();
    stage.sim.fault("ticket_exchange", Fault::SpentTicket, Times::Next(1));
    let service = "https://mobile.integration.garmin.com/gcm/android";
    let ticket = stage.sim.mint_ticket(EMAIL, service).unwrap();
    let error = error(stage.by_text("paste", ticket).await);
    assert_eq!(error.kind, ErrorKind::SignInRequired);
    assert!(!error.message.contains("ST-"));
}

#[rstest]
#[case("gcm/android", "{ticket}")]
#[case("gcm/android", "https://mobile.integration.garmin.com/gcm/android?ticket={ticket}")]
#[case(
    "gcm/android",
    "<html><script>var response_url = \"https:\\/\\/mobile.integration.garmin.com\\/gcm\\/android?ticket={ticket}\";</script>"
)]
#[case(
    "gcm/ios",
    "{\"serviceURL\":\"https://mobile.integration.garmin.com/gcm/ios\",\"serviceTicketId\":\"{ticket}\"}"
)]
#[tokio::test]
async fn pasting_in_every_form(#[case] path: &str, #[case] form: &str) {
    let stage = Stage::plain();
    let ticket =
        stage.sim.mint_ticket(EMAIL, &format!("https://mobile.integration.garmin.com/{path}")).unwrap();
    stage.by_text("paste", form.replace("{ticket}", &ticket)).await.unwrap();
    stage.assert_clean();
}

#[tokio::test]
async fn a_paste_without_a_ticket_is_bad_input() {
    let stage = Stage::plain();
    assert_eq!(error(stage.by_text("paste", "hello".into()).await).kind, ErrorKind::BadInput);
    assert!(stage.sim.requests().is_empty());
}

#[tokio::test]
async fn china_signs_in_and_renews_on_its_own_domain() {
    let stage = Stage::new(|user| user.on_domain("garmin.cn"));
    stage.sim.set_options(|options| options.access_token_seconds = 600);
    let signed_in =
        stage.sign_in("password", Some("garmin.cn"), |prompt| stage.usual_reply(prompt)).await.unwrap();
    let (connection, store) = stage.connect(signed_in.tokens);
    connection.destination().unwrap().deliver(&ride()).await.unwrap();
    assert!(*store.saved.lock().unwrap() >= 1);
    let ticket = stage.sim.mint_ticket(EMAIL, "https://mobile.integration.garmin.cn/gcm/android").unwrap();
    let link = format!("https://mobile.integration.garmin.cn/gcm/android?ticket={ticket}");
    stage.by_text("paste", link).await.unwrap();
    stage.assert_clean();
}

#[tokio::test]
async fn an_account_of_the_other_domain_is_told_so_when_it_must_renew() {
    let stage = Stage::new(|user| user.on_domain("garmin.cn"));
    stage.sim.set_options(|options| options.access_token_seconds = 600);
    let signed_in = stage.by_password().await.unwrap();
    stage.sim.expire_access_tokens();
    let (connection, _) = stage.connect(signed_in.tokens);
    let error = error(connection.destination().unwrap().find(&ride()).await);
    assert_eq!(error.kind, ErrorKind::SignInRequired);
    assert!(error.message.contains("garmin.cn"), "{error}");
}

#[tokio::test]
async fn importing_garminconnects_file() {
    let stage = Stage::plain();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("garmin_tokens.json");
    let tokens = stage.sim.mint_di_tokens(EMAIL).unwrap();
    std::fs::write(&path, serde_json::to_vec(&tokens).unwrap()).unwrap();
    let signed_in = stage.by_text("import", folder.path().to_str().unwrap().into()).await.unwrap();
    assert_eq!(signed_in.display_name, "Sam Rider");
    assert_eq!(stage.sim.refreshes(), 0, "the other program's sign-in still works");
    let (connection, _) = stage.connect(signed_in.tokens);
    connection.destination().unwrap().deliver(&ride()).await.unwrap();
    stage.assert_clean();
}

#[tokio::test]
async fn importing_an_old_file_renews_it() {
    let stage = Stage::plain();
    let tokens = stage.sim.mint_di_tokens(EMAIL).unwrap();
    stage.sim.expire_access_tokens();
    stage.by_text("import", serde_json::to_string(&tokens).unwrap()).await.unwrap();
    assert_eq!(stage.sim.refreshes(), 1);
    stage.assert_clean();
}

#[rstest]
#[case(MfaMethod::None)]
#[case(MfaMethod::Email)]
#[tokio::test]
async fn importing_garths_folder(#[case] mfa: MfaMethod) {
    let stage = Stage::new(|user| user.with_mfa(mfa));
    stage.sim.set_options(|options| options.access_token_seconds = 600);
    let folder = tempfile::tempdir().unwrap();
    let token = stage.sim.mint_oauth1_token(EMAIL).unwrap();
    std::fs::write(folder.path().join("oauth1_token.json"), serde_json::to_vec(&token).unwrap()).unwrap();
    let signed_in = stage.by_text("import", folder.path().to_str().unwrap().into()).await.unwrap();
    assert_eq!(signed_in.display_name, "Sam Rider");
    let (connection, _) = stage.connect(signed_in.tokens);
    // The bearer's last 15 minutes have begun: it is renewed before use, and again after a 401.
    connection.destination().unwrap().find(&ride()).await.unwrap();
    stage.sim.expire_access_tokens();
    connection.destination().unwrap().deliver(&ride()).await.unwrap();
    stage.sim.revoke_refresh_tokens();
    stage.sim.expire_access_tokens();
    assert_eq!(
        error(connection.destination().unwrap().deliver(&ride()).await).kind,
        ErrorKind::SignInRequired
    );
    let keys = stage.sim.requests().into_iter().filter(|it| it.path == "/oauth_consumer.json").count();
    assert_eq!(keys, 1, "the key pair is fetched once and kept");
    stage.assert_clean();
}

#[tokio::test]
async fn unknown_methods_and_domains_are_bad_input() {
    let stage = Stage::plain();
    for (method, domain) in [("widget", None), ("window", Some("garmin.org")), ("", None)] {
        assert_eq!(error(stage.service().sign_in(method, domain)).kind, ErrorKind::BadInput);
    }
}

#[tokio::test]
async fn nothing_secret_in_a_request_line() {
    let stage = Stage::new(|user| user.with_mfa(MfaMethod::Email));
    stage.by_password().await.unwrap();
    for request in stage.sim.requests() {
        assert!(!request.query.contains("ticket=") && !request.query.contains("correct"), "{request:?}");
    }
}
