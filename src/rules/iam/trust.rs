//! Who may assume a role.

use super::covering::may_cover;
use super::policies::{Origin, Statement, allows, one_or_many, statements};
use super::resources::{Side, Token, known, tokens};
use crate::rules::{Place, View};
use crate::template::Resource;

/// What a trust policy says of a service.
#[derive(Debug, Clone)]
pub enum Trust<'a> {
    /// It can't be told.
    Unknown,
    /// A statement lets the service assume the role.
    Given {
        /// The statement.
        statement: Place<'a>,
        /// The text that names the service.
        principal: Place<'a>,
    },
    /// No statement does.
    Refused {
        /// The document, or the property that lacks it.
        document: Place<'a>,
        /// The services that may.
        services: Vec<Place<'a>>,
        /// The statement that names the service, but for other actions.
        other_action: Option<Place<'a>>,
    },
}

/// What the trust policy of a role says of a service, such as `firehose`.
pub fn of<'a>(view: &'a View<'a>, role: &'a Resource, service: &str) -> Trust<'a> {
    let Some(properties) = view.properties(role).filter(|place| place.node.as_map().is_some()) else {
        return Trust::Unknown;
    };
    // That the document is missing is CloudFormation's to tell.
    let Some(document) = properties.get("AssumeRolePolicyDocument") else { return Trust::Unknown };
    let Some(statements) = statements(&document) else { return Trust::Unknown };
    let (mut services, mut other_action, mut unknown) = (Vec::new(), None, false);
    for statement in statements.into_iter().filter(allows) {
        let assumes = Statement::read(statement.clone(), Origin::Role).may_allow("sts:AssumeRole");
        let Some(principal) = statement.get("Principal") else {
            unknown |= statement.get("NotPrincipal").is_some();
            continue;
        };
        let names = match principal.node.as_map() {
            Some(_) => principal.get("Service").map(|place| one_or_many(&place)).unwrap_or_default(),
            None => vec![principal.clone()],
        };
        let everyone = principal.get("AWS").map(|place| one_or_many(&place)).unwrap_or_default();
        unknown |=
            everyone.iter().any(|place| place.node.is_unknown() || place.known().as_deref() == Some("*"));
        for name in names {
            if name.node.is_unknown() {
                unknown = true;
            } else if name.known().as_deref() == Some("*") || is_service(view, &name, service) {
                if assumes {
                    return Trust::Given { statement, principal: name };
                }
                other_action
                    .get_or_insert_with(|| statement.get("Action").unwrap_or_else(|| statement.clone()));
            } else {
                services.push(name);
            }
        }
    }
    match unknown {
        true => Trust::Unknown,
        false => Trust::Refused { document, services, other_action },
    }
}

/// Whether a text may be the principal of a service, be it that of a region.
fn is_service<'a>(view: &'a View<'a>, name: &Place<'a>, service: &str) -> bool {
    let text = tokens(view, name.node, Side::Used);
    let mut regional = known(&format!("{service}."), Side::Used);
    regional.push(Token::Segment("AWS::Region".into()));
    regional.extend(known(".amazonaws.com", Side::Used));
    let forms = [
        known(&format!("{service}.amazonaws.com"), Side::Used),
        known(&format!("{service}.amazonaws.com.cn"), Side::Used),
        regional,
    ];
    forms.iter().any(|form| may_cover(&text, form))
}

/// The keys of a statement's conditions; `None` where they are not all known.
pub fn condition_keys(statement: &Place<'_>) -> Option<Vec<String>> {
    let Some(condition) = statement.get("Condition") else { return Some(Vec::new()) };
    condition.node.as_map()?;
    let mut keys = Vec::new();
    for (_, operator) in condition.entries() {
        operator.node.as_map()?;
        keys.extend(operator.entries().into_iter().map(|(key, _)| key.to_ascii_lowercase()));
    }
    Some(keys)
}
