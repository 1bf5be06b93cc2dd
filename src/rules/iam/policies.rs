//! What a role of the template is allowed, from all policies that reach it.
//!
//! Whatever is not known (a customer-managed policy of another stack, a list behind a parameter, a macro) may allow
//! anything, so that nothing is said about the role. Of `Deny` only what surely denies counts: without a `Condition`, and
//! with `Action` and `Resource`. The `Condition` of what allows is taken to hold.

use super::covering::{covers, may_cover};
use super::managed::{self, Managed};
use super::resources::{self, Side, Token, tokens};
use super::{actions, role};
use crate::foundation::document::{Chunk, Node, Unknown, Value};
use crate::rules::{Place, View};
use crate::template::Resource;

/// Where a statement comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// `Policies` or `ManagedPolicyArns` of the role: it exists before the role can be used.
    Role,
    /// A policy resource that names the role: it may come after whatever uses the role.
    Separate(&'a Resource),
}

/// The actions or resources of a statement.
#[derive(Debug, Clone)]
pub enum Elements<'a> {
    /// `Action`, `Resource`.
    Only(Vec<Place<'a>>),
    /// `NotAction`, `NotResource`.
    AllBut(Vec<Place<'a>>),
    /// Neither.
    Unknown,
}

/// A statement that allows something.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    /// The statement.
    pub place: Place<'a>,
    /// Where it comes from.
    pub origin: Origin<'a>,
    /// What it allows.
    pub actions: Elements<'a>,
    /// On what.
    pub resources: Elements<'a>,
}

/// All that is allowed to a role.
#[derive(Debug, Clone)]
pub struct Grants<'a> {
    /// The role.
    pub role: &'a Resource,
    /// The statements that allow something.
    pub statements: Vec<Statement<'a>>,
    /// The statements that deny something, whatever the request.
    pub denials: Vec<Statement<'a>>,
    /// The policies of AWS, with the places that name them.
    pub managed: Vec<(Place<'a>, &'static Managed)>,
    /// Whether there may be more than is known.
    pub open: bool,
    /// The policy resources that name the role.
    pub separate: Vec<&'a Resource>,
}

/// The actions and resources of a statement may stand alone.
pub fn one_or_many<'a>(place: &Place<'a>) -> Vec<Place<'a>> {
    match &place.node.value {
        Value::List(_) => place.items(),
        _ => vec![place.clone()],
    }
}

/// The statements of a policy document that have an `Effect`; `None` where the document is not known.
pub fn statements<'a>(document: &Place<'a>) -> Option<Vec<Place<'a>>> {
    document.node.as_map()?;
    let Some(list) = document.get("Statement") else { return Some(Vec::new()) };
    let items = one_or_many(&list);
    items.iter().all(|item| item.node.as_map().is_some()).then_some(items)
}

/// Whether a statement allows; one whose effect is not known is taken to.
pub fn allows(statement: &Place<'_>) -> bool {
    statement.get("Effect").is_some_and(|effect| effect.known().is_none_or(|text| text == "Allow"))
}

/// Whether a statement denies, whatever the request.
fn denies(statement: &Place<'_>) -> bool {
    let effect = statement.get("Effect").and_then(|effect| effect.known());
    effect.as_deref() == Some("Deny") && statement.get("Condition").is_none()
}

fn elements<'a>(statement: &Place<'a>, key: &str, not_key: &str) -> Elements<'a> {
    // What is not known among them is a hole, which may be anything.
    match (statement.get(key), statement.get(not_key)) {
        (Some(place), _) => Elements::Only(one_or_many(&place)),
        (None, Some(place)) => Elements::AllBut(one_or_many(&place)),
        (None, None) => Elements::Unknown,
    }
}

impl<'a> Statement<'a> {
    /// A statement as it is written.
    pub fn read(place: Place<'a>, origin: Origin<'a>) -> Statement<'a> {
        let actions = elements(&place, "Action", "NotAction");
        let resources = elements(&place, "Resource", "NotResource");
        Statement { place, origin, actions, resources }
    }

    /// Whether it may allow an action on something.
    pub fn may_allow(&self, action: &str) -> bool {
        match &self.actions {
            Elements::Unknown => true,
            Elements::Only(items) => items.iter().any(|item| actions::may_cover(&pattern(item.node), action)),
            Elements::AllBut(items) => !items.iter().any(|item| actions::covers(&pattern(item.node), action)),
        }
    }

    /// Whether it may be about something.
    pub fn may_be_on(&self, view: &'a View<'a>, used: &[Token]) -> bool {
        match &self.resources {
            Elements::Unknown | Elements::AllBut(_) => true,
            Elements::Only(items) => {
                items.iter().any(|item| may_cover(&tokens(view, item.node, Side::Policy), used))
            }
        }
    }

    /// Whether it surely is about an action on something.
    fn surely_covers(&self, view: &'a View<'a>, action: &str, used: &[Token]) -> bool {
        let (Elements::Only(actions), Elements::Only(resources)) = (&self.actions, &self.resources) else {
            return false;
        };
        actions.iter().any(|item| actions::covers(&pattern(item.node), action))
            && resources.iter().any(|item| covers(&tokens(view, item.node, Side::Policy), used))
    }

    /// Whether an action of it is one of a service, by name.
    pub fn names_service(&self, service: &str) -> bool {
        let of_service = |item: &Place<'_>| {
            actions::service(&pattern(item.node)).is_some_and(|s| s.eq_ignore_ascii_case(service))
        };
        matches!(&self.actions, Elements::Only(items) if items.iter().any(of_service))
    }
}

/// The pattern of an action; what is not text may be anything.
pub fn pattern(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.masked(),
        _ => crate::foundation::document::HOLE.to_string(),
    }
}

/// Whether a custom resource is handed the role: it may attach policies that stand nowhere.
fn may_be_changed(view: &View<'_>, role: &Resource) -> bool {
    let is_custom =
        |kind: &str| kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource";
    view.template.resources.iter().filter(|resource| is_custom(&resource.kind)).any(|resource| {
        view.properties(resource).is_some_and(|properties| mentions(properties.node, &role.logical_id))
    })
}

/// Whether a value refers to a resource, itself or anywhere within.
fn mentions(node: &Node, id: &str) -> bool {
    if node.reference.as_ref().is_some_and(|reference| &*reference.target == id) {
        return true;
    }
    match &node.value {
        Value::List(items) => items.iter().any(|item| mentions(item, id)),
        Value::Map(map) => map.entries.iter().any(|entry| mentions(&entry.node, id)),
        Value::String(text) => text.chunks.iter().any(|chunk| {
            matches!(chunk, Chunk::Unknown(Unknown::Resource(reference), _) if &*reference.target == id)
        }),
        _ => false,
    }
}

impl<'a> Grants<'a> {
    /// Collects what reaches a role.
    pub fn of(view: &'a View<'a>, role: &'a Resource) -> Grants<'a> {
        let open = view.template.is_open();
        let mut grants = Grants {
            role,
            statements: Vec::new(),
            denials: Vec::new(),
            managed: Vec::new(),
            open,
            separate: Vec::new(),
        };
        grants.inline(view);
        for kind in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"] {
            for policy in view.of_kind(kind) {
                grants.separate(view, policy);
            }
        }
        grants.open |= may_be_changed(view, role);
        grants
    }

    fn inline(&mut self, view: &'a View<'a>) {
        let Some(properties) = view.properties(self.role) else { return };
        if properties.node.as_map().is_none() {
            self.open = true;
            return;
        }
        if let Some(policies) = properties.get("Policies") {
            self.open |= policies.node.as_list().is_none();
            for policy in policies.items() {
                match policy.get("PolicyDocument") {
                    Some(document) => self.document(&document, Origin::Role),
                    None => self.open = true,
                }
            }
        }
        if let Some(arns) = properties.get("ManagedPolicyArns") {
            self.open |= arns.node.as_list().is_none();
            for arn in arns.items() {
                self.managed_policy(view, arn);
            }
        }
    }

    fn managed_policy(&mut self, view: &'a View<'a>, arn: Place<'a>) {
        let is_managed = |resource: &&Resource| &*resource.kind == "AWS::IAM::ManagedPolicy";
        let used = tokens(view, arn.node, Side::Used);
        let by_arn =
            |policy: &&'a Resource| used == resources::referred(view, &policy.logical_id, None, Side::Used);
        let own = view
            .referred(arn.node)
            .filter(is_managed)
            .or_else(|| view.of_kind("AWS::IAM::ManagedPolicy").find(by_arn));
        if let Some(policy) = own {
            match view.properties(policy).and_then(|properties| properties.get("PolicyDocument")) {
                Some(document) => self.document(&document, Origin::Role),
                None => self.open = true,
            }
            return;
        }
        match arn.text().and_then(|text| managed::find(&text.masked())) {
            Some(policy) => self.managed.push((arn, policy)),
            None => self.open = true,
        }
    }

    /// A policy resource, if it names the role, or may.
    fn separate(&mut self, view: &'a View<'a>, policy: &'a Resource) {
        let Some(properties) = view.properties(policy) else { return };
        let names: Vec<Place<'a>> = match (properties.get("Roles"), properties.get("RoleName")) {
            (Some(roles), _) if &*policy.kind != "AWS::IAM::RolePolicy" => one_or_many(&roles),
            (_, Some(name)) if &*policy.kind == "AWS::IAM::RolePolicy" => vec![name],
            _ => return,
        };
        let names_role = |place: &Place<'a>| {
            role::find(view, place.node).is_some_and(|found| std::ptr::eq(found, self.role))
        };
        let may_name = |place: &Place<'a>| {
            role::find(view, place.node).is_none()
                && may_cover(&tokens(view, place.node, Side::Used), &resources::name_of(view, self.role))
        };
        let is_sure = names.iter().any(names_role);
        if !is_sure && !names.iter().any(may_name) {
            return;
        }
        if is_sure {
            self.separate.push(policy);
        }
        match properties.get("PolicyDocument") {
            Some(document) => self.document(&document, Origin::Separate(policy)),
            None => self.open |= &*policy.kind != "AWS::IAM::RolePolicy",
        }
    }

    fn document(&mut self, document: &Place<'a>, origin: Origin<'a>) {
        match statements(document) {
            Some(statements) => {
                let denying = statements.iter().filter(|statement| denies(statement)).cloned();
                self.denials.extend(denying.map(|place| Statement::read(place, origin)));
                let allowing = statements.into_iter().filter(allows);
                self.statements.extend(allowing.map(|place| Statement::read(place, origin)));
            }
            None => self.open = true,
        }
    }

    /// The statement that surely denies something.
    pub fn denial(&self, view: &'a View<'a>, action: &str, used: &[Token]) -> Option<&Statement<'a>> {
        self.denials.iter().find(|statement| statement.surely_covers(view, action, used))
    }

    /// Whether the role may do something, as far as statements that `counts` picks and policies of AWS say.
    pub fn may(
        &self,
        view: &'a View<'a>,
        action: &str,
        used: &[Token],
        counts: impl Fn(&Statement<'a>) -> bool,
    ) -> bool {
        self.open
            || self.managed.iter().any(|(_, policy)| policy.allows(action, used))
            || self
                .statements
                .iter()
                .filter(|statement| counts(statement))
                .any(|statement| statement.may_allow(action) && statement.may_be_on(view, used))
    }
}
