"""The figures of `make bench`: what the program costs against a flat one, and how long the sandbox takes."""
