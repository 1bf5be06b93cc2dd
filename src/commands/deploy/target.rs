//! Which stack a command is about, and how AWS is reached: for the siblings of `deploy`.

use crate::commands::{CommandError, CommandErrorKind, Context};
use crate::deploy::api::{Answer, ApiError, Request};
use crate::deploy::client::{Access, Cloud};
use crate::deploy::stack::Stack;
use crate::deploy::verdict::Refusal;

/// The flags that name a stack.
#[derive(Debug, Clone, clap::Args)]
pub struct TargetArgs {
    /// The stack
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,
    /// The region
    #[arg(long, value_parser = crate::commands::inputs::region)]
    region: Option<String>,
    /// The endpoint of all services, such as an emulator's (or AWS_ENDPOINT_URL)
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// How to tell what there is; JSON is one event a line
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    format: Option<String>,
}

impl TargetArgs {
    /// The stack's name: the flag's or the configuration's.
    pub(in crate::commands) fn stack(&self, context: &Context) -> Result<String, CommandError> {
        let name = self.stack_name.clone().or_else(|| context.config.stack_name.clone());
        name.ok_or_else(|| {
            CommandError::usage("no stack is named")
                .hint("give `--stack-name NAME`, or `stack-name` in firehose-kit.toml")
        })
    }

    /// How AWS is reached.
    pub(in crate::commands) fn access(&self, context: &Context) -> Access {
        let settings = &context.config.deploy;
        Access {
            region: self.region.clone().or_else(|| context.config.region.clone()),
            endpoint: self.endpoint_url.clone().or_else(|| settings.endpoint_url.clone()),
            ..Access::default()
        }
    }

    /// Whether events are told as JSON.
    pub(in crate::commands) fn is_json(&self, context: &Context) -> bool {
        let format = self.format.clone().or_else(|| context.config.deploy.format.clone());
        format.as_deref() == Some("json")
    }
}

/// The stack, which must exist.
pub(in crate::commands) async fn stack(cloud: &impl Cloud, name: &str) -> Result<Stack, CommandError> {
    let request = Request::DescribeStack(name.to_owned());
    match cloud.call(&request).await {
        Answer::Stack(Some(stack)) => Ok(*stack),
        Answer::Failed(error) => Err(failed(&request, &error)),
        _ => Err(CommandError::new(
            CommandErrorKind::Refused,
            format!("there is no stack `{name}` in this account and region"),
        )
        .hint("check `--stack-name`, the region and the profile")),
    }
}

/// A call that failed, with what to do.
pub(in crate::commands) fn failed(request: &Request, error: &ApiError) -> CommandError {
    let refusal = Refusal::of_error(request.operation(), &request.action(), error);
    CommandError { kind: CommandErrorKind::Refused, message: refusal.message, hints: refusal.hints }
}
