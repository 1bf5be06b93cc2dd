//! HTTP endpoint partners: how their URLs are recognised, and the presets that the console gives them.
//!
//! To the service they are the plain HTTP destination; only the presets differ. Sources: service behaviour,
//! sections 3 (buffering table and vendor advice) and 10.6 (partner table), both from the developer guide's
//! "Configure destination settings". Where the guide offers a drop-down and names no host, the host is the vendor's
//! own domain.

/// A vendor that the developer guide lists for the HTTP destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpPartner {
    /// Its name, as the guide spells it.
    pub name: &'static str,
    /// Domains of its endpoints: a host is one of them, or ends in a dot and one of them.
    pub domains: &'static [&'static str],
    /// The form of its URL, for help texts.
    pub url: &'static str,
    /// The largest size in MB that the preset takes.
    pub largest_size_in_mbs: u32,
    /// The size in MB that the preset begins with.
    pub default_size_in_mbs: u32,
    /// The size in MB that the guide advises, where it does.
    pub recommended_size_in_mbs: Option<u32>,
    /// Whether the guide advises GZIP content encoding.
    pub gzip_advised: bool,
    /// Common attributes that the vendor reads.
    pub attributes: &'static [&'static str],
    /// Where an access token stands in the path: this many segments after the marker.
    pub token_in_path: Option<TokenInPath>,
}

/// A token that is a segment of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenInPath {
    /// What the path begins with.
    pub after: &'static str,
    /// How many segments stand between the two.
    pub segments_between: usize,
}

/// The interval in seconds that every preset begins with; the range is 0 to 900.
pub const DEFAULT_INTERVAL_IN_SECONDS: u32 = 60;

const fn partner(
    name: &'static str,
    domains: &'static [&'static str],
    url: &'static str,
    sizes: (u32, u32),
) -> HttpPartner {
    HttpPartner {
        name,
        domains,
        url,
        largest_size_in_mbs: sizes.0,
        default_size_in_mbs: sizes.1,
        recommended_size_in_mbs: None,
        gzip_advised: false,
        attributes: &[],
        token_in_path: None,
    }
}

/// The partners, by name.
pub const HTTP_PARTNERS: [HttpPartner; 11] = [
    HttpPartner {
        gzip_advised: true,
        attributes: &["applicationName", "subsystemName", "computerName"],
        ..partner(
            "Coralogix",
            &["coralogix.com", "coralogix.us", "coralogix.in", "coralogixsg.com"],
            "https://<regional ingress>.coralogix.com/...",
            (64, 6),
        )
    },
    HttpPartner {
        recommended_size_in_mbs: Some(4),
        ..partner(
            "Datadog",
            &["datadoghq.com", "datadoghq.eu", "ddog-gov.com"],
            "https://aws-kinesis-http-intake.logs.datadoghq.com/...",
            (4, 4),
        )
    },
    HttpPartner {
        attributes: &["dt-url"],
        ..partner("Dynatrace", &["dynatrace.com"], "https://<region>.dynatrace.com/...", (64, 5))
    },
    HttpPartner {
        recommended_size_in_mbs: Some(1),
        gzip_advised: true,
        ..partner(
            "Elastic",
            &["elastic-cloud.com", "elastic.cloud"],
            "https://<cluster-id>.es.<region>.aws.elastic-cloud.com",
            (1, 1),
        )
    },
    HttpPartner {
        gzip_advised: true,
        ..partner(
            "Honeycomb",
            &["honeycomb.io"],
            "https://api.honeycomb.io/1/kinesis_events/<dataset>",
            (64, 15),
        )
    },
    partner("LogicMonitor", &["logicmonitor.com"], "https://<account>.logicmonitor.com", (64, 5)),
    partner("Logz.io", &["logz.io"], "https://listener-aws-metrics-stream-<region>.logz.io/", (64, 5)),
    // Its present URL is that of any API Gateway stage, so only the former host tells.
    partner(
        "MongoDB Atlas",
        &["webhooks.mongodb-realm.com"],
        "https://<api>.execute-api.<region>.amazonaws.com/<stage>",
        (16, 5),
    ),
    HttpPartner {
        recommended_size_in_mbs: Some(1),
        ..partner("New Relic", &["newrelic.com", "nr-data.net"], "https://<region>.newrelic.com/...", (64, 5))
    },
    partner(
        "Splunk Observability Cloud",
        &["signalfx.com", "observability.splunkcloud.com"],
        "https://<real-time ingest URL>",
        (64, 1),
    ),
    HttpPartner {
        recommended_size_in_mbs: Some(1),
        token_in_path: Some(TokenInPath { after: "/receiver/v1/kinesis/", segments_between: 1 }),
        ..partner(
            "Sumo Logic",
            &["sumologic.net", "sumologic.com"],
            "https://<deployment>.sumologic.net/receiver/v1/kinesis/<dataType>/<access token>",
            (64, 1),
        )
    },
];

impl HttpPartner {
    /// The largest size in MB that it advises, or that its preset takes where that is less than any endpoint takes.
    pub fn most_advised(&self) -> Option<u32> {
        const MOST_OF_ANY: u32 = 64;
        let preset = Some(self.largest_size_in_mbs).filter(|most| *most < MOST_OF_ANY);
        self.recommended_size_in_mbs.or(preset)
    }

    /// The partner that a URL belongs to, by its host. The URL may have holes behind the host.
    pub fn of_url(url: &str) -> Option<&'static HttpPartner> {
        let host = host(url)?.to_ascii_lowercase();
        let is_of = |domain: &str| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        HTTP_PARTNERS.iter().find(|partner| partner.domains.iter().any(|domain| is_of(domain)))
    }
}

/// The host of a URL; `None` where there is none, or where a hole makes its end unsure.
fn host(url: &str) -> Option<&str> {
    let rest = &url[url.find("://")? + 3..];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    (!host.is_empty() && !host.ends_with(crate::foundation::document::HOLE)).then_some(host)
}

/// The bytes of a URL that are secret: credentials before the host, values of telling query parameters, and the
/// path segments that a partner reads as a token.
pub fn secret_parts(url: &str) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    let Some(start) = url.find("://").map(|at| at + 3) else { return parts };
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    if let Some(at) = url[start..end].rfind('@') {
        parts.push(start..start + at);
    }
    let query = url[end..].find('?').map_or(url.len(), |at| end + at + 1);
    if let Some(token) = HttpPartner::of_url(url).and_then(|partner| partner.token_in_path) {
        let path_end = query.saturating_sub(usize::from(query < url.len()));
        parts.extend(segment(&url[..path_end], end, token));
    }
    let mut at = query;
    for pair in url.get(query..).unwrap_or("").split('&') {
        if let Some((name, value)) = pair.split_once('=')
            && is_secret_parameter(name)
            && !value.is_empty()
        {
            let from = at + name.len() + 1;
            parts.push(from..from + value.len());
        }
        at += pair.len() + 1;
    }
    parts
}

fn segment(url: &str, path: usize, token: TokenInPath) -> Option<std::ops::Range<usize>> {
    let mut at = path + url.get(path..)?.find(token.after)? + token.after.len();
    for _ in 0..token.segments_between {
        at += url[at..].find('/')? + 1;
    }
    let length = url[at..].find('/').unwrap_or(url.len() - at);
    (length > 0).then_some(at..at + length)
}

fn is_secret_parameter(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let telling =
        ["apikey", "accesskey", "accesstoken", "authtoken", "token", "secret", "password", "licensekey"];
    let name = name.to_ascii_lowercase();
    telling.iter().any(|word| name.ends_with(word)) || name == "key"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_are_known_by_their_host() {
        let name = |url: &str| HttpPartner::of_url(url).map(|partner| partner.name);
        for (url, partner) in [
            ("https://ingress.eu2.coralogix.com/aws/firehose", "Coralogix"),
            ("https://ingress.cx498.coralogix.com/aws/firehose", "Coralogix"),
            ("https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input", "Datadog"),
            ("https://awsmetrics-intake.us5.datadoghq.com/v1/input", "Datadog"),
            ("https://aws-kinesis-http-intake.logs.ddog-gov.com/v1/input", "Datadog"),
            ("https://aws.cloud.dynatrace.com/metrics", "Dynatrace"),
            ("https://c1.es.eu-west-1.aws.elastic-cloud.com", "Elastic"),
            ("https://api.honeycomb.io/1/kinesis_events/clicks", "Honeycomb"),
            ("https://account.logicmonitor.com", "LogicMonitor"),
            ("https://listener-aws-metrics-stream-eu.logz.io/", "Logz.io"),
            ("https://us-east-1.aws.webhooks.mongodb-realm.com/api/client/v2.0/app/x", "MongoDB Atlas"),
            ("https://aws-api.newrelic.com/firehose/v1", "New Relic"),
            ("https://aws-api.eu01.nr-data.net/cloudwatch-metrics/v1", "New Relic"),
            ("https://ingest.us0.signalfx.com/v1/cloudwatch_metric_stream", "Splunk Observability Cloud"),
            ("https://ingest.us0.observability.splunkcloud.com/v1", "Splunk Observability Cloud"),
            ("https://endpoint4.collection.sumologic.net/receiver/v1/kinesis/log/abc==", "Sumo Logic"),
        ] {
            assert_eq!(name(url), Some(partner), "{url}");
        }
        // The stage of any API, MongoDB's among them, says nothing.
        assert_eq!(name("https://a1b2.execute-api.us-east-1.amazonaws.com/prod"), None);
        assert_eq!(name("https://\u{FFFC}.logicmonitor.com"), Some("LogicMonitor"));
        assert_eq!(name("https://notdatadoghq.com"), None);
        assert_eq!(name("https://logs.datadoghq.com\u{FFFC}"), None);
        assert_eq!(name("https://example.com/?to=newrelic.com"), None);
    }

    /// Behaviour sheet, 3: rows of the partners.
    #[test]
    fn presets_are_those_of_the_guide() {
        let preset = |name: &str| {
            let partner = HTTP_PARTNERS.iter().find(|partner| partner.name == name).unwrap();
            (partner.largest_size_in_mbs, partner.default_size_in_mbs, partner.most_advised())
        };
        for (name, most, default, advised) in [
            ("Datadog", 4, 4, Some(4)),
            ("Coralogix", 64, 6, None),
            ("Dynatrace", 64, 5, None),
            ("LogicMonitor", 64, 5, None),
            ("Logz.io", 64, 5, None),
            ("New Relic", 64, 5, Some(1)),
            ("Elastic", 1, 1, Some(1)),
            ("Honeycomb", 64, 15, None),
            ("MongoDB Atlas", 16, 5, Some(16)),
            ("Sumo Logic", 64, 1, Some(1)),
            ("Splunk Observability Cloud", 64, 1, None),
        ] {
            assert_eq!(preset(name), (most, default, advised), "{name}");
        }
        assert_eq!(DEFAULT_INTERVAL_IN_SECONDS, 60);
    }

    #[test]
    fn tokens_in_urls_are_found() {
        let found =
            |url: &str| secret_parts(url).into_iter().map(|part| url[part].to_owned()).collect::<Vec<_>>();
        assert_eq!(found("https://e1.sumologic.net/receiver/v1/kinesis/log/abc=="), ["abc=="]);
        assert_eq!(found("https://u:p@example.com/x"), ["u:p"]);
        assert_eq!(found("https://example.com/x?site=a&api_key=k1&b=2"), ["k1"]);
        assert_eq!(found("https://example.com/receiver/v1/kinesis/log/abc"), [""; 0]);
        assert_eq!(found("https://example.com/x?keyword=a"), [""; 0]);
        assert_eq!(found("https://e1.sumologic.net/receiver/v1/kinesis"), [""; 0]);
    }
}
