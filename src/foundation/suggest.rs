//! Did-you-mean: the nearest known name for an unknown one.

/// The candidate that is most likely meant by `wrong`: equal but for case first, then by edit distance (at most
/// a third of the length, at least two edits). `None` when nothing is near.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wrong.to_lowercase();
    let limit = (wrong.chars().count() / 3).max(2);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let candidate_folded = candidate.to_lowercase();
        if candidate_folded == folded {
            return Some(candidate);
        }
        let distance = strsim::osa_distance(&folded, &candidate_folded);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_beats_distance() {
        let known = [
            "AmazonOpenSearchServerlessDestinationConfiguration",
            "AmazonopensearchserviceDestinationConfiguration",
        ];
        assert_eq!(nearest("AmazonOpenSearchServiceDestinationConfiguration", known), Some(known[1]));
    }

    #[test]
    fn a_far_name_suggests_nothing() {
        assert_eq!(nearest("Colour", ["BucketARN", "RoleARN"]), None);
        assert_eq!(nearest("BuckettARN", ["BucketARN", "RoleARN"]), Some("BucketARN"));
    }
}
