//! What a parameter's declaration asks of its value. CloudFormation user guide, "Parameters": CloudFormation refuses others
//! before it does anything.

use fancy_regex::Regex;

use super::parameters::Parameter;
use crate::foundation::document::Node;

/// A constraint that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What it should be: `ConstraintDescription`, else the constraint in words.
    pub wanted: String,
    /// The constraint as it is declared, such as `MinValue: 1`, where `wanted` is the template's own description.
    pub constraint: Option<String>,
}

/// The first constraint that a value breaks; `None` where it is as it should be, or that can't be told here.
pub fn broken(parameter: &Parameter, value: &str) -> Option<Broken> {
    // What such a value stands for is known on deployment only.
    if parameter.is_from_parameter_store() {
        return None;
    }
    let is_number = matches!(parameter.kind.as_str(), "Number" | "List<Number>");
    let items: Vec<&str> = match parameter.is_list() {
        true => value.split(',').map(str::trim).collect(),
        false => vec![value],
    };
    let (words, declared) = items.into_iter().find_map(|item| of_item(parameter, item, is_number))?;
    let described = parameter.node.get("ConstraintDescription").and_then(Node::as_text);
    Some(match described {
        Some(description) if declared.is_some() => {
            Broken { wanted: description.into_owned(), constraint: declared }
        }
        _ => Broken { wanted: words, constraint: None },
    })
}

/// What one value breaks: in words, and as it is declared.
fn of_item(parameter: &Parameter, item: &str, is_number: bool) -> Option<(String, Option<String>)> {
    let text = |name: &str| parameter.node.get(name).and_then(Node::as_text);
    let number = |name: &str| text(name).and_then(|text| text.trim().parse::<f64>().ok());
    let declared = |name: &str| text(name).map(|text| format!("{name}: {text}"));
    let value = item.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    if is_number && value.is_none() {
        return Some(("it must be a number".to_owned(), None));
    }
    let is_same = |allowed: &String| {
        allowed == item || is_number && value.is_some() && allowed.trim().parse::<f64>().ok() == value
    };
    if !parameter.allowed.is_empty() && !parameter.allowed.iter().any(is_same) {
        let all = parameter.allowed.join(", ");
        return Some((format!("it must be one of {all}"), Some(format!("AllowedValues: {all}"))));
    }
    let length = item.chars().count() as f64;
    let bounds = [
        ("MinValue", is_number, value, false, ""),
        ("MaxValue", is_number, value, true, ""),
        ("MinLength", !is_number, Some(length), false, " characters long"),
        ("MaxLength", !is_number, Some(length), true, " characters long"),
    ];
    for (name, applies, value, is_upper, unit) in bounds {
        let (Some(bound), Some(value)) = (number(name).filter(|_| applies), value) else { continue };
        if if is_upper { value > bound } else { value < bound } {
            let side = if is_upper { "at most" } else { "at least" };
            return Some((format!("it must be {side} {bound}{unit}"), declared(name)));
        }
    }
    let pattern = text("AllowedPattern").filter(|_| !is_number)?;
    // The whole value has to fit. A pattern that is only known to Java's expressions, or takes too long, is left to AWS.
    let regex = Regex::new(&format!(r"\A(?:{pattern})\z")).ok()?;
    match regex.is_match(item) {
        Ok(false) => Some((format!("it must match {pattern}"), declared("AllowedPattern"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;
    use crate::template::Template;

    fn wanted(declaration: &str, value: &str) -> Option<String> {
        let text = format!("Parameters: {{P: {{{declaration}}}}}\n");
        let template = Template::read(Source::new("t", text));
        broken(template.parameter("P").unwrap(), value).map(|broken| broken.wanted)
    }

    #[test]
    fn values_are_held_to_what_is_declared() {
        let days = "Type: Number, MinValue: 1, MaxValue: 3650";
        assert_eq!(wanted(days, "0").unwrap(), "it must be at least 1");
        assert_eq!(wanted(days, "3651").unwrap(), "it must be at most 3650");
        assert_eq!(wanted(days, "many").unwrap(), "it must be a number");
        assert_eq!(wanted(days, "3650"), None);
        assert_eq!(
            wanted("Type: String, MinLength: 3", "äö").unwrap(),
            "it must be at least 3 characters long"
        );
        let name = "Type: String, AllowedPattern: '[a-z]+'";
        assert_eq!(wanted(name, "a1").unwrap(), "it must match [a-z]+");
        assert_eq!(wanted(name, "a"), None);
        let described = "Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: lower-case letters";
        assert_eq!(wanted(described, "A").unwrap(), "lower-case letters");
        let list = "Type: CommaDelimitedList, AllowedValues: [a, b]";
        assert_eq!(wanted(list, "a, c").unwrap(), "it must be one of a, b");
        assert_eq!(wanted(list, "a, b"), None);
        assert_eq!(wanted("Type: Number, AllowedValues: [1, 5]", "5.0"), None);
    }

    #[test]
    fn what_can_not_be_told_is_left_to_aws() {
        assert_eq!(wanted("Type: AWS::SSM::Parameter::Value<String>, AllowedPattern: '[a-z]+'", "/A"), None);
        assert_eq!(wanted("Type: String, AllowedPattern: '[a-z&&[^b]'", "b"), None);
        // One that takes too long is given up.
        let slow = "Type: String, AllowedPattern: '(a|a)*(?=x)(a*)*\\1b'";
        assert_eq!(wanted(slow, &"a".repeat(2_000)), None);
    }
}
