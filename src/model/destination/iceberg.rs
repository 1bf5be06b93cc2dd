//! Apache Iceberg tables of a Glue catalogue, S3 Tables among them: a commit for each table of a flush.
//!
//! `IcebergDestinationConfiguration` (behaviour sheet, 10.8). A request here is the rows of one commit; the data and
//! delete files that hold them are not made.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
    time::Duration,
};

use super::{
    DestinationKind, ObjectSettings,
    contract::{Contract, Lane, Step},
    delivery::{Defaults, Delivery, Waits},
    request::{Answer, Batch, Judgement, LeftOut, RequestHead, Requests, Scripted, UndeliveredRecord},
    row_answers::{self, Terms},
    s3_beside,
};
use crate::{
    foundation::document::Node,
    model::{
        buffering_hints::BufferingHints,
        iceberg::definition::Definition,
        iceberg::tables::{COMMIT, Configured, DATABASE, ERROR_OUTPUT_TYPE, ROUTE, TABLE, TableName, Tables},
        lower::Lowering,
        partition_key::PartitionKey,
        processor::Processing,
    },
};

/// `RetryOptions` of a stream without any.
const DEFAULT_RETRY: Duration = Duration::from_secs(300);

/// What errors of the catalogue and of S3 mean. CHOICE: a table that is not there, or has no possible name, is not tried
/// again; all else is.
const TERMS: Terms = Terms {
    family: "Iceberg",
    name: "The catalogue",
    hopeless: &[
        "Iceberg.NoSuchTable",
        "Iceberg.InvalidTableName",
        "Iceberg.MissingColumnWithinRecord",
        "ICEBERG_BAD_DATA",
    ],
    row: "ICEBERG_BAD_DATA",
};

/// Tables of a Glue catalogue.
#[derive(Clone, Debug)]
pub struct Iceberg {
    /// `CatalogArn`.
    pub catalog: String,
    /// Where rows go.
    pub tables: Arc<Tables>,
    /// What is not its own.
    pub delivery: Delivery,
}

impl DestinationKind for Iceberg {
    const PROPERTY: &'static str = "IcebergDestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<Iceberg> {
        let catalog = match block.get("CatalogConfiguration") {
            Some(catalog) => lowering.required(catalog, "CatalogArn"),
            None => lowering.missing(block, "CatalogConfiguration"),
        };
        let is_append_only = lowering.is_on(block, "AppendOnly");
        lowering.wanted_keys = Some(ROUTE);
        let defaults = Defaults { hints: BufferingHints::S3_DEFAULT, retry: DEFAULT_RETRY };
        let delivery = Delivery::lower(block, lowering, "AllData", defaults);
        for (property, why) in [
            ("SchemaEvolutionConfiguration", "columns are neither added nor widened"),
            ("TableCreationConfiguration", "no table is made"),
        ] {
            if block
                .get(property)
                .is_some_and(|node| node.get("Enabled").and_then(Node::as_bool) != Some(false))
            {
                lowering.not_applied(block, property, why);
            }
        }
        if lowering.optional(block, "s3BackupMode")?.as_deref() == Some("AllData") {
            lowering.aside("`s3BackupMode` (Firehose refuses AllData here)");
        }
        let mut delivery = delivery?;
        // There is no such mode, however it is spelled.
        delivery.backs_up_all = false;
        let mut tables = tables(block, lowering, &delivery)?;
        tables.is_append_only = is_append_only?;
        // It says where rows go; no object is partitioned by it.
        tables.query = delivery.processing.metadata.take();
        let tables = Arc::new(tables);
        let delivery = delivery.of_rows(Arc::<Tables>::clone(&tables), lowering);
        Some(Iceberg { catalog: catalog?, tables, delivery })
    }

    fn contract(&self) -> Contract {
        // CHOICE: the waits are not documented; those of an HTTP endpoint.
        self.delivery.contract(&[Step::Request], Waits::HTTP, ERROR_OUTPUT_TYPE)
    }

    fn processing(&self) -> &Processing {
        &self.delivery.processing
    }

    fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
        self.delivery.objects(lane)
    }

    fn error_objects(&self, key: &PartitionKey) -> Option<ObjectSettings<'_>> {
        s3_beside(self.tables.configured(key)?.errors.as_ref()?, false, Lane::Error)
    }

    #[cfg(feature = "simulate")]
    fn requests(&self) -> Option<&dyn Requests> {
        Some(self)
    }
}

fn tables(block: &Node, lowering: &mut Lowering, delivery: &Delivery) -> Option<Tables> {
    let mut tables = Tables::default();
    let list = block.get("DestinationTableConfigurationList");
    let list = list.and_then(Node::as_list).unwrap_or_default();
    for node in list {
        let database = lowering.required(node, "DestinationDatabaseName");
        let table = lowering.required(node, "DestinationTableName");
        let name = TableName { database: database?.into(), table: table?.into() };
        let mut configured = Configured::default();
        for key in node.get("UniqueKeys").and_then(Node::as_list).unwrap_or_default() {
            match key.as_text() {
                Some(key) => configured.unique_keys.push(key.as_ref().into()),
                None => {
                    lowering.problem(key, "a unique key is not known");
                    return None;
                }
            }
        }
        if let Some(prefix) = lowering.prefix(node, "S3ErrorOutputPrefix")? {
            let mut s3 = delivery.s3.clone();
            s3.error_output_prefix = Some(prefix);
            configured.errors = Some(s3);
        }
        lowering.not_applied(node, "PartitionSpec", "no table is made");
        if list.len() == 1 {
            tables.single = Some(name.clone());
        }
        if tables.configured.insert(name, configured).is_some() {
            lowering.problem(node, "the table stands twice in the list");
            return None;
        }
    }
    Some(tables)
}

impl Iceberg {
    /// With what is known of the tables' columns, and the databases that the template makes.
    pub fn with_catalogue(
        &mut self,
        definitions: BTreeMap<TableName, Definition>,
        whole_databases: BTreeSet<Box<str>>,
    ) {
        let tables = Tables { definitions, whole_databases, ..Tables::clone(&self.tables) };
        self.tables = Arc::new(tables);
        self.delivery.processing.rows = Some(Arc::<Tables>::clone(&self.tables));
    }

    /// The ARN of a table in its catalogue.
    fn arn(&self, database: &str, table: &str) -> String {
        match self.catalog.split_once(":catalog") {
            Some((before, catalog)) => {
                let catalog = catalog.trim_start_matches('/');
                let slash = if catalog.is_empty() { "" } else { "/" };
                format!("{before}:table/{catalog}{slash}{database}/{table}")
            }
            None => format!("{}/{database}/{table}", self.catalog),
        }
    }
}

#[cfg(feature = "simulate")]
impl Requests for Iceberg {
    fn folder(&self) -> &'static str {
        "iceberg"
    }

    /// Each flush is one commit for each table.
    fn divides_by(&self) -> &'static [&'static str] {
        COMMIT
    }

    fn may_leave_out(&self) -> bool {
        !self.tables.definitions.is_empty()
    }

    fn leaves_out(&self, record: &[u8], key: &PartitionKey) -> Vec<LeftOut> {
        self.tables.leaves_out(record, key)
    }

    fn head(&self, batch: &Batch<'_>) -> RequestHead {
        let value = |name: &str| batch.key.value(name).unwrap_or_default();
        RequestHead {
            target: self.arn(value(DATABASE), value(TABLE)),
            ending: "ndjson",
            content_encoding: None,
            http: None,
        }
    }

    /// One row a line, with its table and operation.
    fn body(&self, batch: &Batch<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        batch.records().try_for_each(|record| self.tables.write_row(record.bytes, record.key, out))
    }

    fn answer(&self, _batch: &Batch<'_>, scripted: &Scripted) -> Answer {
        TERMS.answer(scripted)
    }

    fn judge(&self, _batch: &Batch<'_>, answer: &Answer) -> Judgement {
        TERMS.judge(answer)
    }

    fn answers_by_record(&self) -> bool {
        true
    }

    fn undocumented(&self, has_retried: bool) -> &'static [(&'static str, &'static str)] {
        const ALL: &[(&str, &str)] = &[
            (
                "iceberg-commits",
                "All tables share the stream's buffer; a flush is one commit for each table that has rows in it.",
            ),
            (
                "iceberg-back-off",
                "A commit that fails is tried again after 1 s, doubling up to 120 s, times 0.85 to 1.15; then its \
                 records, not the keys of its files, go to the error folder.",
            ),
        ];
        if has_retried { ALL } else { &ALL[..1] }
    }

    fn document(&self, failed: &UndeliveredRecord<'_>) -> Vec<u8> {
        row_answers::document(failed)
    }
}
