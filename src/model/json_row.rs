//! Records as rows: the members of a record's one JSON object, and rows as lines of JSON.

use std::{borrow::Cow, collections::BTreeMap};

use super::format::json::{Json, single_value};

/// The members of an object, in its order.
pub type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// The members of the one object that a record is. Of a member that stands twice the last one counts.
///
/// # Errors
/// Why the record is no such object, in words.
pub fn members(record: &[u8]) -> Result<Members<'_>, String> {
    match single_value(record)? {
        Json::Object(members, _) => Ok(once(members)),
        other => Err(format!("The record is {}, not one JSON object.", kind(&other))),
    }
}

/// The members without those that a later one of the same name replaces.
pub fn once<'a>(members: Members<'a>) -> Members<'a> {
    let mut last = BTreeMap::new();
    for (at, (name, _)) in members.iter().enumerate() {
        last.insert(name.clone(), at);
    }
    if last.len() == members.len() {
        return members;
    }
    let is_last = |(at, (name, _)): &(usize, (Cow<'a, str>, Json<'a>))| last.get(name) == Some(at);
    members.into_iter().enumerate().filter(is_last).map(|(_, member)| member).collect()
}

/// What a value is, with its article.
pub fn kind(value: &Json<'_>) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(..) => "an array",
        Json::Object(..) => "an object",
    }
}

/// Writes an object of these members, whose values are JSON already.
pub fn write_object<'a>(
    members: impl IntoIterator<Item = (&'a str, Cow<'a, str>)>,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    out.write_all(b"{")?;
    for (number, (name, value)) in members.into_iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        write!(out, "{comma}{}:{value}", text(name))?;
    }
    out.write_all(b"}")
}

/// A text as JSON.
pub fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_object() {
        let names = |record: &str| -> Result<Vec<String>, String> {
            let members = members(record.as_bytes())?;
            Ok(members.iter().map(|(name, value)| format!("{name}={}", value.to_json())).collect())
        };
        assert_eq!(
            names("{\"a\": 1.50, \"b\": {\"c\" : [1, \"x y\"]}, \"a\": \"\\u00e9\"}\n").unwrap(),
            [r#"b={"c":[1,"x y"]}"#, r#"a="é""#]
        );
        for (record, why) in [
            ("[{}]", "an array"),
            ("{}{}", "More than one value"),
            ("7", "a number"),
            ("", "empty"),
            ("{", "byte 1"),
        ] {
            assert!(names(record).unwrap_err().contains(why), "{record}");
        }
        assert!(members(b"\xff").unwrap_err().contains("UTF-8"));
    }
}
