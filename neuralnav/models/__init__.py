"""The domain's types: frozen values with units and bounds, free of any framework but Pydantic."""
