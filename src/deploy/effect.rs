//! What a change comes to for a resource. CloudFormation says `Conditional` wherever a value may change on the way, also
//! where all that may change is the attribute of something that stays as it is.

use super::change_set::{Change, ChangeRow};
use super::differences::ResourceDifference;
use super::replacing;

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effect {
    /// It is made.
    Add,
    /// It comes into the stack as it is.
    Import,
    /// It is changed where it is.
    Modify,
    /// It is replaced only where another resource is, and that one stays.
    LikelyModify,
    /// It may be made anew.
    MayReplace,
    /// It is made anew.
    Replace,
    /// It goes.
    Remove,
    /// CloudFormation can't say, or says something that is not known here.
    #[default]
    Other,
}

impl Effect {
    /// What CloudFormation tells.
    pub fn told(change: &Change) -> Effect {
        match (change.action.as_str(), change.replacement.as_deref()) {
            ("Add", _) => Effect::Add,
            ("Import", _) => Effect::Import,
            ("Remove", _) => Effect::Remove,
            ("Modify", Some("True")) => Effect::Replace,
            ("Modify", Some("Conditional")) => Effect::MayReplace,
            ("Modify", _) => Effect::Modify,
            _ => Effect::Other,
        }
    }

    /// A stable name for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Add => "add",
            Effect::Import => "import",
            Effect::Modify => "modify",
            Effect::LikelyModify => "likely-modify",
            Effect::MayReplace => "may-replace",
            Effect::Replace => "replace",
            Effect::Remove => "remove",
            Effect::Other => "other",
        }
    }
}

/// What a conditional replacement depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doubts {
    /// A value that replaces it changes for sure.
    pub is_sure: bool,
    /// A value that may replace it changes, and not because of another resource.
    pub own: bool,
    /// Resources whose attributes may replace it: their logical ids.
    pub others: Vec<String>,
}

/// What a conditional replacement depends on, by all that CloudFormation tells of it and by the two templates. `change` has
/// its details as they were told. `is_compared` says whether the templates were compared.
pub fn doubts(change: &Change, known: Option<&ResourceDifference>, is_compared: bool) -> Doubts {
    let mut doubts = Doubts::default();
    let path = |path: &str| path.trim_start_matches("/Properties/").trim_matches('/').replace('/', ".");
    let differs =
        |name: &str| known.is_some_and(|known| known.properties.iter().any(|one| is_within(&one.path, name)));
    // Metadata and policies replace nothing.
    let matters = |detail: &&super::change_set::ChangeDetail| {
        detail.recreation.as_deref() != Some("Never")
            && matches!(detail.attribute.as_str(), "" | "Properties" | "Tags")
    };
    for detail in change.details.iter().filter(matters) {
        let told = path(&detail.path);
        let name = if told.is_empty() { detail.attribute.clone() } else { told };
        if replacing::replaces(&change.kind, &name) == Some(false) {
            continue;
        }
        let refers = |cause: &String| cause.split('.').next().unwrap_or_default().to_owned();
        match &detail.cause {
            Some(cause) => doubts.others.push(refers(cause)),
            // The same property is told once more for each thing that it refers to. What is written differs nowhere.
            None => {
                let is_told_again =
                    change.details.iter().any(|other| other.cause.is_some() && path(&other.path) == name);
                doubts.own |= !(is_told_again && is_compared && !differs(&name));
            }
        }
    }
    let is_sure = |property: &super::differences::PropertyDifference| {
        property.is_sure && replacing::replaces(&change.kind, &property.path) == Some(true)
    };
    doubts.is_sure = known.is_some_and(|known| known.properties.iter().any(is_sure));
    // Nothing is told of what it depends on.
    doubts.own |= change.details.is_empty();
    doubts
}

/// Whether a path is that of a property, or of something in it.
fn is_within(path: &str, property: &str) -> bool {
    path.strip_prefix(property).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Settles what CloudFormation leaves open, for the rows of one stack.
pub fn settle(rows: &mut [ChangeRow]) {
    let is_open = |row: &ChangeRow| row.effect == Effect::MayReplace && !row.is_settled;
    // Each round settles those whose causes are settled; resources do not depend on each other in a circle.
    for _ in 0..rows.len() {
        let before: Vec<(String, Effect, bool)> =
            rows.iter().map(|row| (row.change.logical_id.clone(), row.effect, is_open(row))).collect();
        let of = |id: &String| before.iter().find(|(known, ..)| known == id);
        let mut has_news = false;
        for row in rows.iter_mut().filter(|row| is_open(row)) {
            let doubts = &row.doubts;
            let effect = if doubts.is_sure {
                Effect::Replace
            } else if doubts.own {
                Effect::MayReplace
            } else if doubts.others.iter().any(|id| of(id).is_some_and(|(.., is_open)| *is_open)) {
                continue;
            } else {
                // What a name stands for that is no resource of this stack (a parameter) is not known.
                let stays = |id: &String| {
                    of(id).is_some_and(|(_, effect, _)| {
                        matches!(effect, Effect::Modify | Effect::LikelyModify | Effect::Import)
                    })
                };
                match doubts.others.is_empty() {
                    true => Effect::Modify,
                    false if doubts.others.iter().all(stays) => Effect::LikelyModify,
                    false => Effect::MayReplace,
                }
            };
            (row.effect, row.is_settled, has_news) = (effect, true, true);
        }
        if !has_news {
            return;
        }
    }
}
