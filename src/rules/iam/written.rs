//! How messages call things, and how a policy would write them.

use super::asks::find;
use crate::foundation::document::{Chunk, Node, Reference, Unknown, Value};
use crate::rules::View;
use crate::template::Template;

/// A value as the text of a `Fn::Sub`.
pub fn written(node: &Node) -> String {
    match &node.value {
        Value::Unknown(why) => variable(why),
        Value::String(text) => text
            .chunks
            .iter()
            .map(|chunk| match chunk {
                Chunk::Known(text, _) => text.to_string(),
                Chunk::Unknown(why, _) => variable(why),
            })
            .collect(),
        _ => node.as_text().unwrap_or_default().into_owned(),
    }
}

fn variable(why: &Unknown) -> String {
    match why {
        Unknown::Resource(Reference { target, attribute: None }) => format!("${{{target}}}"),
        Unknown::Resource(Reference { target, attribute: Some(attribute) }) => {
            format!("${{{target}.{attribute}}}")
        }
        Unknown::Parameter(name) | Unknown::Pseudo(name) => format!("${{{name}}}"),
        Unknown::Dynamic(_) | Unknown::Function(_) | Unknown::Undeclared(_) => "…".to_owned(),
    }
}

/// A thing in words: "bucket `Data`".
pub fn called<'a>(view: &'a View<'a>, node: &Node, noun: &str) -> String {
    let text = written(node);
    let target = node.reference.as_ref().map(|reference| &*reference.target);
    let inside = text.split("${").skip(1).find_map(|part| part.split(['.', '}']).next());
    let own = target.or(inside);
    if let Some(resource) = own.and_then(|name| view.template.resource(name)) {
        return format!("{noun} `{}`", resource.logical_id);
    }
    if noun == "bucket"
        && let Some(bucket) = find(view, "AWS::S3::Bucket", node)
    {
        return format!("{noun} `{}`", bucket.logical_id);
    }
    match text.as_str() {
        "" | "…" => format!("the {noun}"),
        text => format!("{noun} `{}`", text.strip_prefix("arn:aws:s3:::").unwrap_or(text)),
    }
}

/// A list in words: "`a`, `b` and `c`".
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [start @ .., last] => {
            let start: Vec<String> = start.iter().map(|name| format!("`{name}`")).collect();
            format!("{} and `{last}`", start.join(", "))
        }
    }
}

/// Whether a template is JSON.
pub fn is_json(template: &Template) -> bool {
    template.source.text.trim_start().starts_with('{')
}

/// A statement as the template would write it, YAML or JSON, in one line.
pub fn statement(template: &Template, actions: &[&str], resources: &[&str]) -> String {
    let is_json = is_json(template);
    let (actions, resources): (Vec<String>, Vec<String>) = match is_json {
        true => (
            actions.iter().map(|action| format!("\"{action}\"")).collect(),
            resources.iter().map(|resource| json(resource)).collect(),
        ),
        false => (
            actions.iter().map(|action| (*action).to_owned()).collect(),
            resources.iter().map(|resource| yaml(resource)).collect(),
        ),
    };
    let (actions, resources) = (actions.join(", "), resources.join(", "));
    match is_json {
        true => format!("{{\"Effect\": \"Allow\", \"Action\": [{actions}], \"Resource\": [{resources}]}}"),
        false => format!("{{Effect: Allow, Action: [{actions}], Resource: [{resources}]}}"),
    }
}

/// The one variable that a text consists of.
fn only_variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains(['$', '{', '}'])).then_some(name)
}

fn yaml(text: &str) -> String {
    match only_variable(text).map(|name| (name, name.contains('.'))) {
        Some((name, true)) => format!("!GetAtt {name}"),
        Some((name, false)) => format!("!Ref {name}"),
        None if text.contains("${") => format!("!Sub \"{text}\""),
        None => format!("\"{text}\""),
    }
}

fn json(text: &str) -> String {
    match only_variable(text).map(|name| (name, name.split_once('.'))) {
        Some((_, Some((name, attribute)))) => format!("{{\"Fn::GetAtt\": [\"{name}\", \"{attribute}\"]}}"),
        Some((name, None)) => format!("{{\"Ref\": \"{name}\"}}"),
        None if text.contains("${") => format!("{{\"Fn::Sub\": \"{text}\"}}"),
        None => format!("\"{text}\""),
    }
}
