#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| firehose_kit_fuzz::processing(bytes));
