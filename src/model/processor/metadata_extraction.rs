//! `MetadataExtraction`: partition keys of a record, by a jq query.
//!
//! Plain paths (`{a: .x.y}`) are read without making a tree of the record; everything else runs in the jq engine.
//! Values are text as `tostring` makes it (CHOICE); of several results the first counts (CHOICE).

use std::fmt;

use std::collections::BTreeMap;

use super::plain_path;
use crate::{
    foundation::{json_skim, json_values},
    model::{
        failure::Failure,
        limits::LONGEST_EVALUATED_PREFIX,
        partition_key::{Pair, PartitionKey},
        query::{self, KeyText, NOT_JSON, Query},
    },
};

/// A key, and the members that lead to its value.
type PlainPath = (Box<str>, Vec<Box<str>>);

/// A partition key, and whether a value of it was no text.
type Key = (PartitionKey, bool);

/// A compiled query with the keys that are wanted of it.
#[derive(Clone)]
pub struct MetadataExtraction {
    keys: Vec<Box<str>>,
    /// For each wanted key the members that lead to its value, where the query has plain paths only.
    paths: Option<Vec<Vec<Box<str>>>>,
    query: Query,
}

impl fmt::Debug for MetadataExtraction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MetadataExtraction").field("keys", &self.keys).field("paths", &self.paths).finish()
    }
}

impl MetadataExtraction {
    /// Compiles a query; `keys` are those that the prefix uses.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub fn compile(text: &str, keys: Vec<Box<str>>) -> Result<MetadataExtraction, String> {
        let query = Query::parse(text).map_err(|error| error.message)?;
        let paths = plain_paths(text).and_then(|paths| {
            let path =
                |key: &str| paths.iter().rev().find(|(name, _)| &**name == key).map(|(_, path)| path.clone());
            keys.iter().map(|key| path(key)).collect()
        });
        Ok(MetadataExtraction { keys, paths, query })
    }

    /// The partition key of a record.
    ///
    /// # Errors
    /// `DynamicPartitioning.MetadataExtractionFailed` where the record is not JSON, or a value is missing, null or empty.
    pub fn extract(&self, record: &[u8]) -> Result<PartitionKey, Failure> {
        self.key(self.found(record)?).map(|(key, _)| key)
    }

    /// As [`MetadataExtraction::extract`], with keys that were found before.
    ///
    /// # Errors
    /// As there.
    pub fn extract_knowing(&self, known: &mut KnownKeys, record: &[u8]) -> Result<PartitionKey, Failure> {
        const FEW: usize = 8;
        let object = std::str::from_utf8(record).ok().filter(|text| text.trim_start().starts_with('{'));
        let (Some(paths), Some(object)) = (&self.paths, object) else {
            return known.noting(self.found(record).and_then(|found| self.key(found)));
        };
        let (mut few, mut many) = ([None; FEW], Vec::new());
        let found = match few.get_mut(..paths.len()) {
            Some(few) => few,
            None => {
                many.resize(paths.len(), None);
                &mut many[..]
            }
        };
        // A path has a member at least.
        let first = paths.iter().map(|path| &*path[0]);
        let is_json = json_skim::find(object, first, found);
        if is_json.is_none() {
            return Err(failed(NOT_JSON.to_owned()));
        }
        known.get_or_find(found, |found| {
            let values = paths.iter().zip(found).map(|(path, found)| match found {
                Some(found) => plain_path::value(found, &path[1..]),
                None => Some(None),
            });
            match values.collect() {
                Some(values) => self.key(values),
                None => self.found(record).and_then(|found| self.key(found)),
            }
        })
    }

    /// What the query gives for each wanted key; `None` for null and for what is missing.
    ///
    /// # Errors
    /// `DynamicPartitioning.MetadataExtractionFailed` where the record is not JSON, or the query fails.
    pub fn values(&self, record: &[u8]) -> Result<Vec<Option<String>>, Failure> {
        let found = self.found(record)?;
        Ok(found.into_iter().map(|value| value.map(|value| value.text)).collect())
    }

    fn found(&self, record: &[u8]) -> Result<Vec<Option<KeyText>>, Failure> {
        let values = match &self.paths {
            None => self.query.values(record, &self.keys),
            Some(paths) => match json_values::json_text(record) {
                None => Err(NOT_JSON.to_owned()),
                Some(json) => match by_paths(json, paths) {
                    Some(values) => Ok(values),
                    None => self.query.values(record, &self.keys),
                },
            },
        };
        values.map_err(failed)
    }

    fn key(&self, values: Vec<Option<KeyText>>) -> Result<Key, Failure> {
        let has_other_kinds = values.iter().flatten().any(|value| !value.is_text);
        let mut pairs: Vec<Pair> = Vec::with_capacity(values.len());
        let mut length = 0;
        for (key, value) in self.keys.iter().zip(values) {
            let Some(value) = value.map(|value| value.text).filter(|value| !value.is_empty()) else {
                return Err(no_value(key));
            };
            length += value.chars().count();
            pairs.push((key.clone(), value.into()));
        }
        if length > LONGEST_EVALUATED_PREFIX {
            return Err(failed("Length of evaluated prefix cannot be greater than 512".to_owned()));
        }
        Ok((PartitionKey::new(pairs), has_other_kinds))
    }
}

/// Keys that were found before, by the texts of the members that they were found in: records of one batch mostly go to few
/// partitions. A bounded number of them.
#[derive(Debug, Default)]
pub struct KnownKeys {
    keys: BTreeMap<Box<[u8]>, PartitionKey>,
    /// The texts of the members that are looked for.
    place: Vec<u8>,
    /// Whether a value was no text.
    pub(super) has_other_kinds: bool,
}

impl KnownKeys {
    fn get_or_find(
        &mut self,
        members: &[Option<&str>],
        find: impl FnOnce(&[Option<&str>]) -> Result<Key, Failure>,
    ) -> Result<PartitionKey, Failure> {
        const MOST: usize = 1_024;
        const LONGEST: usize = 256;
        if members.iter().flatten().map(|text| text.len()).sum::<usize>() > LONGEST {
            return self.noting(find(members));
        }
        self.place.clear();
        for text in members {
            // No byte of well-formed JSON is zero, so that texts can't run into each other.
            self.place.extend_from_slice(text.map_or(&[][..], str::as_bytes));
            self.place.push(0);
        }
        if let Some(key) = self.keys.get(&self.place[..]) {
            return Ok(key.clone());
        }
        let key = self.noting(find(members))?;
        if self.keys.len() < MOST {
            self.keys.insert(self.place[..].into(), key.clone());
        }
        Ok(key)
    }

    fn noting(&mut self, found: Result<Key, Failure>) -> Result<PartitionKey, Failure> {
        let (key, has_other_kinds) = found?;
        self.has_other_kinds |= has_other_kinds;
        Ok(key)
    }
}

/// The values of all keys; `None` where the engine must be asked.
fn by_paths(json: &str, paths: &[Vec<Box<str>>]) -> Option<Vec<Option<KeyText>>> {
    paths.iter().map(|path| plain_path::value(json, path)).collect()
}

/// What a record fails with whose key has no value, or an empty one.
pub fn no_value(key: &str) -> Failure {
    failed(format!("partitionKeys values must not be null or empty: {key}"))
}

/// The text that a value comes to, as `tostring` makes it; `None` for null and for the empty text.
pub fn json_text(value: &serde_json::Value) -> Option<String> {
    let text = match value {
        serde_json::Value::Null => return None,
        serde_json::Value::String(text) => text.clone(),
        other => query::tostring(other),
    };
    (!text.is_empty()).then_some(text)
}

fn failed(mut message: String) -> Failure {
    // An error of the engine may show its input.
    if let Some((end, _)) = message.char_indices().nth(300) {
        message.truncate(end);
    }
    Failure::processing("DynamicPartitioning.MetadataExtractionFailed", message)
}

/// Names and paths of a query that has nothing but plain paths: `{a: .x.y, "b": .z, c}`.
fn plain_paths(text: &str) -> Option<Vec<PlainPath>> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut paths = Vec::new();
    for entry in inside.split(',') {
        let (name, path) = match entry.split_once(':') {
            Some((name, path)) => (name.trim(), path.trim()),
            None => return None,
        };
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        let members: Vec<&str> = path.strip_prefix('.')?.split('.').collect();
        if !is_name(name) || !members.iter().all(|member| is_name(member)) {
            return None;
        }
        paths.push((name.into(), members.into_iter().map(Into::into).collect()));
    }
    Some(paths)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compiled(query: &str, keys: &[&str]) -> MetadataExtraction {
        MetadataExtraction::compile(query, keys.iter().map(|key| Box::from(*key)).collect()).unwrap()
    }

    /// "CHOICE: `tostring` semantics as jq": keys of a function are written as those of a query are.
    #[test]
    fn row_7_keys_of_a_function_are_written_as_jq_writes_them() {
        for (written, text) in [
            ("1.0", "1"),
            ("12345678901234567890", "12345678901234567000"),
            ("0.1", "0.1"),
            ("1e17", "1e+17"),
            ("true", "true"),
            (r#"{"b":1.0,"a":[2e0]}"#, r#"{"b":1,"a":[2]}"#),
            (r#""1.0""#, "1.0"),
        ] {
            let value = serde_json::from_str(written).unwrap();
            assert_eq!(json_text(&value).as_deref(), Some(text), "{written}");
            let record = format!(r#"{{"k":{written}}}"#);
            assert_eq!(values("{k: .k}", &["k"], &record).unwrap(), [text], "{written}");
        }
        assert_eq!(json_text(&serde_json::Value::Null), None);
    }

    fn values(query: &str, keys: &[&str], record: &str) -> Result<Vec<String>, String> {
        let key = compiled(query, keys).extract(record.as_bytes()).map_err(|failure| failure.message)?;
        Ok(key.pairs().iter().map(|(_, value)| value.to_string()).collect())
    }

    #[test]
    fn values_are_text_as_tostring_makes_it() {
        let query = "{a: .a, b: .b.c}";
        let both = |record| values(query, &["a", "b"], record);
        assert_eq!(both(r#"{"a":"x/y","b":{"c":7}}"#).unwrap(), ["x/y", "7"]);
        assert_eq!(both(r#"{"a":true,"b":{"c":1.0}}"#).unwrap(), ["true", "1"]);
        assert_eq!(both(r#"{"a":[1,"b"],"b":{"c":-2.5}}"#).unwrap(), [r#"[1,"b"]"#, "-2.5"]);
        let query = r#"{d: (.t | strftime("%Y/%m")), l: (.l | ascii_downcase), o: (.x // "none")}"#;
        let all = values(query, &["d", "l", "o"], r#"{"t":1535365800,"l":"UP"}"#);
        assert_eq!(all.unwrap(), ["2018/08", "up", "none"]);
    }

    /// Behaviour sheet, 7 and 17: keys that are no strings are a CHOICE.
    #[test]
    fn a_value_that_is_no_text_is_noticed() {
        let noticed = |query, record: &str| {
            let mut known = KnownKeys::default();
            compiled(query, &["a"]).extract_knowing(&mut known, record.as_bytes()).unwrap();
            known.has_other_kinds
        };
        for query in
            ["{a: .a}", "{a: (.a // 1)}", "{a: (.a | if . == 7 then . else . end)}", "{a: (.a | first(.))}"]
        {
            assert!(!noticed(query, r#"{"a":"7"}"#), "{query}");
            assert!(noticed(query, r#"{"a":7}"#) && noticed(query, r#"{"a":1.0}"#), "{query}");
            assert!(noticed(query, r#"{"a":true}"#) && noticed(query, r#"{"a":[1]}"#), "{query}");
        }
    }

    #[test]
    fn missing_null_and_empty_values_fail() {
        for record in [r#"{}"#, r#"{"a":null}"#, r#"{"a":""}"#, "", "text", "{\"a\":1}{\"a\":2}"] {
            let message = values("{a: .a}", &["a"], record).unwrap_err();
            assert!(
                message.contains("partitionKeys values must not be null or empty"),
                "{record}: {message}"
            );
        }
        // The alternative does not replace an empty text.
        assert!(values(r#"{a: (.a // "x")}"#, &["a"], r#"{"a":""}"#).is_err());
        assert!(values("{a: .a}", &["a"], "[1]").is_err());
    }

    /// Values as jq 1.6 gives them (`jq -r`, run by hand).
    #[test]
    fn what_jq_1_6_gives() {
        let record = r#"{"s":"a-b-C","n":1700000000,"l":["x","y"],"o":{"k":[3,1,2]},"e":"eyJ6IjoxfQ==","d":"2024-05-06T07:08:09Z"}"#;
        for (query, wanted) in [
            (r#"{a: .s} # a comment, with "quotes" and (brackets"#, "a-b-C"),
            (r#"{a: "\(.s)/\(.n | strftime("%Y/%m/%d"))"}"#, "a-b-C/2023/11/14"),
            (r#"{a: (.s as $x | .l[1] + "/" + $x)}"#, "y/a-b-C"),
            (r#"{a: (.s | split("-") | join("/"))}"#, "a/b/C"),
            (r#"{a: ([.l[] | ascii_upcase] | join("+"))}"#, "X+Y"),
            (r#"{a: (.o.k | map(. + 1) | max)}"#, "4"),
            (r#"{a: (.o.k | sort | first)}"#, "1"),
            (r#"{a: (.e | @base64d | fromjson | .z)}"#, "1"),
            (r#"{a: (.d | fromdateiso8601 | strftime("%H"))}"#, "07"),
            (r#"{a: (if (.s | test("^a-")) then "yes" else "no" end)}"#, "yes"),
            (r#"{a: (.s | capture("-(?<m>[a-z])") | .m)}"#, "b"),
            (r#"{a: (.l | index("y"))}"#, "1"),
            (r#"{a: (.o | keys | .[0])}"#, "k"),
            (r#"{a: (.o | to_entries | .[0].key)}"#, "k"),
            (r#"{a: (.missing // .l[0])}"#, "x"),
            (r#"{a: ([.x, .s] | .[1])}"#, "a-b-C"),
            (r#"{a: (.n / 1000 | floor)}"#, "1700000"),
        ] {
            assert_eq!(values(query, &["a"], record).as_deref(), Ok(&[wanted.to_owned()][..]), "{query}");
        }
    }

    #[test]
    fn known_keys_are_those_that_are_found() {
        let both = compiled("{x: .a, y: .b.c}", &["x", "y"]);
        let known = &mut KnownKeys::default();
        for _ in 0..2 {
            for record in [
                r#"{"a":"1","b":{"c":2}}"#,
                r#"{"a":1,"b":{"c":2}}"#,
                r#"{"a":"","b":{"c":2}}"#,
                r#"{"b":{"c":"x"},"\u0061":"1"}"#,
                r#"{"a":"1","b":{"c":2},"a":"3"}"#,
                r#"{"a":"1","b":{"c":[1, 2]}}"#,
                r#"{"a":"1"}"#,
                r#" {"a":"1","b":{"c":2}} "#,
                r#"{"a":"1","b":{"c":2}"#,
                r#"[]"#,
                "null",
                "",
            ] {
                let found = both.extract_knowing(known, record.as_bytes());
                assert_eq!(found, both.extract(record.as_bytes()), "{record}");
            }
        }
        assert_eq!(known.keys.len(), 5);
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            any::<bool>().prop_map(|value| value.to_string()),
            any::<i64>().prop_map(|value| value.to_string()),
            (0_i32..100).prop_map(|value| value.to_string()),
            any::<f64>()
                .prop_filter("finite", |value| value.is_finite())
                .prop_map(|value| format!("{value:e}")),
            any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let member = (prop_oneof![Just("a"), Just("b"), Just("c")], inner.clone());
            prop_oneof![
                prop::collection::vec(member, 0..4).prop_map(|members| {
                    let members: Vec<String> =
                        members.into_iter().map(|(name, value)| format!(" \"{name}\" : {value} ")).collect();
                    format!("{{{}}}", members.join(","))
                }),
                prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            ]
        })
    }

    proptest! {
        #[test]
        fn plain_paths_agree_with_the_engine(record in json()) {
            let fast = compiled("{x: .a, y: .b.c}", &["x", "y"]);
            prop_assert!(fast.paths.is_some());
            let slow = MetadataExtraction { paths: None, ..fast.clone() }.extract(record.as_bytes());
            let known = &mut KnownKeys::default();
            prop_assert_eq!(&fast.extract(record.as_bytes()), &slow);
            for _ in 0..2 {
                prop_assert_eq!(&fast.extract_knowing(known, record.as_bytes()), &slow);
            }
        }
    }
}
