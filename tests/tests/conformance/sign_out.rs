//! What every service must do whose permission is taken back.

use crate::for_each;
use crate::rig::account;

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_is_taken_back_has_ended_and_ends_once() {
    for_each("revoke", async |rig| {
        let account = account(rig).await;
        let could_be_told = rig.has_ended();
        assert_ne!(could_be_told, Some(true), "{}: it has just begun", rig.name());
        account.connection.revoke().await.unwrap();
        assert_eq!(rig.has_ended(), could_be_told.map(|_| true), "{}", rig.name());
        account.connection.revoke().await.expect("one that is over already is no error");
        assert_eq!(account.store.saves(), 0, "{}: nothing is renewed for it", rig.name());
    })
    .await;
}
