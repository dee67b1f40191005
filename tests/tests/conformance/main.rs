//! What every source and destination must do, run against each vendor's simulator. A new service adds one line to
//! [`rigs::all`].

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod destination;
mod garbled;
mod parcels;
mod rig;
mod rigs;
mod rounds;
mod sign_out;
mod source;

use baton_core::{ErrorKind, Kind};

/// Runs one check for every rig that it concerns and says which one failed.
async fn for_each(what: &str, check: impl AsyncFn(&dyn rig::Rig)) {
    for make in rigs::all() {
        let rig = make();
        println!("{what}: {}", rig.name());
        check(&*rig).await;
        keeps_to_the_protocol(&*rig);
    }
}

/// Runs one check for every rig and every kind of thing that its vendor takes.
async fn for_each_kind(what: &str, check: impl AsyncFn(&dyn rig::Rig, Kind)) {
    for make in rigs::all() {
        let kinds = make().service().info().writes;
        for &kind in kinds {
            let rig = make();
            println!("{what}: {}, {}", rig.name(), kind.name());
            check(&*rig, kind).await;
            keeps_to_the_protocol(&*rig);
        }
    }
}

fn keeps_to_the_protocol(rig: &dyn rig::Rig) {
    assert_eq!(
        rig.violations(),
        Vec::<String>::new(),
        "{}: the client broke the vendor's protocol",
        rig.name()
    );
}

/// Whether the service, asked like this, says who must act.
fn kind<T>(result: baton_core::Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind)
}
