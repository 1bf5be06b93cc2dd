//! The Lambda Runtime API (2018-06-01), served on loopback to one process of a function.
//!
//! A listener and a thread for each connection; one call at a time. Source: Lambda developer guide, "Using the Lambda
//! runtime API for custom runtimes".

use std::{
    io::{self, BufReader},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use super::{
    LARGEST_RESPONSE,
    http::{self, Body, Head, WithoutLength},
};

const ROOT: &str = "/2018-06-01/runtime/";
/// Most connections at a time; a runtime needs one, two at the most.
const MOST_CONNECTIONS: usize = 32;

/// What the process is told of a call.
#[derive(Debug, Clone)]
pub struct Call {
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub request_id: String,
    /// `Lambda-Runtime-Invoked-Function-Arn`.
    pub arn: String,
    /// How long the function may take; `Lambda-Runtime-Deadline-Ms` is made of it when the call is handed over.
    pub timeout: Duration,
    /// The event.
    pub event: Vec<u8>,
}

/// What the process reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// The answer of the handler.
    Returned(Vec<u8>),
    /// The handler failed.
    Failed(Vec<u8>),
    /// The function could not be loaded.
    InitFailed(Vec<u8>),
    /// The answer has more than 6 MB.
    TooLarge,
}

#[derive(Debug, Default)]
struct State {
    stopping: bool,
    /// Whether the process has asked for a call yet: its initialisation is over.
    ready: bool,
    waiting: Option<Call>,
    /// The call that the process has, and since when.
    under_way: Option<(String, Instant)>,
    reported: Option<Reported>,
    connections: Vec<TcpStream>,
}

#[derive(Debug, Default)]
struct Exchange {
    state: Mutex<State>,
    /// Something for the process to do.
    offered: Condvar,
    /// Something for the caller to see.
    changed: Condvar,
}

impl Exchange {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server for one process. Dropping it closes all connections and ends its threads.
#[derive(Debug)]
pub struct RuntimeApi {
    exchange: Arc<Exchange>,
    address: SocketAddr,
    listening: Option<thread::JoinHandle<()>>,
}

/// Now, for time limits of code that really runs.
#[expect(
    clippy::disallowed_methods,
    reason = "a function lives in real time: its Timeout is the wall clock's"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970, as the function is told its deadline.
#[expect(clippy::disallowed_methods, reason = "the function compares its deadline with the machine's clock")]
fn epoch_milliseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis())
}

impl RuntimeApi {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start() -> io::Result<RuntimeApi> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let exchange = Arc::new(Exchange::default());
        let shared = Arc::clone(&exchange);
        let listening = thread::Builder::new()
            .name("runtime-api".to_owned())
            .spawn(move || listen(&listener, &shared))?;
        Ok(RuntimeApi { exchange, address, listening: Some(listening) })
    }

    /// `AWS_LAMBDA_RUNTIME_API`: `host:port`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Offers a call; the process takes it when it asks for one. A report that nobody waited for is forgotten.
    pub fn offer(&self, call: Call) {
        let mut state = self.exchange.state();
        state.reported = None;
        state.under_way = None;
        state.waiting = Some(call);
        self.exchange.offered.notify_all();
    }

    /// Waits for the report at most for a while.
    pub fn wait(&self, longest: Duration) -> Option<Reported> {
        let waiting = |state: &mut State| state.reported.is_none();
        let (mut state, _) = self
            .exchange
            .changed
            .wait_timeout_while(self.exchange.state(), longest, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        state.reported.take()
    }

    /// Since when the process has the call; `None` before it took it.
    pub fn handed_over(&self) -> Option<Instant> {
        self.exchange.state().under_way.as_ref().map(|(_, since)| *since)
    }

    /// Whether the process has asked for a call at least once: its initialisation is over.
    pub fn is_ready(&self) -> bool {
        self.exchange.state().ready
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        {
            let mut state = self.exchange.state();
            state.stopping = true;
            for connection in state.connections.drain(..) {
                // It may be closed already.
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
        self.exchange.offered.notify_all();
        // The listener looks up when somebody comes.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1)).is_ok();
        if let Some(thread) = self.listening.take().filter(|_| woken) {
            // A panic in it has nothing left to spoil.
            let _ = thread.join();
        }
    }
}

fn listen(listener: &TcpListener, exchange: &Arc<Exchange>) {
    thread::scope(|threads| {
        for connection in listener.incoming() {
            let mut state = exchange.state();
            if state.stopping {
                return;
            }
            let Ok(connection) = connection else {
                drop(state);
                thread::sleep(Duration::from_millis(10));
                continue;
            };
            // Closed ones make room for others.
            state.connections.retain(|one| one.peer_addr().is_ok());
            let Ok(other) = connection.try_clone() else { continue };
            if state.connections.len() >= MOST_CONNECTIONS {
                continue;
            }
            state.connections.push(other);
            drop(state);
            threads.spawn(move || {
                // How a connection ends does not matter: a process that is gone is noticed by its end.
                let _ = serve(&connection, exchange);
                let _ = connection.shutdown(Shutdown::Both);
            });
        }
    });
}

/// Answers the requests of a connection until it is closed.
fn serve(connection: &TcpStream, exchange: &Exchange) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 << 10, connection);
    let mut writer = connection;
    while let Some(head) = http::read_head(&mut reader)? {
        if head.get("expect").is_some_and(|expected| expected.eq_ignore_ascii_case("100-continue")) {
            io::Write::write_all(&mut writer, b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = http::read_body(&mut reader, &head, LARGEST_RESPONSE, WithoutLength::Empty)?;
        match answer(exchange, &head, body) {
            Reply::Call(call) => {
                let deadline = (epoch_milliseconds() + call.timeout.as_millis()).to_string();
                let headers = [
                    ("Content-Type", "application/json"),
                    ("Lambda-Runtime-Aws-Request-Id", call.request_id.as_str()),
                    ("Lambda-Runtime-Deadline-Ms", deadline.as_str()),
                    ("Lambda-Runtime-Invoked-Function-Arn", call.arn.as_str()),
                    ("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
                ];
                http::write(&mut writer, "HTTP/1.1 200 OK", &headers, &call.event)?;
            }
            Reply::Status(status, body) => {
                let start = format!("HTTP/1.1 {status}");
                http::write(&mut writer, &start, &[("Content-Type", "application/json")], body.as_bytes())?;
            }
            Reply::Stop => return Ok(()),
        }
        if head.get("connection").is_some_and(|text| text.eq_ignore_ascii_case("close")) {
            return Ok(());
        }
    }
    Ok(())
}

enum Reply {
    Call(Call),
    Status(&'static str, &'static str),
    Stop,
}

fn answer(exchange: &Exchange, head: &Head, body: Body) -> Reply {
    const ACCEPTED: Reply = Reply::Status("202 Accepted", r#"{"status":"OK"}"#);
    let mut words = head.start.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    // A web page that the user looks at can reach loopback; it is no runtime.
    if head.get("origin").is_some() {
        return Reply::Status("403 Forbidden", r#"{"errorType":"Forbidden"}"#);
    }
    let route = path.strip_prefix(ROOT).unwrap_or_default();
    match (method, route) {
        ("GET", "invocation/next") => next(exchange),
        ("POST", "init/error") => {
            let Body::Whole(body) = body else { return too_large() };
            let mut state = exchange.state();
            state.reported.get_or_insert(Reported::InitFailed(body));
            exchange.changed.notify_all();
            ACCEPTED
        }
        ("POST", route) => {
            let Some((id, what)) = route.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'))
            else {
                return not_found();
            };
            let fits = body != Body::TooLarge;
            let reported = match (what, body) {
                ("response", Body::Whole(body)) => Reported::Returned(body),
                ("error", Body::Whole(body)) => Reported::Failed(body),
                ("response" | "error", Body::TooLarge) => Reported::TooLarge,
                _ => return not_found(),
            };
            let mut state = exchange.state();
            if state.under_way.as_ref().is_none_or(|(known, _)| known != id) {
                return Reply::Status(
                    "400 Bad Request",
                    r#"{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}"#,
                );
            }
            state.under_way = None;
            state.reported = Some(reported);
            exchange.changed.notify_all();
            if fits { ACCEPTED } else { too_large() }
        }
        _ => not_found(),
    }
}

fn not_found() -> Reply {
    Reply::Status("404 Not Found", r#"{"errorType":"NotFound","errorMessage":"no such path"}"#)
}

fn too_large() -> Reply {
    const BODY: &str = r#"{"errorType":"RequestEntityTooLarge","errorMessage":"Exceeded maximum allowed payload size (6291556 bytes)."}"#;
    Reply::Status("413 Request Entity Too Large", BODY)
}

/// Waits until there is a call, and hands it over.
fn next(exchange: &Exchange) -> Reply {
    let mut state = exchange.state();
    state.ready = true;
    exchange.changed.notify_all();
    loop {
        if state.stopping {
            return Reply::Stop;
        }
        if let Some(call) = state.waiting.take() {
            state.under_way = Some((call.request_id.clone(), now()));
            return Reply::Call(call);
        }
        state = exchange.offered.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn call(event: &[u8]) -> Call {
        Call {
            request_id: "id-1".to_owned(),
            arn: "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
            timeout: Duration::from_secs(3),
            event: event.to_vec(),
        }
    }

    fn send(connection: &mut TcpStream, text: &str) -> String {
        connection.write_all(text.as_bytes()).unwrap();
        let mut reader = BufReader::new(&*connection);
        let head = http::read_head(&mut reader).unwrap().unwrap();
        let Body::Whole(body) = http::read_body(&mut reader, &head, 1 << 20, WithoutLength::Empty).unwrap()
        else {
            panic!()
        };
        let request_id = head.get("lambda-runtime-aws-request-id").unwrap_or_default();
        format!("{} {request_id} {}", head.start, String::from_utf8(body).unwrap())
    }

    #[test]
    fn a_call_goes_over_one_connection_and_back() {
        let api = RuntimeApi::start().unwrap();
        api.offer(call(b"{}"));
        let mut connection = TcpStream::connect(api.authority()).unwrap();
        let next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n";
        assert_eq!(send(&mut connection, next), "HTTP/1.1 200 OK id-1 {}");
        assert!(api.handed_over().is_some());
        let wrong =
            "POST /2018-06-01/runtime/invocation/other/response HTTP/1.1\r\nContent-Length: 1\r\n\r\n1";
        assert!(send(&mut connection, wrong).starts_with("HTTP/1.1 400"));
        let right = wrong.replace("other", "id-1");
        assert!(send(&mut connection, &right).starts_with("HTTP/1.1 202"));
        assert_eq!(api.wait(Duration::from_secs(5)), Some(Reported::Returned(b"1".to_vec())));
        // A second answer to the same call is refused.
        assert!(send(&mut connection, &right).starts_with("HTTP/1.1 400"));
        assert!(send(&mut connection, "GET /x HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
        let page = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nOrigin: http://x\r\n\r\n";
        assert!(send(&mut connection, page).starts_with("HTTP/1.1 403"));
    }

    #[test]
    fn an_answer_of_more_than_six_megabytes_is_too_large() {
        let api = RuntimeApi::start().unwrap();
        api.offer(call(b"{}"));
        let mut connection = TcpStream::connect(api.authority()).unwrap();
        send(&mut connection, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n");
        let body = "x".repeat(LARGEST_RESPONSE + 1);
        let text = format!(
            "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        assert!(send(&mut connection, &text).starts_with("HTTP/1.1 413"));
        assert_eq!(api.wait(Duration::from_secs(5)), Some(Reported::TooLarge));
    }

    #[test]
    fn the_end_of_the_server_ends_waiting_connections() {
        let api = RuntimeApi::start().unwrap();
        let mut connection = TcpStream::connect(api.authority()).unwrap();
        connection.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n").unwrap();
        while !api.is_ready() {
            thread::yield_now();
        }
        drop(api);
        let mut rest = Vec::new();
        assert_eq!(connection.read_to_end(&mut rest).unwrap_or(0), 0);
    }

    #[test]
    fn garbage_and_crowds_do_no_harm() {
        let api = RuntimeApi::start().unwrap();
        for bytes in
            [&b"\0\xff\n\n"[..], b"GET", b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nx\r\n\r\n"]
        {
            let mut connection = TcpStream::connect(api.authority()).unwrap();
            connection.write_all(bytes).unwrap();
        }
        let crowd: Vec<_> =
            (0..2 * MOST_CONNECTIONS).map(|_| TcpStream::connect(api.authority()).unwrap()).collect();
        drop(crowd);
        api.offer(call(b"{}"));
        let next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n";
        // The crowd leaves one by one; there is room again soon.
        let taken = (0..100).any(|_| {
            thread::sleep(Duration::from_millis(10));
            let mut connection = TcpStream::connect(api.authority()).unwrap();
            connection.write_all(next.as_bytes()).is_ok() && connection.read(&mut [0; 8]).unwrap_or(0) > 0
        });
        assert!(taken && api.handed_over().is_some());
        assert_eq!(api.wait(Duration::from_millis(1)), None);
    }
}
