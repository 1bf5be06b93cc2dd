//! The `rule!` macro: a declaration whose doc comment is the manual page.

/// Declares `pub static RULE: Rule` of a rule file. The doc comment becomes the page that `explain` prints and that
/// `docs/rules/` holds; its first line is the summary, and its headings are `## Why`, `## Fires on`, `## Silent on`
/// and `## References`. The YAML under the two middle headings is run by a test.
#[macro_export]
macro_rules! rule {
    (
        $(#[doc = $doc:expr])+
        $id:literal, $name:literal, $severity:ident, since $since:literal, $kind:ident($check:expr)
    ) => {
        $(#[doc = $doc])+
        pub static RULE: $crate::rules::Rule = $crate::rules::Rule {
            id: $id,
            name: $name,
            severity: $crate::foundation::diagnostic::Severity::$severity,
            since: $since,
            docs: concat!($($doc, "\n"),+),
            file: file!(),
            check: $crate::rules::Check::$kind($check),
        };
    };
}
