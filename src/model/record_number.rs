//! The numbers by which the service names a record.
//!
//! The guide's samples show 56 digits, followed by the number of the piece inside the record (behaviour sheet, 4.1, 9.4,
//! 10.3, 10.5); nobody may read anything into them. CHOICE: made from the order of arrival, so that they never repeat and
//! never change.

use std::sync::Arc;

use super::record_origin::RecordOrigin;

/// The digits of a sequence number.
const DIGITS: usize = 56;

/// The sequence number of the record that arrived as number `arrival`, from 1: 56 digits.
pub fn sequence_number(arrival: u64) -> String {
    // Those of Kinesis begin with 49, too.
    format!("49{arrival:054}")
}

/// Which record it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordNumber {
    /// The number of its arrival, from 1.
    pub arrival: u64,
    /// Its number among the pieces that the arrival came to, from 0.
    pub piece: u32,
    /// Where it stands in its source; `None` for a record that was put.
    pub origin: Option<Arc<RecordOrigin>>,
}

impl RecordNumber {
    /// `recordId` of a function's event: 56 digits and 6, from the order of arrival.
    pub fn event_id(&self) -> String {
        format!("{}{:06}", sequence_number(self.arrival), self.piece)
    }

    /// `recordId` of a function's event, from the sequence number that the record has in its Kinesis stream; `None` where
    /// it has none of 56 digits.
    pub fn source_id(&self) -> Option<String> {
        let number = self.origin.as_ref()?.number.as_ref()?;
        let fits = number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| format!("{number}{:06}", self.piece))
    }

    /// The id at a destination: 56 digits, a dot and the piece. It is the same for all attempts.
    pub fn delivery_id(&self) -> String {
        format!("{}.{}", sequence_number(self.arrival), self.piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_number_has_56_digits() {
        assert_eq!(sequence_number(u64::MAX).len(), 56);
        assert!(sequence_number(9) < sequence_number(10));
    }

    /// Behaviour sheet, 4.1: "56-digit sequence number + 6-digit sub-sequence number".
    #[test]
    fn row_4_1_a_record_of_kinesis_has_the_id_of_its_own_number() {
        let number = |text: &str| {
            let origin = RecordOrigin { number: Some(text.into()), ..RecordOrigin::default() };
            RecordNumber { arrival: 7, piece: 3, origin: Some(Arc::new(origin)) }
        };
        let own = "49590338271490256608559692538361571095921575989136588898";
        assert_eq!(number(own).source_id(), Some(format!("{own}000003")));
        assert_eq!(number("4957").source_id(), None);
        assert_eq!(RecordNumber { arrival: 7, piece: 3, origin: None }.source_id(), None);
    }

    #[test]
    fn one_number_serves_the_function_and_the_destination() {
        let number = RecordNumber { arrival: 7, piece: 3, origin: None };
        assert_eq!(number.event_id(), sequence_number(7) + "000003");
        assert_eq!(number.delivery_id(), sequence_number(7) + ".3");
    }
}
