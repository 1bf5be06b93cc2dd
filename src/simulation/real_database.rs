//! Rows that are really loaded, into a PostgreSQL database that the user names.
//!
//! The database decides what becomes of the records. It lives in real time; virtual time knows nothing of it.

use crate::model::destination::request::{Refusal, Secret, TableLoad};

/// A database that rows are really loaded into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealDatabase {
    url: Secret,
    creates_table: bool,
}

/// A URL that no rows can be loaded to. It is never shown: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// It is none.
    #[error("it is no URL of a database: postgres://user:password@host:port/database is expected")]
    NoUrl,
    /// This build can't.
    #[error("this build is without its `postgres` feature")]
    Absent,
}

impl RealDatabase {
    /// The database behind a URL. Nothing is sent yet. `creates_table` is whether the table is made where it is absent.
    ///
    /// # Errors
    /// When it is no URL of one, or this build can't load.
    pub fn new(url: &str, creates_table: bool) -> Result<RealDatabase, DatabaseUrlError> {
        if !cfg!(feature = "postgres") {
            return Err(DatabaseUrlError::Absent);
        }
        let is_url = ["postgres://", "postgresql://"].iter().any(|start| url.starts_with(start));
        if !is_url || !client::reads(url) {
            return Err(DatabaseUrlError::NoUrl);
        }
        Ok(RealDatabase { url: Secret::new(url), creates_table })
    }

    /// Loads rows, all or none of them.
    ///
    /// # Errors
    /// Why none was.
    pub(super) fn load(&self, load: &TableLoad) -> Result<(), Refusal> {
        client::load(self.url.reveal(), load, self.creates_table)
    }
}

#[cfg(feature = "postgres")]
mod client {
    use std::{error::Error as _, io::Write as _, time::Duration};

    use postgres::{Client, Config, Error, NoTls};

    use crate::model::{
        destination::request::{Refusal, TableLoad},
        redshift::errors::{CONNECTION_FAILED, PREFIX, of_sql_state},
    };

    /// How long connecting may take.
    const LONGEST_CONNECT: Duration = Duration::from_secs(10);

    /// How long a statement may take: waiting for a lock that never goes included.
    const TIME_LIMIT: &str = "SET statement_timeout = '180s'";

    pub(super) fn reads(url: &str) -> bool {
        url.parse::<Config>().is_ok()
    }

    pub(super) fn load(url: &str, load: &TableLoad, creates_table: bool) -> Result<(), Refusal> {
        let told = |error: Error| refusal(&error);
        let mut config: Config = url.parse().map_err(told)?;
        let mut client: Client = config.connect_timeout(LONGEST_CONNECT).connect(NoTls).map_err(told)?;
        client.batch_execute(TIME_LIMIT).map_err(told)?;
        let mut transaction = client.transaction().map_err(told)?;
        if creates_table {
            load.create
                .iter()
                .try_for_each(|statement| transaction.batch_execute(statement))
                .map_err(told)?;
        }
        let mut writer = transaction.copy_in(load.copy.as_str()).map_err(told)?;
        writer.write_all(&load.rows).map_err(|error| {
            let driver = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
            driver.map_or_else(|| broken(&error.to_string()), refusal)
        })?;
        writer.finish().map_err(told)?;
        transaction.commit().map_err(told)
    }

    fn refusal(error: &Error) -> Refusal {
        match error.as_db_error() {
            Some(found) => {
                let detail = found.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
                let place = found.where_().map(|place| format!(", {place}")).unwrap_or_default();
                let message = format!("The database says: {}{detail}{place}", found.message());
                Refusal::new(format!("{PREFIX}{}", of_sql_state(found.code().code())), message)
            }
            None => broken(&error.source().map_or_else(|| error.to_string(), ToString::to_string)),
        }
    }

    fn broken(why: &str) -> Refusal {
        Refusal::new(format!("{PREFIX}{CONNECTION_FAILED}"), format!("No connection to the database: {why}"))
    }
}

#[cfg(not(feature = "postgres"))]
mod client {
    use crate::model::destination::request::{Refusal, TableLoad};

    pub(super) fn reads(_: &str) -> bool {
        false
    }

    pub(super) fn load(_: &str, _: &TableLoad, _: bool) -> Result<(), Refusal> {
        Err(Refusal::new("Redshift.ConnectionFailed", super::DatabaseUrlError::Absent.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_are_none_are_refused_without_being_shown() {
        for url in ["http://u:s3cr3t@h/", "postgres://u:s3cr3t@h:port/d", "s3cr3t"] {
            let error = RealDatabase::new(url, false).unwrap_err().to_string();
            assert!(!error.contains("s3cr3t"), "{error}");
        }
        if cfg!(feature = "postgres") {
            let database = RealDatabase::new("postgres://u:s3cr3t@127.0.0.1:1/d", true).unwrap();
            assert!(!format!("{database:?}").contains("s3cr3t"));
        }
    }
}
