//! Flags, their settings in `firehose-kit.toml`, and the limits that both have.

use std::collections::BTreeSet;

use clap::CommandFactory;
use firehose_kit::cli::Cli;
use serde_json::{Value, json};

use crate::{STREAM, folder, program::LEAVES_THE_MACHINE, run};

/// Flags that have no setting, with the reason.
const WITHOUT_A_SETTING: &[(&str, &[&str], &str)] = &[
    ("validate", &["output", "fix", "diff"], "what is done this once"),
    ("render", &["iam", "ddl", "diagram"], "another result this once"),
    ("simulate", LEAVES_THE_MACHINE, "records really leave the machine: that is said each time"),
    ("infer", &["input", "input-format"], "those of `simulate`"),
    ("infer", &["ddl"], "another result this once"),
    ("rules", &["check"], "another result this once"),
    ("deploy", &["yes", "plan", "execute", "watch"], "what is done this once"),
    ("diff", &["exit-code"], "what is done this once"),
    ("delete", &["yes"], "what is done this once"),
];

/// Flags that are called otherwise than their settings.
const CALLED_OTHERWISE: &[(&str, &str)] = &[("parameter", "parameters")];

fn config_schema() -> Value {
    serde_json::from_str(firehose_kit::template::schema::text("config").unwrap()).unwrap()
}

fn settings_of(schema: &Value, command: &str) -> BTreeSet<String> {
    let table = &schema["$defs"][command]["properties"];
    table.as_object().map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn every_flag_has_a_setting_or_a_reason_to_have_none() {
    let schema = config_schema();
    let top = schema["properties"].as_object().unwrap();
    let mut missing = Vec::new();
    let mut unknown: BTreeSet<(String, String)> = BTreeSet::new();
    for (name, _) in schema["$defs"].as_object().unwrap() {
        unknown.extend(settings_of(&schema, name).into_iter().map(|key| (name.clone(), key)));
    }
    let whole = Cli::command();
    for command in whole.get_subcommands() {
        let name = command.get_name();
        // The siblings of `deploy` take its settings.
        let table = if ["diff", "status", "delete"].contains(&name) { "deploy" } else { name };
        for flag in command.get_arguments().filter_map(|argument| argument.get_long()) {
            let setting =
                CALLED_OTHERWISE.iter().find(|(known, _)| *known == flag).map_or(flag, |(_, key)| key);
            unknown.remove(&(table.to_owned(), setting.to_owned()));
            let is_excused =
                WITHOUT_A_SETTING.iter().any(|(of, flags, _)| *of == name && flags.contains(&flag));
            let is_there = settings_of(&schema, table).contains(setting) || top.contains_key(setting);
            if is_excused == is_there && flag != "help" {
                missing.push(format!("{name} --{flag}"));
            }
        }
    }
    for flag in whole.get_arguments().filter_map(|argument| argument.get_long()) {
        assert!(top.contains_key(flag) || ["help", "version"].contains(&flag), "--{flag}");
    }
    assert_eq!(missing, Vec::<String>::new(), "flags without a setting, or excused for nothing");
    assert!(unknown.is_empty(), "settings without a flag: {unknown:?}");
}

/// A value that a schema takes.
fn value(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    let text = ["1000/s", "/time", "123456789012", "eu-west-1", "orders"]
        .into_iter()
        .find(|text| regex_like(pattern, text));
    match schema["type"].as_str() {
        Some("boolean") => json!(true),
        Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("object") => json!({}),
        Some("array") => json!([]),
        _ => json!(text.unwrap_or("2026-01-01")),
    }
}

fn regex_like(pattern: &str, text: &str) -> bool {
    let schema = json!({"pattern": pattern});
    jsonschema::validator_for(&schema).unwrap().is_valid(&json!(text))
}

#[test]
fn the_reader_and_the_schema_know_the_same_settings() {
    let schema = config_schema();
    let tables = schema["$defs"].as_object().unwrap();
    // Every table of the schema stands at its top too.
    for name in tables.keys() {
        assert_eq!(schema["properties"][name]["$ref"], format!("#/$defs/{name}"));
    }
    // What the schema has, the reader takes.
    let folder = folder(&[]);
    let said = |text: &str| {
        std::fs::write(folder.path().join("firehose-kit.toml"), text).unwrap();
        run(folder.path(), &["schema"])
    };
    let line = |key: &str, schema: &Value| match value(schema) {
        Value::Object(_) => format!("{key} = {{}}\n"),
        other => format!("{key} = {other}\n"),
    };
    for (key, of) in schema["properties"].as_object().unwrap() {
        let text = match tables.get(key) {
            None => line(key, of),
            Some(table) => {
                let settings = table["properties"].as_object().unwrap();
                let lines: String = settings.iter().map(|(key, of)| line(key, of)).collect();
                format!("[{key}]\n{lines}")
            }
        };
        let (code, _, error) = said(&text);
        assert_eq!(code, 0, "{text}{error}");
    }
    // What the schema has not, the reader refuses; its message lists what it takes.
    let known = |error: &str| -> BTreeSet<String> {
        let rest = error.split("expected").nth(1).unwrap().lines().next().unwrap();
        rest.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let top: BTreeSet<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let (code, _, error) = said("qqqq = 1\n");
    assert_eq!((code, known(&error)), (2, top), "{error}");
    for name in tables.keys() {
        let (code, _, error) = said(&format!("[{name}]\nqqqq = 1\n"));
        assert_eq!((code, known(&error)), (2, settings_of(&schema, name)), "{error}");
    }
}

#[test]
fn flags_and_settings_have_the_same_limits() {
    let folder = folder(&[("template.yaml", STREAM), ("s.jsonl", "{}\n")]);
    for (flag, wrong) in
        [("--account", "12"), ("--region", "mars"), ("--region", "eu-west"), ("--color", "pink")]
    {
        let (code, _, error) = run(folder.path(), &["render", flag, wrong]);
        assert!(code == 2 && error.contains(wrong), "{flag}: {error}");
    }
    for (text, place) in [
        ("account = \"12\"", ":1:11"),
        ("region = \"mars\"", ":1:10"),
        ("[simulate]\nchannels = 0", ":2:12"),
        ("[simulate]\nworkers = 0", ":2:11"),
        ("[simulate]\nshards = 99999", ":2:10"),
        ("[validate]\nformat = \"xml\"", ":2:10"),
    ] {
        std::fs::write(folder.path().join("firehose-kit.toml"), text).unwrap();
        let (code, out, error) = run(folder.path(), &["render"]);
        assert_eq!((code, out.as_str()), (2, ""), "{text}");
        assert!(error.contains(&format!("firehose-kit.toml{place}: ")), "{error}");
    }
}

#[test]
fn settings_hold_where_no_flag_says_otherwise() {
    let folder = folder(&[("template.yaml", STREAM)]);
    let settings = |text: &str| std::fs::write(folder.path().join("firehose-kit.toml"), text).unwrap();
    settings("color = \"always\"\n");
    assert!(run(folder.path(), &["render"]).1.contains("\u{1b}["));
    assert!(!run(folder.path(), &["render", "--color", "never"]).1.contains("\u{1b}["));
    settings("quiet = true\n");
    assert_eq!(run(folder.path(), &["validate", "--ignore", "FH8"]), (0, String::new(), String::new()));
    assert!(run(folder.path(), &["-v", "validate", "--ignore", "FH8"]).1.contains("1 template"));
    settings("[rules]\nformat = \"json\"\n[init]\nformat = \"json\"\n");
    for args in [["rules"], ["init"]] {
        assert!(run(folder.path(), &args).1.starts_with('{'), "{args:?}");
    }
}

#[test]
fn values_of_settings_need_not_fit_every_template_and_flags_must() {
    let folder = folder(&[
        ("template.yaml", STREAM),
        ("firehose-kit.toml", "parameter-file = \"p.json\"\n[parameters]\nEnv = \"prod\"\n"),
        ("p.json", "{\"Other\": \"1\"}"),
    ]);
    for args in [&["validate"][..], &["render"]] {
        let (code, _, error) = run(folder.path(), args);
        assert!(code == 0 && !error.contains("Env"), "{args:?}: {error}");
        let (code, _, error) = run(folder.path(), &[args, &["-v"]].concat());
        assert!(code == 0 && error.contains("`Env`") && error.contains("`Other`"), "{args:?}: {error}");
        for flag in [["--parameter", "Env=x"], ["--parameter-file", "p.json"]] {
            let (code, _, error) = run(folder.path(), &[args, &flag].concat());
            assert!(code == 2 && error.contains("declares no parameter"), "{args:?} {flag:?}: {error}");
        }
    }
}

#[test]
fn colour_is_as_asked_for_in_help_and_in_mistakes_of_words() {
    let folder = folder(&[]);
    let coloured = |args: &[&str]| {
        let (_, out, error) = run(folder.path(), args);
        (out + &error).contains("\u{1b}[")
    };
    for args in [&["--help"][..], &["validate", "--nonsense"], &["validate", "--help"]] {
        assert!(coloured(&[args, &["--color", "always"]].concat()), "{args:?}");
        assert!(coloured(&[&["--color=always"], args].concat()), "{args:?}");
        assert!(!coloured(&[args, &["--color=never"]].concat()), "{args:?}");
        assert!(!coloured(args), "{args:?}");
    }
}

#[test]
fn the_manual_tells_of_every_exit_code() {
    let folder = folder(&[]);
    let (code, page, _) = run(folder.path(), &["man"]);
    assert_eq!(code, 0);
    for code in [0, 1, 2, 3, 4, 5, 6, 70] {
        assert!(page.contains(&format!(".TP\n{code}\n")), "{code}: {page}");
    }
    assert!(!page.contains("firehose\\-kit man` tells") && !page.contains("stand in"), "{page}");
    assert!(run(folder.path(), &["--help"]).1.contains("`firehose-kit man`"));
}
