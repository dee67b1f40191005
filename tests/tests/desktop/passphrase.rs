//! A computer without a keychain: the page that asks for a passphrase, now and at every start.

use crate::first_run::type_password;
use crate::harness::session::Options;
use crate::words::say;
use crate::world::{Beginning, PELOTON_PASSWORD, World};

const PASSPHRASE: &str = "seven quiet horses";

#[test]
fn without_a_keychain_a_passphrase_keeps_the_sign_ins() {
    let session = Options { keyring: false, ..Options::default() };
    let Some(mut world) = World::new(Beginning { session, ..Beginning::default() }) else { return };
    world.prefer(&serde_json::json!({}));
    world.open();
    let page = world.page();
    page.press("Accounts");
    page.press("Peloton*");
    page.press(&say("accounts.otherWays", &[]));
    page.press(&say("accounts.method.password", &[]));
    page.sees("Baton needs a place to keep sign-ins safe");
    page.press(&say("common.vaultPassphraseChoose", &[]));
    let (passphrase, again) = (say("common.passphrase", &[]), say("common.passphraseAgain", &[]));
    page.fill_in(&[(&passphrase, PASSPHRASE), (&again, "something else")]);
    page.press(&say("common.passphraseUse", &[]));
    page.sees("The two are not the same.");
    page.fill_in(&[(&passphrase, PASSPHRASE), (&again, PASSPHRASE)]);
    page.press(&say("common.passphraseUse", &[]));
    page.press("Accounts");
    page.press("Peloton*");
    type_password(page, "Peloton", PELOTON_PASSWORD);
    page.sees("Connected as");
    page.press("Done");

    world.open();
    let page = world.page();
    page.sees("Enter your passphrase");
    page.fill("Passphrase", "not this one");
    page.press("Unlock");
    page.sees("That is not the passphrase.");
    page.fill("Passphrase", PASSPHRASE);
    page.press("Unlock");
    page.press("Accounts");
    page.sees("Connected");
    assert_eq!(world.peloton.logins().len(), 1, "signed in once");
}
