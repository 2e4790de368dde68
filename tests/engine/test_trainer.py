"""What the waiting trainer prepares."""

from mnist_core.engine.trainer import Preparing


def test_a_model_that_cannot_be_prepared_is_tried_once() -> None:
    """The trainer goes on waiting, and prepares the next model that becomes active."""
    tried: list[str] = []
    active = "broken"

    def keep() -> bool:
        tried.append(active)
        if active == "broken":
            raise ValueError(active)
        return True

    prepare = Preparing(lambda: active, keep)
    assert [prepare(), prepare()] == [False, False]
    assert tried == ["broken"]
    active = "good"
    assert prepare()
    assert tried == ["broken", "good"]


def test_a_database_that_is_busy_for_a_moment_is_asked_again() -> None:
    """No model has failed then."""
    failures = [OSError("busy")]

    def active() -> str:
        if failures:
            raise failures.pop()
        return "model"

    prepare = Preparing(active, lambda: True)
    assert [prepare(), prepare()] == [False, True]
