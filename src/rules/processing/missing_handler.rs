use super::function::{self, Function};
use super::source_code::{Code, Language, leading_name, words};
use crate::foundation::document::HOLE;
use crate::foundation::suggest;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, repair};

rule! {
    /// A transform's `Handler` names no function of its inline code.
    ///
    /// ## Why
    /// Inline code is stored as the module `index`. With another module name, or a function that the code does
    /// not define, every invocation fails, and every record ends under `processing-failed/`.
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
    ///       Handler: lambda_function.lambda_handler
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
    /// CloudFormation user guide, `AWS::Lambda::Function` `Code` (`ZipFile`); Lambda developer guide, handlers in
    /// Python and Node.js.
    "FH418", "missing-handler", Error, since "0.1.0", Stream(check)
}

/// The module that inline code becomes.
const MODULE: &str = "index";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for function in function::all(scope) {
        let Some((place, code)) = function.code() else { continue };
        let Some(handler) = function.get("Handler") else { continue };
        if let Some(finding) = findings_of(scope, &function, &handler, &place, &code) {
            findings.add(finding.resource(&*function.resource.logical_id));
        }
    }
}

fn findings_of(
    scope: &Scope<'_>,
    function: &Function<'_>,
    handler: &Place<'_>,
    place: &Place<'_>,
    code: &Code,
) -> Option<Finding> {
    let known = handler.known()?;
    let dot = match code.language {
        Language::Python(_) => known.rfind('.'),
        Language::Node(_) => known.find('.'),
    };
    let defined = defined(code);
    let sure = !code.mask.contains(HOLE);

    let Some(dot) = dot else {
        let message = format!("`Handler` is `{known}`, which names no function");
        return Some(Finding::at(handler, message).help("write `index.` and the name of the function"));
    };
    let (module, name) = (&known[..dot], &known[dot + 1..]);
    let is_defined = !sure || defined.has(name);
    let meant = if is_defined {
        Some(name)
    } else {
        suggest::nearest(name, defined.names.iter().map(String::as_str))
    };
    let fix = meant.and_then(|name| repair::replace(scope.template(), handler, format!("{MODULE}.{name}")));
    let finding = if module != MODULE {
        let message =
            format!("`Handler` names the module `{module}`, but inline code is the module `{MODULE}`");
        let help = format!("write `{MODULE}.{}`", meant.unwrap_or(name));
        Finding::inside(scope.template(), handler, 0..dot, message).help(help)
    } else if !is_defined {
        let message = format!("the inline code of `{}` defines no `{name}`", function.resource.logical_id);
        let help = match meant.or(defined.names.first().map(String::as_str)) {
            Some(other) => format!("write `{MODULE}.{other}`, or define `{name}`"),
            None => format!("define `{name}` in the code"),
        };
        Finding::inside(scope.template(), handler, dot + 1..known.len(), message)
            .help(help)
            .related(place.key_span, "the inline code")
    } else {
        return None;
    };
    Some(match fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

/// What inline code defines, as far as it is seen.
struct Defined {
    /// The names.
    names: Vec<String>,
    /// Whether there could be more.
    open: bool,
    /// Names that stand in the code in some way that may define them.
    maybe: Vec<String>,
}

impl Defined {
    fn has(&self, name: &str) -> bool {
        let has = |names: &[String]| names.iter().any(|known| known == name);
        self.open || has(&self.names) || has(&self.maybe)
    }
}

fn defined(code: &Code) -> Defined {
    match code.language {
        Language::Python(_) => python(code),
        Language::Node(_) => node(code),
    }
}

/// `def x`, `class x`; anything assigned or imported, wherever it stands.
fn python(code: &Code) -> Defined {
    let mut defined = Defined { names: Vec::new(), open: false, maybe: Vec::new() };
    for (keyword, is_function) in [("def", true), ("class", false)] {
        for at in code.words(keyword) {
            let name = leading_name(code.after(at.end)).to_owned();
            let top = code.before(at.start).ends_with("async")
                || code.mask[..at.start].ends_with('\n')
                || at.start == 0;
            match is_function && top {
                true => defined.names.push(name),
                false => defined.maybe.push(name),
            }
        }
    }
    defined.open = ["exec", "globals", "setattr", "vars"].iter().any(|word| code.has_word(word));
    for line in code.mask.lines() {
        let imports = words(line, "import").next();
        if let Some(import) = &imports {
            defined.open |= line[import.end..].contains('*');
        }
        // `a = b = ...`, `a: T = ...`, `from x import a as b`, and the lines of an import in brackets.
        if imports.is_some() || line.contains('=') || line.trim_end().ends_with([',', ')', '(']) {
            let names = line.split(|c: char| !super::source_code::is_name(c)).filter(|name| !name.is_empty());
            let before_call = |name: &&str| {
                let calls =
                    words(line, name).next().is_some_and(|at| line[at.end..].trim_start().starts_with('('));
                !calls
            };
            defined.maybe.extend(names.filter(before_call).map(str::to_owned));
        }
    }
    defined
}

/// `exports.x`; with `export` or an assigned `module.exports`, every name in the code.
fn node(code: &Code) -> Defined {
    let mut defined = Defined { names: Vec::new(), open: false, maybe: Vec::new() };
    for at in code.words("exports") {
        let rest = code.after(at.end);
        match rest.strip_prefix('.') {
            Some(name) => defined.names.push(leading_name(name).to_owned()),
            None => defined.open = true,
        }
    }
    for at in code.words("export") {
        let rest = code.after(at.end);
        defined.open |= rest.starts_with('*');
        let mut parts = rest.split_whitespace().filter(|word| !matches!(*word, "default" | "async"));
        if let (Some("const" | "let" | "var" | "function" | "class"), Some(name)) =
            (parts.next(), parts.next())
        {
            defined.names.push(leading_name(name).to_owned());
        }
    }
    if code.has_word("export") {
        let all = code.mask.split(|c: char| !super::source_code::is_name(c)).filter(|name| !name.is_empty());
        defined.maybe.extend(all.map(str::to_owned));
    }
    defined
}
