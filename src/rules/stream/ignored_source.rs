use super::source_kinds::{self, SOURCE_KINDS};
use crate::rule;
use crate::rules::{Finding, Findings, Scope, origin, repair};

rule! {
    /// The stream has a source block that its `DeliveryStreamType` does not go with.
    ///
    /// ## Why
    /// The stream deploys and the block is ignored without a word: a `DirectPut` stream (which is what it is without
    /// `DeliveryStreamType`) waits for `PutRecord`, and nothing ever arrives from the source.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamType: DirectPut
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
    /// Resource sheet, section 4. That the block is ignored rests on a trial deployment by a third party.
    "FH105", "ignored-source", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(actual) = source_kinds::of_stream(scope) else { return };
    // Where the block that the type needs is missing, that is the mistake: FH104, FH106, FH107.
    if source_kinds::lacks_its_block(scope, actual) {
        return;
    }
    let template = scope.template();
    let written = scope.at(&["DeliveryStreamType"]);
    for source in SOURCE_KINDS.iter().filter(|source| source.kind != actual.kind) {
        let Some(block) = source_kinds::block(scope, source).filter(|block| !block.node.is_unknown()) else {
            continue;
        };
        let (name, wanted) = (source.block, source.kind);
        let finding = match &written {
            Some(written) => {
                let message = format!("`{name}` is ignored: the stream is `{}`", actual.kind);
                let finding = Finding::key(&block, message)
                    .help(format!("set `DeliveryStreamType: {wanted}`, or remove the block"))
                    .related(written.node.span, format!("`{wanted}` is what goes with it"));
                origin::explain(finding, template, written)
            }
            None => {
                let message =
                    format!("`{name}` is ignored: without `DeliveryStreamType` the stream is `DirectPut`");
                // Where the block stands under a condition, the type must too.
                let is_plain = scope
                    .stream
                    .properties()
                    .and_then(|node| node.get(name))
                    .is_some_and(|node| node.as_map().is_some());
                let fix =
                    repair::insert_before(template, &scope.block(), &block, "DeliveryStreamType", wanted)
                        .filter(|_| is_plain);
                Finding::key(&block, message).help(format!("add `DeliveryStreamType: {wanted}`")).fix_if(fix)
            }
        };
        findings.add(finding);
    }
}
