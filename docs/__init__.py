"""The guides, the decisions, and the references that are generated from the code."""
