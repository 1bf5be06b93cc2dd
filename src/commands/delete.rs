//! `delete`: takes a stack away, after saying what goes with it.

use super::deploy::driver::{self, Subject};
use super::deploy::listener::Listener;
use super::deploy::start;
use super::deploy::target::TargetArgs;
use super::{Context, Outcome};
use crate::deploy::{Deployment, Mode, OnFailure, Plan};
use crate::template::Pseudo;
use crate::template::parameters::Supplied;

/// Delete a deployed stack.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  firehose-kit delete --stack-name clicks\n  firehose-kit delete --stack-name clicks --yes"
)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Agree beforehand; where there is no terminal to ask on, nothing is begun without it
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    start::refuse_without_a_yes(context, args.yes)?;
    let stack = args.target.stack(context)?;
    let access = args.target.access(context);
    access.endpoint.as_deref().map(start::check_endpoint).transpose()?;
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
        detects_drift: false,
        smoke: None,
        confirms_streams: false,
        seed: driver::seed(),
    };
    let pseudo = Pseudo { region: access.region.clone(), ..Pseudo::default() };
    let subject = Subject { pseudo, ..Subject::default() };
    let mut listener =
        Listener::new(context, args.target.is_json(context), Vec::new()).for_a_change(!args.yes);
    let verdict = driver::run(context, access, Deployment::new(plan), &subject, &mut listener)?;
    driver::outcome(context, verdict, &subject)
}
