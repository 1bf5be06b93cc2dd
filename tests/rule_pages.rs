//! `docs/rules/` is made from the rules' own comments; this fails when it is stale.
//!
//! `UPDATE_RULE_PAGES=1 cargo test --test rule_pages` writes the pages anew.

use std::collections::BTreeMap;
use std::path::PathBuf;

use firehose_kit::report::rule_page;
use firehose_kit::rules;

#[test]
fn the_pages_of_all_rules_are_current() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let mut wanted: BTreeMap<String, String> =
        rules::all().map(|rule| (format!("{}.md", rule.id), rule_page::file(rule))).collect();
    wanted.insert("README.md".to_owned(), rule_page::index(rules::all()));
    #[allow(clippy::disallowed_methods, reason = "a switch for whoever runs the test, not for the program")]
    if std::env::var_os("UPDATE_RULE_PAGES").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &wanted {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let mut present = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        present.insert(entry.file_name().to_string_lossy().into_owned(), text);
    }
    let stale: Vec<&String> = wanted.keys().filter(|name| wanted.get(*name) != present.get(*name)).collect();
    let left: Vec<&String> = present.keys().filter(|name| !wanted.contains_key(*name)).collect();
    assert!(
        stale.is_empty() && left.is_empty(),
        "stale: {stale:?}, left over: {left:?}; run UPDATE_RULE_PAGES=1 cargo test --test rule_pages"
    );
}
