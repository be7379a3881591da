"""What comes in masses: meter values, the frame log, and the live state of stations and charges.

The tables are shared by all tenants, partitioned by time, in a schema of their own that is on no search path;
a tenant's code reads them through views that hold its tenant id as a literal. It promises that a query inside
a tenant sees that tenant's rows only, and that the same reading never counts twice.
"""
