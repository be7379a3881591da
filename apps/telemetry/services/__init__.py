"""Writing readings, frames and leases; making and checking the tenants' views."""
