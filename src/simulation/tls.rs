//! TLS to endpoints that requests are really sent to: those are trusted that the system trusts, and those that the user
//! names.

use std::{fs, io, net::TcpStream, path::Path, sync::Arc};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use super::real_endpoint::{Connection, UrlError};

/// The most bytes of a file of authorities.
const LARGEST_FILE: u64 = 4 << 20;

/// Who is trusted.
#[derive(Clone, Debug)]
pub(super) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// The authorities of the system and those of a PEM file.
    pub(super) fn new(url: &str, authorities: Option<&Path>) -> Result<Trust, UrlError> {
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
        if let Some(file) = authorities {
            let refuse = |why: String| UrlError::AuthoritiesFile(file.display().to_string(), why);
            for certificate in read(file).map_err(refuse)? {
                roots
                    .add(certificate)
                    .map_err(|error| refuse(format!("no certificate of an authority: {error}")))?;
            }
        }
        if roots.is_empty() {
            let why = system.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
            return Err(UrlError::NoAuthorities(url.to_owned(), why));
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| UrlError::NoAuthorities(url.to_owned(), format!(": {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Trust(Arc::new(config)))
    }

    /// Makes a connection a secret one, with whom the host's certificate names.
    ///
    /// # Errors
    /// When the handshake fails.
    pub(super) fn shake_hands(&self, host: &str, mut plain: TcpStream) -> io::Result<Box<dyn Connection>> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut connection = ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut plain)?;
        }
        Ok(Box::new(StreamOwned::new(connection, plain)))
    }
}

/// The certificates of a PEM file.
fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let metadata = fs::metadata(file).map_err(|error| error.to_string())?;
    if metadata.len() > LARGEST_FILE {
        return Err(format!("a file of certificates has at most {LARGEST_FILE} bytes"));
    }
    let text = fs::read(file).map_err(|error| error.to_string())?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if found.is_empty() => Err("no certificate in it; PEM is expected".to_owned()),
        Ok(found) => Ok(found),
        Err(error) => Err(format!("it is no PEM: {error}")),
    }
}
