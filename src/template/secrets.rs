//! Where a template holds secrets in clear, so that no output ever shows them.

use crate::foundation::document::{Chunk, Node, Text, Value};
use crate::foundation::secret_name::is_secret_name;
use crate::foundation::span::Span;

use super::Template;

/// Properties whose values are secrets, of delivery streams and of the resources around them.
const SECRET_PROPERTIES: [&str; 9] = [
    "AccessKey",
    "HECToken",
    "KeyPassphrase",
    "MasterUserPassword",
    "Password",
    "PrivateKey",
    "SecretString",
    "SecretAccessKey",
    "AuthToken",
];

/// Whether values of a property are secrets.
pub fn is_secret_property(name: &str) -> bool {
    SECRET_PROPERTIES.contains(&name)
}

/// A secret in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The scalar that holds it.
    pub span: Span,
    /// The secret itself.
    pub text: String,
}

/// All secrets in clear: values of secret properties, and defaults of `NoEcho` parameters and of parameters that
/// feed a secret property.
pub fn find(template: &Template) -> Vec<Secret> {
    let mut walk = Walk { secrets: Vec::new(), parameters: Vec::new() };
    for resource in &template.resources {
        walk.node(&resource.node, false);
    }
    for parameter in &template.parameters {
        if parameter.no_echo || walk.parameters.contains(&parameter.name.to_string()) {
            if let Some(default) = parameter.node.get("Default") {
                walk.scalar(default);
            }
            for allowed in parameter.node.get("AllowedValues").and_then(Node::as_list).unwrap_or_default() {
                walk.scalar(allowed);
            }
        }
    }
    walk.secrets
}

/// Shortest secret that is masked in what a program wrote, in bytes: shorter ones would blot out ordinary text.
const SHORTEST: usize = 4;

/// The forms in which a program may write a text: as it is, as in a text of JSON, and each of its lines. The longest
/// first, as one may be part of another.
pub fn written_forms(text: &str) -> Vec<String> {
    let escaped = serde_json::Value::from(text).to_string();
    let mut forms = vec![text.to_owned(), escaped[1..escaped.len() - 1].to_owned()];
    forms.extend(text.lines().map(|line| line.trim().to_owned()));
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

/// A text with every secret replaced by `***`.
pub fn mask_message(secrets: &[Secret], message: &str) -> String {
    let mut masked = message.to_owned();
    // Very short secrets would blot out half of every message; they are masked in excerpts all the same.
    for secret in secrets.iter().filter(|secret| secret.text.len() >= SHORTEST) {
        if masked.contains(&secret.text) {
            masked = masked.replace(&secret.text, "***");
        }
    }
    masked
}

/// The source with the letters of secrets as `*`, so that places stay what they are.
pub fn mask_source(secrets: &[Secret], source: &str) -> String {
    let mut masked = source.to_owned();
    for secret in secrets {
        let range = secret.span.range();
        if let Some(written) = source.get(range.clone()) {
            let stars: String = written
                .chars()
                .map(|c| {
                    if c.is_whitespace() || c == '"' || c == '\'' {
                        c.to_string()
                    } else {
                        "*".repeat(c.len_utf8())
                    }
                })
                .collect();
            masked.replace_range(range, &stars);
        }
    }
    masked
}

struct Walk {
    secrets: Vec<Secret>,
    parameters: Vec<String>,
}

impl Walk {
    fn node(&mut self, node: &Node, secret: bool) {
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.node(item, secret)),
            Value::Map(map) => {
                // An attribute of requests says by its name whether its value is one.
                let name = node.get("AttributeName").and_then(Node::as_text);
                let has_secret_name = name.is_some_and(|name| is_secret_name(&name));
                for entry in &map.entries {
                    let is_attribute = has_secret_name && &*entry.key == "AttributeValue";
                    let is_secret = is_attribute || SECRET_PROPERTIES.contains(&&*entry.key);
                    self.node(&entry.node, secret || is_secret);
                }
            }
            Value::Call(call) if secret => match (&*call.function, call.argument.as_text()) {
                ("Ref", Some(name)) => self.parameters.push(name.into_owned()),
                ("GetAtt" | "ImportValue", _) => {}
                ("If", _) => {
                    let branches = call.argument.as_list().unwrap_or_default();
                    branches.iter().skip(1).for_each(|node| self.node(node, true));
                }
                _ => self.node(&call.argument, true),
            },
            Value::Call(call) => self.node(&call.argument, false),
            _ if secret => self.scalar(node),
            _ => {}
        }
    }

    fn scalar(&mut self, node: &Node) {
        let Some(text) = node.as_text() else { return };
        let origin = match &node.value {
            Value::String(Text { chunks }) => match chunks.first() {
                Some(Chunk::Known(_, origin)) => origin.scalar,
                _ => node.span,
            },
            Value::Bool(..) => return,
            _ => node.span,
        };
        if !text.is_empty() && !text.starts_with("{{resolve:") {
            self.secrets.push(Secret { span: origin, text: text.into_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;

    #[test]
    fn attributes_with_a_telling_name_are_secrets() {
        let text = "Parameters:\n  Key: {Type: String, Default: hunter22}\n\
                    Resources:\n  S:\n    Type: T\n    Properties:\n      CommonAttributes:\n        \
                    - {AttributeName: api-key, AttributeValue: !Ref Key}\n        \
                    - {AttributeName: X-Token, AttributeValue: open-sesame}\n        \
                    - {AttributeName: environment, AttributeValue: production}\n";
        let found = find(&Template::read(Source::new("t", text)));
        let texts: Vec<&str> = found.iter().map(|secret| &*secret.text).collect();
        assert_eq!(texts, ["open-sesame", "hunter22"]);
    }

    #[test]
    fn a_secret_has_the_forms_that_programs_write() {
        assert_eq!(written_forms("hunter22"), ["hunter22"]);
        assert_eq!(written_forms("a"), Vec::<String>::new());
        assert_eq!(
            written_forms("first \"line\"\nend\nlast"),
            ["first \\\"line\\\"\\nend\\nlast", "first \"line\"\nend\nlast", "first \"line\"", "last"]
        );
    }

    #[test]
    fn secrets_are_found_and_masked() {
        let text = "Parameters:\n  Pw: {Type: String, Default: hunter22}\n\
                    Resources:\n  S:\n    Type: T\n    Properties:\n      Password: !Ref Pw\n      HECToken: \"ab-cd\"\n      AccessKey: '{{resolve:secretsmanager:x}}'\n";
        let template = Template::read(Source::new("t", text));
        let secrets = find(&template);
        let masked = mask_source(&secrets, text);
        assert_eq!(masked.len(), text.len());
        assert!(masked.contains("Default: ********}") && masked.contains("HECToken: \"*****\""));
        assert!(masked.contains("{{resolve:secretsmanager:x}}"));
        assert_eq!(mask_message(&secrets, "it is `hunter22`"), "it is `***`");
    }
}
