"""Names of people who do not exist."""


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words("""
    Ada Alma Amir Anton Aria Asha Beata Bruno Callum Carmen Cedric Chiara Clara Cyrus Dalia Darius Delia
    Dev Edda Elias Elin Emre Esme Fatima Felix Fiona Freya Galen Greta Hamid Hanna Heidi Hugo Idris Ilse
    Imani Ines Ivan Jasper Joan Jonah Juno Kaia Karim Keira Klaus Lars Leila Linus Lotte Luca Magda
    Malik Mara Marlon Milo Mina Nadia Naomi Nils Nora Odette Omar Orla Oskar Paula Petra Quinn Rafael
    Ravi Rhea Rosa Rowan Ruben Sabine Selma Silas Simone Stella Sven Tara Theo Tilda Tomas Uma Vera
    Viola Wanda Wes Xenia Yara Yusuf Zara Zeno
""")
LAST = _words("""
    Abbot Adler Alder Ames Ashdown Bailey Banks Barlow Birch Blythe Bowen Brandt Bray Calloway Carver
    Chase Clay Cole Conti Crane Dalton Dawes Delgado Drake Dunn Eaton Ellery Engel Farrow Finch Flint
    Ford Frey Gale Garza Glass Grove Hale Hart Haynes Heath Holt Hume Iversen Jarvis Keane Keller Kerr
    Lamb Larkin Lindt Locke Lowell Lund Mace Marsh Mercer Moss Nash Novak Oakes Ortega Paige Pike Pryor
    Quill Rader Reeve Roth Rowe Sable Sage Shaw Sloane Stowe Tate Thorne Tully Vance Vega Voss Wade
    Walsh Ward Wells Wilde Winter Wren Yates York Zeller
""")
PRONOUNS = ("she/her", "he/him", "they/them", "")
INSURERS = ("Aetna", "Cigna", "Blue Cross", "United", "Self-pay")
# +1 2xx 555 01xx is kept for fiction; each area code gives a hundred numbers.
AREA_CODES = (202, 203, 206, 207, 208, 212, 213, 214, 215, 216, 217, 218, 219)
