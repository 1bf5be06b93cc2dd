//! `status`: a stack, its delivery streams, and why its last operation failed.

use super::deploy::driver;
use super::deploy::listener::Listener;
use super::deploy::start;
use super::deploy::target::{self, TargetArgs};
use super::{Context, Outcome, exit};
use crate::deploy::DeployEvent;
use crate::deploy::api::{Answer, Request};
use crate::deploy::cause;
use crate::deploy::client::Cloud;
use crate::deploy::events::StackEvent;
use crate::deploy::metrics;
use crate::template::DELIVERY_STREAM;

/// Pages of events that are read for the last operation.
const MOST_PAGES: usize = 20;

/// Tell how a deployed stack and its streams are.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit status --stack-name clicks")]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let name = args.target.stack(context)?;
    args.target.access(context).endpoint.as_deref().map(start::check_endpoint).transpose()?;
    let mut listener = Listener::new(context, args.target.is_json(context), Vec::new());
    driver::runtime()?.block_on(async {
        let cloud = driver::connect(args.target.access(context)).await?;
        let stack = target::stack(&cloud, &name).await?;
        let mut tell = |event: DeployEvent| listener.tell(&event, driver::now());
        tell(DeployEvent::Stack { name: stack.name.clone(), status: Some(stack.status.clone()) })?;
        if let Some((meaning, hints)) = crate::deploy::stack::advice(&stack.status, &stack.name) {
            tell(DeployEvent::Note(meaning))?;
            for hint in hints {
                tell(DeployEvent::Note(hint))?;
            }
        }
        let resources = match cloud.resources(&stack.id).await {
            Ok(resources) => resources,
            Err(error) => {
                tell(DeployEvent::Note(format!(
                    "its resources can't be read: {} ({})",
                    error.message, error.code
                )))?;
                Vec::new()
            }
        };
        for resource in resources.iter().filter(|resource| resource.kind == DELIVERY_STREAM) {
            let Some(physical) = resource.physical_id.clone() else { continue };
            let logical_id = resource.logical_id.clone();
            let describe = Request::DescribeStream { logical_id: logical_id.clone(), name: physical.clone() };
            match cloud.call(&describe).await {
                Answer::Stream(told) => {
                    if let Some(failure) = told.failure {
                        tell(DeployEvent::Note(format!("the stream `{physical}`: {failure}")))?;
                    }
                    let stream = physical.clone();
                    let status = told.status.clone();
                    tell(DeployEvent::Stream { logical_id, name: physical, status, comparison: None })?;
                    tell(DeployEvent::Metrics { stream, hints: metrics::hints(&told.told) })?;
                }
                Answer::Failed(error) => {
                    let text = format!(
                        "the stream `{physical}` can't be described: {} ({})",
                        error.message, error.code
                    );
                    tell(DeployEvent::Note(text))?;
                }
                _ => {}
            }
        }
        let events = last_operation(&cloud, &stack.id).await;
        for cause in cause::causes(&events, &stack.id) {
            let failed =
                events.iter().find(|event| event.logical_id == cause.logical_id && event.is_failure());
            if let Some(event) = failed {
                tell(DeployEvent::Resource(Box::new(event.clone())))?;
            }
        }
        tell(DeployEvent::Outputs(stack.outputs.clone()))?;
        Ok(exit::SUCCESS)
    })
}

/// The events of the last operation, the oldest first; as far as they can be read.
async fn last_operation(cloud: &impl Cloud, stack: &str) -> Vec<StackEvent> {
    let mut events = Vec::new();
    let mut next = None;
    'pages: for _ in 0..MOST_PAGES {
        let request = Request::DescribeStackEvents { stack: stack.to_owned(), next };
        let Answer::Events { events: page, next: following } = cloud.call(&request).await else { break };
        for event in page {
            let begins = event.begins_an_operation();
            events.push(event);
            if begins {
                break 'pages;
            }
        }
        next = following;
        if next.is_none() {
            break;
        }
    }
    events.reverse();
    events
}
