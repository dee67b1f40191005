//! Tokens in use: renewed once, saved before use, kept through refusals that are not about them.

use super::*;

#[tokio::test]
async fn parallel_calls_renew_once_and_save_before_use() {
    let stage = Stage::plain();
    stage.sim.set_options(|options| options.access_token_seconds = 600);
    let (connection, store) = stage.connect(stage.by_password().await.unwrap().tokens);
    stage.sim.set_options(|options| options.access_token_seconds = 65_000);
    let destination = connection.destination().unwrap();
    let parcels: Vec<Parcel> = (0..8).map(|month| ride_at(1_700_000_000 + month * 2_700_000, "x")).collect();
    let finds = futures::future::join_all(parcels.iter().map(|parcel| destination.find(parcel))).await;
    assert!(finds.into_iter().all(|found| found.unwrap().is_none()));
    assert_eq!((stage.sim.refreshes(), *store.saved.lock().unwrap()), (1, 1));
    stage.assert_clean();
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_upload_repeated() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    destination.find(&ride()).await.unwrap();
    stage.sim.fault("upload", Fault::ExpiredAccessToken, Times::Next(1));
    assert!(matches!(destination.deliver(&ride()).await.unwrap(), Receipt::Created { .. }));
    assert_eq!(stage.sim.refreshes(), 1);
    assert_eq!(stage.sim.activities().len(), 1);
    stage.assert_clean();
}

#[tokio::test]
async fn an_ended_session_asks_for_the_person() {
    let stage = Stage::plain();
    let (connection, store) = stage.connect(stage.by_password().await.unwrap().tokens);
    stage.sim.expire_access_tokens();
    stage.sim.revoke_refresh_tokens();
    assert_eq!(error(connection.destination().unwrap().find(&ride()).await).kind, ErrorKind::SignInRequired);
    assert_eq!(*store.saved.lock().unwrap(), 0);
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    stage.sim.fault("token_refresh", Fault::NoNewRefreshToken, Times::Next(1));
    for _ in 0..2 {
        stage.sim.expire_access_tokens();
        destination.deliver(&ride()).await.unwrap();
    }
    assert_eq!(stage.sim.refreshes(), 2);
    stage.assert_clean();
}

#[tokio::test]
async fn a_forbidden_call_signs_nobody_out() {
    let stage = Stage::plain();
    let (connection, store) = stage.connect(stage.by_password().await.unwrap().tokens);
    stage.sim.fault("connectapi", Fault::Forbidden, Times::Always);
    let error = error(connection.destination().unwrap().find(&ride()).await);
    assert_eq!(error.kind, ErrorKind::ServiceDown);
    assert!(error.message.contains("sign-in is kept"), "{error}");
    assert_eq!((stage.sim.refreshes(), *store.saved.lock().unwrap()), (0, 0));
}
