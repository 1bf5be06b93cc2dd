use super::processors::{self, Processor};
use crate::foundation::diagnostic::Severity;
use crate::model::processor_parameters;
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A processor has a parameter of another processor type, or the same parameter twice.
    ///
    /// ## Why
    /// A parameter that does not belong to its processor is ignored or refused; mostly it is left from a copied
    /// block. The same parameter twice is refused before anything else is looked at, so that is an error.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: Lambda
    ///         Parameters:
    ///           - ParameterName: LambdaArn
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:transform
    ///           - ParameterName: SubRecordType
    ///             ParameterValue: "JSON"
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
    ///       - Type: Lambda
    ///         Parameters:
    ///           - ParameterName: LambdaArn
    ///             ParameterValue: arn:aws:lambda:eu-west-1:444455556666:function:transform
    ///           - ParameterName: NumberOfRetries
    ///             ParameterValue: "3"
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 6; service behaviour, section 15 (repeated parameter).
    "FH413", "foreign-processor-parameter", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for processing in processors::all(scope) {
        for item in &processing.processors {
            foreign(item, findings);
            if processing.on == Some(true) {
                repeated(item, findings);
            }
        }
    }
}

fn foreign(item: &Processor<'_>, findings: &mut Findings<'_>) {
    let Some(kind) = processor_parameters::find(&item.kind) else { return };
    for (name, place) in item.parameters() {
        let Some(name) = name.filter(|name| !kind.parameters.contains(&name.as_str())) else { continue };
        let takers = processor_parameters::takers(&name);
        // A name that no processor has is FH010's.
        let Some(place) = place.get("ParameterName").filter(|_| !takers.is_empty()) else { continue };
        let message =
            format!("`{name}` is no parameter of `{}` but of `{}`", kind.name, takers.join("` and `"));
        findings.add(Finding::at(&place, message).help("remove it, or mend `Type`"));
    }
}

fn repeated(item: &Processor<'_>, findings: &mut Findings<'_>) {
    let parameters = item.parameters();
    for (at, (name, place)) in parameters.iter().enumerate() {
        let Some(name) = name else { continue };
        let first = parameters.iter().take(at).find(|(earlier, _)| earlier.as_ref() == Some(name));
        let (Some((_, first)), Some(place)) = (first, place.get("ParameterName")) else { continue };
        let first = first.get("ParameterName").map_or(first.node.span, |name| name.node.span);
        let finding = Finding::at(&place, format!("`{name}` stands twice in one processor"))
            .severity(Severity::Error)
            .service("Duplicate ProcessorParameter passed to ProcessingConfiguration.")
            .help("keep one of the two")
            .related(first, "the first one");
        findings.add(finding);
    }
}
