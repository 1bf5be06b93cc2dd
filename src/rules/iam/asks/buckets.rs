//! Writing to buckets, and the keys that objects and other things are encrypted with.

use super::{Ask, Need, arn, find, joined, need};
use crate::foundation::document::{Node, Value};
use crate::model::permissions::{Feature, Form};
use crate::rules::iam::resources::{Side, Token, known, referred, tokens};
use crate::rules::iam::written::{called, written};
use crate::rules::scope::S3Role;
use crate::rules::{Place, Scope, View};

/// Writing to buckets.
pub fn s3<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let mut asks = Vec::new();
    for (block, destination) in buckets(scope) {
        let (Some(role), Some(at)) = (block.get("RoleARN"), block.get("BucketARN")) else { continue };
        let bucket = tokens(view, at.node, Side::Used);
        let text = written(at.node);
        let below = |prefix: &[Token]| joined(&[&bucket, &[Token::Char('/')], prefix, &[Token::Every]]);
        let fixed =
            |key: &str| block.get(key).filter(Place::is_set).map(|place| fixed_part(view, place.node));
        let mut needs = vec![need(Form::Bucket, bucket.clone(), text.clone())];
        let prefix = match destination {
            // Tables lie below their own locations.
            "IcebergDestinationConfiguration" => vec![Token::Hole("".into())],
            _ => fixed("Prefix").unwrap_or_default(),
        };
        let objects = |prefix: &[Token]| Need {
            below: known_text(prefix),
            ..need(Form::Objects, below(prefix), format!("{text}/*"))
        };
        needs.push(objects(&prefix));
        needs.extend(fixed("ErrorOutputPrefix").map(|prefix| objects(&prefix)));
        let subject = called(view, at.node, "bucket");
        asks.push(Ask { feature: Feature::S3, role, at, subject, needs });
    }
    asks
}

/// The S3 blocks that are written to, with the destinations that hold them.
pub fn buckets<'a>(scope: &Scope<'a>) -> Vec<(Place<'a>, &'static str)> {
    let blocks = scope.s3_blocks().into_iter();
    let destination = |name: &str| scope.destinations().into_iter().find(|(known, _)| *known == name);
    let is_on = |block: &crate::rules::scope::S3Block<'a>| {
        let mode = destination(block.destination).and_then(|(_, place)| place.get("S3BackupMode"));
        block.role != S3Role::Backup || mode.is_some_and(|mode| mode.known().as_deref() == Some("Enabled"))
    };
    blocks.filter(is_on).map(|block| (block.place, block.destination)).collect()
}

/// What a prefix begins with whatever its expressions give.
fn fixed_part<'a>(view: &'a View<'a>, node: &Node) -> Vec<Token> {
    let mut prefix = tokens(view, node, Side::Used);
    let expression = prefix.windows(2).position(|pair| pair == [Token::Char('!'), Token::Char('{')]);
    prefix.truncate(expression.unwrap_or(prefix.len()));
    prefix
}

/// Tokens as text, if they are that and not empty.
fn known_text(tokens: &[Token]) -> Option<String> {
    let character = |token: &Token| match token {
        Token::Char(c) => Some(*c),
        _ => None,
    };
    let text: Option<String> = tokens.iter().map(character).collect();
    text.filter(|text| !text.is_empty())
}

/// Writing to buckets with a customer's key: the stream's, or else the bucket's own.
pub fn s3_keys<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let mut asks = Vec::new();
    for (block, _) in buckets(scope) {
        let Some(role) = block.get("RoleARN") else { continue };
        let encryption = block.get("EncryptionConfiguration");
        if encryption.as_ref().is_some_and(|place| place.node.is_unknown()) {
            continue;
        }
        let own = encryption.and_then(|place| place.get("KMSEncryptionConfig"));
        let at = match own {
            Some(own) => own.get("AWSKMSKeyARN"),
            None => block.get("BucketARN").and_then(|bucket| key_of_bucket(view, bucket.node)),
        };
        asks.extend(at.and_then(|at| key_ask(view, Feature::S3Key, role, at)));
    }
    asks
}

/// Using a customer's key.
pub fn key_ask<'a>(view: &'a View<'a>, feature: Feature, role: Place<'a>, at: Place<'a>) -> Option<Ask<'a>> {
    let (used, text) = customer_key(view, at.node, 0)?;
    let subject = called(view, at.node, "key");
    Some(Ask { feature, role, at, subject, needs: vec![need(Form::Key, used, text)] })
}

/// The key in the bucket's own encryption, if it is KMS.
fn key_of_bucket<'a>(view: &'a View<'a>, arn: &Node) -> Option<Place<'a>> {
    let bucket = find(view, "AWS::S3::Bucket", arn)?;
    let rules = view.properties(bucket)?.at(&["BucketEncryption", "ServerSideEncryptionConfiguration"])?;
    let default = rules.items().first()?.get("ServerSideEncryptionByDefault")?;
    let is_kms = default.get("SSEAlgorithm")?.known()?.starts_with("aws:kms");
    default.get("KMSMasterKeyID").filter(|_| is_kms)
}

/// A key that a customer manages, with how a policy writes it; `None` for one of AWS, or where it can't be told.
fn customer_key<'a>(view: &'a View<'a>, node: &Node, depth: usize) -> Option<(Vec<Token>, String)> {
    if let Some(resource) = view.referred(node) {
        return match &*resource.kind {
            "AWS::KMS::Key" => {
                let id = &resource.logical_id;
                Some((referred(view, id, Some("Arn"), Side::Used), format!("${{{id}.Arn}}")))
            }
            "AWS::KMS::Alias" if depth == 0 => {
                let target = view.properties(resource)?.get("TargetKeyId")?;
                customer_key(view, target.node, 1)
            }
            _ => None,
        };
    }
    let Value::String(text) = &node.value else { return None };
    let masked = text.masked();
    let used = tokens(view, node, Side::Used);
    match masked.as_str() {
        text if text.contains("alias/aws/") => None,
        text if text.contains(":key/") => Some((used, written(node))),
        text if text.contains("alias/") => Some((
            arn("kms", &[known("key/", Side::Used), vec![Token::Hole("".into())]].concat()),
            "KEY_ARN".into(),
        )),
        _ => None,
    }
}
