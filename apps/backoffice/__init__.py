"""What operators see: the live board, pages of stations, charges and invoices, and the admin of every table.

It promises that no page fetches anything from elsewhere, that whatever a station says can be shown and is shown as
text, that a live update draws the very partial that the page draws, in this operator's language and rights, and that
nothing here writes: every button ends in one call of a service.
"""
