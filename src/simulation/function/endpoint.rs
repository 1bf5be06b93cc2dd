//! The Lambda Invoke API: over plain HTTP an emulator's, such as `sam local start-lambda`, or with signed requests that of
//! AWS.
//!
//! Source: Lambda API reference, "Invoke".

use std::{
    io::{self, BufReader},
    net::{TcpStream, ToSocketAddrs},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use base64::Engine;

use super::{
    super::{real_endpoint::Connection, tls::Trust},
    Answer, AwsFunction, Function, InvocationLog, LARGEST_EVENT, LARGEST_RESPONSE, LocalFunction, Signer,
    StartError, Words,
    http::{self, Body, Head, WithoutLength},
    runtime_api::now,
};

/// How often an interruption is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// How the message of a call begins that found nobody at its address.
pub(in crate::simulation) const NOBODY_LISTENS: &str = "nobody listens at";
/// How long connecting may take.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

/// A function behind an endpoint.
#[derive(Debug)]
pub struct EndpointFunction {
    server: Server,
    interrupted: Arc<AtomicBool>,
    log: InvocationLog,
}

/// Where calls go, and how.
#[derive(Debug, Clone)]
struct Server {
    /// The address without its path: scheme, host and port as they were given.
    root: String,
    path: String,
    /// Who is trusted, for `https://`.
    trust: Option<Trust>,
    signer: Option<Arc<dyn Signer>>,
}

/// What may stand in a path as it is.
fn escaped(name: &str) -> String {
    let escaped = name.bytes().map(|byte| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    escaped.collect()
}

impl EndpointFunction {
    /// The function of a name, behind `host:port`. Nothing is sent before the first call; one that is under way is
    /// given up when `interrupted` becomes true.
    pub fn new(authority: &str, function: &str, interrupted: Arc<AtomicBool>) -> EndpointFunction {
        // Names of functions need no escapes; whatever else was given must not become another path.
        let path = format!("/2015-03-31/functions/{}/invocations", escaped(function));
        let server = Server { root: format!("http://{authority}"), path, trust: None, signer: None };
        EndpointFunction { server, interrupted, log: InvocationLog::default() }
    }

    /// The function of an ARN, in AWS. Nothing is sent before the first call.
    ///
    /// # Errors
    /// When the server's address is of no use, or this build can't speak to it.
    pub fn in_aws(
        function: &AwsFunction,
        interrupted: Arc<AtomicBool>,
    ) -> Result<EndpointFunction, StartError> {
        let wrong = |message: String| StartError::new(&function.arn, message);
        let url = function.url.trim_end_matches('/');
        let is_clean = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"@?#".contains(&byte));
        let (scheme, rest) = url
            .split_once("://")
            .filter(|(scheme, rest)| is_clean && !rest.is_empty() && ["http", "https"].contains(scheme))
            .ok_or_else(|| wrong(format!("`{url}` is no address of a server")))?;
        let (authority, base) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let trust = match scheme {
            "https" => Some(Trust::new(url, None).map_err(|error| {
                wrong(error.to_string())
                    .hint("install it with `--features full`, or name an `http://` emulator")
            })?),
            _ => None,
        };
        let server = Server {
            root: format!("{scheme}://{authority}"),
            path: format!("{base}/2015-03-31/functions/{}/invocations", escaped(&function.arn)),
            trust,
            signer: Some(Arc::clone(&function.signer)),
        };
        Ok(EndpointFunction { server, interrupted, log: InvocationLog::default() })
    }

    /// Waits for the exchange, which a thread carries on: whoever answers slowly can't hold up an interruption.
    fn wait(&self, event: &[u8]) -> io::Result<(Head, Body)> {
        let (sender, receiver) = mpsc::channel();
        let (server, event) = (self.server.clone(), event.to_vec());
        thread::Builder::new().name("invoke-api".to_owned()).spawn(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(server.exchange(&event));
        })?;
        let deadline = now() + LocalFunction::LONGEST_WAIT;
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("the call broke off")),
                Err(RecvTimeoutError::Timeout) if self.interrupted.load(Ordering::Relaxed) => {
                    return Err(io::Error::other("interrupted"));
                }
                Err(RecvTimeoutError::Timeout) if now() >= deadline => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Server {
    fn exchange(&self, event: &[u8]) -> io::Result<(Head, Body)> {
        let Server { root, path, trust, signer } = self;
        let host = root.split_once("://").map_or(root.as_str(), |(_, authority)| authority);
        let mut headers = vec![
            ("Host".to_owned(), host.to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("X-Amz-Invocation-Type".to_owned(), "RequestResponse".to_owned()),
            ("X-Amz-Log-Type".to_owned(), "Tail".to_owned()),
        ];
        if let Some(signer) = signer {
            let known: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let added = signer.sign(&format!("{root}{path}"), &known, event).map_err(io::Error::other)?;
            headers.extend(added);
        }
        headers.push(("Connection".to_owned(), "close".to_owned()));
        let has_port = host.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
        let port = match has_port {
            true => "",
            false if trust.is_some() => ":443",
            false => ":80",
        };
        let plain = connect(&format!("{host}{port}"))?;
        plain.set_nodelay(true)?;
        plain.set_read_timeout(Some(LocalFunction::LONGEST_WAIT))?;
        plain.set_write_timeout(Some(LocalFunction::LONGEST_WAIT))?;
        let mut connection: Box<dyn Connection> = match trust {
            None => Box::new(plain),
            Some(trust) => {
                let name = if has_port { host.rsplit_once(':').map_or(host, |(name, _)| name) } else { host };
                trust.shake_hands(name, plain)?
            }
        };
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        http::write(&mut connection, &format!("POST {path} HTTP/1.1"), &headers, event)?;
        let mut reader = BufReader::new(connection);
        loop {
            let head = http::read_head(&mut reader)?.ok_or_else(|| {
                io::Error::new(io::ErrorKind::UnexpectedEof, "it closed the connection without an answer")
            })?;
            if status(&head) == Some(100) {
                continue;
            }
            let body = http::read_body(&mut reader, &head, LARGEST_RESPONSE, WithoutLength::UpToTheEnd)?;
            return Ok((head, body));
        }
    }
}

fn connect(authority: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in authority.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, LONGEST_CONNECT) {
            Ok(connection) => return Ok(connection),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn status(head: &Head) -> Option<u16> {
    head.start.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}

impl Function for EndpointFunction {
    fn invoke(&mut self, event: &[u8]) -> Answer {
        self.log = InvocationLog::default();
        if event.len() > LARGEST_EVENT {
            return Answer::TooLarge;
        }
        let (head, body) = match self.wait(event) {
            Ok(answer) => answer,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Answer::TimedOut;
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                let message = format!("{NOBODY_LISTENS} {}: {error}", self.server.root);
                return unavailable("Lambda.InvocationFailure", message);
            }
            Err(error) => {
                return unavailable("Lambda.InvocationFailure", format!("{}: {error}", self.server.root));
            }
        };
        let tail = head.get("x-amz-log-result").unwrap_or_default();
        if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(tail) {
            self.log.text = String::from_utf8_lossy(&bytes).into_owned();
        }
        let Body::Whole(body) = body else { return Answer::TooLarge };
        let message = |body: &[u8]| {
            let text: String = String::from_utf8_lossy(body).chars().take(300).collect();
            format!("{} answered {}: {text}", self.server.root, head.start)
        };
        match status(&head) {
            Some(200) if head.get("x-amz-function-error").is_some() => {
                Answer::FunctionError { payload: body, stderr: Words::new(self.log.text.clone()) }
            }
            Some(200) => Answer::Returned(body),
            status => match error_code(error_name(&head, &body).as_deref(), status) {
                Refused::EventTooLarge => Answer::EventTooLarge,
                Refused::Throttled => Answer::Throttled,
                Refused::With(code) => unavailable(code, message(&body)),
            },
        }
    }

    fn logs(&self) -> &InvocationLog {
        &self.log
    }
}

/// How a call was refused.
enum Refused {
    EventTooLarge,
    Throttled,
    /// With this code of the service.
    With(&'static str),
}

/// The name of an error of Lambda, without its namespace and the `Exception` that some leave out.
fn error_name(head: &Head, body: &[u8]) -> Option<String> {
    let header = head.get("x-amzn-errortype").map(str::to_owned);
    let name = header.or_else(|| {
        let body: serde_json::Value = serde_json::from_slice(body).ok()?;
        body.get("__type")?.as_str().map(str::to_owned)
    })?;
    let name = name.split(':').next().unwrap_or_default().rsplit('#').next().unwrap_or_default().trim();
    Some(name.strip_suffix("Exception").unwrap_or(name).to_owned())
}

/// What Firehose calls an error of Lambda (behaviour sheet, appendix B). Names and statuses: Lambda API reference,
/// "Invoke" and "Common errors".
fn error_code(name: Option<&str>, status: Option<u16>) -> Refused {
    Refused::With(match (name.unwrap_or_default(), status) {
        ("RequestTooLarge", _) | ("", Some(413)) => return Refused::EventTooLarge,
        ("TooManyRequests" | "Throttling", _) | ("", Some(429)) => return Refused::Throttled,
        ("Service" | "InternalFailure" | "InternalServerError", _) => "Lambda.InternalServerError",
        ("ServiceUnavailable", _) => "Lambda.ServiceUnavailable",
        ("InvalidZipFile", _) => "Lambda.InvalidZipFileException",
        ("InvalidSubnetID", _) => "Lambda.InvalidSubnetIDException",
        ("InvalidSecurityGroupID", _) => "Lambda.InvalidSecurityGroupIDException",
        ("SubnetIPAddressLimitReached", _) => "Lambda.SubnetIPAddressLimitReachedException",
        ("ENILimitReached", _) => "Lambda.ENILimitReachedException",
        (
            "UnrecognizedClient"
            | "InvalidSignature"
            | "ExpiredToken"
            | "InvalidClientTokenId"
            | "IncompleteSignature",
            _,
        ) => "Lambda.InvalidSecurityToken",
        ("AccessDenied", _) => "Lambda.InvokeAccessDenied",
        ("ResourceNotFound", _) => "Lambda.ResourceNotFound",
        (_, Some(413)) => return Refused::EventTooLarge,
        (_, Some(429)) => return Refused::Throttled,
        (_, Some(403)) => "Lambda.InvokeAccessDenied",
        (_, Some(404)) => "Lambda.ResourceNotFound",
        (_, Some(503)) => "Lambda.ServiceUnavailable",
        _ => "Lambda.InvocationFailure",
    })
}

fn unavailable(code: &str, message: String) -> Answer {
    Answer::Unavailable { code: code.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::TcpListener, thread};

    use super::*;

    /// Calls a function whose endpoint gives this answer; the start line that it saw, and what came of it.
    fn called(answer: &'static str) -> (String, Answer, InvocationLog) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let serving = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(connection.try_clone().unwrap());
            let head = http::read_head(&mut reader).unwrap().unwrap();
            http::read_body(&mut reader, &head, 1 << 20, WithoutLength::Empty).unwrap();
            connection.write_all(answer.as_bytes()).unwrap();
            head.start
        });
        let mut function = EndpointFunction::new(&authority, "my-function", Arc::default());
        let answer = function.invoke(b"{}");
        (serving.join().unwrap(), answer, function.logs().clone())
    }

    #[test]
    fn answers_and_errors_are_told_apart() {
        let (start, answer, log) =
            called("HTTP/1.1 200 OK\r\nX-Amz-Log-Result: aGVsbG8=\r\nContent-Length: 2\r\n\r\n{}");
        assert_eq!(start, "POST /2015-03-31/functions/my-function/invocations HTTP/1.1");
        assert_eq!(answer, Answer::Returned(b"{}".to_vec()));
        assert_eq!(log.text, "hello");
        let (_, answer, _) =
            called("HTTP/1.1 200 OK\r\nX-Amz-Function-Error: Unhandled\r\n\r\n{\"errorType\":\"E\"}");
        let payload = br#"{"errorType":"E"}"#.to_vec();
        assert_eq!(answer, Answer::FunctionError { payload, stderr: Words::default() });
        assert_eq!(called("HTTP/1.1 429 Too Many\r\n\r\n").1, Answer::Throttled);
        for (text, wanted) in [
            ("HTTP/1.1 404 Not Found\r\n\r\n", "Lambda.ResourceNotFound"),
            ("HTTP/1.1 403 Forbidden\r\n\r\n", "Lambda.InvokeAccessDenied"),
            ("HTTP/1.1 500 Oh\r\n\r\n", "Lambda.InvocationFailure"),
            ("", "Lambda.InvocationFailure"),
        ] {
            let answer = called(text).1;
            assert!(matches!(&answer, Answer::Unavailable { code, .. } if code == wanted), "{answer:?}");
        }
    }

    /// Appendix B has codes of its own for errors that Lambda names.
    #[test]
    fn appendix_b_errors_of_lambda_keep_their_names() {
        for (status, name, wanted) in [
            ("500 E", "ServiceException", "Lambda.InternalServerError"),
            ("500 E", "Service", "Lambda.InternalServerError"),
            ("502 E", "InvalidZipFileException", "Lambda.InvalidZipFileException"),
            ("502 E", "ENILimitReachedException:http://x", "Lambda.ENILimitReachedException"),
            ("502 E", "SubnetIPAddressLimitReachedException", "Lambda.SubnetIPAddressLimitReachedException"),
            ("502 E", "InvalidSubnetIDException", "Lambda.InvalidSubnetIDException"),
            ("502 E", "InvalidSecurityGroupIDException", "Lambda.InvalidSecurityGroupIDException"),
            ("502 E", "KMSDisabledException", "Lambda.InvocationFailure"),
            ("403 E", "UnrecognizedClientException", "Lambda.InvalidSecurityToken"),
            ("403 E", "InvalidSignatureException", "Lambda.InvalidSecurityToken"),
            ("403 E", "ExpiredTokenException", "Lambda.InvalidSecurityToken"),
            ("400 E", "ExpiredToken", "Lambda.InvalidSecurityToken"),
            ("403 E", "AccessDeniedException", "Lambda.InvokeAccessDenied"),
            ("404 E", "ResourceNotFoundException", "Lambda.ResourceNotFound"),
            ("503 E", "", "Lambda.ServiceUnavailable"),
        ] {
            let in_header = format!("HTTP/1.1 {status}\r\nx-amzn-ErrorType: {name}\r\n\r\n{{}}");
            let in_body = format!("HTTP/1.1 {status}\r\n\r\n{{\"__type\":\"com.amazonaws.lambda#{name}\"}}");
            for text in [in_header, in_body] {
                let answer = called(String::leak(text)).1;
                assert!(
                    matches!(&answer, Answer::Unavailable { code, .. } if code == wanted),
                    "{name}: {answer:?}"
                );
            }
        }
        assert_eq!(called("HTTP/1.1 413 Large\r\n\r\n").1, Answer::EventTooLarge);
        let throttled = "HTTP/1.1 400 E\r\nx-amzn-errortype: TooManyRequestsException\r\n\r\n";
        assert_eq!(called(throttled).1, Answer::Throttled);
    }

    #[test]
    fn nobody_there_is_unavailable() {
        let mut function = EndpointFunction::new("127.0.0.1:1", "../x", Arc::default());
        assert_eq!(function.server.path, "/2015-03-31/functions/%2E%2E%2Fx/invocations");
        let answer = function.invoke(b"{}");
        let is_told = |message: &str| message.starts_with("nobody listens at http://127.0.0.1:1");
        assert!(matches!(&answer, Answer::Unavailable { message, .. } if is_told(message)), "{answer:?}");
    }

    #[test]
    fn an_endpoint_that_never_answers_does_not_hold_up_an_interruption() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let interrupted = Arc::new(AtomicBool::new(true));
        let mut function = EndpointFunction::new(&authority, "f", interrupted);
        let answer = function.invoke(b"{}");
        assert!(matches!(&answer, Answer::Unavailable { message, .. } if message.ends_with("interrupted")));
    }
}
