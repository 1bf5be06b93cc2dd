//! Resources as CloudFormation YAML, with the short forms of functions.

use std::fmt::Write as _;

use serde_json::Value;

/// The YAML of a template fragment.
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                // Writing into a text can't fail.
                let _ = write!(out, "{pad}{}:", scalar(key));
                inside(below, indent, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut below = String::new();
                match flat(item) {
                    Some(text) => below.push_str(&format!("{pad}- {text}\n")),
                    None => {
                        block(item, indent + 2, &mut below);
                        below.replace_range(indent..indent + 2, "- ");
                    }
                }
                out.push_str(&below);
            }
        }
        other => {
            let _ = writeln!(out, "{pad}{}", flat(other).unwrap_or_default());
        }
    }
}

fn inside(value: &Value, indent: usize, out: &mut String) {
    match flat(value) {
        Some(text) => {
            let _ = writeln!(out, " {text}");
        }
        None => {
            out.push('\n');
            block(value, indent + 2, out);
        }
    }
}

/// A value that fits behind its key: a scalar, or a function in its short form.
fn flat(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(scalar(text)),
        Value::Object(map) if map.is_empty() => Some("{}".to_owned()),
        Value::Array(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Object(map) if map.len() == 1 => match map.iter().next()? {
            (key, Value::String(text)) if key == "Ref" => Some(format!("!Ref {}", scalar(text))),
            (key, Value::String(text)) if key == "Fn::Sub" => Some(format!("!Sub {}", quoted(text))),
            (key, Value::Array(parts)) if key == "Fn::GetAtt" => {
                let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
                Some(format!("!GetAtt {}", parts.join(".")))
            }
            _ => None,
        },
        Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// Plain where nothing in it means something to YAML.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':');
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = word.contains(&text.to_ascii_lowercase().as_str());
    if starts && text.chars().all(is_plain) && !text.ends_with(':') && !is_word {
        return text.to_owned();
    }
    quoted(text)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_take_their_short_form_and_dates_are_quoted() {
        let value = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [
                {"Fn::GetAtt": ["Data", "Arn"]}, {"Fn::Sub": "${Data.Arn}/*"}, "*",
            ]}],
        });
        let wanted = "Version: \"2012-10-17\"\nStatement:\n  - Effect: Allow\n    Action:\n      - s3:PutObject\n    \
                      Resource:\n      - !GetAtt Data.Arn\n      - !Sub \"${Data.Arn}/*\"\n      - \"*\"\n";
        assert_eq!(yaml(&value), wanted);
    }
}
