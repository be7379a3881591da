"""Virtual charging stations that talk to any CSMS over the network, in OCPP 1.6, 2.0.1 and 2.1.

They behave as hardware does: they boot and boot again, sample a meter whose register is the integral of its power,
obey charging limits, keep transaction messages through an outage and retry them as the specification says. What they
promise: everything sent validates against the official schemas, every choice comes from one seeded `random.Random` per
station, all waiting goes through one `Clock`, and nothing of the product is imported here, so that they may judge it.

For tests: `station = Station(config, url, password=…, clock=…, rng=…)` from `apps.simulator.station`, `task =
asyncio.create_task(station.run())`, then `station.plug_in(1, Car(…))`, `await station.present_token(1, "AABBCCDD")`,
`station.unplug(1)`, `station.fault(1, "GroundFailure")`, and look at `station.state(1)`, `station.registration`,
`station.online`, `station.outbox`; `await station.until(lambda: …)` waits for a state. `StationConfig` is in
`apps.simulator.makes`, `Car` in `apps.simulator.car`, clocks in `apps.simulator.clock`. A whole demo fleet is
`apps.simulator.fleet.run_demo(url, [FleetStation(…)])`, the command is `manage.py simulate`.
"""
