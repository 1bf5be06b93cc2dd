//! `docs/gallery.md` shows what the binary says of templates of the battery; this fails when it says something else.
//!
//! `UPDATE_GALLERY=1 cargo test --test gallery` writes the page anew.

use std::path::PathBuf;

/// The topics, with the templates of `tests/battery` that stand for them.
const TOPICS: &[(&str, &[&str])] = &[
    ("The text itself", &["json-trailing-comma", "prefix-not-quoted", "same-property-twice"]),
    (
        "Names and values",
        &["opensearch-in-wrong-case", "role-by-name-json", "domain-arn-of-opensearch", "dollar-in-sub"],
    ),
    ("Buffering", &["partitioned-5-mb", "http-size-from-if"]),
    (
        "Prefixes",
        &["t-not-quoted", "week-year", "key-not-in-query", "zone-kolkata", "table-partition-missing"],
    ),
    (
        "Processing",
        &["query-with-bad-token", "handler-not-defined", "module-not-there", "logs-gzipped-twice"],
    ),
    ("Format conversion", &["gzip-with-parquet", "set-column"]),
    ("Destinations", &["copy-without-gzip", "index-in-capitals", "ssm-secure-in-sub"]),
    (
        "Permissions",
        &["trusts-kinesis-in-list-json", "objects-only", "invoke-without-qualifier", "policy-not-awaited"],
    ),
    ("Security", &["password-written", "public-bucket"]),
];

/// Advice and the warning on logging, which most templates of the battery get beside their mistake.
const IGNORED: &str = "FH902,FH416,FH323,FH806";

const HEAD: &str = "# Gallery\n\nWhat `firehose-kit validate` says of templates with one mistake each. The templates are those of \
[tests/battery](../tests/battery); a test holds this page to what the program really writes. All rules: \
[rules](rules/README.md).\n";

#[test]
fn the_gallery_shows_what_the_program_says() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/battery");
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut page = HEAD.to_owned();
    for (topic, names) in TOPICS {
        page += &format!("\n## {topic}\n");
        for name in *names {
            let file = files
                .iter()
                .find(|file| file.get(4..).is_some_and(|rest| rest.starts_with(&format!("{name}."))));
            let file = file.unwrap_or_else(|| panic!("no template {name}"));
            let output = assert_cmd::Command::cargo_bin("firehose-kit")
                .unwrap()
                .current_dir(&folder)
                .args(["validate", "--color", "never", "--ignore", IGNORED, file])
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(!text.is_empty(), "{file}: nothing is found");
            page += &format!(
                "\n```text\n$ firehose-kit validate --ignore {IGNORED} {file}\n{}\n```\n",
                text.trim_end()
            );
        }
    }
    let path = root.join("docs/gallery.md");
    #[allow(clippy::disallowed_methods, reason = "a switch for whoever runs the test, not for the program")]
    if std::env::var_os("UPDATE_GALLERY").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(present == page, "docs/gallery.md is stale; run UPDATE_GALLERY=1 cargo test --test gallery");
}
