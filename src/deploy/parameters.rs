//! Which value each parameter gets, and where it comes from.

use crate::template::parameters::Supplied;
use crate::template::{Template, starters};

use super::stack::Stack;

/// A parameter's value as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterValue {
    /// Its name.
    pub key: String,
    /// Its value; `None` keeps the one that the stack has.
    pub value: Option<String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueOrigin {
    /// A flag, a file or the configuration.
    Given,
    /// The stack has it.
    Kept,
    /// The template's default.
    Default,
}

/// A parameter as it is shown: its value is `***` where it is not to be echoed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownParameter {
    /// Its name.
    pub key: String,
    /// Its value, masked.
    pub value: String,
    /// Where it comes from.
    pub origin: ValueOrigin,
    /// Whether it is a value that `init` made up.
    pub is_made_up: bool,
}

/// What is known of a declared parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Its default.
    pub default: Option<String>,
    /// Values that `init` makes up for it.
    pub made_up: Vec<String>,
    /// Whether its value is kept from view.
    pub no_echo: bool,
}

/// The parameters that a template declares.
pub fn declared(template: &Template) -> Vec<Declared> {
    let made_up = starters::made_up();
    let of = |name: &str| {
        let known = made_up.iter().filter(|(key, _)| key == name);
        known.map(|(_, value)| value.clone()).collect()
    };
    let one = |parameter: &crate::template::Parameter| Declared {
        name: parameter.name.to_string(),
        default: parameter.default.clone(),
        made_up: of(&parameter.name),
        no_echo: parameter.no_echo,
    };
    template.parameters.iter().map(one).collect()
}

/// The values to send and to show; or what is missing or wrong.
pub fn settle(
    declared: &[Declared],
    supplied: &Supplied,
    stack: Option<&Stack>,
) -> Result<(Vec<ParameterValue>, Vec<ShownParameter>), Vec<String>> {
    let previous = |name: &str| {
        let parameters = stack.map(|stack| stack.parameters.as_slice()).unwrap_or_default();
        parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    };
    let (mut sent, mut shown, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for parameter in declared {
        let name = &parameter.name;
        let mut show = |value: &str, origin| {
            let is_made_up =
                origin != ValueOrigin::Default && parameter.made_up.iter().any(|known| known == value);
            let value = if parameter.no_echo { "***".to_owned() } else { value.to_owned() };
            shown.push(ShownParameter { key: name.clone(), value, origin, is_made_up });
        };
        if let Some(value) = supplied.get(name) {
            show(value, ValueOrigin::Given);
            sent.push(ParameterValue { key: name.clone(), value: Some(value.clone()) });
        } else if let Some(value) = previous(name) {
            show(&value, ValueOrigin::Kept);
            sent.push(ParameterValue { key: name.clone(), value: None });
        } else if let Some(default) = &parameter.default {
            show(default, ValueOrigin::Default);
        } else {
            wrong.push(format!("the parameter `{name}` has no value: give `--parameter {name}=...`"));
        }
    }
    if wrong.is_empty() { Ok((sent, shown)) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;

    #[test]
    fn given_beats_kept_beats_default_and_secrets_stay_hidden() {
        let text = "Parameters:\n  A: {Type: String, Default: a}\n  B: {Type: String}\n  C: {Type: String, NoEcho: true}\n  \
                    D: {Type: String, AllowedValues: [dev, prod]}\n";
        let declared = declared(&Template::read(Source::new("t", text)));
        let stack = Stack {
            parameters: vec![("B".to_owned(), "kept".to_owned()), ("Old".to_owned(), "gone".to_owned())],
            ..Stack::default()
        };
        let supplied = |pairs: &[(&str, &str)]| -> Supplied {
            pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
        };
        let (sent, shown) =
            settle(&declared, &supplied(&[("C", "hunter2"), ("D", "prod")]), Some(&stack)).unwrap();
        let sent: Vec<_> = sent.iter().map(|value| (value.key.as_str(), value.value.as_deref())).collect();
        assert_eq!(sent, [("B", None), ("C", Some("hunter2")), ("D", Some("prod"))]);
        let shown: Vec<_> = shown.iter().map(|shown| (shown.value.as_str(), shown.origin)).collect();
        assert_eq!(
            shown,
            [
                ("a", ValueOrigin::Default),
                ("kept", ValueOrigin::Kept),
                ("***", ValueOrigin::Given),
                ("prod", ValueOrigin::Given)
            ]
        );
        let wrong = settle(&declared, &supplied(&[("C", "x"), ("D", "prod")]), None).unwrap_err();
        assert_eq!(wrong, ["the parameter `B` has no value: give `--parameter B=...`"]);
    }

    #[test]
    fn values_that_init_made_up_are_known() {
        let text = "Parameters:\n  SecretArn: {Type: String}\n  HecEndpoint: {Type: String}\n";
        let declared = declared(&Template::read(Source::new("t", text)));
        let made_up = "arn:aws:secretsmanager:us-east-1:123456789012:secret:splunk-hec";
        let supplied: Supplied = [("SecretArn", made_up), ("HecEndpoint", "https://hec.own.net:8088")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        let (_, shown) = settle(&declared, &supplied, None).unwrap();
        let flags: Vec<_> = shown.iter().map(|shown| (shown.key.as_str(), shown.is_made_up)).collect();
        assert_eq!(flags, [("SecretArn", true), ("HecEndpoint", false)]);
    }
}
