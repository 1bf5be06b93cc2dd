//! What a stream asks of which role: one [`Ask`] for each thing that it does with one.

mod buckets;
mod services;
mod tables;

pub use buckets::{s3, s3_keys};
pub use services::{glue, kinesis, lambda, logs, opensearch, qualifier, secrets, serverless, vpc};

use super::resources::{self, Side, Token, known, tokens};
use crate::foundation::document::Node;
use crate::model::permissions::{Feature, Form};
use crate::rules::{Place, Scope, View};
use crate::template::Resource;

/// A thing that a stream does with a role.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// What it does.
    pub feature: Feature,
    /// The `RoleARN`.
    pub role: Place<'a>,
    /// The property that names what it is done with.
    pub at: Place<'a>,
    /// What it is done with, in words.
    pub subject: String,
    /// The resources.
    pub needs: Vec<Need>,
}

/// A resource that is used.
#[derive(Debug, Clone)]
pub struct Need {
    /// Its form.
    pub form: Form,
    /// Its ARN; any of several is enough.
    pub any_of: Vec<Vec<Token>>,
    /// How a policy writes it: the text of a `Fn::Sub`.
    pub written: String,
    /// The prefix that objects lie below, if it is known.
    pub below: Option<String>,
}

/// A need of one ARN.
pub fn need(form: Form, used: Vec<Token>, written: impl Into<String>) -> Need {
    Need { form, any_of: vec![used], written: written.into(), below: None }
}

fn joined(parts: &[&[Token]]) -> Vec<Token> {
    parts.concat()
}

/// `arn:<partition>:service:<region>:<account>:` and what follows.
fn arn(service: &str, rest: &[Token]) -> Vec<Token> {
    let segment = |name: &str| vec![Token::Segment(name.into())];
    let text = |text: &str| known(text, Side::Used);
    let service = text(&format!(":{service}:"));
    let (partition, region, account) =
        (segment("AWS::Partition"), segment("AWS::Region"), segment("AWS::AccountId"));
    joined(&[&text("arn:"), &partition, &service, &region, &text(":"), &account, &text(":"), rest])
}

/// The role of a destination: its own, or that of its bucket where it has none.
fn role_of<'a>(destination: &Place<'a>) -> Option<Place<'a>> {
    destination.get("RoleARN").or_else(|| destination.at(&["S3Configuration", "RoleARN"]))
}

/// All roles that the stream assumes, as the values that name them.
pub fn roles<'a>(scope: &Scope<'a>) -> Vec<Place<'a>> {
    let mut roles = Vec::new();
    if let Some(properties) = scope.properties() {
        collect(&properties, &mut roles);
    }
    for (_, destination) in scope.destinations() {
        roles.extend(
            scope.processors(&destination).1.iter().filter_map(|(_, p)| scope.parameter(p, "RoleArn")),
        );
    }
    roles
}

fn collect<'a>(place: &Place<'a>, roles: &mut Vec<Place<'a>>) {
    for (key, below) in place.entries() {
        match key {
            "RoleARN" => roles.push(below),
            "Tags" | "ProcessingConfiguration" => {}
            _ => collect(&below, roles),
        }
    }
}

/// Everything that the stream does with roles.
pub fn all<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let asks = [s3, s3_keys, kinesis, logs, lambda, glue, opensearch, serverless, vpc, secrets];
    asks.into_iter().flat_map(|asks| asks(scope)).collect()
}

/// All that a policy has to allow: what the rules judge, and what none judges yet.
pub fn of_policies<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let mut asks = all(scope);
    asks.extend(tables::msk(scope));
    asks.extend(tables::iceberg(scope));
    asks
}

/// The resource of a type that an ARN or name is of.
pub fn find<'a>(view: &'a View<'a>, kind: &str, node: &Node) -> Option<&'a Resource> {
    if let Some(resource) = view.referred(node) {
        return (&*resource.kind == kind).then_some(resource);
    }
    let used = tokens(view, node, Side::Used);
    let last = used.iter().rposition(|token| matches!(token, Token::Char(':' | '/'))).map_or(0, |at| at + 1);
    let name = &used[last..];
    let is_sure = !name.is_empty() && !name.iter().any(|token| matches!(token, Token::Hole(_)));
    view.of_kind(kind).find(|resource| is_sure && resources::name_of(view, resource) == name)
}
