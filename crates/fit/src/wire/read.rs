//! Reads FIT messages from bytes that nobody vouches for: both byte orders, compressed timestamps, developer fields,
//! unknown messages, chained files, and damage, at which it stops and says so.

use super::{Base, checksum};

/// Whether the bytes begin like a FIT file.
pub fn is_fit(bytes: &[u8]) -> bool {
    bytes.get(8..12) == Some(b".FIT") && bytes.first().is_some_and(|&size| size >= 12)
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Fewer bytes than the header promises.
    CutOff,
    /// Something at this byte that FIT does not allow; what follows cannot be read.
    Unreadable { at: usize },
    /// Everything could be read, yet the checksum is another.
    Checksum,
}

#[derive(Debug, Clone, Copy)]
struct FieldDefinition {
    number: u8,
    base: Base,
    size: u8,
    offset: u16,
}

#[derive(Debug, Default)]
struct Definition {
    message: u16,
    big_endian: bool,
    fields: Vec<FieldDefinition>,
    /// Bytes of one data message, developer fields included
    size: usize,
}

/// One data message.
#[derive(Debug)]
pub struct Message<'a> {
    definition: &'a Definition,
    data: &'a [u8],
    compressed_timestamp: Option<u32>,
}

impl Message<'_> {
    /// FIT's global message number.
    pub fn number(&self) -> u16 {
        self.definition.message
    }

    fn field(&self, number: u8) -> Option<(FieldDefinition, &[u8])> {
        let field = self.definition.fields.iter().find(|field| field.number == number)?;
        let start = usize::from(field.offset);
        Some((*field, self.data.get(start..start + usize::from(field.size))?))
    }

    /// The raw number of a field, or of the first element of an array. `None` where absent or invalid.
    pub fn value(&self, number: u8) -> Option<f64> {
        let (field, bytes) = self.field(number)?;
        let size = usize::from(field.base.size());
        // A size that is no multiple of the type's cannot be trusted; COROS wrote such files.
        if bytes.len() % size != 0 {
            return None;
        }
        read_number(field.base, self.definition.big_endian, bytes.get(..size)?)
    }

    /// All elements of an array field. Invalid ones keep their place.
    pub fn values(&self, number: u8) -> Vec<Option<f64>> {
        let Some((field, bytes)) = self.field(number) else { return Vec::new() };
        let size = usize::from(field.base.size());
        if bytes.len() % size != 0 {
            return Vec::new();
        }
        bytes
            .chunks_exact(size)
            .map(|chunk| read_number(field.base, self.definition.big_endian, chunk))
            .collect()
    }

    /// The text of a field up to its closing zero; `None` where absent or empty.
    pub fn text(&self, number: u8) -> Option<String> {
        let (field, bytes) = self.field(number)?;
        if field.base != Base::Text {
            return None;
        }
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        let text = String::from_utf8_lossy(text).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// The bytes of a field as they are.
    pub fn bytes(&self, number: u8) -> Option<&[u8]> {
        self.field(number).map(|(_, bytes)| bytes)
    }

    /// Field 253, or what the compressed header says: seconds since FIT's epoch.
    pub fn timestamp(&self) -> Option<u32> {
        self.value(253).map(|value| value as u32).or(self.compressed_timestamp)
    }
}

fn read_number(base: Base, big_endian: bool, bytes: &[u8]) -> Option<f64> {
    let mut little = [0u8; 8];
    let place = little.get_mut(..bytes.len())?;
    place.copy_from_slice(bytes);
    if big_endian {
        place.reverse();
    }
    let raw = u64::from_le_bytes(little);
    let (low, high) = base.range();
    let number = match base {
        Base::Text => return None,
        Base::Sint8 => i64::from(raw as i8),
        Base::Sint16 => i64::from(raw as i16),
        Base::Sint32 => i64::from(raw as i32),
        Base::Float32 => return finite(f64::from(f32::from_bits(raw as u32))),
        Base::Float64 => return finite(f64::from_bits(raw)),
        Base::Sint64 => return (raw as i64 != i64::MAX).then_some(raw as i64 as f64),
        Base::Uint64 => return (raw != u64::MAX).then_some(raw as f64),
        Base::Uint64z => return (raw != 0).then_some(raw as f64),
        _ => raw as i64,
    };
    (low..=high).contains(&number).then_some(number as f64)
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

/// Reads one FIT file; [`Reader::next_file`] goes on to the next of a chain.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    start: usize,
    position: usize,
    /// Where the data of this file ends
    end: usize,
    /// Whether all the bytes are there that the header promises, checksum included
    is_whole: bool,
    definitions: [Option<Definition>; 16],
    last_timestamp: Option<u32>,
    damage: Option<Damage>,
}

impl<'a> Reader<'a> {
    /// A reader of the file that begins with these bytes; `None` where they are no FIT file.
    pub fn new(bytes: &'a [u8]) -> Option<Reader<'a>> {
        Reader::at(bytes, 0)
    }

    fn at(bytes: &'a [u8], start: usize) -> Option<Reader<'a>> {
        let rest = bytes.get(start..)?;
        if !is_fit(rest) {
            return None;
        }
        let header = usize::from(*rest.first()?);
        let promised = u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
        // A recording that was never closed says zero: then all that is there belongs to it.
        let (end, is_whole) = match promised {
            0 => (rest.len(), false),
            _ => (header + promised, header + promised + 2 <= rest.len()),
        };
        Some(Reader {
            bytes,
            start,
            position: start + header,
            end: start + end.min(rest.len()),
            is_whole,
            definitions: Default::default(),
            last_timestamp: None,
            damage: None,
        })
    }

    /// What was found wrong so far; complete when [`Reader::next_message`] has returned `None`.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// The reader of the file that follows this one, where there is one.
    pub fn next_file(self) -> Option<Reader<'a>> {
        (self.is_whole && !matches!(self.damage, Some(Damage::CutOff)))
            .then(|| Reader::at(self.bytes, self.end + 2))?
    }

    /// The next data message; `None` at the end or at damage.
    pub fn next_message(&mut self) -> Option<Message<'_>> {
        loop {
            if self.damage.is_some() {
                return None;
            }
            if self.position >= self.end {
                self.damage = self.check_end();
                return None;
            }
            let at = self.position;
            let header = self.take(1)?.first().copied()?;
            if header & 0xc0 == 0x40 {
                self.read_definition(header, at)?;
                continue;
            }
            let (local_type, compressed_timestamp) = self.read_header(header);
            let Some(size) = self.definitions[local_type].as_ref().map(|definition| definition.size) else {
                self.damage = Some(Damage::Unreadable { at });
                return None;
            };
            let data = self.take(size)?;
            let definition = self.definitions[local_type].as_ref()?;
            let message = Message { definition, data, compressed_timestamp };
            if let Some(timestamp) = message.value(253) {
                self.last_timestamp = Some(timestamp as u32);
            }
            return Some(message);
        }
    }

    /// The local message type of a data message, and its time where the header carries one.
    fn read_header(&mut self, header: u8) -> (usize, Option<u32>) {
        if header & 0x80 == 0 {
            return (usize::from(header & 0x0f), None);
        }
        if let Some(last) = self.last_timestamp {
            let offset = u32::from(header & 0x1f).wrapping_sub(last) & 0x1f;
            self.last_timestamp = Some(last.wrapping_add(offset));
        }
        (usize::from(header >> 5 & 0x03), self.last_timestamp)
    }

    fn read_definition(&mut self, header: u8, at: usize) -> Option<()> {
        let fixed: [u8; 5] = self.take(5)?.try_into().ok()?;
        let [_, architecture, low, high, count] = fixed;
        let big_endian = architecture == 1;
        if architecture > 1 {
            self.damage = Some(Damage::Unreadable { at });
            return None;
        }
        let fields = self.take(usize::from(count) * 3)?;
        let developer_fields = if header & 0x20 == 0 {
            &[]
        } else {
            let count = self.take(1)?.first().copied()?;
            self.take(usize::from(count) * 3)?
        };
        let definition = self.definitions[usize::from(header & 0x0f)].get_or_insert_default();
        definition.message =
            if big_endian { u16::from_be_bytes([low, high]) } else { u16::from_le_bytes([low, high]) };
        definition.big_endian = big_endian;
        definition.fields.clear();
        let mut offset = 0u16;
        for field in fields.as_chunks::<3>().0 {
            let &[number, size, code] = field;
            definition.fields.push(FieldDefinition { number, base: Base::of_code(code), size, offset });
            offset += u16::from(size);
        }
        let developer_size: usize =
            developer_fields.as_chunks::<3>().0.iter().map(|field| usize::from(field[1])).sum();
        definition.size = usize::from(offset) + developer_size;
        Some(())
    }

    /// The next bytes; where they are not there any more, the file is cut off or its lengths are wrong.
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self
            .bytes
            .get(self.position..self.position + count)
            .filter(|_| self.position + count <= self.end);
        if taken.is_none() {
            let is_cut = !self.is_whole;
            self.damage =
                Some(if is_cut { Damage::CutOff } else { Damage::Unreadable { at: self.position } });
        }
        self.position += count;
        taken
    }

    fn check_end(&self) -> Option<Damage> {
        if !self.is_whole {
            return Some(Damage::CutOff);
        }
        let data = self.bytes.get(self.start..self.end)?;
        let stored = self.bytes.get(self.end..self.end + 2)?;
        (checksum(data).to_le_bytes() != stored).then_some(Damage::Checksum)
    }
}
