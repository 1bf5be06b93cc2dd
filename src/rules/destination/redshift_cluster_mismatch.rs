use crate::foundation::document::HOLE;
use crate::rule;
use crate::rules::referent::referent_by_part;
use crate::rules::{Finding, Findings, Place, Scope};
use crate::template::Resource;

rule! {
    /// The Redshift cluster of the template is not reachable, or has another database or port than the URL.
    ///
    /// ## Why
    /// The service reaches a provisioned cluster over its public address. Otherwise loads fail with
    /// `Redshift.ConnectionFailed`, and with another database with `Redshift.DatabaseNotFound`. Ingress rules
    /// are not looked at.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Cluster:
    ///     Type: AWS::Redshift::Cluster
    ///     Properties:
    ///       ClusterType: single-node
    ///       NodeType: ra3.large
    ///       DBName: events
    ///       MasterUsername: admin
    ///       ManageMasterPassword: true
    ///       PubliclyAccessible: false
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       RedshiftDestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         ClusterJDBCURL: !Sub "jdbc:redshift://${Cluster.Endpoint.Address}:${Cluster.Endpoint.Port}/events"
    ///         SecretsManagerConfiguration:
    ///           Enabled: true
    ///           SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///         CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///         S3Configuration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Cluster:
    ///     Type: AWS::Redshift::Cluster
    ///     Properties:
    ///       ClusterType: single-node
    ///       NodeType: ra3.large
    ///       DBName: events
    ///       MasterUsername: admin
    ///       ManageMasterPassword: true
    ///       PubliclyAccessible: true
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       RedshiftDestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         ClusterJDBCURL: !Sub "jdbc:redshift://${Cluster.Endpoint.Address}:${Cluster.Endpoint.Port}/events"
    ///         SecretsManagerConfiguration:
    ///           Enabled: true
    ///           SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///         CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///         S3Configuration:
    ///           RoleARN: arn:aws:iam::444455556666:role/delivery
    ///           BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Developer guide, grant access to a Redshift destination; resource sheet, section 11.
    "FH608", "redshift-cluster-mismatch", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(url) = scope.at(&["RedshiftDestinationConfiguration", "ClusterJDBCURL"]) else { return };
    let Some(text) = url.text().map(|text| text.masked()) else { return };
    let Some(cluster) = cluster(scope, &url, &text) else { return };
    let Some(properties) = scope.view.properties(cluster) else { return };
    if let Some(access) =
        properties.get("PubliclyAccessible").filter(|place| place.node.as_bool() == Some(false))
    {
        let message = format!(
            "the service can't reach the cluster `{}`, which has no public address",
            cluster.logical_id
        );
        let finding = Finding::at(&access, message)
            .related(url.node.span, "the stream that loads into it")
            .help("set `PubliclyAccessible: true`, and let the service's address range of the region in");
        findings.add(finding);
    }
    // Behind a hole in the middle of the URL nothing is sure but the end.
    let Some(slash) = text.rfind('/') else { return };
    let database = slash + 1..text.len();
    let declared =
        properties.get("DBName").and_then(|place| Some((place.known()?.into_owned(), place.node.span)));
    if let Some((name, span)) = declared
        && !database.is_empty()
        && text[database.clone()].chars().all(is_name)
        && text[database.clone()] != name
    {
        let message = format!("the cluster's database is `{name}`, not `{}`", &text[database.clone()]);
        let finding = Finding::inside(findings.template(), &url, database, message)
            .related(span, "the database of the cluster")
            .help(format!("write `{name}`"));
        findings.add(finding);
    }
    let Some(colon) = text[..slash].rfind(':') else { return };
    let port = &text[colon + 1..slash];
    let declared = match properties.get("Port") {
        None => Some(("5439".to_owned(), properties.key_span)),
        Some(place) => place.known().map(|port| (port.into_owned(), place.node.span)),
    };
    if let Some((number, span)) = declared
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && port != number
    {
        let message = format!("the cluster's port is {number}, not {port}");
        let finding = Finding::inside(findings.template(), &url, colon + 1..slash, message)
            .related(span, "the cluster")
            .help(format!("write {number}"));
        findings.add(finding);
    }
}

/// Whether a character may stand in a database's name. A hole may not, nor what FH603 speaks of.
fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$' | '-')
}

/// The cluster whose endpoint stands in the URL: by reference, or by its literal identifier.
fn cluster<'a>(scope: &Scope<'a>, url: &Place<'a>, text: &str) -> Option<&'a Resource> {
    let by_part = referent_by_part(scope.view, url.node, &["AWS::Redshift::Cluster"]);
    by_part.or_else(|| {
        let host = text.split_once("://")?.1;
        let identifier = host.split('.').next().filter(|name| !name.contains(HOLE))?;
        let is_named = |cluster: &&Resource| {
            let id = scope.view.properties(cluster).and_then(|place| place.get("ClusterIdentifier")?.known());
            id.is_some_and(|id| id == identifier)
        };
        scope.view.of_kind("AWS::Redshift::Cluster").find(is_named)
    })
}
