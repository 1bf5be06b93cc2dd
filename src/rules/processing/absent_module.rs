use std::ops::Range;

use super::function;
use super::modules::{self, Presence};
use super::source_code::{Code, Language, is_name};
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// Inline code imports a module that its runtime does not carry.
    ///
    /// ## Why
    /// A function with inline code has one file, the standard library and the AWS SDK: boto3 for Python, version
    /// 3 for Node.js from 18 on. Any other module needs a layer or a package; without it every invocation fails.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Lambda
    ///               Parameters:
    ///                 - ParameterName: LambdaArn
    ///                   ParameterValue: !GetAtt Transform.Arn
    ///   Transform:
    ///     Type: AWS::Lambda::Function
    ///     Properties:
    ///       Role: arn:aws:iam::444455556666:role/transform
    ///       Runtime: python3.13
    ///       Handler: index.handler
    ///       Timeout: 60
    ///       Code:
    ///         ZipFile: |
    ///           import pyarrow as pa
    ///           import base64, json
    ///           def handler(event, context):
    ///               records = []
    ///               for record in event['records']:
    ///                   value = json.loads(base64.b64decode(record['data']))
    ///                   data = base64.b64encode((json.dumps(value) + '\n').encode()).decode()
    ///                   records.append({'recordId': record['recordId'], 'result': 'Ok', 'data': data})
    ///               return {'records': records}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Lambda
    ///               Parameters:
    ///                 - ParameterName: LambdaArn
    ///                   ParameterValue: !GetAtt Transform.Arn
    ///   Transform:
    ///     Type: AWS::Lambda::Function
    ///     Properties:
    ///       Role: arn:aws:iam::444455556666:role/transform
    ///       Runtime: python3.13
    ///       Handler: index.handler
    ///       Timeout: 60
    ///       Code:
    ///         ZipFile: |
    ///           import base64, json
    ///           def handler(event, context):
    ///               records = []
    ///               for record in event['records']:
    ///                   value = json.loads(base64.b64decode(record['data']))
    ///                   data = base64.b64encode((json.dumps(value) + '\n').encode()).decode()
    ///                   records.append({'recordId': record['recordId'], 'result': 'Ok', 'data': data})
    ///               return {'records': records}
    /// ```
    ///
    /// ## References
    /// Lambda developer guide, "Lambda runtimes" and "Working with layers"; the standard library of Python 3.8 to
    /// 3.14.
    "FH419", "absent-module", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for function in function::all(scope) {
        let Some((place, code)) = function.code() else { continue };
        if function.may_have_modules() {
            continue;
        }
        let Some(runtime) = function.get("Runtime") else { continue };
        for (range, presence) in absent(&code) {
            let name = &code.text[range.clone()];
            let message = match presence {
                Presence::Present => continue,
                Presence::Absent => format!("`{name}` is not in the runtime, and the function has no layers"),
                Presence::Removed => format!("`{name}` is no longer in this version of the runtime"),
                Presence::NotYet => format!("`{name}` is not yet in this version of the runtime"),
            };
            let help = match name {
                "aws-sdk" => "use the clients of version 3, such as `@aws-sdk/client-s3`",
                "pandas" | "pyarrow" | "numpy" => {
                    "add the layer AWSSDKPandas, or a package; to write Parquet, use `DataFormatConversionConfiguration`"
                }
                "requests" => "use `urllib.request` or `urllib3`, or add a layer",
                _ => "add a layer that has it, or deploy a package instead of inline code",
            };
            let finding = Finding::inside(scope.template(), &place, range, message)
                .resource(&*function.resource.logical_id)
                .help(help)
                .related(runtime.node.span, "the runtime");
            findings.add(finding);
        }
    }
}

/// The modules that the code imports and the runtime has not.
fn absent(code: &Code) -> Vec<(Range<usize>, Presence)> {
    let imports = match code.language {
        Language::Python(_) => python_imports(code),
        Language::Node(_) => node_imports(code),
    };
    let judged = imports.into_iter().map(|range| {
        let presence = modules::presence(code.language, &code.text[range.clone()]);
        (range, presence)
    });
    let mut absent: Vec<_> = judged.filter(|(_, presence)| *presence != Presence::Present).collect();
    // The same module twice is one mistake.
    let mut seen = std::collections::BTreeSet::new();
    absent.retain(|(range, _)| seen.insert(&code.text[range.clone()]));
    absent
}

/// The top-level module of each import that runs for sure: not one under `try` or `if`, nor after a change of the path.
fn python_imports(code: &Code) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if code.mask.contains("sys.path") || code.has_word("addsitedir") {
        return found;
    }
    // The headers of the blocks that a line stands in, with their indentation.
    let mut blocks: Vec<(usize, &str)> = Vec::new();
    let mut start = 0;
    for line in code.mask.split_inclusive('\n') {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if !text.is_empty() {
            blocks.retain(|(depth, _)| *depth < indent);
            let doubtful =
                |word: &&str| matches!(*word, "try" | "except" | "if" | "elif" | "else" | "with" | "finally");
            if !blocks.iter().any(|(_, word)| doubtful(word)) {
                statements(line, start, &mut found);
            }
            if text.ends_with(':') {
                blocks.push((indent, super::source_code::leading_name(text)));
            }
        }
        start += line.len();
    }
    found
}

/// The modules of `import a.b as c, d` and `from a.b import c` in a line.
fn statements(line: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    for statement in line.split(';') {
        let indent = statement.len() - statement.trim_start().len();
        let body = &statement[indent..];
        let mut add = |offset: usize, name: &str| {
            let from = start + at + indent + offset;
            let length = name.find(|c| !is_name(c)).unwrap_or(name.len());
            if length > 0 {
                found.push(from..from + length);
            }
        };
        if let Some(rest) = body.strip_prefix("from ") {
            let spaces = rest.len() - rest.trim_start().len();
            add("from ".len() + spaces, rest.trim_start());
        } else if let Some(rest) = body.strip_prefix("import ") {
            let mut offset = "import ".len();
            for name in rest.split(',') {
                let spaces = name.len() - name.trim_start().len();
                add(offset + spaces, name.trim_start());
                offset += name.len() + 1;
            }
        }
        at += statement.len() + 1;
    }
}

/// The package of each `require('x')`, `import ... from 'x'` and `import 'x'` that does not stand under `try`.
fn node_imports(code: &Code) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if code.has_word("try")
        && code.mask.find("try").is_some_and(|at| code.words("require").any(|one| one.start > at))
    {
        // Which of them is guarded can't be told without a parser.
        let at = code.mask.find("try").unwrap_or(0);
        found.extend(
            code.words("require").filter(|one| one.end < at).filter_map(|one| required(code, one.end)),
        );
    } else {
        found.extend(code.words("require").filter_map(|one| required(code, one.end)));
    }
    for word in ["from", "import"] {
        found.extend(code.words(word).filter_map(|one| quoted(code, one.end)));
    }
    found.sort_by_key(|range| range.start);
    found
}

fn required(code: &Code, end: usize) -> Option<Range<usize>> {
    let rest = code.after(end);
    let open = end + (code.mask.get(end..)?.len() - rest.len());
    rest.starts_with('(').then(|| quoted(code, open + 1))?
}

/// The package name in the string that begins after a place: `a` of `a/b`, `@a/b` of `@a/b/c`.
fn quoted(code: &Code, at: usize) -> Option<Range<usize>> {
    let rest = code.after(at);
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let from = at + (code.mask.get(at..)?.len() - rest.len()) + 1;
    let text = code.text.get(from..)?;
    let text = &text[..text.find(quote)?];
    let parts = if text.starts_with('@') { 2 } else { 1 };
    let length = text.match_indices('/').nth(parts - 1).map_or(text.len(), |(at, _)| at);
    (length > 0).then(|| from..from + length)
}
