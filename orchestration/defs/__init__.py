"""The definitions by idea: one module each."""
