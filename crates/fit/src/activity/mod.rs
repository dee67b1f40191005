//! The FIT activity file: [`encode`] an [`Activity`](baton_core::Activity), and gather one from what was read.

mod decode;
mod encode;
mod heart_rate;
mod record;
mod strength;
mod summary;
mod workout;

pub use decode::Gathered;
pub use encode::{encode, write_creator, write_file_id};

/// Cadence as FIT splits it: whole turns, and the rest in 128ths.
#[inline]
fn split_cadence(cadence: f64) -> Option<(u8, u8)> {
    let parts = (cadence * 128.0 + 0.5) as u32;
    (cadence >= 0.0 && parts < 255 * 128).then_some(((parts >> 7) as u8, (parts & 0x7f) as u8))
}
