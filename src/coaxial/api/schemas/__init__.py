"""What the routes answer, one module for each resource; the OpenAPI document is made from it."""
