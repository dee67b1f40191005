//! Any bytes as what spoils the answers of a vendor: everything that an account is used for comes to an end.

#![no_main]

use std::cell::RefCell;
use std::collections::HashMap;

use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

#[path = "../../tests/tests/conformance/parcels.rs"]
mod parcels;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/tests/conformance/rig.rs"]
mod rig;
#[path = "../../tests/tests/conformance/rigs/mod.rs"]
mod rigs;
#[path = "../../tests/tests/conformance/rounds.rs"]
mod rounds;

use rounds::Spoiled;

/// A simulator remembers what it was given; so many rounds later there is a new one.
const ROUNDS_OF_ONE: i64 = 100;

/// By the vendor's place in the list: its account, and how often it was used.
type Accounts = HashMap<usize, (Option<Spoiled>, i64)>;

thread_local! {
    static WORLD: RefCell<Option<(Runtime, Accounts)>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&vendor, choices)) = bytes.split_first() else { return };
    WORLD.with_borrow_mut(|world| {
        let (runtime, accounts) =
            world.get_or_insert_with(|| (Runtime::new().expect("threads"), Accounts::new()));
        let all = rigs::all();
        let place = usize::from(vendor) % all.len();
        let (account, rounds) =
            accounts.entry(place).or_insert_with(|| (runtime.block_on(Spoiled::before(all[place]())), 0));
        if *rounds >= ROUNDS_OF_ONE {
            (*account, *rounds) = (runtime.block_on(Spoiled::before(all[place]())), 0);
        }
        *rounds += 1;
        if let Some(account) = account {
            runtime.block_on(account.round(choices, *rounds));
        }
    });
});
