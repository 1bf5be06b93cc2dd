//! Endpoints that requests are really sent to: a flag for each kind of destination.

use std::path::PathBuf;

use super::CommandError;
use crate::model::delivery_stream::DeliveryStream;
use crate::model::destination::Destination;
use crate::simulation::real_database::{DatabaseUrlError, RealDatabase};
use crate::simulation::real_endpoint::{RealEndpoint, UrlError};

/// The flags that name real endpoints.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct EndpointArgs {
    /// Really send the requests of an HTTP endpoint, to this URL; its answers decide
    #[arg(long, value_name = "URL")]
    http_url: Option<String>,
    /// Really send the requests of a Splunk destination, to the collector at this URL; its answers decide
    #[arg(long, value_name = "URL")]
    splunk_url: Option<String>,
    /// Really load the rows of a Redshift destination into this PostgreSQL database; needs `--table`
    #[arg(long, value_name = "URL")]
    redshift_url: Option<String>,
    /// With `--redshift-url`: make the table where it is absent
    #[arg(long, requires = "redshift_url")]
    create_table: bool,
    /// Really send the bulks of an OpenSearch, Elasticsearch or Serverless destination, to the cluster at this URL; its
    /// answers decide
    #[arg(long, value_name = "URL")]
    opensearch_url: Option<String>,
    /// Trust the authorities in this file (PEM) too, when requests are really sent to an https:// URL
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl EndpointArgs {
    /// The flags, with the folders of requests of the destinations that they are for.
    fn given(&self) -> impl Iterator<Item = (&'static str, &'static [&'static str], &str)> {
        let flags: [(_, &[_], _); 3] = [
            ("--http-url", &["http-endpoint"], &self.http_url),
            ("--splunk-url", &["splunk"], &self.splunk_url),
            (
                "--opensearch-url",
                &["opensearch", "elasticsearch", "opensearch-serverless"],
                &self.opensearch_url,
            ),
        ];
        flags.into_iter().filter_map(|(flag, folders, url)| Some((flag, folders, url.as_deref()?)))
    }

    /// The database that a stream's rows are loaded into; `None` where they are not.
    pub fn database(&self, stream: &DeliveryStream) -> Result<Option<RealDatabase>, CommandError> {
        let Some(url) = &self.redshift_url else { return Ok(None) };
        let Destination::Redshift(redshift) = &stream.destination else {
            let message =
                format!("`--redshift-url` is for another destination than that of `{}`", stream.logical_id);
            return Err(CommandError::usage(message).hint("leave out `--redshift-url`"));
        };
        if redshift.loader.is_none() {
            let message = "`--redshift-url` needs the definition of the table";
            return Err(CommandError::usage(message).hint("name its `CREATE TABLE` with `--table FILE`"));
        }
        match RealDatabase::new(url, self.create_table) {
            Ok(database) => Ok(Some(database)),
            Err(error @ DatabaseUrlError::Absent) => {
                Err(CommandError::usage(format!("`--redshift-url`: {error}")).hint(super::absent::INSTALL))
            }
            Err(error) => Err(CommandError::usage(format!("`--redshift-url`: {error}"))),
        }
    }

    /// The endpoint that a stream's requests are sent to; `None` where they are not.
    pub fn endpoint(&self, stream: &DeliveryStream) -> Result<Option<RealEndpoint>, CommandError> {
        let folder = stream.destination.requests().map(|requests| requests.folder());
        let mut endpoint = None;
        for (flag, folders, url) in self.given() {
            if !folder.is_some_and(|folder| folders.contains(&folder)) {
                let message =
                    format!("`{flag}` is for another destination than that of `{}`", stream.logical_id);
                return Err(CommandError::usage(message).hint(format!("leave out `{flag}`")));
            }
            let real = RealEndpoint::new(url, self.ca_file.as_deref()).map_err(|error| {
                let hint = match &error {
                    UrlError::NoUrl(_) => "give http://host:port/path or https://host/path",
                    UrlError::Tls(_) => {
                        "give the http:// URL of a proxy that speaks TLS, or install with `--features full`"
                    }
                    UrlError::NoAuthorities(..) => "name a PEM file of authorities with `--ca-file FILE`",
                    UrlError::AuthoritiesFile(..) => {
                        "give a PEM file with the certificate of the endpoint's authority"
                    }
                    UrlError::NeedsNoAuthorities(_) => "leave out `--ca-file`",
                };
                CommandError::usage(format!("`{flag}`: {error}")).hint(hint)
            })?;
            endpoint = Some(real);
        }
        if endpoint.is_none() && self.ca_file.is_some() {
            let message = "`--ca-file` is for requests that are really sent";
            return Err(CommandError::usage(message).hint("name the endpoint, such as with `--http-url`"));
        }
        Ok(endpoint)
    }
}
