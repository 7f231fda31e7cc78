//! One client's session: its admission, its requests, and its end.

pub(crate) mod admission;
mod dispatch;
pub(crate) mod task;
