//! One mistake, one finding: what only follows from another finding is not told.

use crate::foundation::diagnostic::Diagnostic;

/// Drops findings of a member that is missing because it stands there under a wrong name.
pub fn drop_consequences(found: &mut Vec<Diagnostic>) {
    let misnamed: Vec<(String, String)> = found.iter().filter_map(misnamed).collect();
    found.retain(|finding| {
        let is_of_name = matches!(&*finding.rule, "FH006" | "FH007" | "FH010");
        is_of_name
            || !misnamed.iter().any(|(block, name)| {
                finding.path.starts_with(block.as_str()) && finding.message.contains(name.as_str())
            })
    });
}

/// The block of a property or processor parameter under a wrong name, and the right name in backquotes.
fn misnamed(finding: &Diagnostic) -> Option<(String, String)> {
    let (block, _) = match &*finding.rule {
        "FH006" | "FH007" => finding.path.rsplit_once('/')?,
        "FH010" if finding.path.ends_with("/ParameterName") => finding.path.rsplit_once("/Parameters/")?,
        _ => return None,
    };
    let right = finding.fix.as_ref()?.edits.first()?.replacement.trim_matches(['"', '\'']);
    Some((block.to_owned(), format!("`{right}`")))
}
