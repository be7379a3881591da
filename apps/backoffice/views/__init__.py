"""Hand-made pages: translate, one call into a service, translate back."""
