//! Requests that are really sent, to an endpoint that the user names: plain HTTP, one connection each.
//!
//! The answers decide what becomes of the records. It lives in real time and waits no longer than the destination would;
//! virtual time knows nothing of it.

use std::{
    io::{self, BufReader},
    net::{TcpStream, ToSocketAddrs},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::function::http::{self, Body, Head, WithoutLength};
use crate::model::{
    destination::request::{Acknowledgement, Answer, Batch, HttpHead, Requests, Response, Trouble, Verdict},
    http_partners::secret_parts,
};

/// How often an interruption is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// How long connecting may take.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

/// The most bytes of an answer that are kept: a little more than any destination takes.
const LARGEST_ANSWER: usize = 64 << 20;

/// How long is waited between questions for an acknowledgement.
const ASKED_EVERY: Duration = Duration::from_millis(250);

/// An endpoint that requests are really sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealEndpoint {
    url: String,
}

/// A URL that no request can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is none.
    #[error("`{0}` is no URL of an endpoint: http://host:port/path is expected")]
    NoUrl(String),
    /// It wants TLS.
    #[error("`{0}`: requests are sent by plain HTTP only")]
    Tls(String),
}

impl RealEndpoint {
    /// The endpoint behind a URL. Nothing is sent yet.
    ///
    /// # Errors
    /// When it is no `http://` URL.
    pub fn new(url: &str) -> Result<RealEndpoint, UrlError> {
        let shown = shown(url);
        if url.starts_with("https://") {
            return Err(UrlError::Tls(shown));
        }
        let is_clean = url.bytes().all(|byte| byte.is_ascii_graphic());
        match split(url) {
            Some((authority, _)) if is_clean && !authority.is_empty() && !authority.contains('@') => {
                Ok(RealEndpoint { url: url.to_owned() })
            }
            _ => Err(UrlError::NoUrl(shown)),
        }
    }

    /// Its URL without what is secret in it.
    pub fn shown(&self) -> String {
        shown(&self.url)
    }

    /// Sends a request and waits for the answer, at the most as long as the destination does.
    pub(super) fn send(
        &self,
        requests: &dyn Requests,
        head: &HttpHead,
        body: Vec<u8>,
        interrupted: &AtomicBool,
    ) -> Answer {
        let url = requests.really(head.url.reveal(), &self.url);
        let headers: Vec<(&'static str, String)> =
            head.headers.iter().map(|header| (header.name, header.value.reveal().to_owned())).collect();
        let method = head.method;
        let (sender, receiver) = mpsc::channel();
        let spawned = thread::Builder::new().name("endpoint".to_owned()).spawn(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(exchange(method, &url, &headers, &body));
        });
        if spawned.is_err() {
            return Answer::Trouble(Trouble::ConnectionFailed);
        }
        let mut left = requests.patience();
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => return Answer::Trouble(Trouble::ConnectionReset),
                Err(RecvTimeoutError::Timeout) if left.is_zero() || interrupted.load(Ordering::Relaxed) => {
                    return Answer::Trouble(Trouble::Timeout);
                }
                Err(RecvTimeoutError::Timeout) => left = left.saturating_sub(LOOK),
            }
        }
    }

    /// Asks until records are acknowledged, or the destination would wait no longer.
    pub(super) fn ask(
        &self,
        requests: &dyn Requests,
        batch: &Batch<'_>,
        id: u64,
        terms: Acknowledgement,
        interrupted: &AtomicBool,
    ) -> Verdict {
        let mut left = terms.timeout;
        loop {
            let Some((head, body)) = requests.question(batch, id) else { return Verdict::Taken };
            let Some(head) = head.http else { return Verdict::Taken };
            let answer = self.send(requests, &head, body, interrupted);
            if requests.acknowledges(id, &answer) {
                return Verdict::Taken;
            }
            if left.is_zero() || interrupted.load(Ordering::Relaxed) {
                return Verdict::Retry(terms.refusal);
            }
            thread::sleep(ASKED_EVERY);
            left = left.saturating_sub(ASKED_EVERY);
        }
    }
}

fn shown(url: &str) -> String {
    let mut shown = url.to_owned();
    let mut parts = secret_parts(url);
    parts.sort_by_key(|part| part.start);
    for part in parts.into_iter().rev() {
        shown.replace_range(part, "***");
    }
    shown
}

/// Authority and path.
fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("http://")?;
    Some(rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len())))
}

fn exchange(method: &str, url: &str, headers: &[(&'static str, String)], body: &[u8]) -> Answer {
    let Some((authority, path)) = split(url) else { return Answer::Trouble(Trouble::ConnectionFailed) };
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let Ok(connection) = connect(authority) else { return Answer::Trouble(Trouble::ConnectionFailed) };
    let mut all = vec![("Host", authority), ("Connection", "close")];
    all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
    // An endpoint may answer before it has read everything, and close.
    let written = http::write(&mut &connection, &format!("{method} {path} HTTP/1.1"), &all, body);
    match answer(&connection) {
        Ok(response) => Answer::Response(response),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            Answer::Trouble(Trouble::Timeout)
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData && written.is_ok() => {
            // What is no HTTP counts as an answer without anything that a destination wants.
            Answer::Response(Response { status: 500, reason: error.to_string(), ..Response::default() })
        }
        Err(_) => Answer::Trouble(Trouble::ConnectionReset),
    }
}

fn answer(connection: &TcpStream) -> io::Result<Response> {
    let mut reader = BufReader::new(connection);
    loop {
        let head = http::read_head(&mut reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let (status, reason) = status(&head)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "malformed HTTP: no status"))?;
        if status == 100 {
            continue;
        }
        let read = match status {
            204 | 304 => Body::Whole(Vec::new()),
            _ => http::read_body(&mut reader, &head, LARGEST_ANSWER, WithoutLength::UpToTheEnd)?,
        };
        let body = match read {
            Body::Whole(body) => body,
            // Larger than any destination takes, so that it will be refused for that.
            Body::TooLarge => vec![b' '; LARGEST_ANSWER + 1],
        };
        let headers = head.all().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        return Ok(Response { status, reason, headers, body });
    }
}

fn status(head: &Head) -> Option<(u16, String)> {
    let mut words = head.start.strip_prefix("HTTP/1.")?.splitn(3, ' ').skip(1);
    let status = words.next()?.parse().ok()?;
    Some((status, words.next().unwrap_or_default().to_owned()))
}

fn connect(authority: &str) -> io::Result<TcpStream> {
    let with_port = if authority.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok())
        && authority.contains(':')
    {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in with_port.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, LONGEST_CONNECT) {
            Ok(connection) => {
                let longest = Some(Duration::from_secs(600));
                connection.set_read_timeout(longest)?;
                connection.set_write_timeout(longest)?;
                return Ok(connection);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_no_request_can_be_sent_to_are_refused() {
        assert!(RealEndpoint::new("http://127.0.0.1:8088/x?a=b").is_ok());
        for url in ["https://example.com", "example.com", "http://", "http://a b/", "http://u:p@h/"] {
            assert!(RealEndpoint::new(url).is_err(), "{url}");
        }
        let error = RealEndpoint::new("https://example.com/?api_key=k-secret").unwrap_err().to_string();
        assert!(!error.contains("k-secret"), "{error}");
    }
}
