use super::processors;
use crate::model::processor_parameters::PROCESSOR_COUNT;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// Processing is on with no processor, or with more than five.
    ///
    /// ## Why
    /// The service takes one to five. CloudFormation's schema has no limit.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors: []
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: AppendDelimiterToRecord
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 15 (processor count).
    "FH402", "processor-count", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    const SERVICE: &str =
        "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing is enabled.";
    for processing in processors::running(scope) {
        let list = processing.block.get("Processors");
        let known = processing.processors.iter().filter(|item| !item.place.node.is_unknown()).count();
        let most = *PROCESSOR_COUNT.end();
        match &list {
            Some(list) if list.node.as_list().is_none() => {}
            Some(list) if known > most => {
                let message = format!("`Processors` has {known} processors; the most is {most}");
                let extra = list.items().into_iter().nth(most).map_or(list.node.span, |item| item.node.span);
                findings.add(
                    Finding::key(list, message)
                        .service(SERVICE)
                        .help("do the work of several processors in one Lambda function")
                        .related(extra, "the sixth"),
                );
            }
            Some(list) if processing.processors.is_empty() => {
                let message = "processing is on, but `Processors` is empty";
                findings.add(
                    Finding::at(list, message)
                        .service(SERVICE)
                        .help("add a processor, or switch processing off"),
                );
            }
            None => {
                let message = "processing is on, but there are no `Processors`";
                let finding = Finding::key(&processing.block, message);
                findings.add(finding.service(SERVICE).help("add a processor, or switch processing off"));
            }
            Some(_) => {}
        }
    }
}
