//! Errors of setting up the log.

/// Why the log was not set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The program has a global `tracing` subscriber already, and it can have only one.
    #[error("the program has a global `tracing` subscriber already: set up one log, at the start of `main`")]
    AlreadySet,
}
