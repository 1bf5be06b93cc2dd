//! Completions are loaded into the shells that are there and asked; manual pages are set by `man` without a warning.
#![cfg(all(unix, feature = "simulate"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn written(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_firehose-kit")).env_clear().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A program of this machine, or what is missing said aloud.
#[expect(clippy::disallowed_methods, reason = "shells are found by `PATH`")]
#[expect(clippy::disallowed_macros, reason = "what is skipped is said aloud")]
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: there is no `{name}` on this machine (Debian: apt-get install {name})");
    }
    found
}

/// What a shell writes that runs a script in a folder with a file of completions.
fn asked(shell: &Path, arguments: &[&str], file: &str, completions: &str, script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(file), completions).unwrap();
    fs::write(folder.path().join("script"), script).unwrap();
    let output = Command::new(shell)
        .args(arguments)
        .arg("script")
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("TERM", "xterm")
        .env_remove("ZDOTDIR")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// What is typed, and what has to be among the answers.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("firehose-kit si", &["simulate"]),
    ("firehose-kit simulate --repo", &["--report"]),
    ("firehose-kit simulate --bodies ", &["full", "sizes", "none"]),
    ("firehose-kit init s3-", &["s3-gzip", "s3-parquet", "s3-partitioned"]),
    ("firehose-kit explain FH30", &["FH301", "FH305"]),
    ("firehose-kit schema man", &["manifest"]),
    ("firehose-kit completions z", &["zsh"]),
];

#[test]
fn bash_completes() {
    let Some(bash) = program("bash") else { return };
    let mut script = "source completions\n\
        ask() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n\
        \"$function\" firehose-kit \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"; echo \"${COMPREPLY[*]}\"; }\n\
        function=$(complete -p firehose-kit | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
        .to_owned();
    for (typed, _) in QUESTIONS {
        let words: Vec<String> = typed.split(' ').map(|word| format!("'{word}'")).collect();
        script += &format!("ask {}\n", words.join(" "));
    }
    let answers = asked(&bash, &["--norc"], "completions", &written(&["completions", "bash"]), &script);
    for ((typed, wanted), answer) in QUESTIONS.iter().zip(answers.lines()) {
        let given: Vec<&str> = answer.split(' ').collect();
        assert!(wanted.iter().all(|word| given.contains(word)), "{typed}: {answer}");
    }
    assert_eq!(answers.lines().count(), QUESTIONS.len());
}

#[test]
fn fish_completes() {
    let Some(fish) = program("fish") else { return };
    let mut script = "source completions\n".to_owned();
    for (typed, _) in QUESTIONS {
        script += &format!("complete -C '{typed}'\necho ---\n");
    }
    let answers = asked(&fish, &["--no-config"], "completions", &written(&["completions", "fish"]), &script);
    for ((typed, wanted), answer) in QUESTIONS.iter().zip(answers.split("---\n")) {
        let given: Vec<&str> = answer.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert!(wanted.iter().all(|word| given.contains(word)), "{typed}: {answer}");
    }
}

#[test]
fn zsh_loads_them() {
    let Some(zsh) = program("zsh") else { return };
    let completions = written(&["completions", "zsh"]);
    // `compinit` reads the first line, `+X` the whole function.
    let script = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D\n\
        autoload -Uz +X _firehose-kit && print $_comps[firehose-kit] && functions _firehose-kit\n";
    let answer = asked(&zsh, &["-f"], "_firehose-kit", &completions, script);
    assert!(answer.starts_with("_firehose-kit\n"), "{answer}");
    for word in QUESTIONS.iter().flat_map(|(_, wanted)| *wanted) {
        assert!(answer.contains(word), "{word}");
    }
}

#[test]
fn manual_pages_are_set_without_a_warning() {
    let whole = written(&["man"]);
    assert!(whole.contains("firehose\\-kit") && whole.contains("simulate"));
    let Some(man) = program("man") else { return };
    for command in ["", "validate", "render", "simulate", "test", "deploy", "init", "infer", "explain", "man"]
    {
        let page = written(&if command.is_empty() { vec!["man"] } else { vec!["man", command] });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.1");
        fs::write(&file, page).unwrap();
        let output =
            Command::new(&man).args(["--warnings", "-l"]).arg(&file).env("MANWIDTH", "100").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{command}: {said}");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let name =
            if command.is_empty() { "firehose-kit".to_owned() } else { format!("firehose-kit-{command}") };
        assert!(shown.contains(&format!("{name}(1)")), "{command}: {shown}");
        if ["simulate", "render"].contains(&command) {
            assert!(shown.contains("Examples:") && shown.contains("--stream"), "{shown}");
        }
    }
}
