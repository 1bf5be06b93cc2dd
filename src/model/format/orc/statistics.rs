//! Statistics of a column: of a row group, of a stripe and of the file.

use std::ops::Range;

use super::column::{Column, Values};
use super::message::Message;
use crate::model::format::hive_type::HiveType;
use crate::model::format::time::Timestamp;

/// What is known of a column's values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statistics {
    value_count: u64,
    has_null: bool,
    of: Of,
}

/// The lowest and the highest value, where there are any.
type Ends<T> = Option<(T, T)>;

#[derive(Debug, Clone, PartialEq)]
enum Of {
    Nothing,
    True(u64),
    /// The sum is there as long as it fits.
    Integers(Ends<i64>, Option<i64>),
    /// Without ends where a value is not a number.
    Doubles(Ends<f64>, f64),
    /// The sum of the lengths.
    Texts(Ends<Vec<u8>>, u64),
    Bytes(u64),
    Decimals(Ends<i128>, Option<i128>, u8),
    Dates(Ends<i64>),
    /// Milliseconds since 1970, rounded down.
    Timestamps(Ends<i64>),
}

fn ends<T: Copy + PartialOrd>(values: &[T]) -> Ends<T> {
    let first = *values.first()?;
    Some(values.iter().fold((first, first), |(low, high), &value| {
        (if value < low { value } else { low }, if value > high { value } else { high })
    }))
}

fn join<T: PartialOrd>(ours: &mut Ends<T>, other: Ends<T>) {
    let Some((low, high)) = other else { return };
    match ours {
        None => *ours = Some((low, high)),
        Some((lowest, highest)) => {
            if low < *lowest {
                *lowest = low;
            }
            if high > *highest {
                *highest = high;
            }
        }
    }
}

/// Milliseconds since 1970, rounded down.
pub(super) fn millis(timestamp: &Timestamp) -> i64 {
    i64::from(timestamp.day) * 86_400_000 + timestamp.nanos / 1_000_000
}

impl Statistics {
    /// Of these entries of a column, which have these values.
    pub(super) fn new(column: &Column, entries: Range<usize>, values: Range<usize>) -> Statistics {
        let (value_count, has_null) = (values.len() as u64, values.len() < entries.len());
        let sum = |values: &[i64]| values.iter().try_fold(0_i64, |sum, value| sum.checked_add(*value));
        let of = match &column.values {
            Values::Nothing | Values::Lengths(_) => Of::Nothing,
            Values::Bits(bits) => Of::True(values.filter(|at| bits.get(*at)).count() as u64),
            Values::Bytes(bytes) => {
                let integers: Vec<i64> = bytes[values].iter().map(|byte| i64::from(*byte as i8)).collect();
                Of::Integers(ends(&integers), sum(&integers))
            }
            Values::Integers(days) if column.kind == HiveType::Date => Of::Dates(ends(&days[values])),
            Values::Integers(integers) => {
                let integers = &integers[values];
                Of::Integers(ends(integers), sum(integers))
            }
            Values::Floats(floats) => doubles(floats[values].iter().map(|value| f64::from(*value))),
            Values::Doubles(all) => doubles(all[values].iter().copied()),
            Values::Texts(texts) => {
                let length = (texts.start(values.end) - texts.start(values.start)) as u64;
                let all: Vec<&[u8]> = values.map(|at| texts.get(at)).collect();
                match column.kind {
                    HiveType::Binary => Of::Bytes(length),
                    _ => Of::Texts(ends(&all).map(|(low, high)| (low.to_vec(), high.to_vec())), length),
                }
            }
            Values::Decimals(all) => {
                let scale = if let HiveType::Decimal { scale, .. } = column.kind { scale } else { 0 };
                let sum = all[values.clone()].iter().try_fold(0_i128, |sum, value| sum.checked_add(*value));
                Of::Decimals(ends(&all[values]), sum, scale)
            }
            Values::Timestamps(all) => {
                let all: Vec<i64> = all[values].iter().map(millis).collect();
                Of::Timestamps(ends(&all))
            }
        };
        Statistics { value_count, has_null, of }
    }

    /// Adds those of other entries of the same column.
    pub(super) fn merge(&mut self, other: Statistics) {
        self.value_count += other.value_count;
        self.has_null |= other.has_null;
        let is_empty = self.value_count == other.value_count;
        match (&mut self.of, other.of) {
            (Of::True(ours), Of::True(other)) | (Of::Bytes(ours), Of::Bytes(other)) => *ours += other,
            (Of::Integers(ours, sum), Of::Integers(other, more)) => {
                join(ours, other);
                *sum = sum.zip(more).and_then(|(sum, more)| sum.checked_add(more));
            }
            (Of::Doubles(ours, sum), Of::Doubles(other, more)) => {
                *sum += more;
                match sum.is_nan() && !is_empty {
                    true => *ours = None,
                    false => join(ours, other),
                }
            }
            (Of::Texts(ours, sum), Of::Texts(other, more)) => {
                join(ours, other);
                *sum += more;
            }
            (Of::Decimals(ours, sum, _), Of::Decimals(other, more, _)) => {
                join(ours, other);
                *sum = sum.zip(more).and_then(|(sum, more)| sum.checked_add(more));
            }
            (Of::Dates(ours), Of::Dates(other)) | (Of::Timestamps(ours), Of::Timestamps(other)) => {
                join(ours, other);
            }
            _ => {}
        }
    }

    pub(super) fn message(&self) -> Message {
        let message = Message::default().number(1, self.value_count);
        let message = match &self.of {
            Of::Nothing => message,
            Of::True(count) => message.message(5, &Message::default().packed(1, [*count])),
            Of::Integers(ends, sum) => {
                let mut inner = signed_ends(1, *ends);
                if let (Some(_), Some(sum)) = (ends, sum) {
                    inner = inner.signed(3, *sum);
                }
                message.message(2, &inner)
            }
            Of::Doubles(ends, sum) => {
                let mut inner = Message::default();
                if let Some((low, high)) = ends {
                    inner = inner.double(1, *low).double(2, *high).double(3, *sum);
                }
                message.message(3, &inner)
            }
            Of::Texts(ends, sum) => message.message(4, &texts(ends.as_ref(), *sum)),
            Of::Bytes(sum) => message.message(8, &Message::default().signed(1, *sum as i64)),
            Of::Decimals(ends, sum, scale) => {
                let mut inner = Message::default();
                if let Some((low, high)) = ends {
                    inner = inner.bytes(1, decimal(*low, *scale).as_bytes());
                    inner = inner.bytes(2, decimal(*high, *scale).as_bytes());
                    // A decimal has 38 digits; a sum that has more is none.
                    if let Some(sum) = sum.filter(|sum| sum.unsigned_abs() < 10_u128.pow(38)) {
                        inner = inner.bytes(3, decimal(sum, *scale).as_bytes());
                    }
                }
                message.message(6, &inner)
            }
            Of::Dates(ends) => message.message(7, &signed_ends(1, *ends)),
            Of::Timestamps(ends) => message.message(9, &signed_ends(3, *ends)),
        };
        message.number(10, self.has_null.into())
    }
}

fn doubles(values: impl Iterator<Item = f64>) -> Of {
    let all: Vec<f64> = values.collect();
    let has_none = all.iter().any(|value| value.is_nan());
    Of::Doubles(if has_none { None } else { ends(&all) }, all.iter().sum())
}

fn signed_ends(first: u32, ends: Ends<i64>) -> Message {
    match ends {
        None => Message::default(),
        Some((low, high)) => Message::default().signed(first, low).signed(first + 1, high),
    }
}

/// Ends that are longer than this many bytes are not told.
const LONGEST_END: usize = 1024;

fn texts(ends: Option<&(Vec<u8>, Vec<u8>)>, sum: u64) -> Message {
    let inner = match ends {
        Some((low, high)) if low.len().max(high.len()) <= LONGEST_END => {
            Message::default().bytes(1, low).bytes(2, high)
        }
        _ => Message::default(),
    };
    inner.signed(3, sum as i64)
}

/// A decimal as ORC's writer spells it: without zeros at the end of its fraction.
pub(super) fn decimal(number: i128, scale: u8) -> String {
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    let (sign, fraction) = (if number < 0 { "-" } else { "" }, fraction.trim_end_matches('0'));
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
