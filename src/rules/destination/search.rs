//! Destinations of the OpenSearch family, and the domain of the template that one delivers to.

use crate::rules::referent::referent;
use crate::rules::{Place, Scope};
use crate::template::Resource;

/// The destinations that take a domain.
pub const WITH_DOMAIN: [&str; 2] =
    ["AmazonopensearchserviceDestinationConfiguration", "ElasticsearchDestinationConfiguration"];

/// The destination without a domain.
pub const SERVERLESS: &str = "AmazonOpenSearchServerlessDestinationConfiguration";

/// The destinations of a stream that take a domain and are known to be mappings.
pub fn with_domain<'a>(scope: &Scope<'a>) -> Vec<Place<'a>> {
    let destinations = scope.destinations().into_iter();
    destinations
        .filter(|(name, place)| WITH_DOMAIN.contains(name) && place.node.as_map().is_some())
        .map(|(_, place)| place)
        .collect()
}

/// The domain of the template that a destination delivers to.
pub fn domain<'a>(scope: &Scope<'a>, destination: &Place<'a>) -> Option<&'a Resource> {
    let kinds = ["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"];
    ["DomainARN", "ClusterEndpoint"]
        .iter()
        .filter_map(|key| destination.get(key))
        .find_map(|place| referent(scope.view, place.node, &kinds))
}

/// What is known about a domain's engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Elasticsearch before 7, which has types.
    WithTypes,
    /// Elasticsearch from 7 on, and OpenSearch.
    WithoutTypes,
    /// Not known from the template.
    Unknown,
}

/// The engine of a domain. Without a version, an `AWS::Elasticsearch::Domain` is an early one, and an
/// `AWS::OpenSearchService::Domain` a late one.
pub fn engine(scope: &Scope<'_>, domain: &Resource) -> Engine {
    let is_old_type = &*domain.kind == "AWS::Elasticsearch::Domain";
    let Some(properties) =
        scope.view.template.resource(&domain.logical_id).and_then(|r| scope.view.properties(r))
    else {
        return Engine::Unknown;
    };
    let key = if is_old_type { "ElasticsearchVersion" } else { "EngineVersion" };
    let Some(version) = properties.get(key) else {
        return if is_old_type { Engine::WithTypes } else { Engine::WithoutTypes };
    };
    let Some(version) = version.known() else { return Engine::Unknown };
    if version.starts_with("OpenSearch_") {
        return Engine::WithoutTypes;
    }
    let number = version.strip_prefix("Elasticsearch_").unwrap_or(&version);
    match number.split('.').next().and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major >= 7 => Engine::WithoutTypes,
        Some(_) => Engine::WithTypes,
        None => Engine::Unknown,
    }
}
