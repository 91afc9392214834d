import string

from hypothesis import given
from hypothesis import strategies as st

from services.on_aws.published import PRIORITIES, priorities

paths = st.text(string.ascii_lowercase + "/", max_size=20).map(lambda text: f"/{text}*")
routes = st.lists(st.tuples(st.just("app.example.com"), paths), unique=True, max_size=60)


@given(routes=routes)
def test_priorities_are_unique_in_range_and_put_longer_paths_first(routes: list[tuple[str, str]]) -> None:
    order = priorities(routes)
    assert len(set(order.values())) == len(routes)
    assert all(1 <= priority <= PRIORITIES for priority in order.values())
    for one in routes:
        for other in routes:
            if len(one[1]) > len(other[1]):
                assert order[one] < order[other]


def test_a_new_route_moves_no_other() -> None:
    before = priorities([("h", "/*"), ("h", "/api/*")])
    after = priorities([("h", "/*"), ("h", "/admin/*"), ("h", "/api/*")])
    assert before.items() <= after.items()


def test_an_exact_path_comes_before_the_pattern_that_covers_it() -> None:
    order = priorities([("h", "/api*"), ("h", "/api")])
    assert order["h", "/api"] < order["h", "/api*"]
