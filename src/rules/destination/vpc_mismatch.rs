use super::search;
use crate::rule;
use crate::rules::{Finding, Findings, Scope, shape};

rule! {
    /// The domain is in a VPC and the stream is not, or the reverse; or there are too many subnets or security groups.
    ///
    /// ## Why
    /// A domain in a VPC is reached only through network interfaces that the service makes there, and
    /// `VpcConfiguration` can't be added later without replacing the stream. The service takes 1 to 16
    /// subnets and 1 to 5 security groups.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Domain:
    ///     Type: AWS::OpenSearchService::Domain
    ///     Properties:
    ///       EngineVersion: OpenSearch_2.11
    ///       VPCOptions: {SubnetIds: [subnet-0a1b2c3d]}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonopensearchserviceDestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         DomainARN: !GetAtt Domain.Arn
    ///         IndexName: events
    ///         S3Configuration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Domain:
    ///     Type: AWS::OpenSearchService::Domain
    ///     Properties:
    ///       EngineVersion: OpenSearch_2.11
    ///       VPCOptions: {SubnetIds: [subnet-0a1b2c3d]}
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       AmazonopensearchserviceDestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         DomainARN: !GetAtt Domain.Arn
    ///         IndexName: events
    ///         S3Configuration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           BucketARN: arn:aws:s3:::example-data
    ///         VpcConfiguration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           SubnetIds: [subnet-0a1b2c3d]
    ///           SecurityGroupIds: [sg-0a1b2c3d]
    /// ```
    ///
    /// ## References
    /// Developer guide, OpenSearch Service destination settings; service behaviour, section 10.3; resource
    /// sheet, section 3.
    "FH616", "vpc-mismatch", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    shape::report(scope, findings);
    for destination in search::with_domain(scope) {
        let Some(domain) = search::domain(scope, &destination) else { continue };
        let Some(properties) = scope.view.properties(domain).filter(|place| place.node.as_map().is_some())
        else {
            continue;
        };
        match (properties.get("VPCOptions"), destination.get("VpcConfiguration")) {
            (Some(options), None) if options.is_surely_set() => {
                let message = format!("the domain `{}` is in a VPC and the stream is not", domain.logical_id);
                let finding = Finding::key(&destination, message)
                    .related(options.key_span, "the domain's VPC")
                    .help("add `VpcConfiguration` with subnets and security groups that reach the domain");
                findings.add(finding);
            }
            (None, Some(vpc)) if vpc.is_surely_set() => {
                let message =
                    format!("`VpcConfiguration` for the domain `{}`, which is in no VPC", domain.logical_id);
                let finding = Finding::key(&vpc, message)
                    .related(domain.id_span, "the domain has no `VPCOptions`")
                    .help("remove `VpcConfiguration`, or put the domain into the VPC");
                findings.add(finding);
            }
            _ => {}
        }
    }
}
