//! Vendors that answer nonsense: whatever their JSON holds, it is read or refused with an error that says who must act.
//! `fuzz/fuzz_targets/vendors.rs` does the same without end.

use std::time::Duration;

use crate::rigs;
use crate::rounds::Spoiled;

/// Rounds of spoiled answers for each vendor, so many with the same sign-in.
const ROUNDS: u64 = 40;
const ROUNDS_OF_ONE: u64 = 10;
/// As long as the patience for one answer: only what never ends lasts longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// The same bytes for the same number, for ever (xorshift64*, Vigna 2014).
fn choices(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
    };
    std::iter::repeat_with(next).take(120).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_and_never_the_end() {
    for make in rigs::all() {
        for first in (0..ROUNDS).step_by(ROUNDS_OF_ONE as usize) {
            let rig = make();
            let name = rig.name();
            let Some(spoiled) = Spoiled::before(rig).await else { continue };
            println!("garbled: {name}, from {first}");
            for seed in first..first + ROUNDS_OF_ONE {
                let choices = choices(seed);
                let round = spoiled.round(&choices, seed as i64);
                let ended = tokio::time::timeout(PATIENCE, round).await;
                assert!(ended.is_ok(), "{name} hangs with the answers of {seed}");
            }
        }
    }
}
