//! Columns that stay null because of the table or the mappings, and not because of the records (behaviour sheet, 9.1 and
//! 16.21).

use crate::model::{delivery_stream::DeliveryStream, noticed::Noticed};

/// Names that are told one by one.
const SHOWN: usize = 8;

pub(super) fn warnings(
    stream: &DeliveryStream,
    noticed: &Noticed,
    warn: &mut impl FnMut(&'static str, String, &str),
) {
    let Some(conversion) = &stream.destination.processing().conversion else { return };
    let unmet = conversion.unmet(noticed);
    if !unmet.not_columns.is_empty() {
        let names = unmet.not_columns.iter().map(|(column, nearly)| match nearly {
            Some(nearly) => format!("`{column}` (the table has `{nearly}`)"),
            None => format!("`{column}`"),
        });
        let message = format!(
            "ColumnToJsonKeyMappings maps columns that the table does not have, to no effect: {}",
            listed(names)
        );
        warn("mapping-without-column", message, "write the column as the table does");
    }
    if !unmet.absent_keys.is_empty() {
        let names = unmet.absent_keys.iter().map(|(column, key)| format!("`{key}` for `{column}`"));
        let message = format!("no record has these keys of ColumnToJsonKeyMappings: {}", listed(names));
        warn(
            "mapping-key-absent",
            message,
            "name keys as records have them; a column that is mapped is read from that key alone",
        );
    }
    if !unmet.capitals.is_empty() {
        let names = unmet.capitals.iter().map(|name| format!("`{name}`"));
        let message = format!(
            "keys are made lower case before they are compared, so that these columns stay null: {}",
            listed(names)
        );
        warn(
            "capital-columns",
            message,
            "write names in lower case in the table, or set CaseInsensitive of OpenXJsonSerDe to false",
        );
    }
}

fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let others = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.take(SHOWN).collect();
    match others {
        0 => shown.join(", "),
        others => format!("{} and {others} more", shown.join(", ")),
    }
}
