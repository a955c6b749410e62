//! Small promises of the machine; the stories are in tests/checks.rs.
