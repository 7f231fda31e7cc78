//! Application data that is attached to a client.

use std::fmt;

use parking_lot::Mutex;

/// Application data that is attached to one client: at most one value of each type.
///
/// ```
/// use dialogue::{Dialogue, Identity};
///
/// #[derive(Clone)]
/// struct Role(&'static str);
///
/// # fn main() -> Result<(), dialogue::error::BuildError> {
/// let dialogue = Dialogue::builder()
///     .authenticate(async |_handshake| Ok(Identity::new("alice").extension(Role("admin"))))
///     .on_connected(async |client| {
///         let role = client.extensions().get::<Role>();
///         assert_eq!(role.map(|role| role.0), Some("admin"));
///     })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Default)]
pub struct Extensions(Mutex<axum::http::Extensions>);

impl Extensions {
    /// Stores a value, and returns the previous value of this type.
    pub fn insert<T: Clone + Send + Sync + 'static>(&self, value: T) -> Option<T> {
        self.0.lock().insert(value)
    }

    /// Returns a clone of the value of this type. Store an `Arc` if the value is expensive to clone.
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.0.lock().get::<T>().cloned()
    }

    /// Removes and returns the value of this type.
    pub fn remove<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.0.lock().remove::<T>()
    }

    /// Adds all of these values.
    pub(crate) fn extend(&self, values: axum::http::Extensions) {
        self.0.lock().extend(values);
    }
}

impl fmt::Debug for Extensions {
    /// Prints the number of values. The values belong to the application, and may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions").field("len", &self.0.lock().len()).finish_non_exhaustive()
    }
}
