use std::collections::BTreeSet;

use crate::foundation::diagnostic::{Edit, Fix};
use crate::foundation::document::{Chunk, HOLE, Text};
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::iam::asks::Ask;
use crate::rules::iam::covering::may_cover;
use crate::rules::iam::policies::{Grants, one_or_many};
use crate::rules::iam::resources::{Side, Token, known, tokens};
use crate::rules::iam::written::statement;
use crate::rules::iam::{asks, lacking, role};
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// Logging is on, and the role may not write to the log.
    ///
    /// ## Why
    /// Delivery goes on, but its errors are told nowhere. The ARN in the policy is that of log streams: the log group's with
    /// `:*` or `:log-stream:<name>` behind it (`!GetAtt LogGroup.Arn` has it). A missing `:` makes an ARN of nothing.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Logs:
    ///     Type: AWS::Logs::LogGroup
    ///     Properties: {RetentionInDays: 30}
    ///   Errors:
    ///     Type: AWS::Logs::LogStream
    ///     Properties: {LogGroupName: !Ref Logs}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - Effect: Allow
    ///             Principal: {Service: firehose.amazonaws.com}
    ///             Action: sts:AssumeRole
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref AWS::AccountId}}
    ///       Policies:
    ///         - PolicyName: delivery
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: ["s3:*Object", "s3:*Upload*", "s3:GetBucketLocation", "s3:ListBucket*"], Resource: !Sub "${Data.Arn}*"}
    ///               - Effect: Allow
    ///                 Action: logs:PutLogEvents
    ///                 Resource: !Sub "arn:aws:logs:${AWS::Region}:${AWS::AccountId}log-group:${Logs}:*"
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    ///         CloudWatchLoggingOptions:
    ///           Enabled: true
    ///           LogGroupName: !Ref Logs
    ///           LogStreamName: !Ref Errors
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Data:
    ///     Type: AWS::S3::Bucket
    ///   Logs:
    ///     Type: AWS::Logs::LogGroup
    ///     Properties: {RetentionInDays: 30}
    ///   Errors:
    ///     Type: AWS::Logs::LogStream
    ///     Properties: {LogGroupName: !Ref Logs}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       AssumeRolePolicyDocument:
    ///         Statement:
    ///           - Effect: Allow
    ///             Principal: {Service: firehose.amazonaws.com}
    ///             Action: sts:AssumeRole
    ///             Condition: {StringEquals: {"sts:ExternalId": !Ref AWS::AccountId}}
    ///       Policies:
    ///         - PolicyName: delivery
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: ["s3:*Object", "s3:*Upload*", "s3:GetBucketLocation", "s3:ListBucket*"], Resource: !Sub "${Data.Arn}*"}
    ///               - Effect: Allow
    ///                 Action: logs:PutLogEvents
    ///                 Resource: !GetAtt Logs.Arn
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: !GetAtt Role.Arn
    ///         BucketARN: !GetAtt Data.Arn
    ///         CloudWatchLoggingOptions:
    ///           Enabled: true
    ///           LogGroupName: !Ref Logs
    ///           LogStreamName: !Ref Errors
    /// ```
    ///
    /// ## References
    /// Firehose developer guide, "Grant Firehose access to an Amazon S3 destination"; CloudWatch Logs user guide, resources.
    "FH709", "role-without-log-write", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let mut said = BTreeSet::new();
    for ask in asks::logs(scope) {
        let Some(grants) = lacking::known_grants(scope.view, &ask) else { continue };
        let missing = lacking::missing(scope.view, &grants, &ask, |_| true);
        let Some(finding) = lacking::finding(scope.view, &ask, &grants, &missing, &missing) else { continue };
        if said.insert((grants.role.logical_id.clone(), ask.subject.clone())) {
            findings.add(wrong_shape(scope, &ask, &grants).unwrap_or(finding));
        }
    }
}

/// An ARN that is nearly right, or of another log.
fn wrong_shape<'a>(scope: &Scope<'a>, ask: &Ask<'a>, grants: &Grants<'a>) -> Option<Finding> {
    let statement = lacking::nearest(grants, "logs:PutLogEvents")?;
    let items = one_or_many(&statement.place.get("Resource")?);
    let mend =
        |place: &Place<'a>| without_colon(scope, ask, place).or_else(|| without_streams(scope, ask, place));
    let finding = items.iter().find_map(mend).or_else(|| match items.as_slice() {
        [place] => another(scope, ask, place),
        _ => None,
    });
    let words = format!("{} is used here", role::called(grants.role));
    finding.map(|finding| finding.related(ask.role.node.span, words))
}

fn covers<'a>(ask: &Ask<'a>, policy: &[Token]) -> bool {
    ask.needs.iter().flat_map(|need| &need.any_of).all(|used| may_cover(policy, used))
}

/// `...:444455556666log-group:...`
fn without_colon<'a>(scope: &Scope<'a>, ask: &Ask<'a>, place: &Place<'a>) -> Option<Finding> {
    let word = known("log-group", Side::Policy);
    let mut policy = tokens(scope.view, place.node, Side::Policy);
    let at = policy.windows(word.len()).position(|window| window == word)?;
    if at == 0 || policy.get(at - 1) == Some(&Token::Char(':')) {
        return None;
    }
    policy.insert(at, Token::Char(':'));
    if !covers(ask, &policy) {
        return None;
    }
    let text = place.text()?;
    let from = text.masked().find("log-group")?;
    let message = "the ARN lacks the `:` before `log-group`, so it is that of nothing";
    let finding = Finding::inside(scope.template(), place, from..from + "log-group".len(), message)
        .help("write `:log-group:` after the account");
    Some(with_insertion(scope, finding, text, from, ":"))
}

/// The log group's ARN, without its streams.
fn without_streams<'a>(scope: &Scope<'a>, ask: &Ask<'a>, place: &Place<'a>) -> Option<Finding> {
    let mut policy = tokens(scope.view, place.node, Side::Policy);
    policy.extend(known(":*", Side::Policy));
    if !covers(ask, &policy) {
        return None;
    }
    let text = place.text()?;
    let masked = text.masked();
    let from = masked.find("log-group:").map_or(0, |at| at + "log-group:".len());
    let message = format!("this is the ARN of {}, not of its log streams", ask.subject);
    let finding = Finding::inside(scope.template(), place, from..masked.len(), message)
        .help("end the ARN with `:*`, or with `:log-stream:` and a name");
    Some(with_insertion(scope, finding, text, masked.len(), ":*"))
}

/// The ARN of another log group, or of another stream of this one.
fn another<'a>(scope: &Scope<'a>, ask: &Ask<'a>, place: &Place<'a>) -> Option<Finding> {
    let masked = place.text()?.masked();
    let group = masked.find(":log-group:")? + ":log-group:".len();
    let rest = masked.get(group..)?;
    let (name, stream) = match rest.split_once(':') {
        Some((name, stream)) => (name, Some(stream)),
        None => (rest, None),
    };
    let all = tokens(scope.view, place.node, Side::Policy);
    let start = known(":log-stream:", Side::Policy);
    let of_group = all.windows(start.len()).position(|window| window == start).and_then(|at| all.get(..at));
    let same_group = of_group.is_some_and(|group| covers(ask, &[group, &[Token::Star]].concat()));
    let (range, message) = match stream.filter(|_| same_group) {
        Some(stream) => {
            let from = masked.len() - stream.len();
            (from..masked.len(), format!("this is not the log stream of {} that is written to", ask.subject))
        }
        None => (group..group + name.len(), format!("this is not {}, to which the stream logs", ask.subject)),
    };
    let text = ask.needs.first().map(|need| need.written.as_str()).unwrap_or_default();
    let help = statement(scope.template(), &["logs:PutLogEvents"], &[text]);
    (!range.is_empty()).then(|| {
        Finding::inside(scope.template(), place, range, message)
            .help(format!("add to the policies of the role: {help}"))
    })
}

/// Adds a repair that inserts text, where the place of it is in a literal.
fn with_insertion(scope: &Scope<'_>, finding: Finding, text: &Text, at: usize, insertion: &str) -> Finding {
    let source = &scope.template().source;
    let back = text.masked().get(..at).and_then(|text| text.chars().next_back()).map_or(1, char::len_utf8);
    let mut begin = 0;
    for chunk in &text.chunks {
        let (length, is_here) = match chunk {
            Chunk::Known(text, origin) => (text.len(), origin.literal),
            // `${x}` stands in a literal.
            Chunk::Unknown(_, span) => (HOLE.len_utf8(), source.slice(*span).starts_with("${")),
        };
        if is_here && (begin + 1..=begin + length).contains(&at) {
            let Some(span) = text.span_of(&source.text, at - back..at) else { return finding };
            let span = Span { start: span.end, end: span.end };
            return finding.fix(Fix { edits: vec![Edit { span, replacement: insertion.to_owned() }] });
        }
        begin += length;
    }
    finding
}
