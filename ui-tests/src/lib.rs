//! Empty. trybuild enables the features of this package for its cases through the library.
