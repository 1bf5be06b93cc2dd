//! The same run gives the same bytes: twice, and with one worker as with two.

#![cfg(feature = "simulate")]

mod support;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_and_two_workers_give_the_same_files_and_digest(case in support::case()) {
        let base = tempfile::tempdir().unwrap();
        let runs = [("a", 1), ("b", 1), ("c", 2)].map(|(name, workers)| {
            let folder = base.path().join(name);
            let report = case.run(&folder, workers).unwrap();
            (report.digest, support::files(&folder))
        });
        prop_assert_eq!(&runs[0], &runs[1]);
        prop_assert_eq!(&runs[0], &runs[2]);
    }

    #[test]
    fn requests_and_their_answers_are_the_same_each_time(case in support::request_case()) {
        let base = tempfile::tempdir().unwrap();
        let runs = [("a", 1), ("b", 2)].map(|(name, workers)| {
            let folder = base.path().join(name);
            let report = case.run(&folder, workers).unwrap();
            (report.digest, support::files(&folder))
        });
        prop_assert_eq!(&runs[0], &runs[1]);
    }

    #[test]
    fn another_seed_gives_other_names(case in support::case()) {
        let mut other = case.clone();
        other.simulation.options.seed.0 ^= 1;
        let base = tempfile::tempdir().unwrap();
        let first = case.run(&base.path().join("a"), 2).unwrap();
        let second = other.run(&base.path().join("b"), 2).unwrap();
        prop_assert_eq!(first.ledger, second.ledger);
        prop_assert_eq!(first.deliveries == 0, first.digest == second.digest);
    }
}
