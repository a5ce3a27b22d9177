"""What a country's postcodes, registration numbers and money look like."""

from __future__ import annotations

import importlib
import re
from functools import lru_cache

from babel import Locale
from babel.numbers import list_currencies
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

_UK = r"(GIR 0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})"
_POSTCODES: dict[str, str] = {
    "AR": r"([A-HJ-NP-Z]\d{4}[A-Z]{3}|\d{4})",
    "AU": r"\d{4}",
    "BE": r"\d{4}",
    "BR": r"\d{5}-?\d{3}",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "CH": r"\d{4}",
    "CL": r"\d{3}-?\d{4}",
    "CN": r"\d{6}",
    "CO": r"\d{6}",
    "DE": r"\d{5}",
    "DK": r"\d{4}",
    "EC": r"\d{6}",
    "ES": r"(0[1-9]|[1-4]\d|5[0-2])\d{3}",
    "FR": r"\d{5}",
    "GB": _UK,
    "IN": r"[1-9]\d{5}",
    "IT": r"\d{5}",
    "JP": r"\d{3}-?\d{4}",
    "KR": r"\d{5}",
    "MX": r"\d{5}",
    "NL": r"[1-9]\d{3} ?[A-Z]{2}",
    "PE": r"\d{5}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"\d{4}-\d{3}",
    "SE": r"\d{3} ?\d{2}",
    "SG": r"\d{6}",
    "TW": r"\d{3}(\d{2,3})?",
    "US": r"\d{5}(-\d{4})?",
}
_ANY_POSTCODE = r"[0-9A-Z][0-9A-Z -]{0,18}"

_COMPANY_NUMBERS: dict[str, str] = {
    "AR": "stdnum.ar.cuit",
    "AU": "stdnum.au.abn",
    "BR": "stdnum.br.cnpj",
    "CH": "stdnum.ch.uid",
    "CL": "stdnum.cl.rut",
    "CN": "stdnum.cn.uscc",
    "CO": "stdnum.co.nit",
    "EC": "stdnum.ec.ruc",
    "ES": "stdnum.es.nif",
    "JP": "stdnum.jp.cn",
    "KR": "stdnum.kr.brn",
    "MX": "stdnum.mx.rfc",
    "PE": "stdnum.pe.ruc",
    "TW": "stdnum.tw.ubn",
    "US": "stdnum.us.ein",
}
"""Countries where a company has one number for everything, with check digits."""

_VAT_PREFIXED = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "FI",
        "FR",
        "GB",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
"""Countries with several numbers: one that begins with the country code is a VAT number, and checked."""

_ANY_NUMBER = re.compile(r"[\w][\w /.:()-]*")


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """ISO 3166 codes of two letters."""
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes - _NO_COUNTRIES if re.fullmatch("[A-Z]{2}", code))


_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})


def is_postcode(code: str, country: str) -> bool:
    """Whether `code` (upper case) has the shape of the country's postcodes; lenient for unknown countries."""
    return re.fullmatch(_POSTCODES.get(country, _ANY_POSTCODE), code) is not None


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code."""
    return code in list_currencies()


def clean_registration_number(number: str, country: str) -> str | None:
    """The registration or tax number in its compact form, or None when the country gives no such number.

    Where no check is known, any number of letters, digits and signs passes, its spaces put in order.
    """
    number = " ".join(number.upper().split())
    if path := _COMPANY_NUMBERS.get(country):
        module = importlib.import_module(path)
        return _checked(module, number)
    if country in _VAT_PREFIXED and re.match(country + r"[ \d]", number):
        return _checked(get_cc_module(country, "vat"), number, country)
    return number if _ANY_NUMBER.fullmatch(number) else None


def comparable_number(number: str) -> str:
    """A registration number reduced to letters and digits, so that two ways of writing it are equal."""
    return re.sub(r"[\W_]", "", number.upper())


def _checked(module: object, number: str, prefix: str = "") -> str | None:
    try:
        compact: str = module.validate(number)  # type: ignore[attr-defined]
    except ValidationError:
        return None
    return compact if compact.startswith(prefix) else prefix + compact
