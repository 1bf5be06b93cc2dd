use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `SnowflakeRoleConfiguration` is enabled and names no `SnowflakeRole`.
    ///
    /// ## Why
    /// The service refuses it; without the block it uses the default role of the user.
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
    ///   SnowflakeRoleConfiguration: {Enabled: true}
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
    ///   SnowflakeRoleConfiguration: {Enabled: true, SnowflakeRole: LOADER}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 15.
    "FH643", "snowflake-role-missing", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(snowflake) = scope.at(&["SnowflakeDestinationConfiguration"]) else { return };
    let Some(role) = snowflake.get("SnowflakeRoleConfiguration") else { return };
    let is_named = role.get("SnowflakeRole").is_some_and(|name| name.is_set());
    if enabled(&snowflake, "SnowflakeRoleConfiguration", false) != Some(true) || is_named {
        return;
    }
    let finding = Finding::key(&role, "`SnowflakeRoleConfiguration` is enabled and has no `SnowflakeRole`")
        .service("Must provide SnowflakeRole when SnowflakeRoleConfiguration is enabled.")
        .help("add `SnowflakeRole`, or remove the block");
    findings.add(finding);
}
