//! Messages of Protocol Buffers, written by hand: ORC's metadata needs six kinds of fields.

/// A message that grows, field by field. Fields that a reader may miss are left out by the caller.
#[derive(Debug, Default, Clone)]
pub(super) struct Message(Vec<u8>);

const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const LENGTH_DELIMITED: u32 = 2;

/// Appends a number in groups of seven bits, the lowest first.
pub(super) fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The sign in the lowest bit.
pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

impl Message {
    fn tag(&mut self, field: u32, wire: u32) {
        varint(u64::from(field << 3 | wire), &mut self.0);
    }

    /// A `uint32`, `uint64`, `bool` or enumeration.
    pub(super) fn number(mut self, field: u32, number: u64) -> Message {
        self.tag(field, VARINT);
        varint(number, &mut self.0);
        self
    }

    /// A `sint32` or `sint64`.
    pub(super) fn signed(self, field: u32, number: i64) -> Message {
        self.number(field, zigzag(number))
    }

    /// A `double`.
    pub(super) fn double(mut self, field: u32, number: f64) -> Message {
        self.tag(field, FIXED_64);
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// A `string` or `bytes`.
    pub(super) fn bytes(mut self, field: u32, bytes: &[u8]) -> Message {
        self.tag(field, LENGTH_DELIMITED);
        varint(bytes.len() as u64, &mut self.0);
        self.0.extend_from_slice(bytes);
        self
    }

    /// A message inside.
    pub(super) fn message(self, field: u32, message: &Message) -> Message {
        self.bytes(field, &message.0)
    }

    /// A packed `repeated` number.
    pub(super) fn packed(self, field: u32, numbers: impl IntoIterator<Item = u64>) -> Message {
        let mut packed = Vec::new();
        numbers.into_iter().for_each(|number| varint(number, &mut packed));
        self.bytes(field, &packed)
    }

    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
