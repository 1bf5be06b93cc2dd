//! Which function a stream calls, where its code is, and who may run it.

use super::*;
use crate::commands::config;
use crate::foundation::span::Source;
use crate::report::terminal::Verbosity;
use crate::template::{Pseudo, conditions, parameters::Supplied};

const STREAM: &str = "
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: Lambda
              Parameters: [{ParameterName: LambdaArn, ParameterValue: ARN}]
";

fn found(arn: &str, resources: &str) -> Option<DeclaredFunction> {
    let text = format!(
        "Parameters:\n  Key: {{Type: String, NoEcho: true, Default: hidden}}\n{resources}{}",
        STREAM.replace("ARN", arn)
    );
    let template = Template::read(Source::new("t.yaml", text));
    let pseudo = Pseudo {
        region: Some("eu-west-1".into()),
        account: Some("123456789012".into()),
        stack_name: Some("Stack".into()),
    };
    let world = conditions::deployed(&Supplied::new(), &pseudo);
    let stream = template.resource("Stream").unwrap().properties().unwrap();
    let properties = intrinsics::resolve(&template, &world, stream).unwrap();
    declared(&template, &world, &properties, Path::new("folder"))
}

const INLINE: &str = "Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Timeout: 60
      MemorySize: 256
      Environment: {Variables: {STACK: !Ref AWS::StackName, KEY: !Ref Key, LATER: '{{resolve:ssm:x}}'}}
      Code:
        ZipFile: |
          def handler(event, context): return event
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Fn, Name: live, FunctionVersion: '1'}}
";

const SAM: &str = "Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs22.x
    Timeout: 900
    Environment: {Variables: {A: global, B: global}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: my-function
      CodeUri: src/
      Handler: app.handler
      Environment: {Variables: {B: own}}
";

fn context(config: &str) -> Context {
    let config: config::Config = toml::from_str(config).unwrap();
    Context { terminal: Terminal::new(anstream::ColorChoice::Never, Verbosity::Quiet), config }
}

fn source(declared: &DeclaredFunction, flags: &[&str], config: &str) -> Result<FunctionSource, CommandError> {
    let args = FunctionArgs {
        run_functions: flags.contains(&"--run-functions"),
        functions: flags
            .iter()
            .filter(|flag| !flag.starts_with('-'))
            .map(|flag| (*flag).to_owned())
            .collect(),
        function_logs: false,
    };
    args.source(&context(config), Some(declared)).map(Option::unwrap)
}

fn local(source: FunctionSource) -> LocalFunction {
    match source {
        FunctionSource::Local(local) => *local,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_function_is_found_by_reference_alias_and_name() {
    for arn in [
        "!GetAtt Fn.Arn",
        "!Sub '${Fn.Arn}:$LATEST'",
        "!Sub 'arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Fn}'",
        "!Ref Live",
    ] {
        let function = found(arn, INLINE).unwrap();
        assert_eq!((function.id.as_str(), function.name.as_str()), ("Fn", "Stack-Fn"), "{arn}");
        assert!(function.arn.starts_with("arn:aws:lambda:eu-west-1:123456789012:function:Stack-Fn"), "{arn}");
        assert!(function.settings.is_some());
    }
    for arn in ["!GetAtt Fn.Arn", "arn:aws:lambda:eu-west-1:123456789012:function:my-function:live"] {
        assert_eq!(found(arn, SAM).unwrap().id, "Fn");
    }
    let other = found("arn:aws:lambda:us-west-2:123456789012:function:other", SAM).unwrap();
    assert_eq!((other.id.as_str(), other.region.as_str()), ("other", "us-west-2"));
    assert!(other.settings.is_none());
}

#[test]
fn settings_come_from_the_template() {
    let function = found("!GetAtt Fn.Arn", INLINE).unwrap();
    let local = local(source(&function, &["--run-functions"], "").unwrap());
    assert_eq!(local.code, FunctionCode::Inline("def handler(event, context): return event\n".into()));
    assert_eq!(local.handler.as_deref(), Some("index.handler"));
    assert_eq!((local.timeout, local.memory_mb), (Duration::from_secs(60), 256));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(local.environment, [pair("KEY", "hidden"), pair("STACK", "Stack")]);
    let settings = function.settings.as_ref().unwrap();
    assert!(settings.warnings[0].contains("`LATER`"), "{:?}", settings.warnings);
    assert!(function.secrets.iter().any(|secret| secret.text == "hidden"));
}

#[test]
fn values_of_variables_with_telling_names_are_secrets() {
    let variables =
        "{DB_PASSWORD: pw-literal-555, ApiToken: pw-lit, TABLE: orders, PRIVATE_KEY: \"begin\\nabc\"}";
    let resources =
        INLINE.replace("{STACK: !Ref AWS::StackName, KEY: !Ref Key, LATER: '{{resolve:ssm:x}}'}", variables);
    let function = found("!GetAtt Fn.Arn", &resources).unwrap();
    let texts: Vec<&str> = function.secrets.iter().map(|secret| secret.text.as_str()).collect();
    // The longest first: one may be the beginning of another. `abc` is shorter than what is masked.
    assert_eq!(texts, ["pw-literal-555", "begin\\nabc", "begin\nabc", "pw-lit", "hidden", "begin"]);
    let globals = SAM.replace("A: global", "A_SECRET: global");
    let function = found("!GetAtt Fn.Arn", &globals).unwrap();
    assert!(function.secrets.iter().any(|secret| secret.text == "global"));
}

#[test]
fn globals_of_sam_are_merged() {
    let function = found("!GetAtt Fn.Arn", SAM).unwrap();
    let local = local(source(&function, &["--run-functions"], "").unwrap());
    assert_eq!(local.code, FunctionCode::Path("folder/src/".into()));
    assert_eq!(local.runtime.as_deref(), Some("nodejs22.x"));
    assert_eq!(local.timeout, LocalFunction::LONGEST_WAIT);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(local.environment, [pair("A", "global"), pair("B", "own")]);
}

#[test]
fn nothing_runs_that_was_not_asked_for() {
    let function = found("!GetAtt Fn.Arn", INLINE).unwrap();
    let error = source(&function, &[], "").unwrap_err();
    assert_eq!(error.kind, crate::commands::CommandErrorKind::Usage);
    assert!(error.hints[0].contains("--run-functions") && error.hints[1].contains("--function Fn=SPEC"));
    assert_eq!(source(&function, &["Fn=skip"], "").unwrap(), FunctionSource::Skip);
    local(source(&function, &["Fn=inline"], "").unwrap());
    local(source(&function, &[], "[simulate]\nrun-functions = true").unwrap());
}

#[test]
fn flags_beat_the_configuration() {
    let function = found("!GetAtt Fn.Arn", SAM).unwrap();
    let config = "[simulate.function]\nFn = \"recorded:a.jsonl\"\nElsewhere = \"skip\"";
    assert_eq!(source(&function, &[], config).unwrap(), FunctionSource::Recorded("a.jsonl".into()));
    let endpoint =
        FunctionSource::Endpoint { authority: "localhost:3001".into(), function: "my-function".into() };
    assert_eq!(source(&function, &["Fn=http://localhost:3001"], config).unwrap(), endpoint);
    let ran = local(source(&function, &["my-function=lib:main.run"], config).unwrap());
    assert_eq!((ran.code, ran.handler), (FunctionCode::Path("lib".into()), Some("main.run".into())));
}

#[test]
fn what_can_not_be_run_is_refused_by_name() {
    let function = found("!GetAtt Fn.Arn", SAM).unwrap();
    for (flag, part) in [
        ("Fm=skip", "there is no function `Fm`"),
        ("Fn=inline", "function `Fn` has no inline code"),
        ("Fn=arn:aws:lambda:eu-west-1:123456789012:layer:x", "is not the ARN of a function"),
        ("Fn", "is not ID=SPEC"),
    ] {
        let error = source(&function, &[flag], "").unwrap_err();
        assert!(error.message.contains(part), "{}", error.message);
    }
    let in_s3 = SAM.replace("src/", "{Bucket: b, Key: k}");
    for (resources, part) in [
        (in_s3.as_str(), "its code is in S3"),
        (&SAM.replace("src/", "s3://b/k"), "its code is in S3"),
        (&SAM.replace("CodeUri: src/", "ImageUri: x"), "its code is a container image"),
    ] {
        let function = found("!GetAtt Fn.Arn", resources).unwrap();
        let error = source(&function, &["--run-functions"], "").unwrap_err();
        assert!(error.message.contains(part), "{}", error.message);
    }
}
