//! The vendors of HTTP endpoints that advise a small buffer.

/// A vendor and its advice.
pub struct Vendor {
    /// Its name.
    pub name: &'static str,
    /// The largest buffer that it advises, in MB.
    pub most: u32,
    /// The ends of its hosts' names.
    hosts: &'static [&'static str],
}

/// Advice: resource sheet, section 5. Hosts: service behaviour, section 10.6; those of Datadog and New Relic also from
/// the endpoints that public templates and the AWS CDK send to.
const VENDORS: [Vendor; 4] = [
    Vendor { name: "Datadog", most: 4, hosts: &["datadoghq.com", "datadoghq.eu", "ddog-gov.com"] },
    Vendor { name: "New Relic", most: 1, hosts: &["newrelic.com", "nr-data.net"] },
    Vendor { name: "Sumo Logic", most: 1, hosts: &["sumologic.net"] },
    Vendor { name: "Elastic", most: 1, hosts: &["elastic-cloud.com"] },
];

/// The vendor of a URL, which may have holes.
pub fn vendor(url: &str) -> Option<&'static Vendor> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or("").to_ascii_lowercase();
    let is_of =
        |end: &&str| host.strip_suffix(end).is_some_and(|start| start.is_empty() || start.ends_with('.'));
    VENDORS.iter().find(|vendor| vendor.hosts.iter().any(is_of))
}
