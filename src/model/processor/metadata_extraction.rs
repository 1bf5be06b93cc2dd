//! `MetadataExtraction`: partition keys of a record, by a jq query.
//!
//! Plain paths (`{a: .x.y}`) are read without making a tree of the record; everything else runs in the jq engine.
//! Values are text as `tostring` makes it (CHOICE); of several results the first counts (CHOICE).

use std::{fmt, sync::Arc};

use jaq_core::load::{Arena, File, Loader};
use jaq_json::{Num, Val};
use sonic_rs::{JsonValueTrait, LazyValue};

use crate::{
    foundation::json_values::lazy_json,
    model::{
        failure::Failure,
        limits::LONGEST_EVALUATED_PREFIX,
        partition_key::{Pair, PartitionKey},
        query::{Query, query_cost},
    },
};

/// A key, and the members that lead to its value.
type PlainPath = (Box<str>, Vec<Box<str>>);

type Data = jaq_core::data::JustLut<Val>;

/// A compiled query with the keys that are wanted of it.
#[derive(Clone)]
pub struct MetadataExtraction {
    keys: Vec<Box<str>>,
    /// For each wanted key the members that lead to its value, where the query has plain paths only.
    paths: Option<Vec<Vec<Box<str>>>>,
    engine: Arc<jaq_core::Filter<Data>>,
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
    /// What is wrong with the query, or what of it is not run here: its time and memory must be bounded by the record.
    pub fn compile(text: &str, keys: Vec<Box<str>>) -> Result<MetadataExtraction, String> {
        let query = Query::parse(text).map_err(|error| error.message)?;
        query_cost::is_bounded(query.text())?;
        let arena = Arena::default();
        let loader = Loader::new(jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()));
        let modules = loader
            .load(&arena, File { code: text, path: () })
            .map_err(|_| "the query can't be compiled".to_owned())?;
        let functions =
            jaq_core::funs::<Data>().chain(jaq_std::funs::<Data>()).chain(jaq_json::funs::<Data>());
        let engine = jaq_core::Compiler::<_, Data>::default()
            .with_funs(functions)
            .compile(modules)
            .map_err(|_| "the query uses a function of jq 1.6 that is not run here".to_owned())?;
        let paths = plain_paths(text).and_then(|paths| {
            let path =
                |key: &str| paths.iter().rev().find(|(name, _)| &**name == key).map(|(_, path)| path.clone());
            keys.iter().map(|key| path(key)).collect()
        });
        Ok(MetadataExtraction { keys, paths, engine: Arc::new(engine) })
    }

    /// The partition key of a record.
    ///
    /// # Errors
    /// `DynamicPartitioning.MetadataExtractionFailed` where the record is not JSON, or a value is missing, null or empty.
    pub fn extract(&self, record: &[u8]) -> Result<PartitionKey, Failure> {
        self.key(self.values(record)?)
    }

    /// What the query gives for each wanted key; `None` for null and for what is missing.
    ///
    /// # Errors
    /// `DynamicPartitioning.MetadataExtractionFailed` where the record is not JSON, or the query fails.
    pub fn values(&self, record: &[u8]) -> Result<Vec<Option<String>>, Failure> {
        let Some(json) = lazy_json(record) else {
            return Err(failed(
                "The record is not JSON; partitionKeys values must not be null or empty".into(),
            ));
        };
        match self.by_paths(&json) {
            Some(values) => Ok(values),
            None => self.by_engine(record),
        }
    }

    fn key(&self, values: Vec<Option<String>>) -> Result<PartitionKey, Failure> {
        let mut pairs: Vec<Pair> = Vec::with_capacity(values.len());
        let mut length = 0;
        for (key, value) in self.keys.iter().zip(values) {
            let Some(value) = value.filter(|value| !value.is_empty()) else {
                return Err(no_value(key));
            };
            length += value.chars().count();
            pairs.push((key.clone(), value.into()));
        }
        if length > LONGEST_EVALUATED_PREFIX {
            return Err(failed("Length of evaluated prefix cannot be greater than 512".to_owned()));
        }
        Ok(PartitionKey::new(pairs))
    }

    /// `None` where the engine must be asked: values that are no text, truth value or small whole number, and members
    /// that are asked of something that is no object.
    fn by_paths(&self, json: &LazyValue<'_>) -> Option<Vec<Option<String>>> {
        self.paths.as_ref()?.iter().map(|path| by_path(json.as_raw_str(), path)).collect()
    }

    fn by_engine(&self, record: &[u8]) -> Result<Vec<Option<String>>, Failure> {
        let not_json = |_| failed("The record is not JSON".to_owned());
        let input = jaq_json::read::parse_single(record).map_err(not_json)?;
        let context = jaq_core::Ctx::<Data>::new(&self.engine.lut, jaq_core::Vars::new([]));
        let result = self.engine.id.run((context, input)).map(jaq_core::unwrap_valr).next();
        match result {
            Some(Ok(Val::Obj(object))) => {
                let value = |key: &str| object.get(&Val::from(key.to_owned())).and_then(text);
                Ok(self.keys.iter().map(|key| value(key)).collect())
            }
            Some(Ok(_)) => Err(failed("The query gives no object".to_owned())),
            Some(Err(error)) => Err(failed(format!("The query failed: {error}"))),
            None => {
                Err(failed("partitionKeys values must not be null or empty: the query gives nothing".into()))
            }
        }
    }
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
        other => other.to_string(),
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

/// The inner `None` is null, or a member that is not there.
fn by_path(json: &str, path: &[Box<str>]) -> Option<Option<String>> {
    let mut raw = json.to_owned();
    for name in path {
        let value: LazyValue<'_> = sonic_rs::from_str(&raw).ok()?;
        if value.is_null() {
            return Some(None);
        }
        if !value.is_object() {
            return None;
        }
        // Of a member that stands twice the last one counts.
        let mut found = None;
        for member in sonic_rs::to_object_iter(raw.as_str()) {
            let (member, value) = member.ok()?;
            if *member == **name {
                found = Some(value.as_raw_str().to_owned());
            }
        }
        match found {
            Some(found) => raw = found,
            None => return Some(None),
        }
    }
    let value: LazyValue<'_> = sonic_rs::from_str(&raw).ok()?;
    let is_small = |raw: &str| {
        raw == "0"
            || (raw.len() <= 15 && !raw.starts_with('0') && raw.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match () {
        () if value.is_null() => Some(None),
        () if value.is_str() => Some(Some(value.as_str()?.to_owned())),
        () if value.is_boolean() => Some(Some(raw.trim().to_owned())),
        () if is_small(raw.trim()) => Some(Some(raw.trim().to_owned())),
        () => None,
    }
}

/// `tostring`; `None` for null.
fn text(value: &Val) -> Option<String> {
    match value {
        Val::Null => None,
        Val::TStr(text) | Val::BStr(text) => Some(String::from_utf8_lossy(text).into_owned()),
        Val::Num(number) => Some(number_text(number)),
        other => Some(other.to_string()),
    }
}

/// jq 1.6 holds all numbers as doubles, and writes whole ones without a fraction.
fn number_text(number: &Num) -> String {
    let text = number.to_string();
    match text.parse::<f64>() {
        Ok(value) if value == 0.0 => if value.is_sign_negative() { "-0" } else { "0" }.to_owned(),
        Ok(value) if (1e-5..1e17).contains(&value.abs()) => format!("{value}"),
        Ok(value) if value.is_finite() => {
            let text = format!("{value:e}");
            if text.contains("e-") { text } else { text.replace('e', "e+") }
        }
        _ => text,
    }
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

    #[test]
    fn queries_that_may_not_end_are_refused_by_name() {
        let refused = |query| MetadataExtraction::compile(query, vec!["a".into()]).unwrap_err();
        for query in [
            "{a: (def f: f; f)}",
            "{a: [range(9)]}",
            "{a: (reduce .[] as $x (.; . + .))}",
            "{a: now}",
            "{a: $ENV.HOME}",
            "{a: env.HOME}",
            "{a: ([.[] | .[]])}",
            "{a: (.x[] | .. )}",
            "{a: (.x | gsub(\"\"; .))}",
            "{a: (.x | join(.y))}",
            "{a: ((.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.))}",
            "{a: (.|tojson|tojson|tojson|tojson|tojson|tojson|tojson)}",
            "{a: (.x = 1)}",
        ] {
            let message = refused(query);
            assert!(message.contains("not run"), "{query}: {message}");
        }
        assert!(refused("{a: (.a * 1000000000)}").contains("`*`"));
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
            let slow = MetadataExtraction { paths: None, ..fast.clone() };
            let (fast, slow) = (fast.extract(record.as_bytes()), slow.extract(record.as_bytes()));
            prop_assert_eq!(fast, slow);
        }
    }
}
