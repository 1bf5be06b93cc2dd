//! What Amazon Redshift is asked to load: the COPY statement, its manifest and the keys of manifests.
//!
//! Source: behaviour sheet, 10.2; the form of a manifest is that of Redshift's own documentation.

use jiff::tz::TimeZone;

use crate::foundation::timestamp::Timestamp;

/// What a `CopyCommand` and its surroundings say.
#[derive(Clone, Copy, Debug)]
pub struct CopyCommand<'a> {
    /// `DataTableName`.
    pub table: &'a str,
    /// `DataTableColumns`, as written.
    pub columns: Option<&'a str>,
    /// `CopyOptions`, as written.
    pub options: Option<&'a str>,
    /// `RoleARN` of the destination.
    pub role_arn: &'a str,
}

impl CopyCommand<'_> {
    /// The statement. CHOICE: its form is that of the console's preview.
    pub fn statement(&self, bucket: &str, manifest_key: &str) -> String {
        let filled =
            |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let columns = filled(self.columns).map(|columns| format!(" ({columns})")).unwrap_or_default();
        let options = filled(self.options).map(|options| format!(" {options}")).unwrap_or_default();
        let (table, role) = (self.table, self.role_arn.replace('\'', "''"));
        let manifest = format!("s3://{bucket}/{manifest_key}").replace('\'', "''");
        format!(
            "COPY {table}{columns} FROM '{manifest}' CREDENTIALS 'aws_iam_role={role}' MANIFEST{options};"
        )
    }
}

/// The manifest of staged objects, given as bucket and key.
pub fn manifest<'a>(objects: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let entry = |(bucket, key): (&str, &str)| serde_json::json!({"url": format!("s3://{bucket}/{key}"), "mandatory": true});
    let entries: Vec<_> = objects.into_iter().map(entry).collect();
    serde_json::json!({ "entries": entries }).to_string()
}

/// The key of the manifest that a COPY names. CHOICE: `<Prefix>manifests/yyyy/MM/dd/HH/<stream>-<time>-<uuid>`.
pub fn manifest_key(prefix: &str, stream: &str, at: Timestamp, uuid: &str) -> String {
    format!("{prefix}manifests/{}", dated(stream, at, uuid))
}

/// The key of the manifest of a batch that was given up: below `errors/`.
pub fn error_manifest_key(prefix: &str, stream: &str, at: Timestamp, uuid: &str) -> String {
    format!("{prefix}errors/manifests/{}", dated(stream, at, uuid))
}

fn dated(stream: &str, at: Timestamp, uuid: &str) -> String {
    let at = at.in_zone(&TimeZone::UTC);
    format!("{}{stream}-{}-{uuid}", at.strftime("%Y/%m/%d/%H/"), at.strftime("%Y-%m-%d-%H-%M-%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_was_given_up_has_the_key_that_was_seen() {
        let key =
            error_manifest_key("", "collect-redshift", "2019-09-26T13:21:49Z".parse().unwrap(), "56371982-0");
        assert_eq!(key, "errors/manifests/2019/09/26/13/collect-redshift-2019-09-26-13-21-49-56371982-0");
    }

    #[test]
    fn the_statement_has_columns_and_options_where_they_are_set() {
        let bare = CopyCommand { table: "t", columns: None, options: Some(" "), role_arn: "arn:r" };
        assert_eq!(
            bare.statement("b", "k"),
            "COPY t FROM 's3://b/k' CREDENTIALS 'aws_iam_role=arn:r' MANIFEST;"
        );
        let full = CopyCommand { columns: Some("a, b"), options: Some("JSON 'auto'"), ..bare };
        assert_eq!(
            full.statement("b", "k"),
            "COPY t (a, b) FROM 's3://b/k' CREDENTIALS 'aws_iam_role=arn:r' MANIFEST JSON 'auto';"
        );
    }

    #[test]
    fn all_files_of_a_manifest_are_mandatory() {
        assert_eq!(manifest([("b", "k\"")]), r#"{"entries":[{"url":"s3://b/k\"","mandatory":true}]}"#);
    }
}
