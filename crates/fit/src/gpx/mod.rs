//! GPX 1.1 with Garmin's TrackPointExtension v1 (heart rate, cadence, air temperature) and power.

mod decode;
mod encode;

pub use decode::decode;
pub use encode::encode;
