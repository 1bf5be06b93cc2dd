//! Resource ARNs with holes.
//!
//! What a policy says and what is used both become [`Token`]s, so that `!GetAtt Bucket.Arn`,
//! `!Sub "arn:aws:s3:::${Bucket}"` and the literal name of the bucket come to the same.

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
                    tokens.truncate(tokens.len().saturating_sub(name.len()));
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
