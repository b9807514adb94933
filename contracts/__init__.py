"""The published language: what stands on the wire and in files, byte for byte."""
