//! What stands for TLS in a build without it: nothing is trusted, and every `https://` URL is refused.

use std::{convert::Infallible, io, net::TcpStream, path::Path};

use super::real_endpoint::{Connection, UrlError};

/// Nobody is trusted.
#[derive(Clone, Debug)]
pub(super) struct Trust(Infallible);

impl Trust {
    /// Refuses the URL.
    pub(super) fn new(url: &str, _authorities: Option<&Path>) -> Result<Trust, UrlError> {
        Err(UrlError::Tls(url.to_owned()))
    }

    /// Can't be called.
    pub(super) fn shake_hands(&self, _host: &str, _plain: TcpStream) -> io::Result<Box<dyn Connection>> {
        match self.0 {}
    }
}
