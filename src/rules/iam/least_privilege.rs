//! The roles that a stream needs, with no more than it needs: printed from the table that the rules check against.

use serde_json::{Map, Value, json};

use super::asks::{self, Ask, Need};
use super::role;
use super::written::written;
use crate::model::permissions::{self, Feature, Permission};
use crate::rules::Scope;

/// A role.
#[derive(Debug, Clone, PartialEq)]
pub struct NeededRole {
    /// Its logical id: that of the template's role, or a new one.
    pub logical_id: String,
    /// The resource, in CloudFormation's JSON.
    pub resource: Value,
    /// Values of parameters that stand in it, since no text of a `Fn::Sub` tells how the template comes to them.
    pub as_given: Vec<String>,
}

/// The roles of a stream, in the order in which it names them. `kept` is the same stream in the same world, but that its
/// parameters stay parameters: a policy says `!Ref SecretArn`, not what the parameter happens to be.
pub fn roles(scope: &Scope<'_>, kept: &Scope<'_>) -> Vec<NeededRole> {
    let (mut all, by_parameter) = (asks::of_policies(scope), asks::of_policies(kept));
    let mut as_given = Vec::new();
    for at in 0..all.len() {
        let is_same = |ask: &&Ask<'_>| ask.feature == all[at].feature && ask.at.path == all[at].at.path;
        // A property may be asked of twice, with a role each.
        let before = all[..at].iter().filter(is_same).count();
        let twin = by_parameter.iter().filter(is_same).nth(before);
        write_by_parameter(&mut all[at], twin, scope, &mut as_given);
    }
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
        .map(|(logical_id, asks)| {
            let resource = resource(&logical_id, &asks);
            let stands =
                |text: &&String| asks.iter().flat_map(|ask| &ask.needs).any(|need| need.written == **text);
            let as_given = as_given.iter().filter(stands).cloned().collect();
            NeededRole { resource, logical_id, as_given }
        })
        .collect()
}

/// Puts parameters where their values stand.
fn write_by_parameter(
    ask: &mut Ask<'_>,
    twin: Option<&Ask<'_>>,
    scope: &Scope<'_>,
    as_given: &mut Vec<String>,
) {
    let template = scope.view.template;
    let parameter = ask.at.node.reference.as_ref().map(|reference| &*reference.target);
    let parameter = parameter.filter(|name| template.parameter(name).is_some());
    let value = written(ask.at.node);
    let is_of_one_form = twin.is_some_and(|twin| {
        let forms = |needs: &[Need]| needs.iter().map(|need| need.form).collect::<Vec<_>>();
        forms(&twin.needs) == forms(&ask.needs)
    });
    for (at, need) in ask.needs.iter_mut().enumerate() {
        let by_parameter = twin.filter(|_| is_of_one_form).and_then(|twin| twin.needs.get(at));
        match (by_parameter.filter(|twin| !twin.written.contains('…')), parameter) {
            (Some(twin), _) => need.written.clone_from(&twin.written),
            // Its form is told by the value alone, as that of a key or of a function's version is.
            (None, Some(name)) if value.len() > 1 && need.written.contains(&value) => {
                need.written = need.written.replace(&value, &format!("${{{name}}}"));
            }
            _ => {
                // Shorter values stand in any text.
                let is_in = |part: &str| part.len() > 2 && need.written.contains(part);
                let mut given = template
                    .parameters
                    .iter()
                    .filter_map(|known| scope.view.world.parameter(template, &known.name));
                let is_given = given.any(|value| value.split(',').any(|part| is_in(part.trim())));
                if is_given && !as_given.contains(&need.written) {
                    as_given.push(need.written.clone());
                }
            }
        }
    }
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
