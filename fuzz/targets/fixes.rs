#![no_main]
libfuzzer_sys::fuzz_target!(|text: &str| firehose_kit_fuzz::fixes(text));
