use crate::foundation::document::Chunk;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// The stream has a literal name and properties that can't change without replacing it.
    ///
    /// ## Why
    /// CloudFormation replaces a resource by making the new one first. With a literal name that fails, since the name
    /// is still taken: a later change of the source, of a VPC or of a catalogue then needs another name as well.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamName: prod-stream
    /// DeliveryStreamType: KinesisStreamAsSource
    /// KinesisStreamSourceConfiguration:
    ///   KinesisStreamARN: arn:aws:kinesis:eu-west-1:444455556666:stream/orders
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DeliveryStreamName: !Sub "${AWS::StackName}-orders"
    /// DeliveryStreamType: KinesisStreamAsSource
    /// KinesisStreamSourceConfiguration:
    ///   KinesisStreamARN: arn:aws:kinesis:eu-west-1:444455556666:stream/orders
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 3.
    "FH115", "fixed-name", Info, since "0.1.0", Stream(check)
}

/// Create-only properties beside the name and the type, which every stream has: resource sheet, section 3.
const CREATE_ONLY: [&[&str]; 9] = [
    &["DatabaseSourceConfiguration"],
    &["DirectPutSourceConfiguration"],
    &["KinesisStreamSourceConfiguration"],
    &["MSKSourceConfiguration"],
    &["AmazonOpenSearchServerlessDestinationConfiguration", "VpcConfiguration"],
    &["AmazonopensearchserviceDestinationConfiguration", "VpcConfiguration"],
    &["ElasticsearchDestinationConfiguration", "VpcConfiguration"],
    &["IcebergDestinationConfiguration", "CatalogConfiguration"],
    &["SnowflakeDestinationConfiguration", "SnowflakeVpcConfiguration"],
];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(name) = scope.at(&["DeliveryStreamName"]).filter(is_literal) else { return };
    let fixed: Vec<Place<'_>> = CREATE_ONLY.iter().filter_map(|keys| scope.at(keys)).collect();
    if fixed.is_empty() {
        return;
    }
    let message = "with a literal name, a change that replaces the stream fails: the name is taken";
    let mut finding =
        Finding::at(&name, message).help("remove `DeliveryStreamName`, or build it with `${AWS::StackName}`");
    for place in fixed {
        let property = place.path.rsplit('/').next().unwrap_or("");
        finding = finding.related(place.key_span, format!("`{property}` changes by replacement only"));
    }
    findings.add(finding);
}

/// Whether every part of the name stands literally in its place.
fn is_literal(name: &Place<'_>) -> bool {
    let is_literal = |chunk: &Chunk| matches!(chunk, Chunk::Known(_, origin) if origin.literal);
    name.text().is_some_and(|text| !text.chunks.is_empty() && text.chunks.iter().all(is_literal))
}
