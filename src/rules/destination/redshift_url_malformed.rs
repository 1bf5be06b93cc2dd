use crate::foundation::document::HOLE;
use crate::rule;
use crate::rules::{Finding, Findings, Scope, shape};
use std::ops::Range;

rule! {
    /// `ClusterJDBCURL` is not `jdbc:redshift://<host>.redshift.<domain>:<port>/<database>`.
    ///
    /// ## Why
    /// The service wants the endpoint of a Redshift cluster or workgroup: a host with a `redshift` or
    /// `redshift-serverless` label, the port, and the database, and nothing behind it. Custom domain names
    /// are refused too.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://warehouse.example.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `ClusterJDBCURL`; resource sheet, section 8.
    "FH603", "redshift-url-malformed", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(place) = scope.at(&["RedshiftDestinationConfiguration", "ClusterJDBCURL"]) else { return };
    let Some(text) = place.text().map(|text| text.masked()) else { return };
    if let Some((range, message)) = mistake(&text) {
        let finding = Finding::inside(findings.template(), &place, range, message)
            .service(format!("Member must satisfy regular expression pattern: {PATTERN}"))
            .help("use the endpoint of the cluster: `jdbc:redshift://<host>:<port>/<database>`");
        findings.add(finding);
    } else {
        // What the schema refuses and the words above do not explain.
        shape::report(scope, findings);
    }
}

const PATTERN: &str = r"jdbc:(redshift|postgresql)://((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+(redshift(-serverless)?)\.([a-zA-Z0-9\.\-]+):\d{1,5}/[a-zA-Z0-9_$-]+";

/// The first part that is surely wrong, and why.
fn mistake(text: &str) -> Option<(Range<usize>, String)> {
    let Some(start) = ["jdbc:redshift://", "jdbc:postgresql://"]
        .iter()
        .find_map(|scheme| text.starts_with(scheme).then_some(scheme.len()))
    else {
        let end = text.find("//").map_or(text.len(), |at| at + 2);
        let message = "`ClusterJDBCURL` does not begin with `jdbc:redshift://`".to_owned();
        return (!text[..end].contains(HOLE)).then_some((0..end, message));
    };
    let slash = text[start..].find('/').map(|at| start + at);
    let authority = start..slash.unwrap_or(text.len());
    if text[authority.clone()].contains(HOLE) {
        return None;
    }
    let colon = text[authority.clone()].find(':').map(|at| start + at);
    let host = start..colon.unwrap_or(authority.end);
    if !is_redshift_host(&text[host.clone()]) {
        return Some((host, "the host of `ClusterJDBCURL` is no Redshift endpoint".to_owned()));
    }
    let Some(colon) = colon else {
        return Some((authority, "`ClusterJDBCURL` has no port".to_owned()));
    };
    let port = &text[colon + 1..authority.end];
    if port.is_empty() || port.len() > 5 || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((
            colon..authority.end,
            "the port of `ClusterJDBCURL` is no number of up to 5 digits".to_owned(),
        ));
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '-' | HOLE);
    match slash {
        None => Some((authority, "`ClusterJDBCURL` names no database".to_owned())),
        Some(slash) if slash + 1 == text.len() => {
            Some((slash..text.len(), "`ClusterJDBCURL` names no database".to_owned()))
        }
        Some(slash) => {
            let at = slash + 1 + text[slash + 1..].find(|c| !is_part(c))?;
            let message = "`ClusterJDBCURL` goes on behind the name of the database".to_owned();
            Some((at..text.len(), message))
        }
    }
}

fn is_redshift_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let named = labels.iter().rposition(|label| matches!(*label, "redshift" | "redshift-serverless"));
    named.is_some_and(|at| at > 0 && at + 1 < labels.len() && labels[..at].iter().all(is_label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_part_is_pointed_at() {
        let wrong = |text: &str| mistake(text).map(|(range, _)| text[range].to_owned());
        let host = "h.abc.eu-west-1.redshift.amazonaws.com";
        assert_eq!(wrong(&format!("jdbc:redshift://{host}:5439/dev")), None);
        assert_eq!(
            wrong("jdbc:postgresql://g.1.eu-west-1.redshift-serverless.amazonaws.com:5439/d$-_"),
            None
        );
        assert_eq!(wrong(&format!("jdbc:mysql://{host}:5439/dev")).as_deref(), Some("jdbc:mysql://"));
        assert_eq!(wrong("jdbc:redshift://my.example.com:5439/dev").as_deref(), Some("my.example.com"));
        assert_eq!(
            wrong("jdbc:redshift://redshift.amazonaws.com:1/d").as_deref(),
            Some("redshift.amazonaws.com")
        );
        assert_eq!(wrong(&format!("jdbc:redshift://{host}/dev")).as_deref(), Some(host));
        assert_eq!(wrong(&format!("jdbc:redshift://{host}:543999/dev")).as_deref(), Some(":543999"));
        assert_eq!(wrong(&format!("jdbc:redshift://{host}:5439/")).as_deref(), Some("/"));
        assert_eq!(wrong(&format!("jdbc:redshift://{host}:5439/dev?user=a")).as_deref(), Some("?user=a"));
        assert_eq!(wrong("jdbc:redshift://\u{FFFC}:\u{FFFC}/dev?x"), None);
        assert_eq!(wrong("\u{FFFC}//x"), None);
    }
}
