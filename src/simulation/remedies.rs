//! What to do about a failure, by its code (behaviour sheet, 4.2 and appendix B; codes that are ours among them).

use super::{
    calls::STILL_LOADING,
    function::{Words, endpoint::NOBODY_LISTENS},
};
use crate::{
    model::{failure::FailureKind, processor::lambda_response::is_malformed_response},
    pipeline::FailedRecord,
};

/// What Node.js says of the syntax of ES modules where it reads CommonJS.
const ES_MODULE: [&str; 4] = [
    "Unexpected token 'export'",
    "Cannot use import statement",
    "Cannot use 'import.meta'",
    "top level bodies of modules",
];

/// What to do about a record that failed, and of whose failure the function said this.
pub(super) fn of_record(failed: &FailedRecord, said: Option<&Words>) -> &'static str {
    if failed.code == "Lambda.FunctionError" {
        if is_malformed_response(&failed.code, &failed.message) {
            return "let the function return each record with the result Ok, Dropped or ProcessingFailed, in this spelling";
        }
        let is_out_of_memory =
            |said: &Words| ["Runtime.OutOfMemory", "MemoryError"].iter().any(|kind| said.contains(kind));
        let is_es_module = |said: &Words| {
            said.contains("Runtime.UserCodeSyntaxError") && ES_MODULE.iter().any(|part| said.contains(part))
        };
        if said.is_some_and(is_es_module) {
            return "write a CommonJS module, with `exports.handler` and `require`: inline code of Node.js is one in Lambda, whatever \
                    stands in it; an ES module needs a file of its own that ends in .mjs";
        }
        if said.is_some_and(is_out_of_memory) {
            return "raise MemorySize of the function, or let it do with less: BufferSizeInMBs makes its batches smaller";
        }
    }
    if said.is_some_and(|said| said.head.starts_with(STILL_LOADING)) {
        return "let the module do less when it is loaded: what stands outside of the handler has 10 s in Lambda";
    }
    if said.is_some_and(|said| said.head.starts_with(NOBODY_LISTENS)) {
        return "nobody listens at that address: start what runs the function there, or name another address with `--function`";
    }
    of_code(failed.kind, &failed.code)
}

/// What to do about records that failed with a code.
fn of_code(kind: FailureKind, code: &str) -> &'static str {
    if let Some(help) = of_call(code) {
        return help;
    }
    match code {
        "Lambda.ProcessingFailedStatus" => {
            "the function marked it: mend the record, or what the function refuses; the original lies in the error object"
        }
        "Lambda.MissingRecordId" => {
            "let the function return each recordId that it was sent, unchanged, in `records`; one that is to vanish is returned \
             with the result Dropped"
        }
        "Lambda.DuplicatedRecordId" => {
            "let the function return each recordId once; several records out of one go into one `data`, one behind the other"
        }
        "Lambda.InvalidReturnFormat" => {
            "let the function return `data` with each record whose result is Ok (`kafkaRecordValue` where the source is a topic), \
             or the result Dropped"
        }
        "Lambda.JsonMappingException" => {
            "let the function encode `data` of each record as base64 once, as a whole, and as text: \
             base64.b64encode(bytes).decode() in Python, Buffer.from(text).toString('base64') in Node.js"
        }
        "Lambda.JsonProcessingException" => {
            "let the function return an object with `records`, of which the runtime makes JSON; no text of its own"
        }
        "MSK.RecordTooLarge" | "Kinesis.RecordTooLarge" => {
            "split or compress such records before they are put; each original lies in the error object"
        }
        "DynamicPartitioning.MetadataExtractionFailed" => {
            "let each record be JSON with a value for each key of the prefix, or let the query give one, such as \
             `{key: (.field // \"none\")}`; the original lies in the error object"
        }
        "DynamicPartitioning.RecordDeAggregationFailed" => {
            "put JSON objects one after another, nothing else between them than white space, or choose the sub-record type \
             DELIMITED; the original lies in the error object"
        }
        "CloudWatchLogProcessing.Failed" => {
            "put what a subscription of CloudWatch Logs sends, or take the `CloudWatchLogProcessing` processor out of the template"
        }
        "DataFormatConversion.ParseError" => {
            "put JSON objects alone: format conversion reads nothing else; the original lies in the error object"
        }
        _ => of_kind(kind),
    }
}

/// What to do about records that failed in this.
fn of_kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Processing => "mend the record or the processor; the original lies in the error object",
        FailureKind::Decompression => {
            "put gzip, as CloudWatch Logs does, or take the `Decompression` processor out of the template"
        }
        FailureKind::ActivePartitions => {
            "partition by something with fewer values at a time, or ask for more active partitions"
        }
        FailureKind::FormatConversion => {
            "let the column have the type that the records have, or mend the records; each original lies in the error \
             object"
        }
        FailureKind::Destination(_) => {
            "repair the destination or the records, then put the originals in the error objects again"
        }
    }
}

/// What to do about calls that failed with a code; `None` for what is no code of a call.
pub(super) fn of_call(code: &str) -> Option<&'static str> {
    Some(match code {
        "Lambda.FunctionError" => {
            "mend the function: what it said tells where it failed; `--function-logs` shows all that it wrote"
        }
        "Lambda.FunctionTimedOut" => {
            "raise Timeout of the function (Firehose waits for 5 minutes), or let it do less with each call: BufferSizeInMBs and \
             BufferIntervalInSeconds make its batches smaller"
        }
        "Lambda.FunctionRequestTimedOut" | "Lambda.TargetServerFailedToRespond" => {
            "raise NumberOfRetries, so that Firehose outlasts it; should it go on, look at the network of the function's VPC"
        }
        "Lambda.InvokeLimitExceeded" => {
            "raise the function's reserved concurrency or the account's quota of concurrent executions, let the stream call less \
             often (BufferSizeInMBs, BufferIntervalInSeconds), and raise NumberOfRetries"
        }
        "Lambda.ResourceNotFound" => {
            "let LambdaArn name a function that exists in this Region and account, with a version or alias that it has"
        }
        "Lambda.InvokeAccessDenied" => {
            "allow `lambda:InvokeFunction` on the function and its versions (`ARN` and `ARN:*`) to the role of the delivery stream"
        }
        "Lambda.AssumeRoleAccessDenied" => {
            "let the trust policy of the stream's role allow `sts:AssumeRole` to firehose.amazonaws.com, and its conditions fit \
             this stream"
        }
        "Lambda.InvalidSecurityToken" => {
            "give credentials that are valid and have not expired; in AWS, let the stream's role exist as the one that it was \
             created with"
        }
        "Lambda.InvalidZipFileException" => "deploy the function's code again: Lambda can't unpack it",
        "Lambda.InvalidSubnetIDException" => {
            "let SubnetIds of the function's VpcConfig name subnets that exist"
        }
        "Lambda.InvalidSecurityGroupIDException" => {
            "let SecurityGroupIds of the function's VpcConfig name security groups that exist"
        }
        "Lambda.SubnetIPAddressLimitReachedException" => {
            "give the function's VpcConfig larger or more subnets: the one that it has is out of addresses"
        }
        "Lambda.ENILimitReachedException" => {
            "ask for a higher quota of network interfaces in the VPC, or take interfaces away that nobody uses"
        }
        "Lambda.InternalServerError" | "Lambda.ServiceUnavailable" => {
            "raise NumberOfRetries, so that Firehose outlasts a failure of Lambda, and put the originals of the error objects again"
        }
        "Lambda.InvocationFailure" => {
            "see what is said of the call: nobody may listen at the endpoint, or the recorded answers may have ended; in AWS, \
             look at the function's state and its VPC"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::processor::lambda_response::CALL_ERRORS;

    /// Appendix B: each code of a call has advice of its own, or shares it with its likes.
    #[test]
    fn appendix_b_every_code_of_a_call_has_its_help() {
        for error in CALL_ERRORS {
            let help = of_call(error.code);
            assert!(help.is_some(), "{}", error.code);
            assert_eq!(Some(of_code(FailureKind::Processing, error.code)), help);
        }
        assert_eq!(of_call("Lambda.MissingRecordId"), None);
    }

    #[test]
    fn codes_of_records_have_help_of_their_own() {
        let common = of_kind(FailureKind::Processing);
        for code in [
            "Lambda.ProcessingFailedStatus",
            "Lambda.MissingRecordId",
            "Lambda.DuplicatedRecordId",
            "Lambda.InvalidReturnFormat",
            "Lambda.JsonMappingException",
            "Lambda.JsonProcessingException",
            "MSK.RecordTooLarge",
            "Kinesis.RecordTooLarge",
            "DynamicPartitioning.MetadataExtractionFailed",
            "DynamicPartitioning.RecordDeAggregationFailed",
            "CloudWatchLogProcessing.Failed",
        ] {
            assert_ne!(of_code(FailureKind::Processing, code), common, "{code}");
        }
    }
}
