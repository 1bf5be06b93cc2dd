//! The rest of the command line's contract: where results go, what settings may say, and what is told where.

#![cfg(all(feature = "aws", feature = "simulate"))]

use std::path::Path;

use serde_json::Value;

#[path = "command_line/flags.rs"]
mod flags;
#[path = "command_line/folders.rs"]
mod folders;
#[path = "command_line/lambda.rs"]
mod lambda;
#[path = "support/program.rs"]
mod program;
#[path = "command_line/results.rs"]
mod results;
#[path = "command_line/told.rs"]
mod told;

use program::{folder, json, program, run, said};

const STREAM: &str = "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                      DeliveryStreamName: clicks\n      ExtendedS3DestinationConfiguration:\n        \
                      RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n";

fn assert_fits(schema: &str, value: &Value) {
    let text = firehose_kit::template::schema::text(schema).unwrap();
    let validator = jsonschema::validator_for(&json(text)).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{schema}: {errors:?}\n{value:#}");
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
