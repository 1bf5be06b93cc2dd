use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The column names of a Snowflake destination do not fit its `DataLoadingOption`.
    ///
    /// ## Why
    /// `JSON_MAPPING` maps keys to columns by itself and takes no names;
    /// `VARIANT_CONTENT_AND_METADATA_MAPPING` writes two columns and needs the names of both.
    ///
    /// ## Fires on
    /// ```yaml
    /// SnowflakeDestinationConfiguration:
    ///   AccountUrl: https://example-account.snowflakecomputing.com
    ///   Database: events
    ///   Schema: public
    ///   Table: events
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   DataLoadingOption: VARIANT_CONTENT_AND_METADATA_MAPPING
    ///   ContentColumnName: content
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// SnowflakeDestinationConfiguration:
    ///   AccountUrl: https://example-account.snowflakecomputing.com
    ///   Database: events
    ///   Schema: public
    ///   Table: events
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   DataLoadingOption: VARIANT_CONTENT_AND_METADATA_MAPPING
    ///   ContentColumnName: content
    ///   MetaDataColumnName: metadata
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 10.7 and 15; resource sheet, section 4.
    "FH642", "snowflake-columns-mismatch", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(snowflake) = scope.at(&["SnowflakeDestinationConfiguration"]) else { return };
    let Some(option) = snowflake.get("DataLoadingOption") else { return };
    let names = ["ContentColumnName", "MetaDataColumnName"];
    match option.known().as_deref() {
        Some("JSON_MAPPING") => {
            let set = names.iter().filter_map(|name| Some((name, snowflake.get(name)?)));
            for (name, place) in set.filter(|(_, place)| place.is_surely_set()) {
                let finding =
                    Finding::key(&place, format!("`{name}` with `DataLoadingOption: JSON_MAPPING`"))
                        .related(option.node.span, "takes no column names")
                        .help(format!("remove `{name}`, or load into a column of variants"));
                findings.add(finding);
            }
        }
        Some(option_name @ "VARIANT_CONTENT_AND_METADATA_MAPPING") => {
            let is_missing = |name: &&&str| !snowflake.get(name).is_some_and(|place| place.is_set());
            let missing: Vec<&str> = names.iter().filter(is_missing).copied().collect();
            if missing.is_empty() {
                return;
            }
            let words = missing.join("` and no `");
            let finding = Finding::at(&option, format!("`{option_name}` with no `{words}`"))
                .service("Must provide ContentColumnName and MetadataColumnName when …")
                .help(format!("add `{}`", missing.join("` and `")));
            findings.add(finding);
        }
        _ => {}
    }
}
