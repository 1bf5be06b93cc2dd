//! What an index without a mapping of its own makes of documents: a field has the type of its first value, and a document
//! with a value that does not fit is refused as a whole.
//!
//! The rules are those of OpenSearch's and Elasticsearch's documentation of dynamic mapping: dates are detected in strings,
//! numbers are not; numbers in strings fit number fields; 1,000 fields and 20 levels at the most. Where versions differ, a
//! document is taken to fit.

use std::{collections::BTreeMap, fmt, ops::ControlFlow};

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

/// The most fields of an index (`index.mapping.total_fields.limit`).
const MOST_FIELDS: usize = 1_000;

/// The most levels of objects (`index.mapping.depth.limit`).
const DEEPEST: usize = 20;

/// The longest path of a field that is followed, in bytes. The engine knows no such limit; memory does.
const LONGEST_PATH: usize = 1_024;

/// Fields that are the engine's own: a document that has one at its top is refused.
const OWN_FIELDS: [&str; 9] =
    ["_field_names", "_id", "_ignored", "_index", "_routing", "_seq_no", "_source", "_type", "_version"];

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldType {
    /// An object, with fields of its own.
    Object,
    /// `text`: any string, and whatever can be written as one.
    Text,
    /// `date`, as `2026-01-01T10:00:00Z` and parts of it.
    Date,
    /// `date`, as `2026/01/01 10:00:00` or without the time.
    SlashedDate,
    /// `long`.
    Long,
    /// `float`.
    Float,
    /// `boolean`.
    Boolean,
}

/// What a value is, in the words of people who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueKind {
    /// `{...}`.
    Object,
    /// Any other string.
    String,
    /// A string that is a date.
    Date,
    /// A whole number.
    Integer,
    /// A whole number that 64 bits don't hold.
    HugeInteger,
    /// Any other number.
    Fraction,
    /// `true` or `false`.
    Boolean,
}

impl fmt::Display for ValueKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            ValueKind::Object => "an object",
            ValueKind::String => "a string",
            ValueKind::Date => "a date",
            ValueKind::Integer | ValueKind::Fraction => "a number",
            ValueKind::HugeInteger => "a number beyond 64 bits",
            ValueKind::Boolean => "a boolean",
        })
    }
}

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// A value does not fit the type that the field has.
    Type {
        /// The field's path, its parts joined by dots.
        field: String,
        /// What made the field what it is.
        held: ValueKind,
        /// What does not fit.
        value: ValueKind,
    },
    /// It has a field at its top that is the engine's own.
    OwnField {
        /// The field.
        field: String,
    },
    /// It would give the index more fields than it may have.
    TooManyFields,
    /// Its objects lie too deep in each other.
    TooDeep,
}

/// The types of an index's fields, with whatever the caller wants to know of their first values.
#[derive(Clone, Debug)]
pub struct DynamicMapping<T> {
    fields: BTreeMap<String, Field<T>>,
    count: usize,
}

#[derive(Clone, Debug)]
struct Field<T> {
    kind: FieldType,
    held: ValueKind,
    first: T,
}

impl<T> Default for DynamicMapping<T> {
    fn default() -> DynamicMapping<T> {
        DynamicMapping { fields: BTreeMap::new(), count: 0 }
    }
}

impl<T: Clone> DynamicMapping<T> {
    /// Indexes a document; `mark` is kept for the fields that it brings. Text that is no JSON object changes nothing.
    ///
    /// # Errors
    /// The first thing for which the document is refused; it changes nothing then.
    pub fn index(&mut self, document: &[u8], mark: &T) -> Result<(), Misfit> {
        let mut walk = Walk {
            known: &self.fields,
            new: BTreeMap::new(),
            count: self.count,
            path: String::new(),
            misfit: None,
        };
        let mut reader = serde_json::Deserializer::from_slice(document);
        let read = Value { walk: &mut walk, is_top: true }.deserialize(&mut reader);
        let Walk { new, count, misfit, .. } = walk;
        match (misfit, read) {
            (Some(misfit), _) => Err(misfit),
            (None, Err(_)) => Ok(()),
            (None, Ok(())) => {
                let fields = new
                    .into_iter()
                    .map(|(path, (kind, held))| (path, Field { kind, held, first: mark.clone() }));
                self.fields.extend(fields);
                self.count = count;
                Ok(())
            }
        }
    }

    /// What was marked when a field got its type.
    pub fn first(&self, field: &str) -> Option<&T> {
        self.fields.get(field).map(|field| &field.first)
    }
}

/// One document on its way into a mapping.
struct Walk<'a, T> {
    known: &'a BTreeMap<String, Field<T>>,
    new: BTreeMap<String, (FieldType, ValueKind)>,
    count: usize,
    path: String,
    misfit: Option<Misfit>,
}

impl<T> Walk<'_, T> {
    /// Puts a value into the field at the path.
    fn put(&mut self, scalar: Scalar<'_>) -> ControlFlow<()> {
        let found = self.known.get(&self.path).map(|field| (field.kind, field.held));
        match found.or_else(|| self.new.get(&self.path).copied()) {
            Some((kind, held)) if !scalar.fits(kind) => {
                let field = self.path.clone();
                self.refuse(Misfit::Type { field, held, value: scalar.kind() })
            }
            Some(_) => ControlFlow::Continue(()),
            None => self.add(scalar.makes(), scalar.kind()),
        }
    }

    fn add(&mut self, kind: FieldType, held: ValueKind) -> ControlFlow<()> {
        // The document is a level, and the fields of the object are one.
        if kind == FieldType::Object && self.path.matches('.').count() + 2 > DEEPEST {
            return self.refuse(Misfit::TooDeep);
        }
        // A string has a field of its own for its whole text.
        self.count += if kind == FieldType::Text { 2 } else { 1 };
        if self.count > MOST_FIELDS {
            return self.refuse(Misfit::TooManyFields);
        }
        self.new.insert(self.path.clone(), (kind, held));
        ControlFlow::Continue(())
    }

    /// Goes into a member; dots in its name are levels of their own. Answers with how long the path was; `None` where the
    /// member is not followed.
    fn enter(&mut self, name: &str, is_top: bool) -> ControlFlow<(), Option<usize>> {
        if is_top && OWN_FIELDS.contains(&name) {
            self.refuse(Misfit::OwnField { field: name.to_owned() })?;
        }
        let before = self.path.len();
        if before + name.len() >= LONGEST_PATH {
            return ControlFlow::Continue(None);
        }
        for (number, part) in name.split('.').enumerate() {
            if number > 0 {
                self.put(Scalar::Object)?;
            }
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path += part;
        }
        ControlFlow::Continue(Some(before))
    }

    fn refuse(&mut self, misfit: Misfit) -> ControlFlow<()> {
        self.misfit = Some(misfit);
        ControlFlow::Break(())
    }
}

/// A value, as far as types go.
#[derive(Clone, Copy)]
enum Scalar<'a> {
    Object,
    Text(&'a str),
    Integer { fits_long: bool },
    Fraction,
    Boolean,
}

impl Scalar<'_> {
    fn kind(self) -> ValueKind {
        match self {
            Scalar::Object => ValueKind::Object,
            Scalar::Text(text) if is_date(text) || is_slashed_date(text) => ValueKind::Date,
            Scalar::Text(_) => ValueKind::String,
            Scalar::Integer { fits_long: true } => ValueKind::Integer,
            Scalar::Integer { fits_long: false } => ValueKind::HugeInteger,
            Scalar::Fraction => ValueKind::Fraction,
            Scalar::Boolean => ValueKind::Boolean,
        }
    }

    /// The type of a field that this is the first value of.
    fn makes(self) -> FieldType {
        match self {
            Scalar::Object => FieldType::Object,
            Scalar::Text(text) if is_date(text) => FieldType::Date,
            Scalar::Text(text) if is_slashed_date(text) => FieldType::SlashedDate,
            Scalar::Text(_) => FieldType::Text,
            Scalar::Integer { .. } => FieldType::Long,
            Scalar::Fraction => FieldType::Float,
            Scalar::Boolean => FieldType::Boolean,
        }
    }

    /// Whether a field of this type takes it.
    fn fits(self, kind: FieldType) -> bool {
        match (kind, self) {
            (FieldType::Object, Scalar::Object) => true,
            (FieldType::Object, _) | (_, Scalar::Object) => false,
            (FieldType::Text, _) => true,
            // What is cut off is cut off silently.
            (FieldType::Long, Scalar::Integer { fits_long }) => fits_long,
            (FieldType::Long, Scalar::Fraction) => true,
            (FieldType::Float, Scalar::Integer { .. } | Scalar::Fraction) => true,
            (FieldType::Long | FieldType::Float, Scalar::Text(text)) => {
                text.is_empty() || text.parse::<f64>().is_ok_and(f64::is_finite)
            }
            (FieldType::Long | FieldType::Float, Scalar::Boolean) => false,
            (FieldType::Boolean, Scalar::Boolean) => true,
            (FieldType::Boolean, Scalar::Text(text)) => matches!(text, "true" | "false" | ""),
            (FieldType::Boolean, _) => false,
            // Milliseconds since 1970, in a string too.
            (FieldType::Date | FieldType::SlashedDate, Scalar::Integer { .. } | Scalar::Fraction) => true,
            (FieldType::Date, Scalar::Text(text)) => is_date(text) || text.parse::<f64>().is_ok(),
            (FieldType::SlashedDate, Scalar::Text(text)) => {
                is_slashed_date(text) || text.parse::<f64>().is_ok()
            }
            (FieldType::Date | FieldType::SlashedDate, Scalar::Boolean) => false,
        }
    }
}

/// Whether a string is a date of the form `strict_date_optional_time`; a year alone is a number.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let is_day = digits(year, 4).is_some()
        && match (month, day) {
            (None, _) => false,
            (Some(_), None) => digits(month, 2).is_some_and(|month| (1..=12).contains(&month)),
            (Some(_), Some(_)) => is_day_of_month(year, month, day),
        };
    is_day && parts.next().is_none() && time.is_none_or(|time| day.is_some() && is_time(time))
}

/// `10`, `10:00`, `10:00:00`, `10:00:00.123`, each with or without an offset.
fn is_time(text: &str) -> bool {
    let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (time, offset) = text.split_at(end);
    let is_offset = match offset {
        "" | "Z" => true,
        _ => {
            let bare: String = offset[1..].chars().filter(|character| *character != ':').collect();
            (bare.len() == 2 || bare.len() == 4) && bare.bytes().all(|byte| byte.is_ascii_digit())
        }
    };
    let (time, fraction) = match time.split_once(['.', ',']) {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (time, None),
    };
    let parts: Vec<&str> = time.split(':').collect();
    let is_fraction = fraction.is_none_or(|fraction| {
        parts.len() == 3
            && (1..=9).contains(&fraction.len())
            && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    let fits = |(number, part): (usize, &&str)| {
        digits(Some(part), 2).is_some_and(|value| value < if number == 0 { 24 } else { 60 })
    };
    is_offset && is_fraction && parts.len() <= 3 && parts.iter().enumerate().all(fits)
}

/// `2026/01/01` or `2026/01/01 10:00:00`.
fn is_slashed_date(text: &str) -> bool {
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('/');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let is_whole = time.is_none_or(|time| time.len() == 8 && is_time(time));
    is_day_of_month(year, month, day) && parts.next().is_none() && is_whole
}

fn is_day_of_month(year: Option<&str>, month: Option<&str>, day: Option<&str>) -> bool {
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    jiff::civil::Date::new(year as i16, month as i8, day as i8).is_ok()
}

/// A number of exactly so many digits.
fn digits(text: Option<&str>, count: usize) -> Option<u16> {
    let text = text.filter(|text| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok()
}

/// Reads a value into the field at the path.
struct Value<'w, 'a, T> {
    walk: &'w mut Walk<'a, T>,
    /// Whether it is the document itself.
    is_top: bool,
}

impl<T> Value<'_, '_, T> {
    fn put<E: Error>(self, scalar: Scalar<'_>) -> Result<(), E> {
        if self.is_top {
            return Err(E::custom("no object"));
        }
        settle(self.walk.put(scalar))
    }
}

/// Reading ends where the document is refused.
fn settle<E: Error>(flow: ControlFlow<()>) -> Result<(), E> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(E::custom("refused")),
    }
}

impl<'de, T> DeserializeSeed<'de> for Value<'_, '_, T> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T> Visitor<'de> for Value<'_, '_, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Value { walk, is_top } = self;
        if !is_top {
            settle(walk.put(Scalar::Object))?;
        }
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            match walk.enter(&name, is_top) {
                ControlFlow::Continue(Some(before)) => {
                    members.next_value_seed(Value { walk: &mut *walk, is_top: false })?;
                    walk.path.truncate(before);
                }
                ControlFlow::Continue(None) => drop(members.next_value::<serde::de::IgnoredAny>()?),
                ControlFlow::Break(()) => return settle(ControlFlow::Break(())),
            }
        }
        Ok(())
    }

    /// The values of a list are values of its field.
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let Value { walk, is_top } = self;
        while values.next_element_seed(Value { walk: &mut *walk, is_top })?.is_some() {}
        Ok(())
    }

    /// Nothing is indexed of nothing.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<(), E> {
        self.put(Scalar::Boolean)
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<(), E> {
        self.put(Scalar::Integer { fits_long: true })
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(Scalar::Integer { fits_long: i64::try_from(value).is_ok() })
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<(), E> {
        self.put(Scalar::Fraction)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.put(Scalar::Text(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Indexes documents one after another; what the last one is refused for.
    fn last(documents: &[&str]) -> Option<Misfit> {
        let mut mapping = DynamicMapping::default();
        let mut outcome = Ok(());
        for (number, document) in documents.iter().enumerate() {
            outcome = mapping.index(document.as_bytes(), &number);
        }
        outcome.err()
    }

    fn misfit(documents: &[&str]) -> Option<(String, String, String)> {
        match last(documents)? {
            Misfit::Type { field, held, value } => Some((field, held.to_string(), value.to_string())),
            other => panic!("{other:?}"),
        }
    }

    fn is_refused(documents: &[&str], field: &str, held: &str, value: &str) {
        let wanted = (field.to_owned(), held.to_owned(), value.to_owned());
        assert_eq!(misfit(documents), Some(wanted), "{documents:?}");
    }

    #[test]
    fn the_first_value_makes_the_type() {
        is_refused(&[r#"{"a":1}"#, r#"{"a":{"b":1}}"#], "a", "a number", "an object");
        is_refused(&[r#"{"a":{"b":1}}"#, r#"{"a":"x"}"#], "a", "an object", "a string");
        is_refused(&[r#"{"a":{"b":1}}"#, r#"{"a":{"b":true}}"#], "a.b", "a number", "a boolean");
        is_refused(&[r#"{"a":"text"}"#, r#"{"a":{}}"#], "a", "a string", "an object");
        is_refused(&[r#"{"a":1}"#, r#"{"a":"one"}"#], "a", "a number", "a string");
        is_refused(&[r#"{"a":true}"#, r#"{"a":1}"#], "a", "a boolean", "a number");
        is_refused(&[r#"{"a":"2026-01-01"}"#, r#"{"a":"soon"}"#], "a", "a date", "a string");
        is_refused(
            &[r#"{"a":1}"#, r#"{"a":18446744073709551615}"#],
            "a",
            "a number",
            "a number beyond 64 bits",
        );
    }

    #[test]
    fn what_can_be_made_to_fit_fits() {
        for (first, next) in [
            ("1", "\"2\""),
            ("1", "2.5"),
            ("1", "\"\""),
            ("1.5", "2"),
            ("\"x\"", "1"),
            ("\"x\"", "true"),
            ("true", "\"false\""),
            ("\"2026-01-01T10:00:00Z\"", "\"2026-02\""),
            ("\"2026-01-01T10:00:00.123+02:00\"", "1767225600000"),
            ("\"2026/01/01\"", "\"2026/12/31 23:59:59\""),
            ("1", "null"),
            ("null", "{}"),
            ("[]", "{}"),
            ("[1,2]", "3"),
            ("[{\"b\":1},{\"c\":2}]", "{\"b\":3}"),
        ] {
            let [first, next] = [first, next].map(|value| format!("{{\"a\":{value}}}"));
            assert_eq!(last(&[&first, &next]), None, "{first} {next}");
        }
    }

    #[test]
    fn dots_are_levels_and_lists_are_their_values() {
        is_refused(&[r#"{"a.b":1}"#, r#"{"a":2}"#], "a", "an object", "a number");
        is_refused(&[r#"{"a":2}"#, r#"{"a.b":1}"#], "a", "a number", "an object");
        is_refused(&[r#"{"a":[1,{"b":2}]}"#], "a", "a number", "an object");
        is_refused(&[r#"{"a":[{"b":1}]}"#, r#"{"a":[{"b":{}}]}"#], "a.b", "a number", "an object");
    }

    #[test]
    fn a_refused_document_changes_nothing() {
        let documents = [r#"{"a":1}"#, r#"{"new":1,"a":{}}"#, r#"{"new":{}}"#];
        assert_eq!(misfit(&documents), None);
    }

    #[test]
    fn the_engine_s_own_fields_and_limits() {
        assert_eq!(last(&[r#"{"_id":"7"}"#]), Some(Misfit::OwnField { field: "_id".to_owned() }));
        assert_eq!(last(&[r#"{"a":{"_id":"7"}}"#]), None);
        let deep = |levels: usize| "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels);
        assert_eq!(last(&[&deep(20)]), None);
        assert_eq!(last(&[&deep(21)]), Some(Misfit::TooDeep));
        let dotted = |levels: usize| format!("{{\"{}\":1}}", vec!["a"; levels].join("."));
        assert_eq!((last(&[&dotted(20)]), last(&[&dotted(21)])), (None, Some(Misfit::TooDeep)));
        let wide = |fields: usize| {
            let members: Vec<String> = (0..fields).map(|field| format!("\"f{field}\":1")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(last(&[&wide(1_000)]), None);
        assert_eq!(last(&[&wide(999), r#"{"x":"two fields"}"#]), Some(Misfit::TooManyFields));
    }

    #[test]
    fn text_that_is_no_document_is_passed_over() {
        for text in ["", "[1]", "7", "{\"a\":", "{\"a\":1e999}"] {
            assert_eq!(last(&[text]), None, "{text}");
        }
        let bottomless = "{\"a\":".repeat(100_000);
        assert_eq!(last(&[&bottomless]), Some(Misfit::TooDeep));
        let lists = format!("{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(last(&[&lists]), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(documents in proptest::collection::vec("[{}\\[\\]\",:.a_1eTZ+-]{0,40}|\\PC{0,20}", 1..6)) {
            for text in &documents {
                let _ = (is_date(text), is_slashed_date(text));
            }
            last(&documents.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn dates() {
        let known = [
            "2026-01",
            "2026-02-28",
            "2024-02-29",
            "2026-01-01T10",
            "2026-01-01T10:00Z",
            "2026-01-01T10:00:00,5",
            "2026-01-01T23:59:59.123456789+0100",
        ];
        assert!(known.iter().all(|text| is_date(text)), "{known:?}");
        let others = [
            "2026",
            "2026-1-1",
            "2026-13",
            "2026-02-29",
            "2026-01-01 10:00",
            "2026-01T10",
            "2026-01-01T24:00",
            "1-2-3",
            "2026-01-01T10:00:00.",
            "2026-01-01T",
            "2026-01-01-01",
        ];
        assert!(!others.iter().any(|text| is_date(text)), "{others:?}");
        assert!(is_slashed_date("2026/01/01 10:00:00") && !is_slashed_date("2026/01/01 10:00"));
        assert!(!is_slashed_date("01/02/2026"));
    }
}
