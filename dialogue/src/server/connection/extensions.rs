//! What an application keeps with a client: values of its own types.

use std::fmt;

use parking_lot::Mutex;

/// The application's own data of one client, one value for each type.
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
    /// Keeps a value; the one of this type that was kept before.
    pub fn insert<T: Clone + Send + Sync + 'static>(&self, value: T) -> Option<T> {
        self.0.lock().insert(value)
    }

    /// A clone of the value of this type. Keep an `Arc` of what is not cheap to clone.
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.0.lock().get::<T>().cloned()
    }

    /// Takes the value of this type out.
    pub fn remove<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.0.lock().remove::<T>()
    }

    /// Adds all of these.
    pub(crate) fn extend(&self, values: axum::http::Extensions) {
        self.0.lock().extend(values);
    }
}

impl fmt::Debug for Extensions {
    /// How many there are; what they say is the application's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions").field("len", &self.0.lock().len()).finish_non_exhaustive()
    }
}
