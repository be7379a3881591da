"""Card numbers in what people are shown."""

import json

import pytest

from apps.core.identifiers import without_tokens


@pytest.mark.parametrize("name", ["idTag", "idToken", "parentIdTag"])
def test_a_number_is_masked_but_for_its_end(name):
    assert without_tokens(json.dumps({name: "04A2B3C4", "x": 1})) == json.dumps(
        {name: "••••B3C4", "x": 1}, ensure_ascii=False
    )


def test_a_number_in_json_that_is_text_within_json_is_masked_too():
    data = json.dumps({"idToken": "04A2B3C4", "priceText": "€0.59"})
    shown = without_tokens(json.dumps({"data": data, "vendorId": "v"}))

    assert "04A2" not in shown
    assert json.loads(json.loads(shown)["data"])["idToken"] == "••••B3C4"
