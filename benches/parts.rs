//! The parts that decide how fast the program is. `cargo bench --features full --bench parts`.

use std::sync::atomic::AtomicBool;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use firehose_kit::foundation::span::Source;
use firehose_kit::model::compression::CODECS;
use firehose_kit::model::prefix::Prefix;
use firehose_kit::rules::{self, Checks};
use firehose_kit::template::{Template, read};

fn main() {
    divan::main();
}

const TEMPLATE: &str = include_str!("../templates/s3-gzip/template.yaml");
const SAMPLES: &str = include_str!("../templates/s3-gzip/samples.jsonl");

/// A template with many streams.
fn streams(count: usize) -> String {
    let stream = "\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                  ExtendedS3DestinationConfiguration:\n        RoleARN: arn:aws:iam::444455556666:role/delivery\n        \
                  BucketARN: arn:aws:s3:::example-data\n        Prefix: \"a/!{timestamp:yyyy/MM/dd}/\"\n        \
                  ErrorOutputPrefix: errors/\n";
    let resources: String = (0..count).map(|at| format!("  Stream{at}:{stream}")).collect();
    format!("Resources:\n{resources}")
}

#[divan::bench]
fn read_a_template(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::new(TEMPLATE.len())).bench(|| read::read(black_box(TEMPLATE)));
}

#[divan::bench(args = [1, 200])]
fn validate(bencher: Bencher<'_, '_>, count: usize) {
    let text = streams(count);
    bencher.counter(ItemsCount::new(count)).bench(|| {
        let template = Template::read(Source::new("t.yaml", text.as_str()));
        rules::check(&template, &Checks::default())
    });
}

#[divan::bench]
fn parse_a_prefix(bencher: Bencher<'_, '_>) {
    let text = "data/year=!{timestamp:yyyy}/month=!{timestamp:MM}/!{firehose:random-string}/";
    bencher.bench(|| Prefix::parse(black_box(text)));
}

#[divan::bench(args = ["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"])]
fn encode(bencher: Bencher<'_, '_>, name: &str) {
    let codec = CODECS.iter().find(|codec| codec.name() == name).expect("a codec");
    let input = SAMPLES.repeat(20);
    bencher.counter(BytesCount::new(input.len())).bench(|| {
        let mut out = Vec::with_capacity(input.len());
        codec.compress(input.as_bytes(), "entry", &mut out).map(|()| out)
    });
}

#[divan::bench(args = ["none", "sizes"])]
fn simulate(bencher: Bencher<'_, '_>, bodies: &str) {
    use firehose_kit::model::lower;
    use firehose_kit::simulation::{Bodies, Simulation, SimulationOptions, samples::SampleInput};
    let text = "ExtendedS3DestinationConfiguration: {RoleARN: r, BucketARN: 'arn:aws:s3:::b'}";
    let node = read::read(text).root.expect("a mapping");
    let identity = lower::Identity {
        logical_id: "Stream".to_owned(),
        name: "clicks".to_owned(),
        arn: "arn:aws:firehose:us-east-1:444455556666:deliverystream/clicks".to_owned(),
        region: "us-east-1".to_owned(),
        account: "444455556666".to_owned(),
    };
    let stream = lower::lower(&node, identity, None).stream.expect("a stream");
    let bodies = if bodies == "none" { Bodies::None } else { Bodies::Sizes };
    let simulation = Simulation { stream, options: SimulationOptions { bodies, ..Default::default() } };
    let input = SAMPLES.repeat(200);
    bencher.counter(BytesCount::new(input.len())).bench(|| {
        let reader = Box::new(std::io::Cursor::new(input.clone().into_bytes()));
        let inputs = vec![SampleInput::Reader("memory".to_owned(), reader)];
        simulation.run(inputs, &mut |_| {}, &AtomicBool::new(false)).expect("a run")
    });
}
