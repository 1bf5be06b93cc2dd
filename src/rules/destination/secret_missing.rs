use crate::foundation::document::HOLE;
use crate::rule;
use crate::rules::scope::enabled;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// `SecretsManagerConfiguration` is enabled without `SecretARN`, or with a secret of another region.
    ///
    /// ## Why
    /// The service reads the secret when it connects, in its own region.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration: {Enabled: true}
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
    "FH661", "secret-missing", Error, since "0.1.0", Stream(check)
}

const BLOCK: &str = "SecretsManagerConfiguration";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let source = scope.at(&["DatabaseSourceConfiguration", "DatabaseSourceAuthenticationConfiguration"]);
    let destinations = scope.destinations().into_iter().map(|(_, place)| place);
    for holder in destinations.chain(source) {
        let Some(secrets) = holder.get(BLOCK).filter(|_| enabled(&holder, BLOCK, false) == Some(true)) else {
            continue;
        };
        match secrets.get("SecretARN").filter(|secret| secret.is_set()) {
            None => findings.add(
                Finding::key(&secrets, "`SecretsManagerConfiguration` is enabled and has no `SecretARN`")
                    .service("Invalid secret ARN: null")
                    .help("add `SecretARN`"),
            ),
            Some(secret) => check_region(scope, &secret, findings),
        }
    }
}

fn check_region(scope: &Scope<'_>, secret: &Place<'_>, findings: &mut Findings<'_>) {
    let Some(here) = &scope.view.world.pseudo.region else { return };
    let Some(text) = secret.text().map(|text| text.masked()) else { return };
    let mut parts = text.splitn(5, ':');
    let (Some("arn"), Some(partition), Some("secretsmanager"), Some(region), Some(_)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    if partition.contains(HOLE) || region.contains(HOLE) || region == here {
        return;
    }
    let start = "arn:".len() + partition.len() + ":secretsmanager:".len();
    let message = format!("the secret is in {region}, and the stream in {here}");
    let finding = Finding::inside(findings.template(), secret, start..start + region.len(), message)
        .help(format!("use a secret of {here}"));
    findings.add(finding);
}

#[cfg(test)]
mod tests {
    use crate::foundation::span::Source;
    use crate::rules::{self, Checks};
    use crate::template::{Pseudo, Template};

    #[test]
    fn a_secret_of_another_region_is_found_where_the_region_is_given() {
        let text = "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                    SplunkDestinationConfiguration:\n        SecretsManagerConfiguration:\n          Enabled: true\n          \
                    SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:a\n";
        let template = Template::read(Source::new("t.yaml", text));
        let found = |region: Option<&str>| {
            let pseudo = Pseudo { region: region.map(str::to_owned), ..Pseudo::default() };
            let found = rules::check(&template, &Checks { pseudo, ..Checks::default() }).findings;
            let ours = found.into_iter().filter(|finding| finding.rule == "FH661");
            ours.map(|finding| template.source.slice(finding.span).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found(None), [""; 0]);
        assert_eq!(found(Some("eu-west-1")), [""; 0]);
        assert_eq!(found(Some("us-east-1")), ["eu-west-1"]);
    }
}
