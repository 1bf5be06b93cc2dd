//! The deployed template beside the new one: what differs, and what Firehose will refuse to change.

use super::driver::Subject;
use crate::commands::Context;
use crate::deploy::differences::{self, Differences, Placed};
use crate::deploy::stack::Stack;
use crate::foundation::diagnostic::Severity;
use crate::foundation::span::Source;
use crate::report::text;
use crate::rules::cost::replacement;
use crate::rules::{self, Findings, Scope, View};
use crate::template::schema::Schemas;
use crate::template::{Pseudo, Template, World};

/// Compares the template of a stack with the new one, shows what Firehose will refuse, and counts it.
pub(in crate::commands) fn compare(
    context: &Context,
    subject: &Subject,
    stack: &Stack,
    deployed: &str,
) -> Differences {
    let old = Template::read(Source::new("<deployed>", deployed));
    let pseudo = pseudo(stack, &subject.pseudo);
    let old_world =
        world(&old, &pseudo, stack.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let Some(new) = &subject.template else { return removal(&old, &old_world) };
    let kept = stack.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let given = subject.supplied.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let new_world = world(new, &pseudo, kept.chain(given));
    let resources = differences::compare(
        Placed { template: &old, world: &old_world },
        Placed { template: new, world: &new_world },
    );
    let refused = if subject.refuses { refused(context, (&old, &old_world), (new, &new_world)) } else { 0 };
    Differences { resources, refused, unreadable: old.document.root.is_none() }
}

/// Everything of a stack goes.
fn removal(old: &Template, world: &World) -> Differences {
    let none = Template::read(Source::new("", "Resources: {}"));
    let resources = differences::compare(
        Placed { template: old, world },
        Placed { template: &none, world: &World::default() },
    );
    Differences { resources, ..Differences::default() }
}

/// What is known of where a stack is.
pub(in crate::commands) fn pseudo(stack: &Stack, given: &Pseudo) -> Pseudo {
    let part = |at: usize| stack.id.split(':').nth(at).filter(|part| !part.is_empty()).map(str::to_owned);
    Pseudo {
        region: part(3).or_else(|| given.region.clone()),
        account: part(4).or_else(|| given.account.clone()),
        stack_name: Some(stack.name.clone()),
    }
}

/// The world of a template in its stack. Values that are kept from view stay unknown.
pub(in crate::commands) fn world<'a>(
    template: &Template,
    pseudo: &Pseudo,
    values: impl Iterator<Item = (&'a str, &'a str)>,
) -> World {
    let mut world = World::default();
    world.pseudo = pseudo.clone();
    for (name, value) in values {
        let is_known = template
            .parameter(name)
            .is_some_and(|parameter| !parameter.no_echo && !parameter.is_from_parameter_store());
        if is_known {
            world = world.with_parameter(name, value);
        }
    }
    world
}

fn refused(context: &Context, old: (&Template, &World), new: (&Template, &World)) -> usize {
    let schemas = Schemas::new();
    let (old_view, new_view) = (View::new(old.0, old.1, &schemas), View::new(new.0, new.1, &schemas));
    let mut found = Vec::new();
    for stream in new.0.delivery_streams().filter(|stream| new_view.exists(stream)) {
        let Some(before) = old.0.delivery_streams().find(|known| known.logical_id == stream.logical_id)
        else {
            continue;
        };
        let (before, after) = (Scope::new(&old_view, before), Scope::new(&new_view, stream));
        // A replaced stream is a new one: what can't be changed can be set on it.
        let refusals = replacement::refused(&before, &after);
        if replacement::changes(&before, &after).len() > refusals.len() {
            continue;
        }
        let mut findings = Findings::new(new.0, &replacement::RULE, &mut found);
        refusals.into_iter().for_each(|finding| findings.add(finding.severity(Severity::Error)));
    }
    let source = rules::shown_source(new.0);
    for finding in &found {
        let style = context.terminal.error_style();
        context.terminal.error_line(&(text::excerpt(&source, finding, style) + "\n"));
    }
    found.len()
}
