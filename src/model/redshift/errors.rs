//! The error codes of a delivery to Redshift, as CloudWatch Logs shows them, each in our own words.
//!
//! Source: behaviour sheet, appendix B (guide, "Monitor with CloudWatch Logs": Amazon Redshift data delivery errors).

/// What stands before each code.
pub const PREFIX: &str = "Redshift.";

/// A COPY whose data do not fit the table.
pub const DATA_LOAD_FAILED: &str = "DataLoadFailed";

/// Objects that are packed in another way than COPY is told.
pub const COMPRESSION_MISMATCH: &str = "CompressionMismatch";

/// No connection to the cluster.
pub const CONNECTION_FAILED: &str = "ConnectionFailed";

/// No TLS with the cluster.
pub const SSL_FAILURE: &str = "SslFailure";

/// Any other error of the driver.
pub const DRIVER: &str = "PSQLException";

/// What to do about a code, with or without its prefix; `None` where nothing is known that would help.
pub fn help(code: &str) -> Option<&'static str> {
    Some(match code.strip_prefix(PREFIX).unwrap_or(code) {
        COMPRESSION_MISMATCH => {
            "let CopyOptions and CompressionFormat agree: add GZIP to CopyOptions for GZIP objects, remove it for others"
        }
        DATA_LOAD_FAILED | "ColumnMismatch" => {
            "look into STL_LOAD_ERRORS, or run with `--table FILE`, and mend the table, CopyOptions or the records"
        }
        "TableNotFound" | "RelationCouldNotBeOpened" | "SchemaNotFound" | "ImproperQualifiedName" => {
            "create the table, or mend DataTableName, which may have its schema in front"
        }
        "DatabaseNotFound" => "mend the database at the end of ClusterJDBCURL",
        "ColumnNotFound" | "ColumnSpecifiedMoreThanOnce" => "mend DataTableColumns",
        "MissingColumn" | "ColumnNotNullWithoutDefault" => {
            "add the column to DataTableColumns, or give it a default in the table"
        }
        "AuthenticationFailed" => {
            "set Username and Password, or the secret, to those of a user of the cluster"
        }
        "InsufficientPrivilege" | "AnalyzeTableAccessDenied" => "grant the user INSERT on the table",
        "AccessDenied" | "S3BucketAccessDenied" | "MissingS3File" | "EncryptionCredentials" => {
            "let RoleARN of the destination be attached to the cluster, and read the bucket and its key"
        }
        "SyntaxError"
        | "IncorrectCopyOptions"
        | "InvalidCopyOptions"
        | "ArgumentNotSupported"
        | "Delimiter"
        | "InvalidCopyOptionForJson"
        | "DuplicateSecondsSpecification" => "mend CopyOptions",
        "IncorrectJsonPathsFile" | "InvalidCopyOptionJSONPathFormat" | "InvalidJsonPathFormat" => {
            "mend the JSONPaths file that CopyOptions name"
        }
        "IncorrectOrMissingRegion" | "IncorrectBucketRegion" => {
            "add REGION with the bucket's Region to CopyOptions"
        }
        CONNECTION_FAILED => {
            "let the cluster be publicly accessible, and its security group take Firehose's addresses of the Region"
        }
        "DiskFull" | "DiskSpaceQuotaExceeded" | "OutOfMemory" => {
            "resize the cluster or raise the quota, or delete data"
        }
        "ReadOnlyCluster" | "Resize" => "wait until the cluster takes writes again",
        _ => return None,
    })
}

/// The codes without their prefix, with what each means.
pub const CODES: &[(&str, &str)] = &[
    ("TableNotFound", "The table does not exist."),
    ("SyntaxError", "COPY can't be parsed."),
    ("AuthenticationFailed", "User name or password are wrong."),
    ("AccessDenied", "The delivery role can't be assumed."),
    ("S3BucketAccessDenied", "The role of COPY may not read the bucket."),
    (DATA_LOAD_FAILED, "COPY gave up: STL_LOAD_ERRORS tells why."),
    ("ColumnNotFound", "COPY names a column that the table does not have."),
    ("DatabaseNotFound", "The database of the JDBC URL does not exist."),
    ("IncorrectCopyOptions", "Options of COPY contradict each other or are given twice."),
    ("MissingColumn", "A column without a default is not loaded."),
    (CONNECTION_FAILED, "No connection to the cluster could be made."),
    ("ColumnMismatch", "The columns of COPY and of the data differ."),
    (
        "IncorrectOrMissingRegion",
        "The bucket is in another Region than the cluster, and REGION does not say so.",
    ),
    ("IncorrectJsonPathsFile", "The JSONPaths file is no JSON that COPY takes."),
    ("MissingS3File", "A file that COPY needs is not in the bucket."),
    ("InsufficientPrivilege", "The user may not insert into the table."),
    ("ReadOnlyCluster", "The cluster takes no writes."),
    ("DiskFull", "The cluster's disk is full."),
    ("ArgumentNotSupported", "COPY has an argument that the cluster does not know."),
    ("AnalyzeTableAccessDenied", "The user may not analyze the table after the load."),
    ("SchemaNotFound", "The schema does not exist."),
    ("ColumnSpecifiedMoreThanOnce", "COPY names a column twice."),
    ("ColumnNotNullWithoutDefault", "A column that is NOT NULL and has no default is not loaded."),
    ("IncorrectBucketRegion", "The bucket is in another Region than the cluster."),
    ("S3SlowDown", "S3 slowed the reads of COPY down."),
    ("InvalidCopyOptionForJson", "The option of JSON is neither 'auto' nor a JSONPaths file."),
    ("InvalidCopyOptionJSONPathFormat", "The JSONPaths file has an expression that can't be read."),
    (
        "InvalidCopyOptionRBACAclNotAllowed",
        "The access rights of the cluster do not allow an option of COPY.",
    ),
    ("DiskSpaceQuotaExceeded", "The schema's disk quota is used up."),
    ("ConnectionsLimitExceeded", "The user has as many connections as allowed."),
    ("SslNotSupported", "The cluster does not take TLS connections."),
    ("HoseNotFound", "The delivery stream was deleted."),
    ("Delimiter", "The delimiter of COPY is not valid."),
    ("QueryCancelled", "COPY was cancelled."),
    (COMPRESSION_MISMATCH, "The objects are packed in another way than COPY is told."),
    ("EncryptionCredentials", "The credentials of encryption are not valid."),
    ("InvalidCopyOptions", "The options of COPY are not valid."),
    ("InvalidMessageFormat", "The cluster's answer could not be read."),
    ("TransactionIdLimitReached", "The cluster has no transaction ids left."),
    ("DestinationRemoved", "The destination does not exist any more."),
    ("OutOfMemory", "The cluster is out of memory."),
    ("CannotForkProcess", "The cluster could not start a process."),
    (SSL_FAILURE, "The TLS connection to the cluster broke."),
    ("Resize", "The cluster is being resized."),
    ("ImproperQualifiedName", "The name of the table has too many parts."),
    ("InvalidJsonPathFormat", "A JSONPath expression can't be read."),
    ("TooManyConnectionsException", "The cluster has too many connections."),
    (DRIVER, "The driver reported an error."),
    ("DuplicateSecondsSpecification", "A time format names seconds twice."),
    ("RelationCouldNotBeOpened", "The table could not be opened."),
    ("TooManyClients", "The cluster has too many clients."),
];

/// What a code means, given with or without its prefix; `None` for one that does not exist.
pub fn meaning(code: &str) -> Option<&'static str> {
    let name = code.strip_prefix(PREFIX).unwrap_or(code);
    CODES.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
}

/// The code of an error that a database tells by its SQLSTATE.
pub fn of_sql_state(state: &str) -> &'static str {
    match state {
        "42P01" => "TableNotFound",
        "42703" => "ColumnNotFound",
        "42701" => "ColumnSpecifiedMoreThanOnce",
        "42601" => "SyntaxError",
        "42501" => "InsufficientPrivilege",
        "3D000" => "DatabaseNotFound",
        "3F000" => "SchemaNotFound",
        "28000" | "28P01" => "AuthenticationFailed",
        "23502" => "ColumnNotNullWithoutDefault",
        "25006" => "ReadOnlyCluster",
        "53100" => "DiskFull",
        "53200" => "OutOfMemory",
        "53300" => "TooManyClients",
        "57014" => "QueryCancelled",
        state if state.starts_with("22") || state.starts_with("23") => DATA_LOAD_FAILED,
        state if state.starts_with("08") => CONNECTION_FAILED,
        _ => DRIVER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_a_database_has_a_code_that_exists() {
        for state in
            ["42P01", "42703", "42701", "42601", "42501", "3D000", "3F000", "28P01", "23502", "25006"]
        {
            assert!(meaning(of_sql_state(state)).is_some(), "{state}");
        }
        for (state, code) in [("53100", "DiskFull"), ("22P02", "DataLoadFailed"), ("XX000", "PSQLException")]
        {
            assert_eq!(of_sql_state(state), code);
            assert!(meaning(&format!("{PREFIX}{code}")).is_some());
        }
        assert_eq!(meaning("Redshift.DiskFul"), None);
    }
}
