//! `--outputs`: the stack's outputs as a file for other programs.

use std::path::Path;

use crate::deploy::stack::StackOutput;

/// What the file holds: dotenv where its name ends in `.env`, else JSON.
pub(super) fn text(path: &Path, outputs: &[StackOutput]) -> String {
    let is_dotenv = path.extension().is_some_and(|ending| ending == "env")
        || path.file_name().is_some_and(|name| name == ".env");
    if is_dotenv { dotenv(outputs) } else { json(outputs) }
}

fn json(outputs: &[StackOutput]) -> String {
    let map: serde_json::Map<String, serde_json::Value> =
        outputs.iter().map(|output| (output.key.clone(), output.value.clone().into())).collect();
    serde_json::to_string_pretty(&map).unwrap_or_default() + "\n"
}

/// In single quotes, which shells and the readers of such files take as they stand.
fn dotenv(outputs: &[StackOutput]) -> String {
    let line = |output: &StackOutput| format!("{}='{}'\n", output.key, output.value.replace('\'', "'\\''"));
    outputs.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_as_json_and_as_dotenv() {
        let output = |key: &str, value: &str| StackOutput {
            key: key.into(),
            value: value.into(),
            ..StackOutput::default()
        };
        let outputs = [output("Name", "clicks"), output("Odd", "it's $5")];
        assert_eq!(json(&outputs), "{\n  \"Name\": \"clicks\",\n  \"Odd\": \"it's $5\"\n}\n");
        assert_eq!(dotenv(&outputs), "Name='clicks'\nOdd='it'\\''s $5'\n");
    }
}
