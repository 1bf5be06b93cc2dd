//! Conditions, and the worlds that they make.
//!
//! A rule sees one [`World`] at a time: an assignment of the parameters (and of comparisons that can't be decided)
//! on which the template's conditions depend. In each, every condition is decided and each `Fn::If` has one branch.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Template;
use super::parameters::{Pseudo, Supplied};
use crate::foundation::document::{Call, Node, Value};
use crate::foundation::span::Span;

/// Most worlds that a template is checked in; beyond that, each choice is tried alone.
const MOST_WORLDS: usize = 32;
/// Deepest nesting of conditions that name conditions.
const DEEPEST: usize = 32;

/// A value of a parameter in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Assigned {
    Value(String),
    /// Some value that no condition compares with.
    Other,
}

/// One feasible assignment of parameters and undecidable comparisons.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Pseudo parameters as given.
    pub pseudo: Pseudo,
    /// Whether names that only a deployment would give are made up.
    pub make_names: bool,
    /// Whether parameters stay what they are, whatever values they have; conditions are decided all the same.
    pub keeps_parameters: bool,
    /// The names that were made up so far, by logical id.
    pub made_up: RefCell<BTreeMap<String, String>>,
    /// The names that a deployment has given, by logical id.
    pub physical: BTreeMap<String, String>,
    assigned: BTreeMap<String, Assigned>,
    free: BTreeMap<Span, bool>,
}

impl World {
    /// A parameter's value in this world: as assigned, or its default.
    pub fn parameter(&self, template: &Template, name: &str) -> Option<String> {
        match self.assigned.get(name) {
            Some(Assigned::Value(value)) => Some(value.clone()),
            Some(Assigned::Other) => None,
            // An empty default is how templates say "must be given": a command that runs a stream takes it as it is.
            None => {
                template.parameter(name)?.default.clone().filter(|value| self.make_names || !value.is_empty())
            }
        }
    }

    /// The same world with another value of a parameter.
    pub fn with_parameter(&self, name: &str, value: &str) -> World {
        let mut world = self.clone();
        world.assigned.insert(name.to_owned(), Assigned::Value(value.to_owned()));
        world
    }

    /// Whether a named condition holds; `None` if it can't be decided here.
    pub fn condition(&self, template: &Template, name: &str) -> Option<bool> {
        if self.keeps_parameters {
            return World { keeps_parameters: false, ..self.clone() }.named(template, name, 0);
        }
        self.named(template, name, 0)
    }

    fn named(&self, template: &Template, name: &str, depth: usize) -> Option<bool> {
        let node = template.section("Conditions")?.get(name)?;
        if depth > DEEPEST { None } else { self.evaluate(template, node, depth + 1) }
    }

    fn evaluate(&self, template: &Template, node: &Node, depth: usize) -> Option<bool> {
        if depth > 4 * DEEPEST {
            return None;
        }
        let below = |node: &Node| self.evaluate(template, node, depth + 1);
        if let Some(name) = named_condition(node) {
            return self.named(template, &name, depth);
        }
        let Value::Call(call) = &node.value else { return None };
        let items = call.argument.as_list().unwrap_or_default();
        match &*call.function {
            "Not" => below(items.first()?).map(|value| !value),
            "And" => fold(items.iter().map(below), false),
            "Or" => fold(items.iter().map(below), true),
            "Equals" => match items {
                [left, right] => self.equals(template, call, left, right),
                _ => None,
            },
            _ => self.free.get(&call.function_span).copied(),
        }
    }

    fn equals(&self, template: &Template, call: &Call, left: &Node, right: &Node) -> Option<bool> {
        for (one, other) in [(left, right), (right, left)] {
            if let (Some(name), Some(_)) = (reference(one), other.as_text())
                && self.assigned.get(&*name) == Some(&Assigned::Other)
            {
                return Some(false);
            }
        }
        let text = |node: &Node| {
            if holds_if(node) {
                return None;
            }
            let resolved = super::intrinsics::resolve(template, self, node)?;
            resolved.as_text().map(|text| text.into_owned())
        };
        match (text(left), text(right)) {
            (Some(left), Some(right)) => Some(left == right),
            _ => self.free.get(&call.function_span).copied(),
        }
    }
}

/// Whether an `Fn::If` stands inside: not legal in a condition, and it could go round in a circle.
fn holds_if(node: &Node) -> bool {
    match &node.value {
        Value::Call(call) => &*call.function == "If" || holds_if(&call.argument),
        Value::List(items) => items.iter().any(holds_if),
        Value::Map(map) => map.entries.iter().any(|entry| holds_if(&entry.node)),
        _ => false,
    }
}

/// Kleene logic: `And` with `absorbing == false`, `Or` with `absorbing == true`.
fn fold(values: impl Iterator<Item = Option<bool>>, absorbing: bool) -> Option<bool> {
    let mut undecided = false;
    for value in values {
        match value {
            Some(value) if value == absorbing => return Some(absorbing),
            Some(_) => {}
            None => undecided = true,
        }
    }
    (!undecided).then_some(!absorbing)
}

/// The name in `!Condition X`, `{Condition: X}`.
pub fn named_condition(node: &Node) -> Option<String> {
    let text = |node: &Node| node.as_text().map(|text| text.into_owned());
    match &node.value {
        Value::Call(call) if &*call.function == "Condition" => text(&call.argument),
        Value::Map(map) if map.entries.len() == 1 => text(map.get("Condition")?),
        _ => None,
    }
}

/// The name in a `Ref`.
fn reference(node: &Node) -> Option<Box<str>> {
    match &node.value {
        Value::Call(call) if &*call.function == "Ref" => Some(call.argument.as_text()?.into_owned().into()),
        _ => None,
    }
}

/// What one variable of the conditions may be.
enum Choice {
    Parameter(String, Vec<Assigned>),
    Free(Span),
}

/// The worlds to check a template in. The first is that of the defaults. `supplied` values hold in all of them.
pub fn worlds(template: &Template, supplied: &Supplied, pseudo: &Pseudo) -> Vec<World> {
    let mut base = World { pseudo: pseudo.clone(), ..World::default() };
    for (name, value) in supplied {
        base.assigned.insert(name.clone(), Assigned::Value(value.clone()));
    }
    let choices = choices(template, &base);
    let count = |choice: &Choice| match choice {
        Choice::Parameter(_, values) => values.len(),
        Choice::Free(_) => 2,
    };
    let product = choices.iter().try_fold(1usize, |all, choice| all.checked_mul(count(choice)));
    if product.is_some_and(|product| product <= MOST_WORLDS) {
        return every_combination(base, &choices, count);
    }
    let with_first: World = choices.iter().fold(base, |world, choice| with(&world, choice, 0));
    let mut worlds = vec![with_first.clone()];
    for choice in &choices {
        worlds.extend((1..count(choice)).map(|at| with(&with_first, choice, at)));
    }
    worlds.truncate(4 * MOST_WORLDS);
    worlds
}

/// The one world of a command that runs: defaults and supplied values, with made-up names.
pub fn deployed(supplied: &Supplied, pseudo: &Pseudo) -> World {
    let mut world = World { pseudo: pseudo.clone(), make_names: true, ..World::default() };
    for (name, value) in supplied {
        world.assigned.insert(name.clone(), Assigned::Value(value.clone()));
    }
    world
}

fn every_combination(base: World, choices: &[Choice], count: impl Fn(&Choice) -> usize) -> Vec<World> {
    let mut worlds = vec![base];
    for choice in choices {
        worlds = worlds
            .iter()
            .flat_map(|world| (0..count(choice)).map(|at| with(world, choice, at)).collect::<Vec<_>>())
            .collect();
    }
    worlds
}

fn with(world: &World, choice: &Choice, at: usize) -> World {
    let mut world = world.clone();
    match choice {
        Choice::Parameter(name, values) => {
            world.assigned.insert(name.clone(), values[at].clone());
        }
        Choice::Free(span) => {
            world.free.insert(*span, at == 0);
        }
    }
    world
}

/// The variables that the conditions depend on, and what each may be; the default comes first.
fn choices(template: &Template, base: &World) -> Vec<Choice> {
    let mut compared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut undecidable: BTreeSet<Span> = BTreeSet::new();
    let conditions = template.section("Conditions").and_then(Node::as_map);
    for entry in conditions.map(|map| map.entries.as_slice()).unwrap_or_default() {
        comparisons(template, base, &entry.node, &mut compared, &mut undecidable);
    }
    let mut choices = Vec::new();
    for (name, literals) in compared {
        if !base.assigned.contains_key(&name) && base.pseudo.get(&name).is_none() {
            choices.push(Choice::Parameter(name.clone(), values_of(template, &name, literals)));
        }
    }
    choices.extend(undecidable.into_iter().map(Choice::Free));
    choices
}

fn values_of(template: &Template, name: &str, literals: BTreeSet<String>) -> Vec<Assigned> {
    let parameter = template.parameter(name);
    let allowed = parameter.map(|parameter| parameter.allowed.as_slice()).unwrap_or_default();
    let default = parameter.and_then(|parameter| parameter.default.clone());
    let feasible = |value: &String| allowed.is_empty() || allowed.contains(value);
    let mut values: Vec<Assigned> = default.iter().cloned().map(Assigned::Value).collect();
    let compared = literals.iter().filter(|value| feasible(value) && Some(*value) != default.as_ref());
    values.extend(compared.cloned().map(Assigned::Value));
    let default_is_other = default.as_ref().is_some_and(|default| !literals.contains(default));
    if !default_is_other {
        let other = allowed.iter().find(|value| !literals.contains(*value));
        match other {
            Some(value) => values.push(Assigned::Value(value.clone())),
            None if allowed.is_empty() => values.push(Assigned::Other),
            None => {}
        }
    }
    if values.is_empty() {
        values.push(Assigned::Other);
    }
    values
}

/// Collects `Equals` of a parameter with a literal, and comparisons that nothing decides.
fn comparisons(
    template: &Template,
    base: &World,
    node: &Node,
    compared: &mut BTreeMap<String, BTreeSet<String>>,
    undecidable: &mut BTreeSet<Span>,
) {
    let Value::Call(call) = &node.value else { return };
    let items = call.argument.as_list().unwrap_or_default();
    match &*call.function {
        "Not" | "And" | "Or" => {
            for item in items {
                comparisons(template, base, item, compared, undecidable);
            }
        }
        "Equals" if items.len() == 2 => {
            let pair = [(&items[0], &items[1]), (&items[1], &items[0])]
                .into_iter()
                .find_map(|(one, other)| Some((reference(one)?, other.as_text()?.into_owned())));
            let decided = |node: &Node| {
                !holds_if(node)
                    && super::intrinsics::resolve(template, base, node)
                        .is_some_and(|node| node.as_text().is_some())
            };
            match pair {
                Some((name, literal)) => {
                    compared.entry(name.into()).or_default().insert(literal);
                }
                None if !(decided(&items[0]) && decided(&items[1])) => {
                    undecidable.insert(call.function_span);
                }
                None => {}
            }
        }
        "Condition" => {}
        _ => {
            undecidable.insert(call.function_span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;

    fn template(text: &str) -> Template {
        Template::read(Source::new("t.yaml", text))
    }

    #[test]
    fn worlds_are_feasible_combinations() {
        let text = "Parameters:\n  Env: {Type: String, Default: dev, AllowedValues: [dev, test, prod]}\n\
                    Conditions:\n  IsProd: !Equals [!Ref Env, prod]\n  IsTest: !Equals [!Ref Env, test]\n\
                    \x20 Live: !Or [!Condition IsProd, !Condition IsTest]\n";
        let template = template(text);
        let worlds = worlds(&template, &Supplied::new(), &Pseudo::default());
        let seen: Vec<_> = worlds
            .iter()
            .map(|world| ["IsProd", "IsTest", "Live"].map(|name| world.condition(&template, name).unwrap()))
            .collect();
        assert_eq!(seen, [[false, false, false], [true, false, true], [false, true, true]]);
    }

    #[test]
    fn a_supplied_value_leaves_one_world() {
        let template = template(
            "Parameters:\n  P: {Type: String}\nConditions:\n  On: !Not [!Equals [!Ref P, '']]\n  R: !Equals [!Ref AWS::Region, x]\n",
        );
        let pseudo = Pseudo { region: Some("x".into()), ..Pseudo::default() };
        let supplied = Supplied::from([("P".to_owned(), "v".to_owned())]);
        let worlds = worlds(&template, &supplied, &pseudo);
        assert_eq!(worlds.len(), 1);
        assert_eq!(worlds[0].condition(&template, "On"), Some(true));
        assert_eq!(worlds[0].condition(&template, "R"), Some(true));
    }

    #[test]
    fn circular_conditions_end() {
        let template = template("Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\n");
        let worlds = worlds(&template, &Supplied::new(), &Pseudo::default());
        assert_eq!(worlds[0].condition(&template, "A"), None);
    }
}
