"""What stations bring to our file addresses: as a form with a file, as some make it, or as the bare file."""

from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.translation import gettext as _

from apps.core.errors import UnableTo
from apps.stations.models import ReceivedFile
from apps.stations.services.logs import receive_file

NAMELESS = "upload"


def take_upload(transfer_id: int, body: IO[bytes], *, size: int, content_type: str, name: str) -> ReceivedFile:
    """Keep the file in a request's body, which lies on the disk; raises UnableTo."""
    if not content_type.lower().startswith("multipart/form-data"):
        return receive_file(transfer_id, body, name=name or NAMELESS)
    facts = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(size)}
    try:
        _fields, files = MultiPartParser(facts, body, [TemporaryFileUploadHandler()]).parse()  # type: ignore[arg-type]
    except (MultiPartParserError, SuspiciousOperation) as problem:
        raise UnableTo(_("This form can't be read.")) from problem
    found: Any = next(iter(files.values()), None)
    if found is None:
        raise UnableTo(_("There is no file in this form."))
    with found as file:
        return receive_file(transfer_id, file, name=file.name or name or NAMELESS)
