//! Whether an `Action` of a policy covers an action.

use crate::foundation::document::HOLE;

/// Whether a pattern (`s3:Put*`, `*`, in any case) may cover an action; a hole may be anything.
pub fn may_cover(pattern: &str, action: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().map(|c| c.to_ascii_lowercase()).collect();
    let action: Vec<char> = action.chars().map(|c| c.to_ascii_lowercase()).collect();
    let is_wild = |c: char| c == '*' || c == HOLE;
    // Greedy matching with one point of return: the last wildcard.
    let (mut p, mut a) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while a < action.len() {
        match pattern.get(p) {
            Some(&c) if is_wild(c) => {
                back = Some((p, a));
                p += 1;
            }
            Some(&c) if c == '?' || c == action[a] => {
                p += 1;
                a += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    p = star + 1;
                    a = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| is_wild(c))
}

/// Whether a pattern covers an action whatever its holes are.
pub fn covers(pattern: &str, action: &str) -> bool {
    !pattern.contains(HOLE) && may_cover(pattern, action)
}

/// The service of an action or pattern: what stands before the colon.
pub fn service(pattern: &str) -> Option<&str> {
    pattern.split_once(':').map(|(service, _)| service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_and_case() {
        for pattern in ["*", "s3:*", "S3:putobject", "s3:Put*", "s3:*Object", "s?:PutObject", "s3:P*t*b*"] {
            assert!(may_cover(pattern, "s3:PutObject"), "{pattern}");
        }
        for pattern in ["", "s3:Put", "s3:PutObjectAcl", "s3:Get*", "s3:PutObject?", "firehose:*"] {
            assert!(!may_cover(pattern, "s3:PutObject"), "{pattern}");
        }
    }

    #[test]
    fn a_hole_may_be_anything_but_is_nothing_for_sure() {
        assert!(may_cover("s3:\u{FFFC}", "s3:PutObject"));
        assert!(!covers("s3:\u{FFFC}", "s3:PutObject"));
        assert!(!may_cover("s3:\u{FFFC}", "kms:Decrypt"));
    }
}
