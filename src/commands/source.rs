//! What the flags and the template say of the source of a simulated stream.

use std::time::Duration;

use super::Context;
use super::stream::Loaded;
use crate::foundation::document::Reference;
use crate::model::source::Source;
use crate::simulation::SimulationOptions;
use crate::template::{Template, World, intrinsics, names};

/// So many hours.
pub fn hours(hours: u32) -> Duration {
    Duration::from_secs(u64::from(hours) * 3_600)
}

/// `RetentionPeriodHours` of the Kinesis stream that is the source, where the template has it.
fn declared_retention(template: &Template, world: &World, source: &Source) -> Option<Duration> {
    let Source::KinesisStream { arn } = source else { return None };
    let streams = template.resources.iter().filter(|resource| &*resource.kind == "AWS::Kinesis::Stream");
    let mut streams = streams.filter(|resource| {
        let reference = Reference { target: resource.logical_id.clone(), attribute: Some("Arn".into()) };
        names::value(template, world, &reference).as_ref() == Some(arn)
    });
    let written = streams.next()?.properties()?.get("RetentionPeriodHours")?;
    let period = intrinsics::resolve(template, world, written)?;
    period.as_text()?.parse().ok().filter(|period| (1..=8_760).contains(period)).map(hours)
}

/// Completes the options by what the template says, and names what they do not apply to.
pub fn apply(context: &Context, options: &mut SimulationOptions, loaded: &Loaded) {
    let is_kinesis = matches!(loaded.stream.source, Source::KinesisStream { .. });
    if options.shards > 1 && !is_kinesis {
        context.terminal.note("note: not applied: `--shards` (the source is no Kinesis stream)");
        options.shards = 1;
    }
    let opened = &loaded.opened;
    let declared = declared_retention(&opened.template, &opened.world, &loaded.stream.source);
    options.retention = options.retention.or(declared);
}
