//! Resource ARNs with holes, and whether the one in a policy may cover the one that is used.
//!
//! Both sides become [`Token`]s: `!GetAtt Bucket.Arn`, `!Sub "arn:aws:s3:::${Bucket}"` and the literal name of the
//! bucket come to the same. A hole may be anything, so "no" is sure and "yes" is not.

use crate::foundation::document::{Chunk, Node, Reference, Text, Unknown, Value};
use crate::rules::View;
use crate::template::Resource;

/// A part of an ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A character.
    Char(char),
    /// The name that a deployment gives to a resource without one of its own.
    Name(Box<str>),
    /// An unknown part without `:` and `/`: a region, an account, a random ending.
    Segment(Box<str>),
    /// An unknown part, with the name of what it comes from.
    Hole(Box<str>),
    /// `*` in a policy.
    Star,
    /// `?` in a policy.
    One,
    /// Every text that may stand here; what is used is all of them.
    Every,
}

/// On which side a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// In a policy: `*` and `?` are wildcards, and so are policy variables.
    Policy,
    /// What is used.
    Used,
}

/// Deepest that names are followed which are made from names.
const DEEPEST: usize = 4;
/// Most steps of a comparison; beyond that the answer is "perhaps".
const MOST_STEPS: usize = 1 << 21;

/// The tokens of a value.
pub fn tokens<'a>(view: &'a View<'a>, node: &Node, side: Side) -> Vec<Token> {
    Reader { view, side }.node(node, 0)
}

/// The tokens of a text that is known.
pub fn known(text: &str, side: Side) -> Vec<Token> {
    let mut tokens = Vec::new();
    push(&mut tokens, text, side);
    tokens
}

/// The tokens of what a reference to a resource gives.
pub fn referred<'a>(view: &'a View<'a>, logical_id: &str, attribute: Option<&str>, side: Side) -> Vec<Token> {
    let reference = Reference { target: logical_id.into(), attribute: attribute.map(Into::into) };
    Reader { view, side }.reference(&reference, 0)
}

/// The tokens of a resource's name.
pub fn name_of<'a>(view: &'a View<'a>, resource: &'a Resource) -> Vec<Token> {
    Reader { view, side: Side::Used }.name(resource, 0)
}

struct Reader<'a> {
    view: &'a View<'a>,
    side: Side,
}

impl<'a> Reader<'a> {
    fn node(&self, node: &Node, depth: usize) -> Vec<Token> {
        match &node.value {
            Value::String(text) => self.text(text, depth),
            Value::Number(raw) | Value::Bool(_, raw) => known(raw, self.side),
            Value::Unknown(why) => self.unknown(why, depth),
            _ => vec![Token::Hole("".into())],
        }
    }

    fn text(&self, text: &Text, depth: usize) -> Vec<Token> {
        let mut tokens = Vec::new();
        for chunk in &text.chunks {
            match chunk {
                Chunk::Known(text, _) => push(&mut tokens, text, self.side),
                Chunk::Unknown(why, _) => tokens.extend(self.unknown(why, depth)),
            }
        }
        tokens
    }

    fn unknown(&self, why: &Unknown, depth: usize) -> Vec<Token> {
        match why {
            Unknown::Resource(reference) => self.reference(reference, depth),
            Unknown::Pseudo(name) if &**name != "AWS::StackId" => vec![Token::Segment(name.clone())],
            Unknown::Pseudo(name) | Unknown::Parameter(name) => vec![Token::Hole(name.clone())],
            _ => vec![Token::Hole("".into())],
        }
    }

    fn reference(&self, reference: &Reference, depth: usize) -> Vec<Token> {
        let hole = || vec![Token::Hole(format!("{reference:?}").into())];
        let Some(resource) = self.view.template.resource(&reference.target).filter(|_| depth < DEEPEST)
        else {
            return hole();
        };
        let by_arn = match reference.attribute.as_deref() {
            None => false,
            Some("Arn" | "DomainArn" | "PolicyArn" | "Id") => true,
            Some(_) => return hole(),
        };
        let arn = |service: &str, place: &str, kind: &str| {
            let mut tokens = known("arn:", Side::Used);
            tokens.push(Token::Segment("AWS::Partition".into()));
            push(&mut tokens, service, Side::Used);
            if place == "region" {
                tokens.push(Token::Segment("AWS::Region".into()));
            }
            push(&mut tokens, ":", Side::Used);
            if !place.is_empty() {
                tokens.push(Token::Segment("AWS::AccountId".into()));
            }
            push(&mut tokens, kind, Side::Used);
            tokens.extend(self.name(resource, depth));
            tokens
        };
        let kind = &*resource.kind;
        match (kind, by_arn) {
            ("AWS::IAM::ManagedPolicy", _) => arn(":iam:", "account", ":policy/"),
            ("AWS::SecretsManager::Secret", _) => {
                let mut tokens = arn(":secretsmanager:", "region", ":secret:");
                push(&mut tokens, "-", Side::Used);
                tokens.push(Token::Segment(reference.target.clone()));
                tokens
            }
            ("AWS::Lambda::Alias" | "AWS::Lambda::Version", false) => self.qualified(resource, depth),
            ("AWS::KMS::Alias", false) => match self.property(resource, "AliasName") {
                Some(node) => self.node(node, depth + 1),
                None => hole(),
            },
            (_, false) if NAMED.iter().any(|(known, _)| *known == kind) => self.name(resource, depth),
            ("AWS::S3::Bucket", true) => arn(":s3:", "", ":"),
            ("AWS::IAM::Role", true) => match self.property(resource, "Path") {
                None => arn(":iam:", "account", ":role/"),
                Some(_) => {
                    let name = self.name(resource, depth);
                    let mut tokens = arn(":iam:", "account", ":role/");
                    tokens.truncate(tokens.len() - name.len());
                    tokens.push(Token::Hole("Path".into()));
                    tokens.extend(name);
                    tokens
                }
            },
            ("AWS::Lambda::Function" | "AWS::Serverless::Function", true) => {
                arn(":lambda:", "region", ":function:")
            }
            ("AWS::Kinesis::Stream", true) => arn(":kinesis:", "region", ":stream/"),
            ("AWS::KinesisFirehose::DeliveryStream", true) => arn(":firehose:", "region", ":deliverystream/"),
            ("AWS::KMS::Key", true) => arn(":kms:", "region", ":key/"),
            ("AWS::OpenSearchService::Domain" | "AWS::Elasticsearch::Domain", true) => {
                arn(":es:", "region", ":domain/")
            }
            ("AWS::OpenSearchServerless::Collection", true) => arn(":aoss:", "region", ":collection/"),
            ("AWS::Logs::LogGroup", true) => {
                // The ARN ends in `:*`. What follows it in a policy is given the benefit of the doubt.
                let mut tokens = arn(":logs:", "region", ":log-group:");
                tokens.push(if self.side == Side::Policy { Token::Star } else { Token::Hole("".into()) });
                tokens
            }
            _ => hole(),
        }
    }

    /// An alias or version: the function's ARN and a qualifier.
    fn qualified(&self, resource: &'a Resource, depth: usize) -> Vec<Token> {
        let Some(function) = self.property(resource, "FunctionName") else {
            return vec![Token::Hole("".into())];
        };
        let mut tokens = self.node(function, depth + 1);
        if !begins_with(&tokens, "arn:") {
            let name = std::mem::take(&mut tokens);
            push(&mut tokens, "arn:", Side::Used);
            tokens.push(Token::Segment("AWS::Partition".into()));
            push(&mut tokens, ":lambda:", Side::Used);
            tokens.push(Token::Segment("AWS::Region".into()));
            push(&mut tokens, ":", Side::Used);
            tokens.push(Token::Segment("AWS::AccountId".into()));
            push(&mut tokens, ":function:", Side::Used);
            tokens.extend(name);
        }
        push(&mut tokens, ":", Side::Used);
        match self.property(resource, "Name") {
            Some(name) => tokens.extend(self.node(name, depth + 1)),
            None => tokens.push(Token::Segment(resource.logical_id.clone())),
        }
        tokens
    }

    fn name(&self, resource: &'a Resource, depth: usize) -> Vec<Token> {
        let property = NAMED.iter().find(|(kind, _)| *kind == &*resource.kind).map(|(_, property)| *property);
        let Some(property) = property else { return vec![Token::Hole("".into())] };
        if depth >= DEEPEST {
            return vec![Token::Hole("".into())];
        }
        match self.property(resource, property) {
            Some(node) => Reader { view: self.view, side: Side::Used }.node(node, depth + 1),
            None => vec![Token::Name(resource.logical_id.clone())],
        }
    }

    /// A property by its dotted path; a block that is unknown gives an unknown property.
    fn property(&self, resource: &'a Resource, path: &str) -> Option<&'a Node> {
        let mut node = self.view.properties(resource)?.node;
        for key in path.split('.') {
            if node.is_unknown() {
                return Some(node);
            }
            node = node.get(key)?;
        }
        Some(node)
    }
}

/// Where resources have the name that `Ref` gives; empty where it is always a deployment's.
const NAMED: [(&str, &str); 16] = [
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::Serverless::Function", "FunctionName"),
    ("AWS::Glue::Database", "DatabaseInput.Name"),
    ("AWS::Glue::Table", "TableInput.Name"),
    ("AWS::SecretsManager::Secret", "Name"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::Logs::LogStream", "LogStreamName"),
    ("AWS::Kinesis::Stream", "Name"),
    ("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName"),
    ("AWS::KMS::Key", ""),
    ("AWS::OpenSearchService::Domain", "DomainName"),
    ("AWS::Elasticsearch::Domain", "DomainName"),
    ("AWS::OpenSearchServerless::Collection", ""),
];

fn push(tokens: &mut Vec<Token>, text: &str, side: Side) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if side == Side::Policy && rest.starts_with("${") {
            // A policy variable, such as `${aws:PrincipalAccount}`.
            tokens.push(Token::Hole("".into()));
            rest = rest.find('}').map_or("", |end| &rest[end + 1..]);
            continue;
        }
        tokens.push(match c {
            '*' if side == Side::Policy => Token::Star,
            '?' if side == Side::Policy => Token::One,
            c => Token::Char(c),
        });
        rest = &rest[c.len_utf8()..];
    }
}

/// Whether tokens begin with a text.
pub fn begins_with(tokens: &[Token], text: &str) -> bool {
    text.chars().enumerate().all(|(at, c)| tokens.get(at) == Some(&Token::Char(c)))
}

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
    fn a_comparison_is_bounded() {
        let long = "*a".repeat(4000);
        assert!(may_cover(&policy(&[&long]), &used(&["b".repeat(4000).as_str()])));
    }
}
