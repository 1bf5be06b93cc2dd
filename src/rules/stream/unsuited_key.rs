use crate::foundation::document::{Chunk, HOLE, Unknown, Value};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, origin};

rule! {
    /// The key of server-side encryption is not symmetric, or lies in another region.
    ///
    /// ## Why
    /// The service encrypts with symmetric keys of its own region only. The template shows the kind of a key that it
    /// makes itself; the region of the stream is known where `--region` gives it.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Key:
    ///     Type: AWS::KMS::Key
    ///     Properties:
    ///       KeySpec: RSA_2048
    ///       KeyUsage: ENCRYPT_DECRYPT
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamEncryptionConfigurationInput:
    ///         KeyType: CUSTOMER_MANAGED_CMK
    ///         KeyARN: !GetAtt Key.Arn
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Key:
    ///     Type: AWS::KMS::Key
    ///     Properties:
    ///       EnableKeyRotation: true
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       DeliveryStreamEncryptionConfigurationInput:
    ///         KeyType: CUSTOMER_MANAGED_CMK
    ///         KeyARN: !GetAtt Key.Arn
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Developer guide, data protection; service behaviour, sections 12.1 and 15.
    "FH112", "unsuited-key", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(place) = scope.at(&["DeliveryStreamEncryptionConfigurationInput", "KeyARN"]) else { return };
    let finding = asymmetric(scope, &place).or_else(|| in_another_region(scope, &place));
    if let Some(finding) = finding {
        findings.add(origin::explain(finding, scope.template(), &place));
    }
}

fn asymmetric(scope: &Scope<'_>, place: &Place<'_>) -> Option<Finding> {
    let id = logical_id(place)?;
    let key = scope.template().resource(id).filter(|resource| &*resource.kind == "AWS::KMS::Key")?;
    let spec = scope.view.properties(key)?.get("KeySpec")?;
    let kind = spec.known().filter(|kind| kind != "SYMMETRIC_DEFAULT" && !kind.is_empty())?;
    let message = format!("the key `{id}` is `{kind}`, and server-side encryption takes symmetric keys only");
    let finding = Finding::at(place, message)
        .help("use a key whose `KeySpec` is `SYMMETRIC_DEFAULT` (a new key: the spec can't change)")
        .related(spec.node.span, "the kind of the key");
    Some(finding)
}

/// The resource that an ARN is of, written with `Fn::GetAtt` or in a `Fn::Sub` alone.
fn logical_id<'a>(place: &Place<'a>) -> Option<&'a str> {
    if let Some(reference) = &place.node.reference {
        return Some(&reference.target);
    }
    match &place.node.value {
        Value::String(text) => match text.chunks.as_slice() {
            [Chunk::Unknown(Unknown::Resource(reference), _)] => Some(&reference.target),
            _ => None,
        },
        _ => None,
    }
}

fn in_another_region(scope: &Scope<'_>, place: &Place<'_>) -> Option<Finding> {
    let own = scope.view.world.pseudo.region.as_deref()?;
    let masked = place.text()?.masked();
    let mut parts = masked.splitn(5, ':');
    let (arn, partition, kms, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // With a fifth part the region is whole. A hole for the partition is `AWS::Partition`, anything else is unknown.
    let is_key = arn == "arn" && kms == "kms" && parts.next().is_some() && !partition.is_empty();
    if !is_key || region == own || region.is_empty() || region.contains(HOLE) {
        return None;
    }
    let at = arn.len() + partition.len() + kms.len() + 3;
    let message = format!("the key is in `{region}`, and the stream in `{own}`");
    let finding = Finding::inside(scope.template(), place, at..at + region.len(), message)
        .service(
            "Cross-region keys are not allowed for SSE. Please provide CMKs in the same region as firehose",
        )
        .help("use a key of the stream's region");
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::foundation::span::Source;
    use crate::rules::{self, Checks};
    use crate::template::{Pseudo, Template};

    fn found(key: &str) -> Vec<String> {
        let text = format!(
            "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
             DeliveryStreamEncryptionConfigurationInput:\n        KeyType: CUSTOMER_MANAGED_CMK\n        KeyARN: {key}\n"
        );
        let template = Template::read(Source::new("t.yaml", text));
        let pseudo = Pseudo { region: Some("eu-west-1".into()), ..Pseudo::default() };
        let found = rules::check(&template, &Checks { pseudo, ..Checks::default() }).findings;
        let of_rule = found.into_iter().filter(|finding| finding.rule == "FH112");
        of_rule.map(|finding| template.source.slice(finding.span).to_owned()).collect()
    }

    #[test]
    fn a_key_of_another_region_is_found_where_the_region_is_known() {
        let end = "444455556666:key/0a1b2c3d-aaaa-bbbb-cccc-0123456789ab";
        assert_eq!(found(&format!("arn:aws:kms:us-east-1:{end}")), ["us-east-1"]);
        assert_eq!(found(&format!("!Sub \"arn:${{AWS::Partition}}:kms:us-east-1:{end}\"")), ["us-east-1"]);
        assert!(found(&format!("arn:aws:kms:eu-west-1:{end}")).is_empty());
        assert!(found(&format!("!Sub \"arn:aws:kms:${{AWS::Region}}:{end}\"")).is_empty());
    }
}
