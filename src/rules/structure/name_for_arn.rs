use super::{attributes, walk};
use crate::foundation::diagnostic::Fix;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};
use crate::template::Template;

rule! {
    /// A name where an ARN is needed, or an ARN where a name is.
    ///
    /// ## Why
    /// `Ref` of a bucket, role, stream or domain gives its name and of a key its id; the service's pattern then fails.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !Ref Bucket
    ///   Bucket: {Type: AWS::S3::Bucket}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Bucket.Arn
    ///   Bucket: {Type: AWS::S3::Bucket}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - {Effect: Allow, Principal: {Service: firehose.amazonaws.com}, Action: "sts:AssumeRole"}
    ///       Policies:
    ///         - PolicyName: deliver
    ///           PolicyDocument:
    ///             Statement:
    ///               - Effect: Allow
    ///                 Action: "s3:*"
    ///                 Resource: [!GetAtt Bucket.Arn, !Sub "${Bucket.Arn}/*"]
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 11; service model patterns.
    "FH011", "name-for-arn", Error, since "0.1.0", Stream(check)
}

/// Properties that hold a name.
const NAMES: [&str; 8] = [
    "DatabaseName",
    "DeliveryStreamName",
    "DestinationDatabaseName",
    "DestinationTableName",
    "IndexName",
    "LogGroupName",
    "LogStreamName",
    "TableName",
];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(properties) = scope.properties() else { return };
    walk::values(&properties, &mut |place| {
        if let Some(finding) = judge(scope, findings.template(), place) {
            findings.add(finding);
        }
    });
}

fn judge(scope: &Scope<'_>, template: &Template, place: &Place<'_>) -> Option<Finding> {
    let name = place.path.rsplit('/').next().unwrap_or("");
    let reference = walk::reference(place.node)?;
    let resource = scope.view.template.resource(&reference.target)?;
    let wants_arn = name.ends_with("ARN") || name.ends_with("Arn") || is_lambda_arn(scope, place);
    let kind = attributes::of(&resource.kind)?;
    let target = &reference.target;
    match reference.attribute.as_deref() {
        None if wants_arn && kind.reference != "arn" && kind.attributes.iter().any(|name| name == "Arn") => {
            let message = format!(
                "`!Ref {target}` gives the {} of the {}; `{name}` needs its ARN",
                kind.reference, resource.kind
            );
            let finding = Finding::at(place, message)
                .service("Member must satisfy regular expression pattern: arn:.*")
                .help(format!("write `!GetAtt {target}.Arn`"));
            Some(with_fix(finding, template, place, target))
        }
        None if NAMES.contains(&name) && kind.reference == "arn" => {
            let message =
                format!("`!Ref {target}` gives the ARN of the {}; `{name}` needs its name", resource.kind);
            Some(Finding::at(place, message).help("give the name"))
        }
        Some("Arn") if NAMES.contains(&name) => {
            let message = format!("`!GetAtt {target}.Arn` gives an ARN; `{name}` needs the name");
            Some(Finding::at(place, message).help(format!("write `!Ref {target}`")))
        }
        _ => None,
    }
}

/// Whether the place is the value of a `LambdaArn` or `RoleArn` parameter of a processor.
fn is_lambda_arn(scope: &Scope<'_>, place: &Place<'_>) -> bool {
    let Some(parameter) = place.path.strip_suffix("/ParameterValue") else { return false };
    let keys: Vec<&str> = parameter.split('/').skip(3).collect();
    let mut at = scope.properties();
    for key in keys {
        at = at.and_then(|place| match key.parse::<usize>() {
            Ok(index) => place.items().into_iter().nth(index),
            Err(_) => place.get(key),
        });
    }
    let name = at.and_then(|place| place.get("ParameterName")?.known());
    matches!(name.as_deref(), Some("LambdaArn" | "RoleArn"))
}

/// `!Ref X` becomes `!GetAtt X.Arn`, in the form that it has.
fn with_fix(finding: Finding, template: &Template, place: &Place<'_>, target: &str) -> Finding {
    let replaced = |text: String| Fix::replace(place.node.span, text);
    let written = template.source.slice(place.node.span);
    let squeezed: String = written.chars().filter(|c| !c.is_whitespace()).collect();
    let bare: String = squeezed.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    if bare == format!("!Ref{target}") {
        finding.fix(replaced(format!("!GetAtt {target}.Arn")))
    } else if squeezed == format!("{{\"Ref\":\"{target}\"}}") {
        finding.fix(replaced(format!("{{\"Fn::GetAtt\": [\"{target}\", \"Arn\"]}}")))
    } else if bare == format!("{{Ref:{target}}}") {
        finding.fix(replaced(format!("{{\"Fn::GetAtt\": [{target}, Arn]}}")))
    } else if bare == format!("Ref:{target}") {
        finding.fix(replaced(format!("Fn::GetAtt: [{target}, Arn]")))
    } else {
        finding
    }
}

#[cfg(test)]
mod tests {
    use crate::foundation::span::Source;
    use crate::rules::{Checks, fix::fix};

    #[test]
    fn each_way_to_write_a_reference_is_mended_in_its_own_way() {
        for (before, after) in [
            ("!Ref Bucket", "!GetAtt Bucket.Arn"),
            ("!Ref 'Bucket'", "!GetAtt Bucket.Arn"),
            ("{Ref: Bucket}", "{\"Fn::GetAtt\": [Bucket, Arn]}"),
            ("{\"Ref\": \"Bucket\"}", "{\"Fn::GetAtt\": [\"Bucket\", \"Arn\"]}"),
            ("\n          Ref: Bucket # where", "\n          Fn::GetAtt: [Bucket, Arn] # where"),
        ] {
            let text = |value: &str| {
                format!(
                    "Resources:\n  Bucket: {{Type: AWS::S3::Bucket}}\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    \
                     Properties:\n      ExtendedS3DestinationConfiguration:\n        BucketARN: {value}\n        \
                     RoleARN: arn:aws:iam::444455556666:role/delivery\n"
                )
            };
            let fixed = fix(Source::new("t.yaml", text(before)), &Checks::default());
            assert_eq!(fixed.template.source.text, text(after));
        }
    }
}
