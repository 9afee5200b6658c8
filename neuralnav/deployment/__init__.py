"""Manifests of a chosen configuration: built as data, checked as data, written as files."""
