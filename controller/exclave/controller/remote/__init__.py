"""The other side of the wire: the only code of the controller that speaks protobuf and gRPC."""
