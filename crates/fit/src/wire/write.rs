//! Writes FIT messages into one buffer, with as few definitions as the sixteen local message types allow.

use super::{Base, checksum};

/// How a definition names a field: number, size in bytes, base type.
pub type FieldBytes = [u8; 3];

const HEADER_SIZE: usize = 14;
/// Protocol 2.0.
const PROTOCOL: u8 = 0x20;
/// Profile 21.18, the version of the field numbers in [`crate::profile`]; readers only show it.
const PROFILE: u16 = 21_018;

/// A small message being put together on the stack: the field values of one record.
#[derive(Debug)]
pub struct Payload {
    bytes: [u8; 64],
    length: usize,
}

impl Payload {
    pub const fn new() -> Payload {
        Payload { bytes: [0; 64], length: 0 }
    }

    /// Adds bytes; what does not fit any more is left out, which no caller comes near.
    #[inline]
    pub fn put<const N: usize>(&mut self, value: [u8; N]) {
        if let Some(place) = self.bytes.get_mut(self.length..self.length + N) {
            place.copy_from_slice(&value);
            self.length += N;
        }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

#[derive(Debug, Default, Clone)]
struct Slot {
    /// Global message number and fields, as the definition message spells them
    key: Vec<u8>,
    used: u32,
}

/// A FIT file being written.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    slots: [Slot; 16],
    uses: u32,
    /// Grows with each definition written: a local type found at one generation holds until the next.
    generation: u32,
}

impl Writer {
    /// A writer with room for about `capacity` bytes.
    pub fn new(capacity: usize) -> Writer {
        let mut out = Vec::with_capacity(capacity);
        out.resize(HEADER_SIZE, 0);
        Writer { out, slots: Default::default(), uses: 0, generation: 0 }
    }

    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The local message type of this message and these fields. The definition is written where no local type has
    /// it yet; the type that was unused the longest makes room.
    pub fn local_type(&mut self, message: u16, fields: &[FieldBytes]) -> u8 {
        self.uses += 1;
        let uses = self.uses;
        let [low, high] = message.to_le_bytes();
        let is_same = |key: &[u8]| {
            key.len() == 2 + fields.len() * 3 && key[..2] == [low, high] && key[2..] == *fields.as_flattened()
        };
        if let Some((index, slot)) = self.slots.iter_mut().enumerate().find(|(_, slot)| is_same(&slot.key)) {
            slot.used = uses;
            return index as u8;
        }
        let oldest =
            self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.used).map_or(0, |(index, _)| index);
        let slot = &mut self.slots[oldest];
        slot.used = uses;
        slot.key.clear();
        slot.key.extend_from_slice(&[low, high]);
        slot.key.extend_from_slice(fields.as_flattened());
        self.generation += 1;
        self.out.extend_from_slice(&[0x40 | oldest as u8, 0, 0, low, high, fields.len() as u8]);
        self.out.extend_from_slice(fields.as_flattened());
        oldest as u8
    }

    /// Writes one message whose definition is known already.
    #[inline]
    pub fn data(&mut self, local_type: u8, payload: &Payload) {
        self.out.push(local_type);
        self.out.extend_from_slice(payload.bytes());
    }

    /// Writes one message of any length.
    pub fn message(&mut self, message: u16, fields: &[FieldBytes], values: &[u8]) {
        let local_type = self.local_type(message, fields);
        self.out.push(local_type);
        self.out.extend_from_slice(values);
    }

    /// The whole file with its header and checksums.
    pub fn finish(mut self) -> Vec<u8> {
        let length = (self.out.len() - HEADER_SIZE) as u32;
        let mut header = [0; HEADER_SIZE];
        header[0] = HEADER_SIZE as u8;
        header[1] = PROTOCOL;
        header[2..4].copy_from_slice(&PROFILE.to_le_bytes());
        header[4..8].copy_from_slice(&length.to_le_bytes());
        header[8..12].copy_from_slice(b".FIT");
        let crc = checksum(&header[..12]);
        header[12..].copy_from_slice(&crc.to_le_bytes());
        self.out[..HEADER_SIZE].copy_from_slice(&header);
        let crc = checksum(&self.out);
        self.out.extend_from_slice(&crc.to_le_bytes());
        self.out
    }
}

impl Base {
    /// Appends a number that is inside [`Base::range`], little endian.
    pub fn write(self, number: i64, out: &mut Vec<u8>) {
        let bytes = number.to_le_bytes();
        out.extend_from_slice(&bytes[..usize::from(self.size())]);
    }
}
