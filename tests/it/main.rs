//! Black-box tests of the program and the public interface.
