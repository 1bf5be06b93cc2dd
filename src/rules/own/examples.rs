//! A rule's own examples: templates that it must be silent on, and that it must fire on. Users' rules deserve tests.

use super::{OwnRule, check};
use crate::foundation::span::Source;
use crate::rules::View;
use crate::template::parameters::Supplied;
use crate::template::schema::Schemas;
use crate::template::{Pseudo, Template, conditions};

/// A template in a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Whether the rule must be silent on it.
    pub is_good: bool,
    /// Where it stands, such as `rules/tags.yaml:12:3`.
    pub place: String,
    /// The template's text.
    pub text: String,
}

/// Runs a rule over its examples; says which of them did not go as they should.
pub fn failures(rule: &OwnRule) -> Vec<String> {
    rule.examples
        .iter()
        .filter_map(|example| Some(format!("{}: {}", example.place, run(rule, example)?)))
        .collect()
}

fn run(rule: &OwnRule, example: &Example) -> Option<String> {
    let kind = if example.is_good { "good" } else { "bad" };
    let template = Template::read(Source::new(&*example.place, &*example.text));
    if let Some((span, _)) = template.document.problems.first() {
        let position = template.source.position(span.start);
        return Some(format!(
            "the {kind} example of {} is no readable template (its line {}, column {})",
            rule.id, position.line, position.column
        ));
    }
    let schemas = Schemas::new();
    let mut outcome = check::Outcome::default();
    for world in conditions::worlds(&template, &Supplied::default(), &Pseudo::default()) {
        let view = View::new(&template, &world, &schemas);
        check::check(&view, &[rule], &mut outcome);
    }
    let (found, undecided) = outcome.finish();
    let first =
        |list: &[crate::foundation::diagnostic::Diagnostic]| list.first().map(|found| found.message.clone());
    match example.is_good {
        true if !found.is_empty() => {
            Some(format!("{} fires on its good example: {}", rule.id, first(&found)?))
        }
        true if !undecided.is_empty() => {
            Some(format!("the good example of {} can't be decided: {}", rule.id, first(&undecided)?))
        }
        true if !check::applies(rule, &template) => {
            Some(format!("{} does not apply to its good example: it has no such resource", rule.id))
        }
        false if found.is_empty() => Some(format!("{} is silent on its bad example", rule.id)),
        _ => None,
    }
}
