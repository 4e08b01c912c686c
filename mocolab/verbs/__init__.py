"""One module for each verb of the command line: a dataclass with a `run`, and `parse`."""
