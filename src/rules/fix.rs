//! Mechanical repairs: text and findings in, repaired text out. Nothing is printed from the tree again, so comments,
//! order and layout stay as they are.
//!
//! Repairs are made in rounds, because one may uncover the next. What a round made is read and checked again; where
//! that shows a new error, the repairs of the round are tried one by one, and those that do harm are left out: those
//! whose own place has an error afterwards, or the text as a whole. An error of another rule at another place was hidden
//! by the mistake, and does not keep it from being mended.

use std::collections::BTreeMap;

use super::{Checks, check};
use crate::foundation::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::foundation::span::{Source, Span};
use crate::template::Template;

/// Rounds after which repairing ends, whatever is left.
const MOST_ROUNDS: usize = 10;

/// Rules whose findings hide others: nobody judges the inside of a block with an unknown name, what follows from a
/// value that is no member, or an expression that is none yet. What shows there after the repair was there before.
const HIDING: [&str; 9] = ["FH003", "FH006", "FH007", "FH010", "FH017", "FH301", "FH302", "FH506", "FH615"];

/// Errors that a repair may never bring, wherever they are.
const NEVER: [&str; 3] = ["FH001", "FH002", "FH003"];

/// A template after its repairs.
#[derive(Debug)]
pub struct Fixed {
    /// The template, as read from the repaired text.
    pub template: Template,
    /// How many findings were repaired.
    pub count: usize,
    /// The findings whose repairs are withheld, by place, rule and message, and why.
    withheld: Vec<(Span, Key, String)>,
}

impl Fixed {
    /// Says of findings of the repaired template why their repairs are withheld, and takes these away.
    pub fn tell(&self, findings: &mut [Diagnostic]) {
        for finding in findings {
            let of =
                |(span, found, _): &&(Span, Key, String)| *span == finding.span && *found == key(finding);
            if let Some((_, _, why)) = self.withheld.iter().find(of) {
                finding.fix = None;
                let help = finding.help.take().map_or_else(String::new, |help| format!("{help}; "));
                finding.help = Some(format!("{help}`--fix` leaves it: {why}"));
            }
        }
    }
}

/// Repairs whatever has a repair.
pub fn fix(source: Source, checks: &Checks) -> Fixed {
    let mut state = State::read(source, checks);
    let mut count = 0;
    for _ in 0..MOST_ROUNDS {
        let Some((next, repaired)) = round(&state, checks) else { break };
        state = next;
        count += repaired;
    }
    let withheld = state.findings.iter().filter(|finding| finding.fix.is_some());
    let withheld =
        withheld.map(|finding| (finding.span, key(finding), why(&state, finding, checks))).collect();
    Fixed { template: state.template, count, withheld }
}

/// Why a repair is withheld that was tried by itself.
fn why(state: &State, finding: &Diagnostic, checks: &Checks) -> String {
    let after = state.after(&[finding], checks);
    match harm(state, &after, &[finding]).first() {
        Some(error) => {
            let line = after.template.source.position(error.span.start).line;
            format!("the repair would bring {} in line {line} ({})", error.rule, error.message)
        }
        None => "the repair would not remove the finding".to_owned(),
    }
}

/// A text with what is wrong with it.
struct State {
    template: Template,
    findings: Vec<Diagnostic>,
}

impl State {
    fn read(source: Source, checks: &Checks) -> State {
        let mut template = Template::read(source);
        template.supply(&checks.supplied);
        let findings = check(&template, checks).findings;
        State { template, findings }
    }

    fn after(&self, repairs: &[&Diagnostic], checks: &Checks) -> State {
        let text = apply(&self.template.source.text, repairs.iter().filter_map(|f| f.fix.as_ref()));
        State::read(Source::new(self.template.source.name.clone(), text), checks)
    }
}

/// One round; `None` when nothing can be repaired any more.
fn round(state: &State, checks: &Checks) -> Option<(State, usize)> {
    let fixable = state.findings.iter().filter(|finding| finding.fix.is_some());
    // What hides other findings goes first and alone, so that what it uncovers is blamed on nothing else.
    let (hiding, others): (Vec<_>, Vec<_>) = fixable.partition(|finding| HIDING.contains(&&*finding.rule));
    [hiding, others].into_iter().find_map(|candidates| {
        let repairs = without_overlaps(candidates);
        if repairs.is_empty() {
            return None;
        }
        let all = state.after(&repairs, checks);
        if is_better(state, &all, &repairs) {
            return Some((all, repairs.len()));
        }
        let mut kept: Option<(State, Vec<&Diagnostic>)> = None;
        for repair in repairs {
            let mut trial = kept.as_ref().map(|(_, repairs)| repairs.clone()).unwrap_or_default();
            trial.push(repair);
            let next = state.after(&trial, checks);
            if is_better(state, &next, &trial) {
                kept = Some((next, trial));
            }
        }
        kept.map(|(next, repairs)| (next, repairs.len()))
    })
}

/// The findings whose edits touch no earlier one's: the first wins, the others wait for the next round.
fn without_overlaps(candidates: Vec<&Diagnostic>) -> Vec<&Diagnostic> {
    let touches = |a: &Edit, b: &Edit| {
        a.span.start == b.span.start || (a.span.start < b.span.end && b.span.start < a.span.end)
    };
    let mut taken: Vec<&Diagnostic> = Vec::new();
    for candidate in candidates {
        let edits =
            |finding: &'_ Diagnostic| finding.fix.as_ref().map(|fix| fix.edits.clone()).unwrap_or_default();
        let mine = edits(candidate);
        let overlaps = taken
            .iter()
            .any(|other| edits(other).iter().any(|theirs| mine.iter().any(|mine| touches(mine, theirs))));
        if !overlaps && !mine.is_empty() {
            taken.push(candidate);
        }
    }
    taken
}

/// The text with the edits of fixes that do not overlap.
pub fn apply<'a>(text: &str, fixes: impl IntoIterator<Item = &'a Fix>) -> String {
    let mut edits: Vec<&Edit> = fixes.into_iter().flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| edit.span);
    let mut fixed = text.to_owned();
    for edit in edits.into_iter().rev() {
        if fixed.get(edit.span.range()).is_some() {
            fixed.replace_range(edit.span.range(), &edit.replacement);
        }
    }
    fixed
}

/// By what findings are counted: the rule and the message.
type Key = (std::borrow::Cow<'static, str>, String);

fn key(finding: &Diagnostic) -> Key {
    (finding.rule.clone(), finding.message.clone())
}

fn counted(state: &State) -> BTreeMap<Key, usize> {
    let mut counts = BTreeMap::new();
    for finding in &state.findings {
        *counts.entry(key(finding)).or_insert(0_usize) += 1;
    }
    counts
}

fn number(counts: &BTreeMap<Key, usize>, key: &Key) -> usize {
    counts.get(key).copied().unwrap_or(0)
}

/// Whether the repairs did what they promise: each finding is gone, and no harm is done.
fn is_better(before: &State, after: &State, repairs: &[&Diagnostic]) -> bool {
    let (old, new) = (counted(before), counted(after));
    let all_gone = repairs.iter().all(|repair| {
        let key = key(repair);
        number(&new, &key) < number(&old, &key)
    });
    all_gone && harm(before, after, repairs).is_empty()
}

/// The new errors that repairs made, and did not only uncover.
fn harm<'a>(before: &State, after: &'a State, repairs: &[&Diagnostic]) -> Vec<&'a Diagnostic> {
    let (old, new) = (counted(before), counted(after));
    let hiding: Vec<&str> =
        repairs.iter().filter(|f| HIDING.contains(&&*f.rule)).map(|f| parent(&f.path)).collect();
    let is_new = |finding: &Diagnostic| {
        let key = key(finding);
        number(&new, &key) > number(&old, &key)
    };
    let is_below = |finding: &Diagnostic| hiding.iter().any(|parent| finding.path.starts_with(parent));
    let is_elsewhere = |finding: &Diagnostic| {
        repairs.iter().all(|repair| repair.path != finding.path && repair.rule != finding.rule)
    };
    let errors = after.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors
        .filter(|finding| is_new(finding))
        .filter(|finding| NEVER.contains(&&*finding.rule) || !(is_below(finding) || is_elsewhere(finding)))
        .collect()
}

/// The path of the block that holds a place.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(properties: &str) -> (String, usize) {
        let text = format!(
            "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
             ExtendedS3DestinationConfiguration: # the bucket\n{properties}"
        );
        let fixed = fix(Source::new("t", text.clone()), &Checks::default());
        let rest = fixed.template.source.text.split_once("# the bucket\n").unwrap().1.to_owned();
        (rest, fixed.count)
    }

    const ROLE: &str = "        RoleARN: arn:aws:iam::444455556666:role/delivery\n";

    #[test]
    fn quotes_comments_and_layout_stay() {
        let before = format!(
            "{ROLE}        BucketARn:   arn:aws:s3:::example-data   # where\n\n        'CompressionFormat' :   'SNAPPY' # small\n"
        );
        let after = before.replace("BucketARn", "BucketARN").replace("SNAPPY", "Snappy");
        assert_eq!(fixed(&before), (after, 2));
    }

    #[test]
    fn a_repair_that_would_bring_an_error_is_left_out() {
        // `!Sub` would make the unknown name an error of the deployment.
        let before = format!(
            "{ROLE}        BucketARN: arn:aws:s3:::example-data\n        Prefix: \"logs/${{Stage}}/\"\n        CompressionFormat: Gzip\n"
        );
        assert_eq!(fixed(&before), (before.replace("Gzip", "GZIP"), 1));
        // The right name is there already.
        let before = format!("{ROLE}        BucketARN: arn:aws:s3:::a\n        BucketArn: arn:aws:s3:::b\n");
        assert_eq!(fixed(&before), (before, 0));
    }

    #[test]
    fn a_repair_is_made_though_it_uncovers_an_error_elsewhere() {
        // That the function stands in no policy shows once it is named by its ARN.
        let text = "Resources:\n  Fn: {Type: AWS::Lambda::Function, Properties: {Timeout: 60}}\n  Role:\n    Type: AWS::IAM::Role\n    \
                    Properties: {Policies: []}\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                    ExtendedS3DestinationConfiguration:\n        BucketARN: arn:aws:s3:::a\n        RoleARN: !GetAtt Role.Arn\n        \
                    ProcessingConfiguration:\n          Enabled: true\n          Processors:\n            - Type: Lambda\n              \
                    Parameters: [{ParameterName: LambdaArn, ParameterValue: !Ref Fn}]\n";
        let fixed = fix(Source::new("t", text), &Checks::default());
        assert_eq!(fixed.template.source.text, text.replace("!Ref Fn", "!GetAtt Fn.Arn"));
        let rules: Vec<_> =
            check(&fixed.template, &Checks::default()).findings.into_iter().map(|f| f.rule).collect();
        assert!(rules.contains(&"FH705".into()), "{rules:?}");
    }

    #[test]
    fn what_is_withheld_is_told() {
        let text = format!(
            "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
             ExtendedS3DestinationConfiguration:\n{ROLE}        BucketARN: arn:aws:s3:::a\n        Prefix: \"logs/${{Stage}}/\"\n"
        );
        let fixed = fix(Source::new("t", text.clone()), &Checks::default());
        assert_eq!(fixed.template.source.text, text);
        let mut findings = check(&fixed.template, &Checks::default()).findings;
        fixed.tell(&mut findings);
        let told = findings.into_iter().find(|finding| finding.rule == "FH016").unwrap();
        assert!(told.fix.is_none());
        let help = told.help.unwrap();
        assert!(
            help.starts_with(
                "put `!Sub` before the string; `--fix` leaves it: the repair would bring FH004 in line 8 ("
            ),
            "{help}"
        );
    }

    #[test]
    fn one_repair_may_uncover_the_next() {
        let before = format!(
            "{ROLE}        BucketARN: arn:aws:s3:::example-data\n        ErrorOutputPrefix: errors/\n        Prefix: ${{timestamp:yyyy}}/ # by year\n"
        );
        let after = before.replace("${timestamp:yyyy}/", "\"!{timestamp:yyyy}/\"");
        assert_eq!(fixed(&before), (after, 1));
        let before = before.replace("${timestamp:yyyy}/", "!{timestamp:yyyy}/");
        let after = before.replace("!{timestamp:yyyy}/", "\"!{timestamp:yyyy}/\"");
        assert_eq!(fixed(&before), (after, 1));
    }
}
