//! The legacy block of Amazon OpenSearch Service, for domains that run Elasticsearch or OpenSearch.
//!
//! `ElasticsearchDestinationConfiguration` (behaviour sheet, 10.3). What it is sent: `bulk.rs`.

use super::{
    DestinationKind, ObjectSettings,
    bulk::{self, Bulk, Flavour},
    contract::{Contract, Lane},
    delivery::Delivery,
    request::Requests,
};
use crate::{
    foundation::document::Node,
    model::{lower::Lowering, processor::Processing},
};

/// The legacy block of Amazon OpenSearch Service, for domains that run Elasticsearch or OpenSearch.
#[derive(Clone, Debug)]
pub struct Elasticsearch {
    /// Where documents go, and how they are named.
    pub bulk: Bulk,
    /// What is not its own.
    pub delivery: Delivery,
}

impl DestinationKind for Elasticsearch {
    const PROPERTY: &'static str = "ElasticsearchDestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<Elasticsearch> {
        let bulk = Bulk::lower(block, lowering, Flavour::Elasticsearch);
        let delivery = bulk::delivery(block, lowering)?;
        Some(Elasticsearch { bulk: bulk?, delivery })
    }

    fn contract(&self) -> Contract {
        bulk::contract(&self.delivery)
    }

    fn processing(&self) -> &Processing {
        &self.delivery.processing
    }

    fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
        self.delivery.objects(lane)
    }

    fn requests(&self) -> Option<&dyn Requests> {
        Some(&self.bulk)
    }
}
