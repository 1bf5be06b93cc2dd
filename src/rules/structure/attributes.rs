//! What `Ref` and `Fn::GetAtt` give, by type: the embedded data file `schemas/attributes.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The references that a type takes.
#[derive(Debug, Deserialize)]
pub struct Attributes {
    /// What `Ref` gives: `name`, `id`, `arn` or `url`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The attributes of `Fn::GetAtt`.
    pub attributes: Vec<String>,
}

/// The references of a type; `None` for a type that the file does not list, which is not checked.
pub fn of(kind: &str) -> Option<&'static Attributes> {
    static TABLE: OnceLock<BTreeMap<String, Attributes>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let text = crate::template::schema::text("attributes").unwrap_or("{}");
        serde_json::from_str(text).unwrap_or_default()
    });
    table.get(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_readable() {
        assert_eq!(of("AWS::KinesisFirehose::DeliveryStream").map(|known| known.attributes.len()), Some(1));
        assert_eq!(of("AWS::S3::Bucket").map(|known| known.reference.as_str()), Some("name"));
        assert!(of("Custom::Thing").is_none());
    }
}
