//! The deployed template beside the new one: what differs, and what Firehose will refuse to change.

use super::driver::Subject;
use crate::commands::Context;
use crate::deploy::api::{ApiError, ErrorKind};
use crate::deploy::client::Cloud;
use crate::deploy::differences::{self, Differences, Placed, ResourceDifference};
use crate::deploy::replacing;
use crate::deploy::stack::{Stack, StackResource};
use crate::foundation::diagnostic::Severity;
use crate::foundation::span::Source;
use crate::report::text;
use crate::rules::cost::replacement;
use crate::rules::{self, Findings, Scope, View};
use crate::template::schema::Schemas;
use crate::template::{Pseudo, Template, World, names};

/// A stack as it is deployed.
pub(in crate::commands) struct Present<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// Its template.
    pub template: &'a str,
    /// Its resources, where they could be listed.
    pub resources: Option<Vec<StackResource>>,
}

/// Reads the template of a stack and lists its resources. Where it may not list them, less is known.
pub(in crate::commands) async fn read(
    cloud: &impl Cloud,
    stack: &Stack,
) -> Result<(String, Option<Vec<StackResource>>), ApiError> {
    let text = cloud.deployed_template(&stack.id).await?;
    match cloud.resources(&stack.id).await {
        Ok(resources) => Ok((text, Some(resources))),
        Err(error) if error.kind() == ErrorKind::Passing => Err(error),
        Err(_) => Ok((text, None)),
    }
}

/// Compares the template of a stack with the new one, shows what Firehose will refuse, and counts it.
pub(in crate::commands) fn compare(
    context: &Context,
    subject: &Subject,
    present: &Present<'_>,
) -> Differences {
    let stack = present.stack;
    let old = Template::read(Source::new("<deployed>", present.template));
    let pseudo = pseudo(stack, &subject.pseudo);
    let mut old_world =
        world(&old, &pseudo, stack.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let Some(new) = &subject.template else {
        return removal(&old, &old_world, present.resources.as_deref());
    };
    let kept = stack.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let given = subject.supplied.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut new_world = world(new, &pseudo, kept.chain(given));
    let refused = match subject.refuses {
        true => refused(context, (&old, &old_world), (new, &new_world)),
        false => Vec::new(),
    };
    let compare = |old_world: &World, new_world: &World| {
        differences::compare(
            Placed { template: &old, world: old_world },
            Placed { template: new, world: new_world },
        )
    };
    let mut resources = compare(&old_world, &new_world);
    if let Some(present) = &present.resources {
        // References to what stands are shown as what they lead to; what is made anew gets another name.
        for one in present.iter().filter(|one| is_there(one)) {
            let Some(physical) = one.physical_id.clone() else { continue };
            old_world.physical.insert(one.logical_id.clone(), physical.clone());
            let known = resources.iter().find(|known| known.logical_id == one.logical_id);
            if !known.is_some_and(is_made_anew) && new.resource(&one.logical_id).is_some() {
                new_world.physical.insert(one.logical_id.clone(), physical);
            }
        }
        for resource in &new.resources {
            let is_named = new_world.physical.contains_key(&*resource.logical_id);
            if let Some(name) = names::literal(new, &new_world, resource).filter(|_| !is_named) {
                new_world.physical.insert(resource.logical_id.to_string(), name);
            }
        }
        resources = compare(&old_world, &new_world);
    }
    for resource in &mut resources {
        resource.is_refused = refused.contains(&resource.logical_id);
    }
    Differences { resources, refused: refused.len(), unreadable: old.document.root.is_none() }
}

/// Whether a resource of a stack is there.
fn is_there(resource: &StackResource) -> bool {
    !matches!(resource.status.as_str(), "DELETE_COMPLETE" | "DELETE_SKIPPED")
        && resource.physical_id.as_deref().is_some_and(|id| !id.is_empty())
}

fn is_made_anew(resource: &ResourceDifference) -> bool {
    let replaces = |path: &str| replacing::replaces(&resource.kind, path) == Some(true);
    resource.action == "Remove" || resource.properties.iter().any(|property| replaces(&property.path))
}

/// Everything of a stack goes: what its resources are, else what its template says they should be.
fn removal(old: &Template, world: &World, present: Option<&[StackResource]>) -> Differences {
    let Some(present) = present else {
        let none = Template::read(Source::new("", "Resources: {}"));
        let resources = differences::compare(
            Placed { template: old, world },
            Placed { template: &none, world: &World::default() },
        );
        return Differences { resources, ..Differences::default() };
    };
    let policy =
        |id: &str| old.resource(id).and_then(|resource| differences::policy(resource, "DeletionPolicy"));
    let gone = |logical_id: &str, kind: &str| ResourceDifference {
        logical_id: logical_id.to_owned(),
        kind: kind.to_owned(),
        action: "Remove",
        policy: policy(logical_id),
        ..ResourceDifference::default()
    };
    let there = present.iter().filter(|one| is_there(one));
    let resources = there.map(|one| gone(&one.logical_id, &one.kind)).collect();
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

/// Shows what Firehose will refuse, and says of which streams.
fn refused(context: &Context, old: (&Template, &World), new: (&Template, &World)) -> Vec<String> {
    let schemas = Schemas::new();
    let (old_view, new_view) = (View::new(old.0, old.1, &schemas), View::new(new.0, new.1, &schemas));
    let (mut found, mut streams) = (Vec::new(), Vec::new());
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
        if !refusals.is_empty() {
            streams.push(stream.logical_id.to_string());
        }
        let mut findings = Findings::new(new.0, &replacement::RULE, &mut found);
        refusals.into_iter().for_each(|finding| findings.add(finding.severity(Severity::Error)));
    }
    let source = rules::shown_source(new.0);
    for finding in &found {
        let style = context.terminal.error_style();
        context.terminal.error_line(&(text::excerpt(&source, finding, style) + "\n"));
    }
    streams
}
