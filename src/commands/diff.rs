//! `diff`: a template against the deployed stack, property by property, without a change set.

use std::path::PathBuf;

use super::deploy::driver::{self, Subject};
use super::deploy::listener::Listener;
use super::deploy::target::{self, TargetArgs};
use super::deploy::{comparing, values};
use super::{Context, Outcome, exit, inputs, stream};
use crate::deploy::DeployEvent;
use crate::deploy::api::Request;

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
    let template = stream::read(&path)?;
    let supplied = args.values.supplied(&context.config)?;
    inputs::refuse_unknown(&template, &supplied)?;
    let name = args.target.stack(context)?;
    let subject = Subject { template: Some(template), supplied, refuses: true, ..Subject::default() };
    let mut listener = Listener::new(context, args.target.is_json(context), subject.secrets());
    driver::runtime()?.block_on(async {
        let cloud = driver::connect(args.target.access(context)).await?;
        let stack = target::stack(&cloud, &name).await?;
        let status = Some(stack.status.clone());
        listener.tell(&DeployEvent::Stack { name: stack.name.clone(), status }, driver::now())?;
        let read = comparing::read(&cloud, &stack).await;
        let (text, resources) =
            read.map_err(|error| target::failed(&Request::ReadTemplate(Box::new(stack.clone())), &error))?;
        let present = comparing::Present { stack: &stack, template: &text, resources };
        let differences = comparing::compare(context, &subject, &present);
        if differences.resources.is_empty() {
            context.terminal.note("Its resources are as the template says");
            return Ok(exit::SUCCESS);
        }
        listener.tell(&DeployEvent::ChangeSet(Box::new(differences.summary())), driver::now())?;
        // An error was shown: it ends with 1, as wherever a template is judged.
        let is_refused = differences.refused > 0;
        Ok(if args.exit_code || is_refused { exit::FINDINGS } else { exit::SUCCESS })
    })
}
