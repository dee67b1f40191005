//! Any bytes as a zip archive: each of its files is unpacked and read.

#![no_main]

use baton_fit::Archive;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut archive) = Archive::of(bytes) else { return };
    for place in 0..archive.len() {
        if let Ok(member) = archive.member(place)
            && let Some(format) = baton_fit::sniff(&member.bytes)
        {
            let _ = baton_fit::decode(&member.bytes, format);
        }
    }
});
