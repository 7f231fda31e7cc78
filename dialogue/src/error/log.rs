//! Errors of setting up the log.

/// Errors returned when setting up the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The program already has a global `tracing` subscriber.
    #[error("the program already has a global `tracing` subscriber; set up the log once, at the start of `main`")]
    AlreadySet,
}
