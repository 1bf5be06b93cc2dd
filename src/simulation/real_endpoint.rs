//! Requests that are really sent, to an endpoint that the user names: HTTP, one connection each, by TLS for `https://`.
//!
//! The answers decide what becomes of the records. It lives in real time and waits no longer than the destination would;
//! virtual time knows nothing of it.

use std::{
    io::{self, BufReader, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::{
    function::http::{self, Body, Head, WithoutLength},
    tls::Trust,
    warnings::Remark,
};
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
#[derive(Clone, Debug)]
pub struct RealEndpoint {
    url: String,
    /// Who is trusted, for `https://`.
    trust: Option<Trust>,
    /// Why the last TLS handshake failed.
    failed_handshake: Arc<Mutex<Option<String>>>,
}

/// A URL that no request can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is none.
    #[error("`{0}` is no URL of an endpoint: http://host:port/path is expected")]
    NoUrl(String),
    /// It wants TLS, and there is none.
    #[error("`{0}`: requests are sent by plain HTTP only, as this build is without its `tls` feature")]
    Tls(String),
    /// The system has no authorities to trust, and no file names any.
    #[error("`{0}`: this system has no certificates of authorities to trust{1}")]
    NoAuthorities(String, String),
    /// The file of authorities can't be used.
    #[error("{0}: {1}")]
    AuthoritiesFile(String, String),
    /// A file of authorities for an endpoint without TLS.
    #[error("`{0}` is no https:// URL, so no authorities are needed")]
    NeedsNoAuthorities(String),
}

/// A connection to an endpoint.
pub(super) trait Connection: Read + Write {}

impl<T: Read + Write> Connection for T {}

impl RealEndpoint {
    /// The endpoint behind a URL. Nothing is sent yet. `authorities` is a PEM file with certificates that are trusted besides
    /// those of the system.
    ///
    /// # Errors
    /// When it is no `http://` or `https://` URL, or authorities are missing or of no use.
    pub fn new(url: &str, authorities: Option<&Path>) -> Result<RealEndpoint, UrlError> {
        let is_clean = url.bytes().all(|byte| byte.is_ascii_graphic());
        let target = Target::of(url)
            .filter(|target| is_clean && !target.host().is_empty() && !target.authority.contains('@'))
            .ok_or_else(|| UrlError::NoUrl(shown(url)))?;
        let trust = match (target.is_tls, authorities) {
            (true, authorities) => Some(Trust::new(&shown(url), authorities)?),
            (false, Some(_)) => return Err(UrlError::NeedsNoAuthorities(shown(url))),
            (false, None) => None,
        };
        Ok(RealEndpoint { url: url.to_owned(), trust, failed_handshake: Arc::default() })
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
        let (method, endpoint) = (head.method, self.clone());
        let (sender, receiver) = mpsc::channel();
        let spawned = thread::Builder::new().name("endpoint".to_owned()).spawn(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(endpoint.exchange(method, &url, &headers, &body));
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

    /// What the user should know of its certificates.
    pub(super) fn warning(&self) -> Option<Remark> {
        let why = self.failed_handshake.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let message = format!("the TLS handshake with {} failed: {why}", self.shown());
        let help =
            "name the certificate of its authority with `--ca-file FILE`, and check the host of the URL";
        Some(Remark { id: "tls-handshake", message, help: Some(help.to_owned()) })
    }

    fn exchange(&self, method: &str, url: &str, headers: &[(&'static str, String)], body: &[u8]) -> Answer {
        let Some(target) = Target::of(url) else { return Answer::Trouble(Trouble::ConnectionFailed) };
        let Ok(plain) = target.connect() else { return Answer::Trouble(Trouble::ConnectionFailed) };
        let mut connection: Box<dyn Connection> = match &self.trust {
            None => Box::new(plain),
            Some(trust) => match trust.shake_hands(target.host(), plain) {
                Ok(connection) => connection,
                Err(error) => {
                    let mut failed = self.failed_handshake.lock().unwrap_or_else(PoisonError::into_inner);
                    *failed = Some(error.to_string());
                    return Answer::Trouble(Trouble::TlsHandshake);
                }
            },
        };
        let mut all = vec![("Host", target.authority), ("Connection", "close")];
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
        let start = format!("{method} {} HTTP/1.1", target.path());
        // An endpoint may answer before it has read everything, and close.
        let written = http::write(&mut connection, &start, &all, body);
        match answer(&mut connection) {
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

/// The parts of a URL.
struct Target<'a> {
    is_tls: bool,
    authority: &'a str,
    path: &'a str,
}

impl<'a> Target<'a> {
    fn of(url: &'a str) -> Option<Target<'a>> {
        let (is_tls, rest) = match url.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, url.strip_prefix("http://")?),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        Some(Target { is_tls, authority, path: path.split('#').next().unwrap_or_default() })
    }

    fn path(&self) -> String {
        if self.path.starts_with('/') { self.path.to_owned() } else { format!("/{}", self.path) }
    }

    /// The authority without its port.
    fn host(&self) -> &'a str {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => host,
            _ => self.authority,
        }
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let with_port = match (self.host() == self.authority, self.is_tls) {
            (false, _) => self.authority.to_owned(),
            (true, true) => format!("{}:443", self.authority),
            (true, false) => format!("{}:80", self.authority),
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
}

fn answer(connection: &mut dyn Connection) -> io::Result<Response> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_no_request_can_be_sent_to_are_refused() {
        assert!(RealEndpoint::new("http://127.0.0.1:8088/x?a=b", None).is_ok());
        for url in
            ["ftp://example.com", "example.com", "http://", "https://:443/", "http://a b/", "http://u:p@h/"]
        {
            assert!(matches!(RealEndpoint::new(url, None), Err(UrlError::NoUrl(_))), "{url}");
        }
        let error = RealEndpoint::new("ftp://example.com/?api_key=k-secret", None).unwrap_err().to_string();
        assert!(!error.contains("k-secret"), "{error}");
        let file = Some(Path::new("ca.pem"));
        assert!(matches!(RealEndpoint::new("http://h/", file), Err(UrlError::NeedsNoAuthorities(_))));
        // Without the feature the file is not even looked at.
        let refused = RealEndpoint::new("https://h/", file);
        match cfg!(feature = "tls") {
            true => assert!(matches!(refused, Err(UrlError::AuthoritiesFile(..)))),
            false => assert!(matches!(refused, Err(UrlError::Tls(_)))),
        }
    }

    #[test]
    fn urls_have_parts() {
        let parts =
            |url| Target::of(url).map(|target| (target.is_tls, target.host(), target.path())).unwrap();
        assert_eq!(parts("https://[::1]:9200/a?b#c"), (true, "[::1]", "/a?b".to_owned()));
        assert_eq!(parts("http://localhost?x=1"), (false, "localhost", "/?x=1".to_owned()));
    }
}
