//! What comes back for a request, or is made up instead.

/// What a scenario says about an answer; everything else is what a healthy endpoint answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scripted {
    /// The status.
    pub status: Option<u16>,
    /// The reason phrase.
    pub reason: Option<String>,
    /// Headers that replace or join those of the answer.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// Trouble instead of an answer: `connection-failed`, `connection-reset`, `timeout`, `tls-handshake`, or an error code
    /// of the destination such as `Redshift.DiskFull`.
    pub error: Option<String>,
    /// The records that the answer refuses one by one, with status and reason of each.
    pub documents: Vec<RefusedDocument>,
}

/// A record that an answer refuses by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedDocument {
    /// The record's index in the buffer.
    pub index: u32,
    /// The status.
    pub status: u16,
    /// The type of the error, such as `mapper_parsing_exception`.
    pub kind: String,
    /// The reason in words.
    pub reason: String,
}

/// How a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a response.
    Response(Response),
    /// Not at all.
    Trouble(Trouble),
    /// With an error of the destination's own, such as `Redshift.DiskFull`.
    Error(String),
}

/// An HTTP response, or as much of one as a destination speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// This response as a scenario changes it.
    pub fn scripted(mut self, scripted: &Scripted) -> Response {
        self.status = scripted.status.unwrap_or(self.status);
        if let Some(reason) = &scripted.reason {
            self.reason.clone_from(reason);
        }
        for (name, value) in &scripted.headers {
            self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            self.headers.push((name.clone(), value.clone()));
        }
        if let Some(body) = &scripted.body {
            self.body = body.clone().into_bytes();
        }
        self
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection could be made.
    ConnectionFailed,
    /// The connection ended before the answer did.
    ConnectionReset,
    /// The answer took too long.
    Timeout,
    /// The TLS handshake failed.
    TlsHandshake,
}

impl Trouble {
    /// All of them by the names that scenarios use.
    pub const ALL: [(&'static str, Trouble); 4] = [
        ("connection-failed", Trouble::ConnectionFailed),
        ("connection-reset", Trouble::ConnectionReset),
        ("timeout", Trouble::Timeout),
        ("tls-handshake", Trouble::TlsHandshake),
    ];
}

impl Scripted {
    /// The trouble or error that stands in the place of an answer.
    pub fn trouble(&self) -> Option<Answer> {
        let error = self.error.as_deref()?;
        let trouble = Trouble::ALL.into_iter().find(|(name, _)| *name == error);
        Some(match trouble {
            Some((_, trouble)) => Answer::Trouble(trouble),
            None => Answer::Error(error.to_owned()),
        })
    }
}
