//! A collection of Amazon OpenSearch Serverless: no type, no rotation of indices, no choice of ids.
//!
//! `AmazonOpenSearchServerlessDestinationConfiguration` (behaviour sheet, 10.4). What it is sent: `bulk.rs`.

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

/// A collection of Amazon OpenSearch Serverless: no type, no rotation of indices, no choice of ids.
#[derive(Clone, Debug)]
pub struct OpenSearchServerless {
    /// Where documents go, and how they are named.
    pub bulk: Bulk,
    /// What is not its own.
    pub delivery: Delivery,
}

impl DestinationKind for OpenSearchServerless {
    const PROPERTY: &'static str = "AmazonOpenSearchServerlessDestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<OpenSearchServerless> {
        let bulk = Bulk::lower(block, lowering, Flavour::Serverless);
        let delivery = bulk::delivery(block, lowering)?;
        Some(OpenSearchServerless { bulk: bulk?, delivery })
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
