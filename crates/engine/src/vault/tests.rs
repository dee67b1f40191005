//! The vault against wrong keys, damage and company.

use super::*;

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("locks")).unwrap();
    home
}

fn vault(home: &tempfile::TempDir, passphrase: &str) -> Vault {
    Vault::new(home.path(), VaultKind::Passphrase(Secret::new(passphrase)))
}

fn tokens(text: &str) -> Tokens {
    Tokens::pack(&text).unwrap()
}

fn read(vault: &Vault, account: &str) -> String {
    vault.load(account).unwrap().unpack().unwrap()
}

#[test]
fn what_is_saved_comes_back_and_is_nowhere_in_the_clear() {
    let home = home();
    vault(&home, "open sesame").save("garmin", &tokens("planted-token")).unwrap();
    let again = vault(&home, "open sesame");
    assert_eq!(read(&again, "garmin"), "planted-token");
    assert_eq!(again.load("peloton").err().unwrap().kind, ErrorKind::SignInRequired);
    let bytes = std::fs::read(home.path().join("vault")).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("planted"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(home.path().join("vault")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    again.remove("garmin").unwrap();
    assert_eq!(vault(&home, "open sesame").load("garmin").err().unwrap().kind, ErrorKind::SignInRequired);
}

#[test]
fn a_wrong_passphrase_is_told_and_harms_nothing() {
    let home = home();
    vault(&home, "right").save("garmin", &tokens("1")).unwrap();
    let before = std::fs::read(home.path().join("vault")).unwrap();
    let wrong = vault(&home, "wrong");
    assert_eq!(wrong.check().unwrap_err().kind, ErrorKind::VaultLocked);
    assert_eq!(wrong.load("garmin").err().unwrap().kind, ErrorKind::VaultLocked);
    assert_eq!(wrong.save("garmin", &tokens("2")).unwrap_err().kind, ErrorKind::VaultLocked);
    assert_eq!(vault(&home, "").check().unwrap_err().kind, ErrorKind::VaultLocked);
    // The keychain is never asked instead.
    let keychain = Vault::new(home.path(), VaultKind::Keychain);
    assert!(keychain.check().unwrap_err().message.contains("passphrase"));
    assert_eq!(std::fs::read(home.path().join("vault")).unwrap(), before);
}

#[test]
fn damage_is_named_and_left_as_it_is() {
    let home = home();
    let path = home.path().join("vault");
    std::fs::write(&path, b"{\"version\": 1, \"id\"").unwrap();
    let damaged = vault(&home, "right");
    for error in [damaged.check().unwrap_err(), damaged.save("a", &tokens("1")).unwrap_err()] {
        assert_eq!(error.kind, ErrorKind::Storage);
        assert!(error.message.contains(&path.display().to_string()), "{error}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"{\"version\": 1, \"id\"");
}

#[test]
fn a_sealed_text_opens_for_its_own_account_only() {
    let home = home();
    let vault = vault(&home, "right");
    vault.save("garmin", &tokens("of garmin")).unwrap();
    vault.save("peloton", &tokens("of peloton")).unwrap();
    let path = home.path().join("vault");
    let mut file: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    file["accounts"]["garmin"] = file["accounts"]["peloton"].clone();
    std::fs::write(&path, file.to_string()).unwrap();
    assert_eq!(vault.load("garmin").err().unwrap().kind, ErrorKind::Storage);
    assert_eq!(read(&vault, "peloton"), "of peloton");
    // One digit changed: the seal breaks.
    let text = file["accounts"]["peloton"]["text"].as_str().unwrap().to_owned();
    let first = if text.starts_with('0') { '1' } else { '0' };
    file["accounts"]["peloton"]["text"] = format!("{first}{}", &text[1..]).into();
    std::fs::write(&path, file.to_string()).unwrap();
    assert_eq!(vault.load("peloton").err().unwrap().kind, ErrorKind::Storage);
}

#[test]
fn those_who_write_side_by_side_lose_nothing() {
    let home = home();
    vault(&home, "right").check().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let vault = vault(&home, "right");
            scope.spawn(move || {
                for round in 0..5 {
                    vault.save(&format!("account-{writer}"), &tokens(&round.to_string())).unwrap();
                }
            });
        }
    });
    let vault = vault(&home, "right");
    for writer in 0..4 {
        assert_eq!(read(&vault, &format!("account-{writer}")), "4");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refreshes_while_the_other_waits() {
    let home = home();
    let shared = Arc::new(Vault::new(home.path(), VaultKind::Memory));
    let store = |vault: &Arc<Vault>| AccountStore { vault: vault.clone(), account: "garmin".into() };
    let first = store(&shared).lock().await.unwrap();
    let waiting = tokio::spawn({
        let store = store(&shared);
        async move { store.lock().await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());
    drop(first);
    waiting.await.unwrap().unwrap();
}

#[test]
fn a_passphrase_takes_the_place_of_a_keychain_that_is_not_there() {
    let home = home();
    vault(&home, "open sesame").save("garmin", &tokens("1")).unwrap();
    let waiting = Vault::new(home.path(), VaultKind::Keychain);
    assert!(waiting.waits_for_passphrase().unwrap());
    assert_eq!(waiting.unlock(Secret::new("wrong")).unwrap_err().kind, ErrorKind::VaultLocked);
    assert!(waiting.waits_for_passphrase().unwrap());
    waiting.unlock(Secret::new("open sesame")).unwrap();
    assert!(!waiting.waits_for_passphrase().unwrap());
    assert_eq!(read(&waiting, "garmin"), "1");
    waiting.destroy().unwrap();
    assert_eq!(waiting.load("garmin").err().unwrap().kind, ErrorKind::SignInRequired);
    assert!(!waiting.path().exists());
}
