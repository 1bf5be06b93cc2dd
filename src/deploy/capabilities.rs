//! Which capabilities a template needs, and because of what.

use crate::template::Template;

/// A capability and what asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// `CAPABILITY_IAM`, ...
    pub name: &'static str,
    /// What in the template asks for it.
    pub reason: String,
}

/// Resource types that need an acknowledgement, and the property that gives them a name of their own. Source:
/// CloudFormation user guide, "Acknowledging IAM resources in CloudFormation templates".
const IAM: [(&str, &str); 9] = [
    ("AWS::IAM::AccessKey", ""),
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
    ("AWS::IAM::UserToGroupAddition", ""),
    ("AWS::IAM::RolePolicy", ""),
];

/// The capabilities that a template needs. Where a nested stack or a macro may bring more, they are acknowledged too.
pub fn needed(template: &Template) -> Vec<Capability> {
    let mut needed: Vec<Capability> = Vec::new();
    let mut add = |name: &'static str, reason: String| {
        if !needed.iter().any(|known| known.name == name) {
            needed.push(Capability { name, reason });
        }
    };
    for resource in &template.resources {
        let id = &resource.logical_id;
        if let Some((kind, property)) = IAM.iter().find(|(kind, _)| *kind == &*resource.kind) {
            let is_named = !property.is_empty()
                && resource.properties().is_some_and(|node| node.get(property).is_some());
            if is_named {
                add(
                    "CAPABILITY_NAMED_IAM",
                    format!("`{id}` is an {kind} with a name of its own (`{property}`)"),
                );
            } else {
                add("CAPABILITY_IAM", format!("`{id}` is an {kind}"));
            }
        }
        if &*resource.kind == "AWS::CloudFormation::Stack" {
            add("CAPABILITY_IAM", format!("`{id}` is a nested stack, which may hold IAM resources"));
            add("CAPABILITY_AUTO_EXPAND", format!("`{id}` is a nested stack, which may use macros"));
        }
        if resource.kind.starts_with("AWS::Serverless::Function")
            && resource.properties().is_some_and(|node| node.get("Role").is_none())
        {
            add("CAPABILITY_IAM", format!("`{id}` gets a role from the SAM transform"));
        }
    }
    if let Some(first) = template.transforms.first() {
        add("CAPABILITY_AUTO_EXPAND", format!("the template uses `{first}`"));
    }
    // The stronger one covers the weaker.
    if needed.iter().any(|capability| capability.name == "CAPABILITY_NAMED_IAM") {
        needed.retain(|capability| capability.name != "CAPABILITY_IAM");
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;

    fn names(resources: &str) -> Vec<&'static str> {
        let template = Template::read(Source::new("t", resources));
        needed(&template).into_iter().map(|capability| capability.name).collect()
    }

    #[test]
    fn capabilities_follow_from_what_the_template_holds() {
        assert_eq!(names("Resources:\n  B: {Type: AWS::S3::Bucket}\n"), [""; 0]);
        assert_eq!(names("Resources:\n  R: {Type: AWS::IAM::Role, Properties: {}}\n"), ["CAPABILITY_IAM"]);
        assert_eq!(
            names(
                "Resources:\n  P: {Type: AWS::IAM::Policy}\n  R: {Type: AWS::IAM::Role, Properties: {RoleName: r}}\n"
            ),
            ["CAPABILITY_NAMED_IAM"]
        );
        assert_eq!(names("Transform: AWS::LanguageExtensions\nResources: {}\n"), ["CAPABILITY_AUTO_EXPAND"]);
    }
}
