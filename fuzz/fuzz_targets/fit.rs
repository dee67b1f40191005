//! Any bytes as a FIT file: read, and what was read is written again.

#![no_main]

use baton_core::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for item in baton_fit::decode(bytes, Format::Fit).unwrap_or_default() {
        let _ = baton_fit::encode(&item, Format::Fit, &baton_fit::EncodeOptions::default());
    }
});
