//! The numbers by which the service names a record.
//!
//! The guide's samples show 56 digits, followed by the number of the piece inside the record (behaviour sheet, 4.1, 9.4,
//! 10.3, 10.5); nobody may read anything into them. CHOICE: made from the order of arrival, so that they never repeat and
//! never change.

/// The sequence number of the record that arrived as number `arrival`, from 1: 56 digits.
pub fn sequence_number(arrival: u64) -> String {
    // Those of Kinesis begin with 49, too.
    format!("49{arrival:054}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_sequence_number_has_56_digits() {
        assert_eq!(super::sequence_number(u64::MAX).len(), 56);
        assert!(super::sequence_number(9) < super::sequence_number(10));
    }
}
