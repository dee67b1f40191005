//! TCX, Garmin's Training Center XML v2 with its ActivityExtension v2 (speed, power, running cadence).

mod decode;
mod encode;

pub use decode::decode;
pub use encode::encode;
