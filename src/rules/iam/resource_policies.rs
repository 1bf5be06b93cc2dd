//! What policies of the resources themselves allow to a role: within one account either side is enough.

use super::covering::may_cover;
use super::policies::{Origin, Statement, allows, one_or_many, statements};
use super::resources::{Side, Token, referred, tokens};
use super::{actions, role};
use crate::rules::{Place, View};
use crate::template::Resource;

/// Where resources of a type hold a policy, and the service whose actions it allows.
const KINDS: [(&str, &str, &str); 6] = [
    ("AWS::S3::BucketPolicy", "PolicyDocument", "s3"),
    ("AWS::KMS::Key", "KeyPolicy", "kms"),
    ("AWS::OpenSearchService::Domain", "AccessPolicies", "es"),
    ("AWS::Elasticsearch::Domain", "AccessPolicies", "es"),
    ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "secretsmanager"),
    ("AWS::Kinesis::ResourcePolicy", "ResourcePolicy", "kinesis"),
];

/// Whether a policy of a resource may allow an action to a role.
pub fn may<'a>(view: &'a View<'a>, role: &'a Resource, action: &str, used: &[Token]) -> bool {
    let service = actions::service(action).unwrap_or("");
    let kinds = KINDS.iter().filter(|(_, _, of)| *of == service);
    for (kind, property, _) in kinds {
        for resource in view.of_kind(kind) {
            let Some(document) = view.properties(resource).and_then(|properties| properties.get(property))
            else {
                continue;
            };
            let Some(statements) = statements(&document) else { return true };
            let grants = |place: Place<'a>| {
                let principal = names(view, &place, role);
                let statement = Statement::read(place, Origin::Separate(resource));
                principal && statement.may_allow(action) && statement.may_be_on(view, used)
            };
            if statements.into_iter().filter(allows).any(grants) {
                return true;
            }
        }
    }
    service == "lambda"
        && view.of_kind("AWS::Lambda::Permission").any(|permission| invokes(view, permission, role, action))
}

/// Whether the principal of a statement may be the role. A service is not: what delivers is the role.
fn names<'a>(view: &'a View<'a>, statement: &Place<'a>, role: &'a Resource) -> bool {
    let Some(principal) = statement.get("Principal") else { return statement.get("NotPrincipal").is_some() };
    if principal.node.is_unknown() {
        return true;
    }
    let accounts = match principal.node.as_map() {
        Some(_) => principal.get("AWS"),
        None => Some(principal),
    };
    accounts.is_some_and(|accounts| one_or_many(&accounts).iter().any(|place| is_role(view, place, role)))
}

fn is_role<'a>(view: &'a View<'a>, place: &Place<'a>, role: &'a Resource) -> bool {
    let arn = referred(view, &role.logical_id, Some("Arn"), Side::Used);
    role::find(view, place.node).is_some_and(|found| std::ptr::eq(found, role))
        || may_cover(&tokens(view, place.node, Side::Policy), &arn)
}

/// Whether an `AWS::Lambda::Permission` is for the role itself. One for the service is not what is used.
fn invokes<'a>(view: &'a View<'a>, permission: &'a Resource, role: &'a Resource, action: &str) -> bool {
    let Some(properties) = view.properties(permission) else { return false };
    let allowed = properties
        .get("Action")
        .is_none_or(|place| actions::may_cover(&super::policies::pattern(place.node), action));
    allowed && properties.get("Principal").is_some_and(|place| is_role(view, &place, role))
}
