use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A Redshift destination has neither `Username` and `Password` nor an enabled secret.
    ///
    /// ## Why
    /// The service logs in to the cluster to run `COPY`. Both forms are optional in CloudFormation, and one
    /// of them is needed.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 15; resource sheet, section 4.
    "FH604", "redshift-without-credentials", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(redshift) = scope.at(&["RedshiftDestinationConfiguration"]) else { return };
    if redshift.node.as_map().is_none()
        || enabled(&redshift, "SecretsManagerConfiguration", false) != Some(false)
    {
        return;
    }
    let is_missing = |key: &&str| !redshift.get(key).is_some_and(|place| place.is_set());
    let missing: Vec<&str> = ["Username", "Password"].into_iter().filter(is_missing).collect();
    if missing.is_empty() {
        return;
    }
    let words = missing.join("` and no `");
    let mut finding =
        Finding::key(&redshift, format!("the Redshift destination has no `{words}`, and no enabled secret"))
            .help("add a `SecretsManagerConfiguration` with `Enabled: true` and `SecretARN`");
    if missing.contains(&"Password") {
        finding = finding.service("Redshift Database Password is required for Redshift Destination");
    }
    if let Some(secrets) = redshift.get("SecretsManagerConfiguration") {
        finding = finding.related(secrets.key_span, "not enabled");
    }
    findings.add(finding);
}
