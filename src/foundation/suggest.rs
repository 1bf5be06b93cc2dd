//! Did-you-mean: the nearest known name for an unknown one.

/// Letters of a name that is short: nearly everything is within two edits of it.
const SHORT: usize = 4;

/// The candidate that is most likely meant by `wrong`: equal but for case first, then by edit distance (at most
/// a third of the length, at least two edits, but one in a name of up to four letters), then the only one that begins so.
/// `None` when nothing is near.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wrong.to_lowercase();
    let length = wrong.chars().count();
    let limit = if length <= SHORT { 1 } else { (length / 3).max(2) };
    let mut begun: Vec<&str> = Vec::new();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let candidate_folded = candidate.to_lowercase();
        if candidate_folded == folded {
            return Some(candidate);
        }
        if length >= SHORT && candidate_folded.starts_with(&folded) {
            begun.push(candidate);
        }
        let distance = strsim::osa_distance(&folded, &candidate_folded);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    match (best, begun.as_slice()) {
        (Some((_, candidate)), _) => Some(candidate),
        (None, [candidate]) => Some(candidate),
        _ => None,
    }
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
        assert_eq!(nearest("Nope", ["Role", "Bucket"]), None);
        assert_eq!(nearest("Rol", ["Role", "Node"]), Some("Role"));
        assert_eq!(nearest("BuckettARN", ["BucketARN", "RoleARN"]), Some("BucketARN"));
    }

    #[test]
    fn the_beginning_of_one_name_suggests_it() {
        let known = ["ProcessingConfiguration", "S3BackupMode", "S3BackupConfiguration"];
        assert_eq!(nearest("Processing", known), Some(known[0]));
        assert_eq!(nearest("S3Backup", known), None);
        assert_eq!(nearest("P", known), None);
    }
}
