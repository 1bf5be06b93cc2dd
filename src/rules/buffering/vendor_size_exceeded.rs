use crate::model::http_partners::HttpPartner;
use crate::rule;
use crate::rules::{Finding, Findings, Scope, origin, repair};

rule! {
    /// The buffer of an HTTP endpoint is larger than its vendor advises.
    ///
    /// ## Why
    /// Datadog advises 4 MB at the most, MongoDB Atlas takes 16 MB; New Relic, Sumo Logic and Elastic advise 1 MB. Their
    /// intakes refuse larger bodies, and what is refused goes to the backup bucket or, with status 413, is lost.
    ///
    /// ## Fires on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   EndpointConfiguration:
    ///     Url: https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input
    ///     Name: Datadog
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BufferingHints: {SizeInMBs: 16, IntervalInSeconds: 60}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// HttpEndpointDestinationConfiguration:
    ///   EndpointConfiguration:
    ///     Url: https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input
    ///     Name: Datadog
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BufferingHints: {SizeInMBs: 4, IntervalInSeconds: 60}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-backup
    /// ```
    ///
    /// ## References
    /// Developer guide, destination settings; resource sheet, section 5.
    "FH210", "vendor-size-exceeded", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    let Some(destination) = scope.at(&["HttpEndpointDestinationConfiguration"]) else { return };
    let Some(url) = destination.at(&["EndpointConfiguration", "Url"]) else { return };
    let Some(partner) = url.text().and_then(|text| HttpPartner::of_url(&text.masked())) else { return };
    let Some(most) = partner.most_advised() else { return };
    let Some(size) = destination.at(&["BufferingHints", "SizeInMBs"]) else { return };
    // What is above 64 is refused whoever the vendor is: FH204.
    let Some(value) = size.node.as_number().filter(|value| *value > f64::from(most) && *value <= 64.0) else {
        return;
    };
    let name = partner.name;
    let finding = Finding::at(&size, format!("`SizeInMBs` is {value}; {name} advises {most} at the most"))
        .help(format!("set `SizeInMBs` to {most}"))
        .related(url.node.span, format!("an endpoint of {name}"))
        .fix_if(repair::replace(template, &size, most.to_string()));
    findings.add(origin::explain(finding, template, &size));
}
