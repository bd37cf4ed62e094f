"""The protocol, version 1: the .proto files, and what is generated from them."""
