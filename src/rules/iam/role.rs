//! Which role of the template a `RoleARN` means.

use super::resources::{self, Side, Token, tokens};
use crate::foundation::document::Node;
use crate::rules::View;
use crate::template::Resource;

/// The type of roles.
pub const ROLE: &str = "AWS::IAM::Role";

/// The role of the template that a value means: by `Fn::GetAtt` or `Ref`, in a `Fn::Sub` or `Fn::Join`, or by an ARN
/// or name that is that of a role's `RoleName`. `None` where it lies outside of the template, or is not known.
pub fn find<'a>(view: &'a View<'a>, node: &Node) -> Option<&'a Resource> {
    if let Some(role) =
        view.referred(node).filter(|resource| &*resource.kind == ROLE && view.exists(resource))
    {
        return Some(role);
    }
    let used = tokens(view, node, Side::Used);
    let name = match used.iter().rposition(|token| *token == Token::Char('/')) {
        Some(slash) if resources::begins_with(&used, "arn:") => &used[slash + 1..],
        Some(_) => return None,
        None => &used[..],
    };
    // A hole could be any name, also that of a role outside.
    let is_sure = |token: &Token| !matches!(token, Token::Hole(label) if label.is_empty());
    if name.is_empty()
        || !name.iter().all(is_sure)
        || !name.iter().any(|t| matches!(t, Token::Char(_) | Token::Name(_)))
    {
        return None;
    }
    view.of_kind(ROLE).find(|role| resources::name_of(view, role) == name)
}

/// The serverless function whose generated role a value means: `<Function>Role`.
pub fn generated_for<'a>(view: &'a View<'a>, node: &Node) -> Option<&'a Resource> {
    let target = &*node.reference.as_ref()?.target;
    if view.template.resource(target).is_some() || !view.template.is_generated(target) {
        return None;
    }
    let function = view.template.resource(target.strip_suffix("Role")?)?;
    (&*function.kind == "AWS::Serverless::Function").then_some(function)
}

/// What a role is called in a message.
pub fn called(role: &Resource) -> String {
    format!("role `{}`", role.logical_id)
}
