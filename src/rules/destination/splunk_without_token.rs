use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A Splunk destination has neither `HECToken` nor a secret, or a secret without a role to read it.
    ///
    /// ## Why
    /// The token is no longer required by the schema, since a secret may hold it. The Splunk destination has
    /// no role of its own, so its `SecretsManagerConfiguration` must name one.
    ///
    /// ## Fires on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: https://hec.example.com:8088
    ///   HECEndpointType: Raw
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: https://hec.example.com:8088
    ///   HECEndpointType: Raw
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `SecretsManagerConfiguration`; resource sheet, section 4.
    "FH622", "splunk-without-token", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(splunk) = scope.at(&["SplunkDestinationConfiguration"]) else { return };
    if splunk.node.as_map().is_none() {
        return;
    }
    let secrets = splunk.get("SecretsManagerConfiguration");
    match enabled(&splunk, "SecretsManagerConfiguration", false) {
        Some(false) if !splunk.get("HECToken").is_some_and(|token| token.is_set()) => {
            let mut finding =
                Finding::key(&splunk, "the Splunk destination has no `HECToken`, and no enabled secret")
                    .help(
                        "add a `SecretsManagerConfiguration` with `Enabled: true`, `SecretARN` and `RoleARN`",
                    );
            if let Some(secrets) = secrets {
                finding = finding.related(secrets.key_span, "not enabled");
            }
            findings.add(finding);
        }
        Some(true) => {
            let Some(secrets) =
                secrets.filter(|secrets| !secrets.get("RoleARN").is_some_and(|role| role.is_set()))
            else {
                return;
            };
            let finding = Finding::key(
                &secrets,
                "no `RoleARN` to read the secret with, and Splunk has no role of its own",
            )
            .help("add `RoleARN` to `SecretsManagerConfiguration`");
            findings.add(finding);
        }
        _ => {}
    }
}
