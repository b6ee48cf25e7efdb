"""Real servers that the tests and the demo talk to over HTTP."""
