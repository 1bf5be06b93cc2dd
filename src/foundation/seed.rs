//! Randomness as a function of (seed, purpose, counter), never of the order of calls.
//!
//! A draw added in one place shifts nothing in another, so results stay comparable between versions.

/// The number that all randomness of a run comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// What a draw is for. The discriminants are part of every result: never renumber them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The UUID that ends an object's name; the counter is the buffer's serial number.
    ObjectName = 1,
    /// The UUID that names the entry of a ZIP archive; the counter is the buffer's serial number.
    ArchiveEntry = 2,
    /// `!{firehose:random-string}`; the counter is serial number times 256 plus occurrence.
    RandomString = 3,
    /// `invocationId` of a function's event; the counter is the number of the batch.
    Invocation = 4,
    /// The partition key of a record of a Kinesis source; the counter is the number of its arrival.
    KinesisPartitionKey = 5,
    /// The id of a request; the counter is the buffer's serial number.
    RequestId = 8,
    /// The wait before a request is tried again; the counter is serial number times 65536 plus attempt.
    BackOff = 10,
    /// The channel of an endpoint that wants one; the counter is 0.
    Channel = 11,
    /// How much longer than usual a write takes; the counter is the number of the attempt in the run.
    WriteJitter = 32,
    /// Whether a put comes late; the counter is the number of the put in the input.
    LatePut = 33,
    /// How late it comes.
    LatePutDelay = 34,
    /// Whether a put is made twice; the counter is the number of the put in the input.
    RepeatedPut = 35,
    /// How much longer than usual a function takes; the counter is the number of the call in the run.
    FunctionJitter = 36,
    /// How far a pause between two calls to AWS is from its usual length; the counter is the number of the pause.
    PollJitter = 64,
    /// The names and tokens of a deployment; the counter is their number in it.
    DeploymentToken = 65,
}

impl Seed {
    /// 64 evenly distributed bits; the same arguments always give the same ones.
    pub fn draw(self, purpose: Purpose, counter: u64) -> u64 {
        mix(mix(mix(self.0) ^ purpose as u64) ^ counter)
    }

    /// A UUID of version 4 in its usual text form.
    pub fn uuid(self, purpose: Purpose, counter: u64) -> String {
        let counter = counter.wrapping_mul(2);
        let (high, low) = (self.draw(purpose, counter), self.draw(purpose, counter.wrapping_add(1)));
        let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
        let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// Eleven of `[A-Za-z0-9]`, as `!{firehose:random-string}` gives them (alphabet: CHOICE).
    pub fn random_string(self, counter: u64) -> String {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let counter = counter.wrapping_mul(2);
        let high = u128::from(self.draw(Purpose::RandomString, counter));
        let mut rest = (high << 64) | u128::from(self.draw(Purpose::RandomString, counter.wrapping_add(1)));
        let mut text = String::with_capacity(11);
        for _ in 0..11 {
            text.push(char::from(ALPHABET[(rest % 62) as usize]));
            rest /= 62;
        }
        text
    }
}

/// The finalizer of SplitMix64: every input bit reaches every output bit.
fn mix(value: u64) -> u64 {
    let mut bits = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_arguments_give_equal_bits_and_others_differ() {
        let seed = Seed(0);
        assert_eq!(seed.draw(Purpose::ObjectName, 7), seed.draw(Purpose::ObjectName, 7));
        assert_ne!(seed.draw(Purpose::ObjectName, 7), seed.draw(Purpose::ObjectName, 8));
        assert_ne!(seed.draw(Purpose::ObjectName, 7), seed.draw(Purpose::ArchiveEntry, 7));
        assert_ne!(seed.draw(Purpose::ObjectName, 7), Seed(1).draw(Purpose::ObjectName, 7));
    }

    #[test]
    fn a_uuid_is_of_version_4() {
        for counter in 0..100 {
            let uuid = Seed(42).uuid(Purpose::ObjectName, counter);
            assert_eq!(uuid.len(), 36);
            assert_eq!(&uuid[14..15], "4");
            assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
        }
    }

    #[test]
    fn a_random_string_has_eleven_letters_or_digits() {
        let text = Seed(0).random_string(0);
        assert_eq!(text.len(), 11);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
        assert_ne!(text, Seed(0).random_string(1));
    }
}
