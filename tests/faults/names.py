"""What stations and stage have to agree on."""

TENANT = "faults"
CARD = "04:A2:B3:C4"
PASSWORD = "0123456789abcdef0123456789abcdef01234567"
VERSIONS = ("1.6", "2.0.1", "2.1")

# Where a cut hits a message on its way; the last four are a gateway's own, see failpoints.
POINTS = ("before_send", "after_receive", "before_commit", "after_commit", "after_ack")
LETTERS_OF_A_CHARGE = 3
CUT_NAMES = [
    f"CUT-{version}-{number}-{point}"
    for version in VERSIONS
    for number in range(LETTERS_OF_A_CHARGE)
    for point in POINTS
]
LIED_TO = "LIED-TO"
