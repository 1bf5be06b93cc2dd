//! Amounts of bytes, with the vendor's mebibytes spelled out.

use std::fmt;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

impl ByteSize {
    /// `count` bytes.
    pub const fn bytes(count: u64) -> ByteSize {
        ByteSize(count)
    }

    /// `count` times 1,048,576 bytes: what the vendor calls MB in buffering hints.
    pub const fn mebibytes(count: u64) -> ByteSize {
        ByteSize(count * 1_048_576)
    }

    /// The number of bytes.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Integers only: tenths of the largest unit that fits, rounded down.
        for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
            if self.0 >= unit {
                let (whole, tenth) = (self.0 / unit, (self.0 % unit) * 10 / unit);
                return if tenth == 0 {
                    write!(formatter, "{whole} {name}")
                } else {
                    write!(formatter, "{whole}.{tenth} {name}")
                };
            }
        }
        write!(formatter, "{} bytes", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_megabyte_of_the_vendor_is_a_mebibyte() {
        assert_eq!(ByteSize::mebibytes(5).as_u64(), 5_242_880);
    }

    #[test]
    fn text_uses_the_largest_unit_that_fits() {
        assert_eq!(ByteSize::mebibytes(5).to_string(), "5 MiB");
        assert_eq!(ByteSize::bytes(1_536).to_string(), "1.5 KiB");
        assert_eq!(ByteSize::bytes(1_023).to_string(), "1023 bytes");
    }
}
