//! Amazon OpenSearch Service, by the ARN or the endpoint of a domain.
//!
//! `AmazonopensearchserviceDestinationConfiguration` (behaviour sheet, 10.3). What it is sent: `bulk.rs`.

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

/// Amazon OpenSearch Service, by the ARN or the endpoint of a domain.
#[derive(Clone, Debug)]
pub struct OpenSearch {
    /// Where documents go, and how they are named.
    pub bulk: Bulk,
    /// What is not its own.
    pub delivery: Delivery,
}

impl DestinationKind for OpenSearch {
    const PROPERTY: &'static str = "AmazonopensearchserviceDestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<OpenSearch> {
        let bulk = Bulk::lower(block, lowering, Flavour::Service);
        let delivery = bulk::delivery(block, lowering)?;
        Some(OpenSearch { bulk: bulk?, delivery })
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
