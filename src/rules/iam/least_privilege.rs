//! The roles that a stream needs, with no more than it needs: printed from the table that the rules check against.

use serde_json::{Map, Value, json};

use super::asks::{self, Ask};
use super::role;
use crate::model::permissions::{self, Feature, Permission};
use crate::rules::Scope;

/// A role.
#[derive(Debug, Clone, PartialEq)]
pub struct NeededRole {
    /// Its logical id: that of the template's role, or a new one.
    pub logical_id: String,
    /// The resource, in CloudFormation's JSON.
    pub resource: Value,
}

/// The roles of a stream, in the order in which it names them.
pub fn roles(scope: &Scope<'_>) -> Vec<NeededRole> {
    let all = asks::of_policies(scope);
    let mut named: Vec<(String, Vec<&Ask<'_>>)> = Vec::new();
    for ask in &all {
        let id = match role::find(scope.view, ask.role.node) {
            Some(role) => role.logical_id.to_string(),
            None => format!("{}Role", scope.stream.logical_id),
        };
        match named.iter_mut().find(|(known, _)| *known == id) {
            Some((_, asks)) => asks.push(ask),
            None => named.push((id, vec![ask])),
        }
    }
    named
        .into_iter()
        .map(|(logical_id, asks)| NeededRole { resource: resource(&logical_id, &asks), logical_id })
        .collect()
}

fn resource(logical_id: &str, asks: &[&Ask<'_>]) -> Value {
    let mut statements: Vec<Value> = Vec::new();
    for ask in asks {
        for statement in statements_of(ask) {
            if !statements.contains(&statement) {
                statements.push(statement);
            }
        }
    }
    json!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": {"Service": "firehose.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "AWS::AccountId"}}},
                }],
            },
            "Policies": [{
                "PolicyName": policy_name(logical_id),
                "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
            }],
        },
    })
}

fn policy_name(logical_id: &str) -> String {
    logical_id.to_lowercase()
}

/// One statement for the actions that are on the same resources.
fn statements_of(ask: &Ask<'_>) -> Vec<Value> {
    let mut groups: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for permission in permissions::of(ask.feature) {
        let resources = resources(ask, permission);
        match groups.iter_mut().find(|(known, _)| *known == resources) {
            Some((_, actions)) => actions.push(permission.action),
            None => groups.push((resources, vec![permission.action])),
        }
    }
    groups.into_iter().map(|(resources, actions)| statement(ask.feature, &actions, &resources)).collect()
}

fn resources<'n>(ask: &'n Ask<'_>, permission: &Permission) -> Vec<&'n str> {
    let mut resources: Vec<&str> = Vec::new();
    for need in ask.needs.iter().filter(|need| permission.on.contains(&need.form)) {
        if !resources.contains(&need.written.as_str()) {
            resources.push(&need.written);
        }
    }
    resources
}

fn statement(feature: Feature, actions: &[&str], resources: &[&str]) -> Value {
    let resources: Vec<Value> = resources.iter().map(|text| substituted(text)).collect();
    let mut statement = Map::new();
    statement.insert("Effect".into(), "Allow".into());
    statement.insert("Action".into(), actions.into());
    statement.insert("Resource".into(), resources.into());
    if let Some(service) = feature.key_used_via() {
        let via = substituted(&format!("{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"));
        statement.insert("Condition".into(), json!({"StringEquals": {"kms:ViaService": via}}));
    }
    Value::Object(statement)
}

/// The text of a `Fn::Sub` in the shortest form that gives the same.
pub fn substituted(text: &str) -> Value {
    let inside = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    match inside.filter(|inside| !inside.contains(['{', '}'])) {
        Some(name) => match name.split_once('.') {
            Some((target, attribute)) => json!({"Fn::GetAtt": [target, attribute]}),
            None => json!({"Ref": name}),
        },
        None if text.contains("${") => json!({"Fn::Sub": text}),
        None => json!(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_take_their_shortest_form() {
        assert_eq!(substituted("${Data.Arn}"), json!({"Fn::GetAtt": ["Data", "Arn"]}));
        assert_eq!(substituted("${Arn}"), json!({"Ref": "Arn"}));
        assert_eq!(substituted("${Data.Arn}/*"), json!({"Fn::Sub": "${Data.Arn}/*"}));
        assert_eq!(substituted("${A}-${B}"), json!({"Fn::Sub": "${A}-${B}"}));
        assert_eq!(substituted("*"), json!("*"));
    }
}
