//! What a role lacks for what is asked of it, and the finding that says so.

use std::collections::BTreeSet;

use super::asks::{Ask, Need};
use super::policies::{Elements, Grants, Statement, pattern};
use super::resources::Token;
use super::written::{listed, statement};
use super::{actions, resource_policies, role};
use crate::foundation::diagnostic::Severity;
use crate::model::permissions::{self, Form, Permission};
use crate::rules::structure::{walk, wrong_arn};
use crate::rules::{Finding, Findings, Place, Scope, View, processing};

/// A permission that a role lacks.
#[derive(Debug, Clone)]
pub struct Missing<'n> {
    /// The permission.
    pub permission: &'static Permission,
    /// On what it is lacking.
    pub on: Vec<&'n Need>,
    /// Whether it is there for some of what it is needed on.
    pub partly: bool,
}

/// Whether a role may do what a permission is for.
fn may<'a>(
    view: &'a View<'a>,
    grants: &Grants<'a>,
    permission: &Permission,
    need: &Need,
    counts: &impl Fn(&Statement<'a>) -> bool,
) -> bool {
    let mut names = std::iter::once(&permission.action).chain(permission.older);
    names.any(|action| {
        need.any_of.iter().any(|used| {
            grants.denial(view, action, used).is_none()
                && (grants.may(view, action, used, counts)
                    || resource_policies::may(view, grants.role, action, used))
        })
    })
}

/// The permissions of an ask that a role lacks, as far as statements that `counts` picks go.
pub fn missing<'a, 'n>(
    view: &'a View<'a>,
    grants: &Grants<'a>,
    ask: &'n Ask<'a>,
    counts: impl Fn(&Statement<'a>) -> bool,
) -> Vec<Missing<'n>> {
    let mut lacking = Vec::new();
    for permission in permissions::of(ask.feature) {
        let needs = || ask.needs.iter().filter(|need| permission.on.contains(&need.form));
        let on: Vec<&Need> = needs().filter(|need| !may(view, grants, permission, need, &counts)).collect();
        if !on.is_empty() {
            let partly = on.len() < needs().count();
            lacking.push(Missing { permission, on, partly });
        }
    }
    lacking
}

impl Missing<'_> {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        if self.partly { Severity::Warning } else { self.permission.missing }
    }
}

/// Reports what the roles of a stream lack for the asks, one finding an ask.
pub fn report<'a>(scope: &Scope<'a>, asks: Vec<Ask<'a>>, findings: &mut Findings<'_>) {
    report_with(scope, asks, findings, |missing| missing, |_, _, finding| finding);
}

/// [`report`], with a choice of the permissions that count, and more words for the finding.
pub fn report_with<'a>(
    scope: &Scope<'a>,
    asks: Vec<Ask<'a>>,
    findings: &mut Findings<'_>,
    pick: for<'n> fn(Vec<Missing<'n>>) -> Vec<Missing<'n>>,
    add: impl Fn(&Ask<'a>, &[Missing<'_>], Finding) -> Finding,
) {
    let mut said = BTreeSet::new();
    // What is named wrongly is FH011's, FH012's and FH404's to tell.
    for ask in asks.into_iter().filter(|ask| !is_misnamed(scope, &ask.at)) {
        let Some(grants) = known_grants(scope.view, &ask) else { continue };
        let all = missing(scope.view, &grants, &ask, |_| true);
        let missing = pick(all.clone());
        let key: Vec<&str> = missing.iter().map(|missing| missing.permission.action).collect();
        let key = (grants.role.logical_id.clone(), ask.subject.clone(), key.join(" "));
        if let Some(finding) = finding(scope.view, &ask, &grants, &missing, &all)
            && said.insert(key)
        {
            findings.add(add(&ask, &missing, finding));
        }
    }
}

/// Types whose `Ref` gives a name or an id, and no ARN.
const NAMED: [&str; 7] = [
    "AWS::S3::Bucket",
    "AWS::Kinesis::Stream",
    "AWS::KMS::Key",
    "AWS::OpenSearchService::Domain",
    "AWS::Elasticsearch::Domain",
    "AWS::Lambda::Function",
    "AWS::Serverless::Function",
];

/// Whether a property that needs an ARN is given a name, or something that is no such ARN.
fn is_misnamed(scope: &Scope<'_>, at: &Place<'_>) -> bool {
    let needs_arn = at.path.ends_with("ARN") || at.path.ends_with("/ParameterValue");
    let is_name = walk::reference(at.node).is_some_and(|reference| {
        let target = scope.template().resource(&reference.target);
        reference.attribute.is_none() && target.is_some_and(|target| NAMED.contains(&&*target.kind))
    });
    let is_no_function = || at.path.ends_with("/ParameterValue") && processing::is_no_function(scope, at);
    (needs_arn && is_name) || wrong_arn::is_told(scope, at) || is_no_function()
}

/// What the role of an ask is allowed, where it is a role of the template and all of it is known.
pub fn known_grants<'a>(view: &'a View<'a>, ask: &Ask<'a>) -> Option<Grants<'a>> {
    let grants = Grants::of(view, role::find(view, ask.role.node)?);
    (!grants.open).then_some(grants)
}

/// The finding for what is missing, if anything is: at the resource that a statement has wrong, at the key `Action` of
/// the statement that lacks it, or at the `RoleARN` where no statement comes near. Its help
/// is the statement for `all` that is missing.
pub fn finding<'a>(
    view: &'a View<'a>,
    ask: &Ask<'a>,
    grants: &Grants<'a>,
    missing: &[Missing<'_>],
    all: &[Missing<'_>],
) -> Option<Finding> {
    let severity = missing.iter().map(Missing::severity).max()?;
    let role = role::called(grants.role);
    let names: Vec<&str> = missing.iter().map(|missing| missing.permission.action).collect();
    let actions = listed(&names);
    if let Some(denial) = denial(view, grants, missing) {
        let place = denial.place.get("Effect").unwrap_or_else(|| denial.place.clone());
        let message = format!("this statement denies {role} {actions} on {}", on_what(ask, missing, true));
        let finding = Finding::at(&place, message)
            .severity(severity)
            .help("remove the statement, or leave out of it what the stream needs: what is denied, nothing allows")
            .related(ask.role.node.span, "the role is used here");
        return Some(finding);
    }
    let first = missing.first().map(|missing| missing.permission.action).unwrap_or_default();
    let near = nearest(grants, first);
    let elsewhere = names.iter().all(|action| nearest(grants, action).is_some());
    let what = on_what(ask, missing, false);
    let finding = match &near {
        Some(statement) if elsewhere => {
            let message = match siblings(view, ask, statement, missing) {
                Some((this, that)) => format!("{role} allows {actions} on {this}, but not on {that}"),
                None => format!("{role} allows {actions}, but not on {}", on_what(ask, missing, true)),
            };
            match place_of_resource(statement) {
                place if place.node.as_list().is_some_and(|items| items.len() > 1) => {
                    Finding::key(&place, message)
                }
                place => Finding::at(&place, message),
            }
        }
        Some(statement) => {
            let place = statement.place.get("Action").unwrap_or_else(|| place_of_resource(statement));
            Finding::key(&place, format!("{role} lacks {actions} on {what}"))
        }
        None => {
            let message = format!("{role} lacks {actions} on {what}");
            match of_service(grants, first) {
                Some(actions) => Finding::key(&actions, message),
                None => Finding::at(&ask.role, message),
            }
        }
    };
    let help = statement_for(view, all);
    let finding = finding.severity(severity).help(format!("add to the policies of {role}: {help}"));
    let is_at_use = near.is_none() && of_service(grants, first).is_none();
    Some(related(ask, grants, is_at_use, finding))
}

/// The one statement that denies all that is missing.
fn denial<'g, 'a>(
    view: &'a View<'a>,
    grants: &'g Grants<'a>,
    missing: &[Missing<'_>],
) -> Option<&'g Statement<'a>> {
    let mut denials = missing.iter().flat_map(|missing| {
        missing.on.iter().map(|need| {
            let used = need.any_of.first()?;
            grants.denial(view, missing.permission.action, used)
        })
    });
    let first = denials.next()??;
    denials.all(|other| other.is_some_and(|other| std::ptr::eq(other, first))).then_some(first)
}

/// The statement that allows what is missing.
fn statement_for(view: &View<'_>, missing: &[Missing<'_>]) -> String {
    let actions: Vec<&str> = missing.iter().map(|missing| missing.permission.action).collect();
    let mut needs: Vec<&Need> = missing.iter().flat_map(|missing| missing.on.iter().copied()).collect();
    needs.sort_by_key(|need| need.form);
    let mut resources: Vec<&str> = Vec::new();
    for need in needs {
        if !resources.contains(&&*need.written) {
            resources.push(&need.written);
        }
    }
    statement(view.template, &actions, &resources)
}

/// The other place: where the role is used, or where nothing is granted the role and what it has instead.
fn related<'a>(ask: &Ask<'a>, grants: &Grants<'a>, is_at_use: bool, finding: Finding) -> Finding {
    match (is_at_use, grants.managed.first()) {
        (false, _) => finding.related(ask.role.node.span, "the role is used here"),
        (true, Some((place, policy))) if grants.statements.is_empty() => {
            finding.related(place.node.span, format!("`{}` does not allow it", policy.name))
        }
        (true, _) => finding.related(grants.role.id_span, "no policy that reaches this role allows it"),
    }
}

/// What a statement is on instead, where that is another form of the same thing.
fn siblings<'a>(
    view: &'a View<'a>,
    ask: &Ask<'a>,
    statement: &Statement<'a>,
    missing: &[Missing<'_>],
) -> Option<(String, &'static str)> {
    let lacks = |form: Form| missing.iter().flat_map(|m| &m.on).any(|need| need.form == form);
    let is_on = |form: Form| {
        let mut needs = ask.needs.iter().filter(|need| need.form == form);
        needs.any(|need| need.any_of.iter().any(|used| statement.may_be_on(view, used)))
    };
    let subject = &ask.subject;
    let pairs = [
        (Form::Objects, Form::Bucket, format!("{subject} itself"), "its objects"),
        (Form::Bucket, Form::Objects, format!("the objects of {subject}"), "the bucket itself"),
        (Form::DomainPaths, Form::Domain, format!("{subject} itself"), "the paths below it"),
        (Form::Domain, Form::DomainPaths, format!("the paths of {subject}"), "the domain itself"),
    ];
    // A grant on other objects of the bucket is no grant on the bucket alone.
    let below = |form: Form| {
        let needs = ask.needs.iter().filter(|need| need.form == form).flat_map(|need| &need.any_of);
        let anything = [Token::Char('/'), Token::Hole("".into())];
        needs.into_iter().any(|used| statement.may_be_on(view, &[used.as_slice(), &anything].concat()))
    };
    let is_alone = |other: Form| !matches!(other, Form::Bucket | Form::Domain) || !below(other);
    let pair = pairs
        .into_iter()
        .find(|(form, other, ..)| lacks(*form) && !lacks(*other) && is_on(*other) && is_alone(*other));
    let unqualified = || {
        let used = ask.needs.first()?.any_of.first()?;
        let bare = super::asks::qualifier(used).filter(|_| lacks(Form::Function))?;
        let words = "the function without a qualifier".to_owned();
        statement.may_be_on(view, bare).then_some((words, "what `LambdaArn` names"))
    };
    pair.map(|(_, _, this, that)| (this, that)).or_else(unqualified)
}

/// What the permissions are on, in words; `exactly`: with the prefix.
fn on_what(ask: &Ask<'_>, missing: &[Missing<'_>], exactly: bool) -> String {
    let subject = &ask.subject;
    let mut forms: Vec<Form> = missing.iter().flat_map(|missing| &missing.on).map(|need| need.form).collect();
    forms.sort_unstable();
    forms.dedup();
    match forms.as_slice() {
        [Form::Objects] => {
            let below = missing.iter().flat_map(|missing| &missing.on).find_map(|need| need.below.as_deref());
            match below.filter(|_| exactly) {
                Some(below) => format!("the objects of {subject} below `{below}`"),
                None => format!("the objects of {subject}"),
            }
        }
        [Form::Bucket, Form::Objects] => format!("{subject} and its objects"),
        [Form::DomainPaths] => format!("the paths of {subject}"),
        [Form::Domain, Form::DomainPaths] => format!("{subject} and its paths"),
        [Form::Catalog] => format!("the catalog of {subject}"),
        [Form::Database] => format!("the database of {subject}"),
        [Form::Catalog, Form::Database] => format!("the catalog and database of {subject}"),
        [Form::Database, Form::Table] => format!("{subject} and its database"),
        [Form::Catalog, Form::Table] => format!("{subject} and its catalog"),
        [Form::Catalog, Form::Database, Form::Table] => format!("{subject}, its database and catalog"),
        _ => subject.clone(),
    }
}

/// The statement that allows an action by name, but on something else.
pub fn nearest<'g, 'a>(grants: &'g Grants<'a>, action: &str) -> Option<&'g Statement<'a>> {
    let by_name = |statement: &&Statement<'a>| {
        matches!(&statement.actions, Elements::Only(items)
            if items.iter().any(|item| actions::covers(&pattern(item.node), action)))
    };
    grants.statements.iter().find(by_name)
}

/// The resource of a statement; its one item, where it has one.
pub fn place_of_resource<'a>(statement: &Statement<'a>) -> Place<'a> {
    match &statement.resources {
        Elements::Only(items) if let [item] = items.as_slice() => item.clone(),
        _ => statement.place.get("Resource").unwrap_or_else(|| statement.place.clone()),
    }
}

/// Where a statement is about the service of an action: its actions.
fn of_service<'a>(grants: &Grants<'a>, action: &str) -> Option<Place<'a>> {
    let service = actions::service(action)?;
    let statement = grants.statements.iter().find(|statement| statement.names_service(service))?;
    statement.place.get("Action")
}
