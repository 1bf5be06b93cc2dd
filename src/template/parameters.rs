//! Declared parameters, supplied values and pseudo parameters.

use std::collections::BTreeMap;

use crate::foundation::document::{Node, Origin, Text, Value};
use crate::foundation::scalar::Style;
use crate::foundation::span::Span;

/// A parameter as declared.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: Box<str>,
    /// Where the name stands.
    pub name_span: Span,
    /// `Type`; `String` when absent.
    pub kind: String,
    /// `Default`, as text.
    pub default: Option<String>,
    /// `AllowedValues`, as text.
    pub allowed: Vec<String>,
    /// `NoEcho: true`.
    pub no_echo: bool,
    /// The whole declaration.
    pub node: Node,
}

impl Parameter {
    /// Whether the value is a list: `CommaDelimitedList` and `List<...>`.
    pub fn is_list(&self) -> bool {
        self.kind == "CommaDelimitedList"
            || self.kind.starts_with("List<")
            || self.kind.contains("::Value<List<")
    }

    /// Whether the value is the name of an SSM parameter, so that what it gives is known on deployment only.
    pub fn is_from_parameter_store(&self) -> bool {
        self.kind.starts_with("AWS::SSM::Parameter::Value<")
    }

    /// The value as a node at the place where it is used.
    pub fn value_at(&self, text: &str, place: Span) -> Node {
        if self.is_list() {
            let items = text.split(',').map(|item| text_at(item.trim(), place));
            return Node::new(place, Value::List(items.collect()));
        }
        text_at(text, place)
    }
}

/// A known text that stands for something written elsewhere, at the place where it is used.
pub fn text_at(text: &str, place: Span) -> Node {
    let origin = Origin { scalar: place, style: Style::Plain, offset: 0, literal: false };
    Node::new(place, Value::String(Text::known(text, origin)))
}

/// The parameters of the section.
pub fn declared(section: Option<&Node>) -> Vec<Parameter> {
    let entries = section.and_then(Node::as_map).map(|map| map.entries.as_slice()).unwrap_or_default();
    let text = |node: &Node| match &node.value {
        // `Default: [a, b]` is not legal; a list type's default is one comma-separated string.
        Value::List(_) | Value::Map(_) => None,
        Value::Null => Some(String::new()),
        _ => node.as_text().map(|text| text.into_owned()),
    };
    let parameter = |entry: &crate::foundation::document::Entry| Parameter {
        name: entry.key.clone(),
        name_span: entry.key_span,
        kind: entry.node.get("Type").and_then(text).unwrap_or_else(|| "String".to_owned()),
        default: entry.node.get("Default").and_then(text),
        allowed: entry
            .node
            .get("AllowedValues")
            .and_then(Node::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(text)
            .collect(),
        no_echo: entry.node.get("NoEcho").and_then(Node::as_bool).unwrap_or(false),
        node: entry.node.clone(),
    };
    entries.iter().map(parameter).collect()
}

/// Values of the pseudo parameters; `None` is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pseudo {
    /// `AWS::Region`.
    pub region: Option<String>,
    /// `AWS::AccountId`.
    pub account: Option<String>,
    /// `AWS::StackName`.
    pub stack_name: Option<String>,
}

impl Pseudo {
    /// The value of a pseudo parameter by its full name.
    pub fn get(&self, name: &str) -> Option<String> {
        let partition = |region: &str| match region {
            region if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn"),
            region if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
            _ => ("aws", "amazonaws.com"),
        };
        let region = self.region.as_deref();
        match name {
            "AWS::Region" => self.region.clone(),
            "AWS::AccountId" => self.account.clone(),
            "AWS::StackName" => self.stack_name.clone(),
            "AWS::Partition" => region.map(|region| partition(region).0.to_owned()),
            "AWS::URLSuffix" => region.map(|region| partition(region).1.to_owned()),
            "AWS::StackId" => {
                let (region, account, stack) = (region?, self.account.as_ref()?, self.stack_name.as_ref()?);
                let id = "00000000-0000-0000-0000-000000000000";
                Some(format!(
                    "arn:{}:cloudformation:{region}:{account}:stack/{stack}/{id}",
                    partition(region).0
                ))
            }
            _ => None,
        }
    }
}

/// The pseudo parameters that CloudFormation has.
pub const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Values given on the command line or in a file.
pub type Supplied = BTreeMap<String, String>;
