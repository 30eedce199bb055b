"""Whether a headline is English."""

from __future__ import annotations

import pytest

from eventstudy.datasets.bundled import load_events, load_headlines, load_stories
from eventstudy.news.classification.language import (
    NO_LETTERS,
    OTHER_LANGUAGE,
    OTHER_LETTERS,
    why_not_english,
)


@pytest.mark.parametrize(
    "headline",
    [
        "Pékin impose des droits de douane de 34 % sur les produits américains",
        "L'UE prépare des contre-mesures face aux taxes américaines",
        "Trump verhängt Zölle von 25 Prozent auf Stahl und Aluminium",
        "Strafzölle auf E-Autos aus China treten in Kraft",
        "Trump pausa los aranceles a México durante un mes",
        "La Cina risponde ai dazi con restrizioni sulle terre rare",
        "China retalia com tarifas de 34% sobre produtos dos EUA",
        "China slaat terug met heffingen op producten uit de VS",
        "Les taxes sont payées par les importateurs pour la plupart",
        "El precio del acero sube por los aranceles",
        "Pemerintah siapkan respons atas tarif yang diumumkan Trump",
    ],
)
def test_other_languages_are_known_by_their_small_words(headline):
    assert why_not_english(headline) == OTHER_LANGUAGE


@pytest.mark.parametrize(
    "headline",
    [
        "China exports rise 8.3%",
        "Trump, von der Leyen strike deal",
        "Marine Le Pen and Bruno Le Maire trade barbs over de minimis",
        "Rio de Janeiro summit of BRICS ends",
        "US extends de facto ban",
        "Stellantis halts production",
        "Trump, Xi met: how do tariffs work?",
        "Investors pour $20bn into gold plus silver",
        "Trump's eldest son met Vietnam officials, sources say",
        "Brussels gets till July 9 after von der Leyen phones Trump",
    ],
)
def test_names_and_borrowed_words_stay_english(headline):
    assert why_not_english(headline) is None


@pytest.mark.parametrize("headline", ["12345", "2025 2026", "25%", "...", ""])
def test_without_a_letter_there_is_nothing_to_read(headline):
    assert why_not_english(headline) == NO_LETTERS


def test_letters_of_other_scripts():
    assert why_not_english("\u7279\u6717\u666e\u5173\u7a0e") == OTHER_LETTERS
    assert why_not_english("US exempts \uc0bc\uc131 chips from tariffs") is None


@pytest.mark.parametrize("load", [load_headlines, load_stories, load_events])
def test_hardly_an_english_headline_is_refused(load):
    table = load()
    headlines = getattr(table, "frame", table)["headline"]
    refused = sum(why_not_english(headline) is not None for headline in headlines)
    assert refused <= len(headlines) / 1000
