//! The architecture, enforced: who imports whom, what the lower layers may not touch, and that registries and folders
//! agree. `docs/ARCHITECTURE.md` tells why.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The import table: a folder (or file) of `src/`, and what it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    ("cli", &["commands", "report", "foundation"]),
    (
        "commands",
        &["cli", "report", "rules", "simulation", "deploy", "template", "pipeline", "model", "foundation"],
    ),
    ("report", &["rules", "simulation", "deploy", "pipeline", "model", "foundation"]),
    ("rules", &["template", "model", "foundation"]),
    ("simulation", &["pipeline", "model", "foundation"]),
    ("deploy", &["template", "model", "foundation"]),
    ("template", &["foundation"]),
    ("pipeline", &["model", "foundation"]),
    ("model", &["foundation"]),
    ("foundation", &[]),
];

/// Files that may do what their layer may not, with the reason.
const COMPLETIONS_NEED_THE_COMMAND_LINE: &str = "src/commands/completions.rs";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != ".git" {
            files(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&root().join("src"), ".rs", &mut found);
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        (name, std::fs::read_to_string(path).unwrap())
    };
    // `tests.rs` holds the tests of its folder.
    found.iter().filter(|path| !path.ends_with("tests.rs")).map(read).collect()
}

/// The layer of a file: `src/rules/x.rs` is of `rules`, `src/cli.rs` of `cli`.
fn layer(file: &str) -> &str {
    let rest = file.strip_prefix("src/").unwrap();
    rest.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The code of a file: without comments and without the tests at its end.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
    let lines = before_tests.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    let layers: Vec<&str> = MAY_IMPORT.iter().map(|(name, _)| *name).collect();
    for (file, text) in sources() {
        let own = layer(&file).to_owned();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == own) else {
            wrong.push(format!("{file}: the folder is not in the import table"));
            continue;
        };
        for part in code(&text).split("crate::").skip(1) {
            for target in targets(part, &layers) {
                let is_excused = file == COMPLETIONS_NEED_THE_COMMAND_LINE && target == "cli";
                let fits = allowed.contains(&target.as_str()) && (target != "cli" || is_excused);
                if target != own && !fits && own != "main" && own != "lib" {
                    wrong.push(format!("{file}: imports {target}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The layers that the text behind `crate::` names: one, or several in braces.
fn targets(part: &str, layers: &[&str]) -> Vec<String> {
    let word =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let names = match part.strip_prefix('{') {
        None => vec![word(part)],
        Some(inside) => {
            // Names directly inside the braces: at depth 0.
            let (mut depth, mut names, mut start) = (0, Vec::new(), true);
            for (at, c) in inside.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if c.is_whitespace() => {}
                    _ if start && depth == 0 => {
                        names.push(word(&inside[at..]));
                        start = false;
                    }
                    _ => {}
                }
            }
            names
        }
    };
    names.into_iter().filter(|name| layers.contains(&name.as_str())).collect()
}

#[test]
fn lower_layers_touch_nothing_outside() {
    const BANNED: &[&str] = &[
        "std::fs",
        "std::net",
        "std::env",
        "std::thread",
        "std::process",
        "std::time::Instant",
        "SystemTime",
        "async fn",
        "tokio",
        "println!",
        "eprintln!",
        "HashMap",
        "HashSet",
        "static mut",
        "std::io::stdin",
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        // The machine is as pure as the engine; the client is what it is there for.
        let is_machine = file.starts_with("src/deploy/") && !file.starts_with("src/deploy/client");
        if is_machine || ["foundation", "model", "template", "rules", "pipeline"].contains(&layer(&file)) {
            // A custody that is dropped while its thread unwinds has its panic already.
            let code = code(&text).replace("std::thread::panicking()", "");
            wrong.extend(
                BANNED.iter().filter(|word| code.contains(**word)).map(|word| format!("{file}: {word}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_engine_names_no_destination_codec_or_format() {
    const NAMES: &[&str] = &[
        "splunk",
        "redshift",
        "opensearch",
        "elasticsearch",
        "snowflake",
        "iceberg",
        "parquet",
        "gzip",
        "extended_s3",
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| file.starts_with("src/pipeline/")) {
        let code = code(text).to_lowercase();
        wrong.extend(NAMES.iter().filter(|name| code.contains(**name)).map(|name| format!("{file}: {name}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_terminal_writes_to_the_screen() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let code = code(&text);
        let writes = ["io::stdout()", "io::stderr()", "println!"].iter().any(|word| code.contains(word));
        if writes && file != "src/report/terminal.rs" {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_file_of_a_registry_folder_is_registered() {
    let mut wrong = Vec::new();
    let all = sources();
    let registered = |file: &str, registry: &str, needle: &str| {
        let text = &all.iter().find(|(name, _)| name == registry).unwrap().1;
        if text.contains(needle) {
            None
        } else {
            Some(format!("{file} is not in the registry of {registry}"))
        }
    };
    for (file, text) in &all {
        let (folder, name) = file.rsplit_once('/').unwrap();
        let stem = name.trim_end_matches(".rs");
        if stem == "mod" {
            continue;
        }
        if text.contains("\nrule! {") {
            wrong.extend(registered(file, &format!("{folder}/mod.rs"), &format!("&{stem}::RULE")));
        }
        match folder {
            "src/model/compression" => {
                wrong.extend(registered(file, "src/model/compression/mod.rs", &format!("&{stem}::")));
            }
            "src/model/destination" if text.contains("impl DestinationKind for") => {
                wrong.extend(registered(file, "src/model/destination/mod.rs", &format!("    {stem}::")));
            }
            "src/report" if text.contains("impl Reporter for") => {
                wrong.extend(registered(file, "src/report/mod.rs", &format!("&{stem}::")));
            }
            _ => {}
        }
    }
    for rule in firehose_kit::rules::all() {
        if !Path::new(&root().join(rule.file)).exists() {
            wrong.push(format!("{}: no file {}", rule.id, rule.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_schema_file_is_embedded() {
    let mut found = Vec::new();
    files(&root().join("schemas"), ".json", &mut found);
    let names: BTreeSet<String> =
        found.iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let embedded: BTreeSet<String> = firehose_kit::template::schema::names().map(str::to_owned).collect();
    assert_eq!(names, embedded);
}

#[test]
fn files_stay_small_and_have_names_that_say_something() {
    const LONGEST: usize = 560;
    const NAMES: &[&str] = &["util", "utils", "common", "helpers", "misc", "types"];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let lines = code(&text).lines().count();
        if lines > LONGEST {
            wrong.push(format!("{file}: {lines} lines of code, more than {LONGEST}"));
        }
        let stem = file.rsplit('/').next().unwrap().trim_end_matches(".rs");
        if NAMES.contains(&stem) {
            wrong.push(format!("{file}: a name that says nothing"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_say_what_they_are_for() {
    let missing: Vec<_> = sources()
        .into_iter()
        .filter(|(file, text)| {
            !text.starts_with("//!") && !text.contains("\nrule! {") && !file.ends_with("main.rs")
        })
        .map(|(file, _)| file)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn nothing_is_left_to_do() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for word in ["TODO", "FIXME", "XXX:", "todo!(", "unimplemented!("] {
            if text.contains(word) {
                wrong.push(format!("{file}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
