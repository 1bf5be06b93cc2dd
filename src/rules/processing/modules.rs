//! The modules that a Lambda runtime carries, for functions with inline code. No rule itself.
//!
//! Sources: the index of modules of Python 3.8 to 3.14 with its lists of removed ones; Lambda developer guide, "Lambda
//! runtimes" (the AWS SDK of each); packages that the SDK brings along count as carried.

use super::source_code::Language;

/// Whether a runtime has a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is there, or might be.
    Present,
    /// It is not.
    Absent,
    /// It was part of the language, and is no more.
    Removed,
    /// It becomes part of the language later.
    NotYet,
}

/// Whether a runtime has a top-level module (Python) or a package (Node.js).
pub(super) fn presence(language: Language, name: &str) -> Presence {
    match language {
        Language::Python(version) => python(version, name),
        Language::Node(version) => node(version, name),
    }
}

fn python(version: u32, name: &str) -> Presence {
    let dated =
        |table: &[(&str, u32)]| table.iter().find(|(module, _)| *module == name).map(|(_, version)| *version);
    if let Some(removed) = dated(&REMOVED) {
        return if version >= removed { Presence::Removed } else { Presence::Present };
    }
    if let Some(added) = dated(&ADDED) {
        return if version < added { Presence::NotYet } else { Presence::Present };
    }
    let known = name.starts_with('_')
        || !name.is_ascii()
        || STANDARD.split_ascii_whitespace().any(|module| module == name)
        || CARRIED.contains(&name);
    if known { Presence::Present } else { Presence::Absent }
}

/// The first version without the module. `distutils` and `imp` are left out: other packages can bring them back.
const REMOVED: [(&str, u32); 25] = [
    ("aifc", 13),
    ("asynchat", 12),
    ("asyncore", 12),
    ("audioop", 13),
    ("binhex", 11),
    ("cgi", 13),
    ("cgitb", 13),
    ("chunk", 13),
    ("crypt", 13),
    ("dummy_threading", 9),
    ("formatter", 10),
    ("imghdr", 13),
    ("mailcap", 13),
    ("nis", 13),
    ("nntplib", 13),
    ("ossaudiodev", 13),
    ("parser", 10),
    ("pipes", 13),
    ("smtpd", 12),
    ("sndhdr", 13),
    ("spwd", 13),
    ("sunau", 13),
    ("symbol", 10),
    ("telnetlib", 13),
    ("xdrlib", 13),
];

/// The first version with the module.
const ADDED: [(&str, u32); 5] =
    [("annotationlib", 14), ("compression", 14), ("graphlib", 9), ("tomllib", 11), ("zoneinfo", 9)];

/// The standard library, whatever the version.
const STANDARD: &str = "abc antigravity argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2 \
    cProfile calendar cmath cmd code codecs codeop collections colorsys compileall concurrent configparser contextlib \
    contextvars copy copyreg csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email \
    encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc \
    genericpath getopt getpass gettext glob grp gzip hashlib heapq hmac html http idlelib imaplib imp importlib inspect \
    io ipaddress itertools json keyword lib2to3 linecache locale logging lzma macpath mailbox marshal math mimetypes \
    mmap modulefinder msilib msvcrt multiprocessing netrc nt ntpath nturl2path numbers opcode operator optparse os \
    pathlib pdb pickle pickletools pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd \
    py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy \
    sched secrets select selectors shelve shlex shutil signal site sitecustomize smtplib socket socketserver sqlite3 \
    sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess symtable sys sysconfig \
    syslog tabnanny tarfile tempfile termios test textwrap this threading time timeit tkinter token tokenize trace \
    traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib usercustomize uu uuid venv \
    warnings wave weakref webbrowser winreg winsound wsgiref xml xmlrpc xx xxlimited xxsubtype zipapp zipfile zipimport \
    zlib";

/// What the runtime brings beside the standard library, or has brought in some version.
const CARRIED: [&str; 24] = [
    "awscrt",
    "awslambdaric",
    "bootstrap",
    "boto3",
    "botocore",
    "cfnresponse",
    "dateutil",
    "docutils",
    "easy_install",
    "index",
    "jmespath",
    "lambda_runtime_client",
    "lambda_runtime_exception",
    "lambda_runtime_marshaller",
    "pip",
    "pkg_resources",
    "runtime_client",
    "s3transfer",
    "setuptools",
    "simplejson",
    "six",
    "snapshot_restore_py",
    "typing_extensions",
    "urllib3",
];

fn node(version: u32, name: &str) -> Presence {
    const SDK_3: u32 = 18;
    let scope = name.split_once('/').map_or("", |(scope, _)| scope);
    let absent = match name {
        "aws-sdk" => version >= SDK_3,
        _ if scope == "@aws-sdk" => version < SDK_3,
        _ => NODE_ABSENT.contains(&name) || NODE_ABSENT.contains(&scope),
    };
    if absent { Presence::Absent } else { Presence::Present }
}

/// Well-known packages, and scopes of packages, that no Node.js runtime carries. What the SDK depends on is not here.
const NODE_ABSENT: [&str; 67] = [
    "@aws-lambda-powertools",
    "@elastic",
    "@google-cloud",
    "@middy",
    "@opensearch-project",
    "@opentelemetry",
    "ajv",
    "async",
    "avro-js",
    "avsc",
    "aws-kinesis-agg",
    "aws-lambda",
    "aws-xray-sdk",
    "aws-xray-sdk-core",
    "axios",
    "bluebird",
    "cheerio",
    "csv-parse",
    "csv-parser",
    "csvtojson",
    "date-fns",
    "dayjs",
    "dotenv",
    "elasticsearch",
    "express",
    "flat",
    "geoip-lite",
    "got",
    "iconv-lite",
    "ioredis",
    "joi",
    "js-yaml",
    "jsonpath",
    "jsonwebtoken",
    "kafkajs",
    "kinesis-aggregation",
    "knex",
    "lodash",
    "luxon",
    "maxmind",
    "moment",
    "moment-timezone",
    "mongodb",
    "mongoose",
    "mysql",
    "mysql2",
    "nanoid",
    "node-fetch",
    "node-gzip",
    "pako",
    "papaparse",
    "parquet-wasm",
    "parquetjs",
    "parquetjs-lite",
    "pg",
    "pino",
    "protobufjs",
    "ramda",
    "redis",
    "request",
    "snappy",
    "superagent",
    "ua-parser-js",
    "underscore",
    "winston",
    "yup",
    "zod",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_modules() {
        for name in ["json", "boto3", "base64", "zoneinfo", "cfnresponse", "dateutil", "gzip", "_thread"] {
            assert_eq!(presence(Language::Python(12), name), Presence::Present, "{name}");
        }
        for name in ["pandas", "pyarrow", "requests", "numpy", "psycopg2", "aws_lambda_powertools"] {
            assert_eq!(presence(Language::Python(12), name), Presence::Absent, "{name}");
        }
        assert_eq!(presence(Language::Python(13), "cgi"), Presence::Removed);
        assert_eq!(presence(Language::Python(12), "cgi"), Presence::Present);
        assert_eq!(presence(Language::Python(8), "zoneinfo"), Presence::NotYet);
    }

    #[test]
    fn node_packages() {
        assert_eq!(presence(Language::Node(22), "aws-sdk"), Presence::Absent);
        assert_eq!(presence(Language::Node(16), "aws-sdk"), Presence::Present);
        assert_eq!(presence(Language::Node(16), "@aws-sdk/client-s3"), Presence::Absent);
        assert_eq!(presence(Language::Node(22), "@aws-sdk/client-s3"), Presence::Present);
        assert_eq!(presence(Language::Node(22), "@middy/core"), Presence::Absent);
        for name in ["fs", "node:zlib", "zlib", "./other", "uuid", "cfn-response"] {
            assert_eq!(presence(Language::Node(22), name), Presence::Present, "{name}");
        }
    }
}
