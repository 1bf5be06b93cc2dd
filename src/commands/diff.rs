//! `diff`: a template against the deployed stack, property by property, without a change set.

use std::path::PathBuf;

use super::deploy::driver::{self, Subject};
use super::deploy::listener::Listener;
use super::deploy::target::{self, TargetArgs};
use super::deploy::{comparing, start, values};
use super::{Context, Outcome, exit, inputs, stream};
use crate::deploy::DeployEvent;
use crate::deploy::api::Request;
use crate::deploy::client::Cloud;

/// Compare a template with the deployed stack.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit diff --stack-name clicks\n  \
    firehose-kit diff template.yaml --stack-name clicks --parameter Env=prod --exit-code")]
pub struct Args {
    /// The template, or `-` for standard input
    #[arg(value_name = "TEMPLATE")]
    template: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    values: values::ParameterArgs,
    /// Exit with 1 where something differs
    #[arg(long)]
    exit_code: bool,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let path = inputs::template_path(context, args.template.clone())?;
    let template = stream::read(context, &path)?;
    stream::refuse_unreadable(context, &template)?;
    let supplied = args.values.supplied(&context.config)?;
    let supplied = args.values.fitting(context, &template, &supplied)?;
    let name = args.target.stack(context)?;
    let access = args.target.access(context);
    access.endpoint.as_deref().map(start::check_endpoint).transpose()?;
    let subject = Subject { template: Some(template), supplied, refuses: true, ..Subject::default() };
    let mut listener = Listener::new(context, args.target.is_json(context), subject.secrets());
    driver::runtime()?.block_on(async {
        let cloud = driver::connect(access).await?;
        let stack = target::stack(&cloud, &name).await?;
        let status = Some(stack.status.clone());
        listener.tell(&DeployEvent::Stack { name: stack.name.clone(), status }, driver::now())?;
        let text = cloud.deployed_template(&stack.id).await;
        let text =
            text.map_err(|error| target::failed(&Request::ReadTemplate(Box::new(stack.clone())), &error))?;
        let differences = comparing::compare(context, &subject, &stack, &text);
        if differences.resources.is_empty() {
            context.terminal.note("Its resources are as the template says");
            return Ok(exit::SUCCESS);
        }
        listener.tell(&DeployEvent::ChangeSet(Box::new(differences.summary())), driver::now())?;
        Ok(if args.exit_code { exit::FINDINGS } else { exit::SUCCESS })
    })
}
