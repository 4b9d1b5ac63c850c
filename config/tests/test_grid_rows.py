from config import grid_rows


def test_the_stylesheet_is_what_its_maker_writes():
    assert grid_rows.TARGET.read_text() == grid_rows.css()
