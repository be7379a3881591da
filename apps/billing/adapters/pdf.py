"""WeasyPrint: a page of HTML becomes a PDF, with nothing fetched from anywhere."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import UnableTo


def pdf_of(html: str, css: str) -> bytes:
    """The PDF of one document. Whatever the HTML refers to, no network and no file is touched."""
    try:
        # WeasyPrint loads pango when it is imported; without it everything but PDFs must go on working.
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except OSError as missing:
        raise UnableTo(
            _(
                "PDFs can't be made on this machine: the library pango is missing. Install it (Debian: libpango-1.0-0 "
                "libpangoft2-1.0-0 libharfbuzz-subset0); invoices that wait are then rendered by themselves."
            )
        ) from missing
    nothing = URLFetcher(allowed_protocols=())
    document = HTML(string=html, url_fetcher=nothing, base_url=None)
    return bytes(document.write_pdf(stylesheets=[CSS(string=css, url_fetcher=nothing)], pdf_tags=True))
