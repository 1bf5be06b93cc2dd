//! `OpenXJsonSerDe`: the forgiving deserialiser (behaviour sheet, 9.1).

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;

use super::cast::Dialect;
use super::time::{self, Timestamp};

/// The options of `OpenXJsonSerDe`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenXJson {
    /// `CaseInsensitive`: keys of records are lowercased before they are looked at.
    pub is_case_insensitive: bool,
    /// `ConvertDotsInJsonKeysToUnderscores`.
    pub converts_dots: bool,
    /// `ColumnToJsonKeyMappings`: the key of a record for a column.
    pub mappings: BTreeMap<String, String>,
}

impl Default for OpenXJson {
    fn default() -> OpenXJson {
        OpenXJson { is_case_insensitive: true, converts_dots: false, mappings: BTreeMap::new() }
    }
}

impl OpenXJson {
    /// The key, as it is compared, that a column is read from.
    pub fn key_of(&self, column: &str) -> String {
        match self.mappings.get(column) {
            // Otherwise a mapping to a key with capitals would never be met.
            Some(key) => Dialect::key(self, key).into_owned(),
            None => column.to_owned(),
        }
    }
}

impl Dialect for OpenXJson {
    const READS_STRINGS: bool = true;
    const WRITES_NESTED: bool = true;

    fn key<'k>(&self, key: &'k str) -> Cow<'k, str> {
        // Most keys are plain letters and small already.
        let may_have_capitals = key.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii());
        let lowered =
            match self.is_case_insensitive && may_have_capitals && key.chars().any(|c| c.is_uppercase()) {
                true => Cow::Owned(key.to_lowercase()),
                false => Cow::Borrowed(key),
            };
        match self.converts_dots && lowered.contains('.') {
            true => Cow::Owned(lowered.replace('.', "_")),
            false => lowered,
        }
    }

    fn is_field(&self, key: &str, field: &str) -> bool {
        key == field
    }

    fn timestamp(&self, text: &str) -> Option<Timestamp> {
        time::epoch(text).or_else(|| time::iso(text)).or_else(|| time::spaced(text, 1))
    }

    fn bytes(&self, text: &str) -> Option<Vec<u8>> {
        base64::engine::general_purpose::STANDARD.decode(text).ok()
    }
}
