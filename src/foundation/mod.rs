//! Words everybody uses: places in source text, documents, findings, records, time, randomness.
