//! `delete`: takes a stack away, after saying what goes with it.

use super::deploy::driver::{self, Subject};
use super::deploy::listener::Listener;
use super::{CommandError, Context, Outcome};
use crate::deploy::client::Access;
use crate::deploy::{Deployment, Mode, OnFailure, Plan};
use crate::template::Pseudo;
use crate::template::parameters::Supplied;

/// Delete a deployed stack.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  firehose-kit delete --stack-name clicks\n  firehose-kit delete --stack-name clicks --yes"
)]
pub struct Args {
    /// The stack
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,
    /// The region
    #[arg(long)]
    region: Option<String>,
    /// Agree beforehand; needed where there is no terminal to ask on
    #[arg(long)]
    yes: bool,
    /// The endpoint of all services, such as an emulator's (or AWS_ENDPOINT_URL)
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// How to tell what happens; JSON is one event a line
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    format: Option<String>,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let settings = &context.config.deploy;
    let stack = args.stack_name.or_else(|| context.config.stack_name.clone()).ok_or_else(|| {
        CommandError::usage("no stack is named")
            .hint("give `--stack-name NAME`, or `stack-name` in firehose-kit.toml")
    })?;
    let region = args.region.or_else(|| context.config.region.clone());
    let is_json = args.format.or_else(|| settings.format.clone()).as_deref() == Some("json");
    let plan = Plan {
        mode: Mode::Delete,
        stack,
        template_bytes: 0,
        bucket: None,
        parameters: Vec::new(),
        supplied: Supplied::new(),
        capabilities: Vec::new(),
        tags: None,
        role_arn: None,
        on_failure: OnFailure::Rollback,
        replaces_failed: false,
        cancels_on_interrupt: false,
        is_interactive: context.terminal.can_ask(),
        is_confirmed: args.yes,
        change_set: None,
        confirms_streams: false,
        seed: driver::seed(),
    };
    let pseudo = Pseudo { region: region.clone(), ..Pseudo::default() };
    let subject = Subject { template: None, supplied: Supplied::new(), pseudo, refuses: false };
    let endpoint = args.endpoint_url.or_else(|| settings.endpoint_url.clone());
    let access = Access { region, endpoint, ..Access::default() };
    let mut listener = Listener::new(context, is_json, Vec::new());
    let verdict = driver::run(context, access, Deployment::new(plan), &subject, &mut listener)?;
    driver::outcome(context, verdict, &subject)
}
