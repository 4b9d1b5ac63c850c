"""Who could take a visit over: a pure score of what is on file."""

from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules.cover import WEIGHTS, Colleague, Need, ranked, score

NEED = Need(
    clients=frozenset({1}),
    specialties=frozenset({"anxiety", "trauma"}),
    languages=frozenset({"spanish"}),
    insurances=frozenset({"aetna", "cigna"}),
    regions=frozenset({"ny"}),
)
BEST = Colleague(
    id=1,
    name="Best",
    knows=frozenset({1}),
    specialties=frozenset({"anxiety", "trauma"}),
    languages=frozenset({"spanish", "english"}),
    insurances=frozenset({"aetna"}),
    regions=frozenset({"ny", "nj"}),
    free=240,
    open=240,
)


def words(scored) -> dict[str, bool]:
    return {reason.words: reason.speaks_for for reason in scored.reasons}


def test_everything_fits_is_one_and_says_why():
    found = score(NEED, BEST)

    assert found.score == 1
    assert words(found) == {
        "knows them": True,
        "anxiety, trauma": True,
        "takes Aetna": True,
        "speaks Spanish": True,
        "4 h free that day": True,
    }


def test_nothing_fits_is_nought_and_says_what_speaks_against():
    found = score(NEED, Colleague(id=2, name="Worst", regions=frozenset({"ca"}), open=60))

    assert found.score == 0
    assert words(found) == {
        "another specialty": False,
        "does not take Aetna": False,
        "no Spanish": False,
        "no licence where they live": False,
        "0 min free that day": True,
    }


def test_what_nobody_asks_for_counts_against_nobody():
    found = score(Need(), Colleague(id=3, name="Any", free=60, open=120))

    assert found.parts == {
        "continuity": 0.0,
        "specialty": 1.0,
        "insurance": 1.0,
        "language": 1.0,
        "capacity": 0.5,
        "licence": 0.5,
    }


def test_knowing_them_outweighs_any_other_single_part():
    assert max(WEIGHTS, key=lambda name: WEIGHTS[name]) == "continuity"
    assert round(sum(WEIGHTS.values()), 9) == 1


def test_of_equals_the_one_with_more_room_comes_first():
    one, other = (Colleague(id=n, name="", free=60 * n, open=60 * n) for n in (1, 2))

    assert [s.colleague.id for s in ranked(Need(), [one, other])] == [2, 1]


SOME = st.frozensets(st.sampled_from(["anxiety", "trauma", "aetna", "ny", "spanish"]), max_size=3)
COLLEAGUES = st.builds(
    Colleague,
    id=st.integers(1, 50),
    name=st.just(""),
    knows=st.frozensets(st.integers(1, 3)),
    specialties=SOME,
    languages=SOME,
    insurances=SOME,
    regions=SOME,
    free=st.integers(0, 600),
    open=st.integers(0, 600),
    is_suggested=st.booleans(),
)


@given(one=COLLEAGUES)
def test_a_score_lies_between_nought_and_one_and_more_on_file_never_lowers_it(one):
    found = score(NEED, one)
    more = Colleague(
        **{name: getattr(one, name) for name in Colleague.__dataclass_fields__}
        | {"knows": one.knows | {1}, "languages": one.languages | {"spanish"}}
    )

    assert 0 <= found.score <= 1
    assert score(NEED, more).score >= found.score
