//! One client's session: its admission, its requests, and its end.

pub(crate) mod admission;
mod dispatch;
mod history;
pub(crate) mod task;
