//! A function whose calls an [`Observer`] sees, and whose words it masks.

use std::sync::Arc;

use super::{Answer, Function, InvocationLog, Observer};

/// A function in front of another.
pub(super) struct ObservedFunction {
    inner: Box<dyn Function>,
    observer: Arc<dyn Observer>,
    calls: u64,
    log: InvocationLog,
}

impl ObservedFunction {
    /// Watches a function.
    pub fn new(inner: Box<dyn Function>, observer: Arc<dyn Observer>) -> ObservedFunction {
        ObservedFunction { inner, observer, calls: 0, log: InvocationLog::default() }
    }
}

impl Function for ObservedFunction {
    fn invoke(&mut self, event: &[u8]) -> Answer {
        self.calls += 1;
        let answer = self.inner.invoke(event);
        let log = self.inner.logs();
        self.log = InvocationLog {
            text: self.observer.mask(&log.text),
            stderr: log.stderr.map(|text| self.observer.mask(text)),
            left_out: log.left_out,
        };
        self.observer.called(self.calls, &self.log);
        match answer {
            Answer::FunctionError { payload, stderr } => Answer::FunctionError {
                payload: self.observer.mask(&String::from_utf8_lossy(&payload)).into_bytes(),
                stderr: stderr.map(|text| self.observer.mask(text)),
            },
            Answer::Unavailable { code, message } => {
                Answer::Unavailable { code, message: self.observer.mask(&message) }
            }
            answer => answer,
        }
    }

    fn logs(&self) -> &InvocationLog {
        &self.log
    }
}
