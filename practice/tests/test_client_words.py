import re

from practice.rules.client_words import EN, ES, say, words

PLACES = re.compile(r"\{\w+\}")


def test_every_sentence_stands_in_both_languages_with_the_same_places():
    assert EN.keys() == ES.keys()
    assert {key for key in EN if sorted(PLACES.findall(EN[key])) != sorted(PLACES.findall(ES[key]))} == set()


def test_who_reads_another_language_reads_english():
    assert words("es-MX") is ES
    assert words("fr") is EN
    assert say("es", "move_to", when="mar 24 nov") == "Cambiar a mar 24 nov"
