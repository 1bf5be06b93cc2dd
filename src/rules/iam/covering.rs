//! Whether the resource in a policy may cover the one that is used.
//!
//! Both are walked at once, in every way that their wildcards and holes allow. A hole may be anything, so "no" is sure
//! and "yes" is not.

use super::resources::Token;

/// Most steps of a comparison; beyond that the answer is "perhaps".
const MOST_STEPS: usize = 1 << 19;

/// Whether a resource in a policy may cover what is used. `false` is sure.
pub fn may_cover(policy: &[Token], used: &[Token]) -> bool {
    let width = policy.len() + 1;
    let states = width * (used.len() + 1) * 2;
    if states > MOST_STEPS {
        return true;
    }
    let mut seen = vec![false; states];
    let mut open = vec![(0usize, 0usize, false)];
    while let Some(state) = open.pop() {
        let (p, u, wild) = state;
        let at = (u * width + p) * 2 + usize::from(wild);
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        if p == policy.len() && u == used.len() {
            return true;
        }
        steps(policy.get(p), used.get(u), wild, |dp, du, wild| open.push((p + dp, u + du, wild)));
    }
    false
}

/// Whether a resource in a policy covers what is used, whatever is unknown in either. `true` is sure.
pub fn covers(policy: &[Token], used: &[Token]) -> bool {
    let is_same = |policy: &Token, used: &Token| match (policy, used) {
        (Token::One, Token::Char(_)) => true,
        (Token::Hole(name), Token::Hole(other)) => !name.is_empty() && name == other,
        (Token::Char(_) | Token::Name(_) | Token::Segment(_), _) => policy == used,
        _ => false,
    };
    // Greedy matching with one point of return: the last wildcard.
    let (mut p, mut u) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while let Some(wanted) = used.get(u) {
        match policy.get(p) {
            Some(Token::Star) => {
                back = Some((p, u));
                p += 1;
            }
            Some(token) if is_same(token, wanted) => (p, u) = (p + 1, u + 1),
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    (p, u) = (star + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    policy[p..].iter().all(|token| *token == Token::Star)
}

/// The steps from one state of the comparison. `wild` is said inside of a [`Token::Name`]: whether a wildcard took
/// part in matching it, without which a literal can't be the name that a deployment makes.
fn steps(policy: Option<&Token>, used: Option<&Token>, wild: bool, mut go: impl FnMut(usize, usize, bool)) {
    let plain = |c: char| c != ':' && c != '/';
    let in_name = matches!(used, Some(Token::Name(_)));
    match policy {
        Some(Token::Star | Token::Hole(_)) => {
            go(1, 0, in_name);
            if used.is_some() {
                go(0, 1, false);
            }
        }
        Some(Token::Segment(_)) => {
            go(1, 0, in_name);
            match used {
                Some(Token::Char(c)) if plain(*c) => go(0, 1, false),
                Some(Token::Segment(_)) => go(0, 1, false),
                _ => {}
            }
        }
        _ => {}
    }
    match used {
        Some(Token::Hole(_)) => {
            go(0, 1, false);
            if policy.is_some() {
                go(1, 0, false);
            }
        }
        Some(Token::Segment(_)) => {
            go(0, 1, false);
            match policy {
                Some(Token::Char(c)) if plain(*c) => go(1, 0, false),
                Some(Token::One | Token::Segment(_)) => go(1, 0, false),
                _ => {}
            }
        }
        Some(Token::Name(name)) => {
            match policy {
                Some(Token::Name(other)) if other == name && !wild => go(1, 1, false),
                Some(Token::Char(c)) if plain(*c) => go(1, 0, wild),
                Some(Token::One) => go(1, 0, true),
                _ => {}
            }
            if wild {
                go(0, 1, false);
            }
        }
        Some(Token::Char(c)) => match policy {
            Some(Token::Char(other)) if other == c => go(1, 1, false),
            Some(Token::One) => go(1, 1, false),
            _ => {}
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::iam::resources::{Side, known};

    fn used(parts: &[&str]) -> Vec<Token> {
        let token = |part: &&str| match part.strip_prefix('@') {
            Some("every") => vec![Token::Every],
            Some("hole") => vec![Token::Hole("".into())],
            Some("segment") => vec![Token::Segment("".into())],
            Some(name) => vec![Token::Name(name.into())],
            None => known(part, Side::Used),
        };
        parts.iter().flat_map(token).collect()
    }

    fn policy(parts: &[&str]) -> Vec<Token> {
        let token = |part: &&str| match part.starts_with('@') {
            true => used(&[part]),
            false => known(part, Side::Policy),
        };
        parts.iter().flat_map(token).collect()
    }

    #[test]
    fn objects_need_a_wildcard_at_the_end() {
        let objects = used(&["arn:", "@segment", ":s3:::", "@Bucket", "/data/", "@every"]);
        for good in [
            policy(&["*"]),
            policy(&["arn:aws:s3:::*"]),
            policy(&["arn:aws:s3:::*/*"]),
            policy(&["arn:", "@segment", ":s3:::", "@Bucket", "/*"]),
            policy(&["arn:aws:s3:::", "@Bucket", "*"]),
            policy(&["arn:aws:s3:::", "@Bucket", "/data/*"]),
            policy(&["arn:aws:s3:::", "@hole", "/*"]),
            policy(&["@hole"]),
            policy(&["arn:aws:s3:::", "@segment", "-data-*/*"]),
            policy(&["arn:aws:s3:::${aws:PrincipalTag/x}/*"]),
        ] {
            assert!(may_cover(&good, &objects), "{good:?}");
        }
        for bad in [
            policy(&[]),
            policy(&["arn:", "@segment", ":s3:::", "@Bucket"]),
            policy(&["arn:aws:s3:::", "@Other", "/*"]),
            policy(&["arn:aws:s3:::", "@Bucket", "/logs/*"]),
            policy(&["arn:aws:s3:::", "@Bucket", "/data/object"]),
            policy(&["arn:aws:s3:::other/*"]),
            policy(&["arn:aws:s3::", "@Bucket", "/*"]),
        ] {
            assert!(!may_cover(&bad, &objects), "{bad:?}");
        }
    }

    #[test]
    fn what_is_unknown_may_be_covered() {
        assert!(may_cover(&policy(&["arn:aws:s3:::data/*"]), &used(&["@hole", "/", "@every"])));
        assert!(may_cover(
            &policy(&["arn:aws:s3:::eu-data"]),
            &used(&["arn:aws:s3:::", "@segment", "-data"])
        ));
        assert!(!may_cover(
            &policy(&["arn:aws:s3:::eu-logs"]),
            &used(&["arn:aws:s3:::", "@segment", "-data"])
        ));
        let (logs, lambda) = (policy(&["arn:aws:logs:*"]), used(&["arn:", "@segment", ":lambda:x"]));
        assert!(!may_cover(&logs, &lambda));
    }

    #[test]
    fn what_is_sure_is_covered_whatever_is_unknown() {
        let objects = used(&["arn:", "@segment", ":s3:::", "@Bucket", "/data/", "@every"]);
        for sure in [
            policy(&["*"]),
            policy(&["arn:*:s3:::*"]),
            policy(&["arn:", "@segment", ":s3:::", "@Bucket", "/*"]),
            policy(&["arn:", "@segment", ":s3:::", "@Bucket", "/d?ta/*"]),
        ] {
            assert!(covers(&sure, &objects), "{sure:?}");
        }
        for unsure in [
            policy(&["@hole"]),
            policy(&["arn:aws:s3:::*"]),
            policy(&["arn:", "@segment", ":s3:::", "@Bucket"]),
            policy(&["arn:", "@segment", ":s3:::", "@Bucket", "/data/secret/*"]),
            policy(&["arn:", "@segment", ":s3:::", "@hole", "/*"]),
            policy(&["arn:", "@segment", ":s3:::", "@Other", "/*"]),
        ] {
            assert!(!covers(&unsure, &objects), "{unsure:?}");
        }
    }

    #[test]
    fn a_comparison_is_bounded() {
        let long = "*a".repeat(4000);
        assert!(may_cover(&policy(&[&long]), &used(&["b".repeat(4000).as_str()])));
    }
}
