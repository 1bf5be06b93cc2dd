//! Where a request goes, and its headers, secrets among them.

/// Where a request goes, and what stands before its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The target as manifests show it: without secrets.
    pub target: String,
    /// What the file of the body ends in, without a dot.
    pub ending: &'static str,
    /// `Content-Encoding` of the body.
    pub content_encoding: Option<&'static str>,
    /// Method, URL and headers where the request is HTTP.
    pub http: Option<HttpHead>,
}

/// Start and headers of an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHead {
    /// `POST`.
    pub method: &'static str,
    /// The URL as it is requested; may hold secrets. [`RequestHead::target`] does not.
    pub url: Secret,
    /// The headers, in order, but for `Content-Length`.
    pub headers: Vec<Header>,
}

/// A header of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// What is sent.
    pub value: Secret,
    /// What is shown instead, where it is secret or a part of it is.
    shown: Option<String>,
}

impl Header {
    /// A header that anyone may see.
    pub fn new(name: &'static str, value: impl Into<String>) -> Header {
        Header { name, value: Secret::new(value), shown: None }
    }

    /// A header that is shown as `***`.
    pub fn secret(name: &'static str, value: Secret) -> Header {
        Header { name, value, shown: Some("***".to_owned()) }
    }

    /// A header of which a part is secret.
    pub fn partly(name: &'static str, value: Secret, shown: String) -> Header {
        Header { name, value, shown: Some(shown) }
    }

    /// What is shown.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(self.value.reveal())
    }
}

/// Text that is never shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself: to be sent, never to be written.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}
