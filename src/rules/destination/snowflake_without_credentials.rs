use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A Snowflake destination has neither `User` and `PrivateKey` nor an enabled secret.
    ///
    /// ## Why
    /// The service logs in with a key pair. Both forms are optional in CloudFormation, and one of them is
    /// needed.
    ///
    /// ## Fires on
    /// ```yaml
    /// SnowflakeDestinationConfiguration:
    ///   AccountUrl: https://example-account.snowflakecomputing.com
    ///   Database: events
    ///   Schema: public
    ///   Table: events
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   User: loader
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
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 10.7 and 15.
    "FH641", "snowflake-without-credentials", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(snowflake) = scope.at(&["SnowflakeDestinationConfiguration"]) else { return };
    if snowflake.node.as_map().is_none()
        || enabled(&snowflake, "SecretsManagerConfiguration", false) != Some(false)
    {
        return;
    }
    let is_missing = |key: &&str| !snowflake.get(key).is_some_and(|place| place.is_set());
    let missing: Vec<&str> = ["User", "PrivateKey"].into_iter().filter(is_missing).collect();
    let Some(first) = missing.first() else { return };
    let words = missing.join("` and no `");
    let message = format!("the Snowflake destination has no `{words}`, and no enabled secret");
    let mut finding = Finding::key(&snowflake, message)
        .service(format!("{first} must be provided."))
        .help("add a `SecretsManagerConfiguration` with `Enabled: true` and `SecretARN`");
    if let Some(secrets) = snowflake.get("SecretsManagerConfiguration") {
        finding = finding.related(secrets.key_span, "not enabled");
    }
    findings.add(finding);
}
