//! FIT's bytes: base types, the checksum, [`Writer`] and [`Reader`]. Nothing here knows what a message means.

mod crc;
mod read;
mod write;

pub use crc::checksum;
pub use read::{Damage, Message, Reader, is_fit};
pub use write::{FieldBytes, Payload, Writer};

/// Seconds from 1970-01-01 to FIT's epoch, 1989-12-31.
pub const EPOCH: i64 = 631_065_600;

/// FIT's base types with the codes that definitions name them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Base {
    Enum = 0x00,
    Sint8 = 0x01,
    Uint8 = 0x02,
    Text = 0x07,
    Uint8z = 0x0a,
    Byte = 0x0d,
    Sint16 = 0x83,
    Uint16 = 0x84,
    Sint32 = 0x85,
    Uint32 = 0x86,
    Float32 = 0x88,
    Float64 = 0x89,
    Uint16z = 0x8b,
    Uint32z = 0x8c,
    Sint64 = 0x8e,
    Uint64 = 0x8f,
    Uint64z = 0x90,
}

impl Base {
    /// By the code of a definition. Only the low five bits are looked at: some writers leave the endian bit off.
    fn of_code(code: u8) -> Base {
        match code & 0x1f {
            0x00 => Base::Enum,
            0x01 => Base::Sint8,
            0x02 => Base::Uint8,
            0x03 => Base::Sint16,
            0x04 => Base::Uint16,
            0x05 => Base::Sint32,
            0x06 => Base::Uint32,
            0x07 => Base::Text,
            0x08 => Base::Float32,
            0x09 => Base::Float64,
            0x0a => Base::Uint8z,
            0x0b => Base::Uint16z,
            0x0c => Base::Uint32z,
            0x0e => Base::Sint64,
            0x0f => Base::Uint64,
            0x10 => Base::Uint64z,
            _ => Base::Byte,
        }
    }

    /// Bytes of one value.
    pub const fn size(self) -> u8 {
        match self {
            Base::Enum | Base::Sint8 | Base::Uint8 | Base::Text | Base::Uint8z | Base::Byte => 1,
            Base::Sint16 | Base::Uint16 | Base::Uint16z => 2,
            Base::Sint32 | Base::Uint32 | Base::Float32 | Base::Uint32z => 4,
            Base::Float64 | Base::Sint64 | Base::Uint64 | Base::Uint64z => 8,
        }
    }

    /// The least and the greatest number that the type holds beside its invalid value.
    pub const fn range(self) -> (i64, i64) {
        match self {
            Base::Enum | Base::Uint8 | Base::Byte | Base::Text => (0, 0xfe),
            Base::Sint8 => (-0x80, 0x7e),
            Base::Uint8z => (1, 0xff),
            Base::Sint16 => (-0x8000, 0x7ffe),
            Base::Uint16 => (0, 0xfffe),
            Base::Uint16z => (1, 0xffff),
            Base::Sint32 => (-0x8000_0000, 0x7fff_fffe),
            Base::Uint32 => (0, 0xffff_fffe),
            Base::Uint32z => (1, 0xffff_ffff),
            Base::Float32 | Base::Float64 | Base::Sint64 | Base::Uint64 | Base::Uint64z => (0, i64::MAX - 1),
        }
    }
}
