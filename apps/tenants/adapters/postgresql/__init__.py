"""Django's database backend for one schema per tenant. Django demands a package with a module `base`."""
