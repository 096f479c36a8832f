"""The face crops themselves as a stream, for methods that learn from pixels."""
