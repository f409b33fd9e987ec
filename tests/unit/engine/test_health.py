import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.engine.health import HealthCheck, Schedule, effective
from taskrunner.engine.images import Image
from taskrunner.engine.spec import HealthSpec

SECOND = 1_000_000_000


def check(interval: float = 10, start_period: float = 0, retries: int = 3) -> HealthCheck:
    """Return a check with these settings."""
    return HealthCheck(("true",), interval, 30, start_period, retries)


class TestEffective:
    @pytest.mark.parametrize(
        ("image", "override", "command"),
        [
            (("CMD", "curl", "x"), None, ("curl", "x")),
            (("CMD-SHELL", "curl x"), None, ("/bin/sh", "-c", "curl x")),
            (("CMD", "curl"), ("CMD-SHELL", "nc x"), ("/bin/sh", "-c", "nc x")),
            ((), ("CMD", "nc"), ("nc",)),
            ((), None, None),
            (("NONE",), None, None),
            (("CMD", "curl"), ("NONE",), None),
            (("CMD",), None, None),
        ],
    )
    def test_the_command_is_made_ready_for_an_exec(
        self, image: tuple[str, ...], override: tuple[str, ...] | None, command: tuple[str, ...] | None
    ) -> None:
        """The container's test comes before the image's, and nothing and NONE mean that there is none."""
        found = effective(Image("i", health_test=image), HealthSpec(test=override))

        assert command == (None if found is None else found.command)

    def test_an_image_s_own_shell_runs_its_check(self) -> None:
        """A Dockerfile's SHELL holds for health checks too, as it does in the engine."""
        image = Image("i", health_test=("CMD-SHELL", "x"), shell=("/bin/bash", "-ec"))  # noqa: S604 - an image's shell, not ours

        found = effective(image, None)

        assert found is not None
        assert found.command == ("/bin/bash", "-ec", "x")

    def test_what_nobody_sets_has_the_engine_s_default(self) -> None:
        """Without any setting it is 30 seconds, 30 seconds, no start period, and 3 retries."""
        assert effective(Image("i", health_test=("CMD", "x")), None) == HealthCheck(("x",), 30, 30, 0, 3)

    def test_what_the_container_leaves_open_is_the_image_s(self) -> None:
        """Each setting is inherited by itself; zero counts as left open."""
        image = Image("i", ("CMD", "x"), 2 * SECOND, 3 * SECOND, 4 * SECOND, 5)

        found = effective(image, HealthSpec(None, SECOND // 2, 0, None, 7))

        assert found == HealthCheck(("x",), 0.5, 3, 4, 7)


class TestSchedule:
    def test_the_first_probe_does_not_wait_for_the_interval(self) -> None:
        """A container that is ready at once is known to be healthy after 50 ms."""
        assert Schedule.begin(check()).next_probe == 0.05
        assert Schedule.begin(check(interval=0.01)).next_probe == 0.01

    def test_probes_that_take_time_come_less_and_less_often_up_to_the_interval(self) -> None:
        """The pause grows by half each time, and is never longer than the interval."""
        schedule, pauses = Schedule.begin(check(interval=0.2, start_period=99)), []
        for _ in range(6):
            now = schedule.next_probe
            schedule = schedule.after_failure(now, now + 0.1)
            pauses.append(round(schedule.delay, 4))

        assert pauses == [0.075, 0.1125, 0.1688, 0.2, 0.2, 0.2]

    @given(duration=st.floats(0, 0.005), ready=st.floats(0, 60))
    def test_readiness_is_noticed_soon(self, duration: float, ready: float) -> None:
        """Where probes take little, it is within 60 ms, or a fiftieth of the wait, not too often."""
        schedule, probes, now = Schedule.begin(check(interval=60, start_period=99)), 0, 0.0
        while (begun := schedule.next_probe) < ready:
            now, probes = begun + duration, probes + 1
            schedule = schedule.after_failure(begun, now)

        assert begun - ready <= max(0.06, ready * 0.03)
        assert probes < 240

    def test_a_probe_that_takes_long_is_not_repeated_without_rest(self) -> None:
        """The container has eight times as long for itself."""
        schedule = Schedule.begin(check(interval=60, start_period=99))
        for _ in range(20):
            begun = schedule.next_probe
            schedule = schedule.after_failure(begun, begun + 0.5)

        assert schedule.delay == pytest.approx(4)

    def test_early_failures_do_not_count(self) -> None:
        """Before the engine's first probe was due, a container may fail as often as it likes."""
        schedule = Schedule.begin(check(interval=10, retries=1))
        while schedule.next_probe < 10:
            schedule = schedule.after_failure(schedule.next_probe, schedule.next_probe)

        assert (schedule.next_probe, schedule.failures) == (10, 0)
        assert schedule.after_failure(10, 10).unhealthy

    def test_failures_in_the_start_period_do_not_count(self) -> None:
        """Of probes at 10, 20 and 30 seconds, with a start period of 25, the last is the first to count."""
        schedule = Schedule.begin(check(interval=10, start_period=25, retries=1))
        while not schedule.unhealthy:
            last = schedule.next_probe
            schedule = schedule.after_failure(last, last)

        assert last == 30

    def test_the_engine_s_pace_is_kept_from_the_end_of_a_probe(self) -> None:
        """Between two probes that count lies a whole interval, however long the first one took."""
        schedule = Schedule.begin(check(interval=10)).after_failure(10, 14)

        assert (schedule.failures, schedule.next_count) == (1, 24)

    def test_a_probe_is_never_planned_in_the_past(self) -> None:
        """After a probe that outlasted the interval the next one follows at once."""
        schedule = Schedule.begin(check(interval=1)).after_failure(0.05, 31)

        assert schedule.next_probe == 31

    @given(
        interval=st.floats(0.01, 60),
        start_period=st.floats(0, 120),
        retries=st.integers(1, 5),
        duration=st.floats(0, 40),
    )
    def test_no_container_is_unhealthy_sooner_than_the_engine_would_have_it(
        self, interval: float, start_period: float, retries: int, duration: float
    ) -> None:
        """Whatever the settings and however long probes take, we never give up before the engine."""
        schedule = Schedule.begin(check(interval, start_period, retries))
        now = 0.0
        while not schedule.unhealthy:
            begun = max(now, schedule.next_probe)
            now = begun + duration
            schedule = schedule.after_failure(begun, now)

        assert now >= engine_s_verdict(interval, start_period, retries, duration) - 1e-9


def engine_s_verdict(interval: float, start_period: float, retries: int, duration: float) -> float:
    """Return when the engine gives up: it waits an interval before each probe, the first included."""
    now, failures = 0.0, 0
    while failures < retries:
        begun = now + interval
        now = begun + duration
        failures += begun >= start_period
    return now
