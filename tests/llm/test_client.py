"""A client asks each thing once, in parallel, and answers in order."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pclip import __version__
from pclip.errors import PclipError
from pclip.llm import (
    Bounds,
    Message,
    Patience,
    Prices,
    Usage,
    connect,
    prompt,
    read_record,
    replay,
)
from tests.llm.conftest import KEY, QUICK, Connect
from tests.made_endpoint import MODEL, MadeEndpoint, Reply, Request, completion, refusal


def shout(request: Request) -> str:
    return request.prompt.upper()


def test_answers_come_in_order_from_several_requests_at_a_time(connected: Connect) -> None:
    under_way = set()
    most = []
    lock = threading.Lock()

    def slower_the_earlier(request: Request) -> str:
        number = int(request.prompt)
        with lock:
            under_way.add(number)
            most.append(len(under_way))
        time.sleep(0.01 * (6 - number))
        with lock:
            under_way.remove(number)
        return f"answer {number}"

    client, _ = connected(slower_the_earlier, bounds=Bounds(concurrency=3))
    answers = client.answers([prompt(str(number)) for number in range(6)])
    assert [answer.text for answer in answers] == [f"answer {number}" for number in range(6)]
    assert max(most) == 3


def test_what_is_sent(connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-private")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Private: yes")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-private")
    client, endpoint = connected(
        shout, seed=5, temperature=0.7, bounds=Bounds(answer_tokens=64, answer_chars=10)
    )
    conversation = (Message("system", "Be brief."), Message("user", "Größe?"))
    client.answers([conversation], samples=[3])
    (request,) = endpoint.requests
    assert request.path == "/v1/chat/completions"
    assert request.body == {
        "model": "wanted",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Größe?"},
        ],
        "max_tokens": 64,
        "seed": 8,
        "temperature": 0.7,
    }
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["user-agent"] == f"pclip/{__version__}"
    assert request.headers["accept-encoding"] == "identity"
    assert set(request.headers) == {
        *("host", "accept", "accept-encoding", "connection", "content-type", "content-length"),
        *("authorization", "user-agent", "x-stainless-raw-response"),
    }


def test_no_key_no_header(connected: Connect) -> None:
    client, endpoint = connected(shout, key=None)
    client.answers([prompt("a")])
    assert "authorization" not in endpoint.requests[0].headers


def test_a_proxy_of_the_environment_is_used(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MadeEndpoint(shout) as proxy, MadeEndpoint(lambda request: "direct") as endpoint:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        for base_url, text in (("http://model.invalid/v1", "A"), (endpoint.url, "direct")):
            client = connect(record, base_url=base_url, model="wanted", again=True)
            assert client.answers([prompt("a")])[0].text == text
        assert [r.path for r in proxy.requests] == ["http://model.invalid/v1/chat/completions"]


def test_the_record_holds_what_was_asked_and_answered(connected: Connect, record: Path) -> None:
    client, _ = connected(shout, temperature=0.5)
    answers = client.answers([prompt("a"), prompt("b"), prompt("a")])
    exchanges = read_record(record)
    assert {(e.conversation[0].content, e.sample, e.answer.text) for e in exchanges} == {
        ("a", 0, "A"),
        ("b", 0, "B"),
        ("a", 1, "A"),
    }
    asked = {"model": "wanted", "max_tokens": 2048, "temperature": 0.5}
    assert all(e.parameters == asked | {"seed": e.sample} for e in exchanges)
    assert {e.answer.model for e in exchanges} == {MODEL}
    assert (answers[0].prompt_tokens, answers[0].answer_tokens) == (7, 3)
    assert replay(record).answers([prompt("a"), prompt("b"), prompt("a")]) == answers


def test_what_is_recorded_is_not_asked_again(connected: Connect) -> None:
    first, _ = connected(shout)
    first.answers([prompt("a"), prompt("b")])
    second, endpoint = connected(lambda request: "new")
    answers = second.answers([prompt("c"), prompt("a")])
    assert [answer.text for answer in answers] == ["new", "A"]
    assert [request.prompt for request in endpoint.requests] == ["c"]
    assert (second.usage.recorded, second.usage.answered) == (1, 1)
    second.answers([prompt("c")] * 2, samples=[0, 0])
    assert len(endpoint.requests) == 1


def test_unless_it_is_told_to(connected: Connect, record: Path) -> None:
    first, _ = connected(shout)
    first.answers([prompt("a")])
    second, endpoint = connected(lambda request: "new", again=True)
    for _ in range(2):  # once a client, not once a call
        assert second.answers([prompt("a")])[0].text == "new"
    assert len(endpoint.requests) == 1
    assert [exchange.answer.text for exchange in read_record(record)] == ["A", "new"]
    assert replay(record).answers([prompt("a")])[0].text == "new"


def test_a_record_of_another_model_is_not_continued(connected: Connect) -> None:
    client, _ = connected(shout)
    client.answers([prompt("a")])
    with pytest.raises(PclipError, match=r"with model 'wanted', and this run has model 'other': "):
        connected(shout, model="other")


@pytest.mark.parametrize(
    ("recorded", "now", "says"),
    [
        (0.5, 0.7, "with temperature 0.5, and this run has temperature 0.7: name another record"),
        (0.5, None, "with temperature 0.5, and this run has no temperature: name another record"),
        (None, 0.5, "with no temperature, and this run has temperature 0.5: name another record"),
    ],
)
def test_a_record_at_another_temperature_is_not_continued(
    connected: Connect, recorded: float | None, now: float | None, says: str
) -> None:
    client, _ = connected(shout, temperature=recorded)
    client.answers([prompt("a")])
    connected(shout, temperature=recorded)
    with pytest.raises(PclipError, match=says):
        connected(shout, temperature=now)


def test_a_stopped_run_goes_on_where_it_was(record: Path) -> None:
    """A process is killed in the middle of asking; what it recorded is kept."""
    answered = threading.Semaphore(3)
    drained = threading.Event()

    def only_three(request: Request) -> str | Reply:
        if answered.acquire(blocking=False):
            return request.prompt.upper()
        drained.wait(20)
        return refusal(400, "too late")

    program = (
        "import sys; from pclip.llm import *; record, url = sys.argv[1:]\n"
        "model = connect(record, base_url=url, model='wanted', bounds=Bounds(concurrency=1))\n"
        "model.answers([prompt(letter) for letter in 'abcdef'])"
    )
    with MadeEndpoint(only_three) as endpoint:
        arguments = [sys.executable, "-c", program, str(record), endpoint.url]
        with subprocess.Popen(arguments) as process:
            while len(endpoint.requests) < 4 and process.poll() is None:
                time.sleep(0.01)
            process.kill()
        drained.set()
        assert [exchange.answer.text for exchange in read_record(record)] == ["A", "B", "C"]
    with MadeEndpoint(shout) as endpoint:
        client = connect(record, base_url=endpoint.url, model="wanted", patience=QUICK)
        answers = client.answers([prompt(letter) for letter in "abcdef"])
        assert [answer.text for answer in answers] == list("ABCDEF")
        assert sorted(request.prompt for request in endpoint.requests) == ["d", "e", "f"]


def test_a_failure_ends_the_rest_and_keeps_what_came(connected: Connect, record: Path) -> None:
    def one_bad(request: Request) -> str | Reply:
        return refusal(400, "no") if request.prompt == "2" else request.prompt

    client, endpoint = connected(one_bad, bounds=Bounds(concurrency=1))
    with pytest.raises(PclipError, match="HTTP 400: no"):
        client.answers([prompt(str(number)) for number in range(50)])
    assert len(endpoint.requests) <= 4
    assert [exchange.answer.text for exchange in read_record(record)] == ["0", "1"]


def test_requests_under_way_are_kept_when_another_fails(connected: Connect, record: Path) -> None:
    begun = threading.Barrier(4)

    def one_bad(request: Request) -> str | Reply:
        if request.prompt in "0123":
            begun.wait(20)
        if request.prompt == "1":
            return refusal(400, "no")
        time.sleep(0.3)  # behind the failure
        return request.prompt

    client, endpoint = connected(one_bad, bounds=Bounds(concurrency=4))
    with pytest.raises(PclipError, match="HTTP 400: no"):
        client.answers([prompt(str(number)) for number in range(9)])
    assert sorted(exchange.answer.text for exchange in read_record(record)) == ["0", "2", "3"]
    assert len(endpoint.requests) == 4


def test_nothing_more_is_asked_once_an_answer_cannot_be_kept(
    connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    client, endpoint = connected(shout, bounds=Bounds(concurrency=1))
    monkeypatch.setattr("pclip.llm.record._write_durably", full)
    with pytest.raises(PclipError, match="No space left on device"):
        client.answers([prompt(str(number)) for number in range(9)])
    assert len(endpoint.requests) == 1


def test_who_waits_for_a_next_try_does_not_hold_up_the_failure(connected: Connect) -> None:
    waiting = threading.Event()

    def busy_or_bad(request: Request) -> Reply:
        if request.prompt == "a":
            waiting.set()
            return refusal(429, "slow", {"Retry-After": "50"})
        waiting.wait(20)
        time.sleep(0.1)
        return refusal(400, "no")

    client, _ = connected(busy_or_bad, patience=Patience(), bounds=Bounds(concurrency=2))
    begin = time.monotonic()
    with pytest.raises(PclipError, match="HTTP 400: no"):
        client.answers([prompt("a"), prompt("b")])
    assert time.monotonic() - begin < 25  # and not the 50 s that "a" waits


def test_a_question_that_a_filter_withholds_is_an_answer(connected: Connect) -> None:
    client, endpoint = connected(lambda request: refusal(400, "filtered", code="content_filter"))
    for _ in range(2):
        with pytest.raises(PclipError, match="withheld by the endpoint's content filter"):
            client.answers([prompt("a")])
    assert len(endpoint.requests) == 2


def test_proxies_that_cannot_be_used(connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "ftp://user:word@host")
    client, _ = connected(lambda request: "x")
    with pytest.raises(PclipError, match="expected http:// or https:// addresses") as caught:
        client.answers([prompt("a")])
    assert "word" not in str(caught.value)


def test_one_incomplete_answer_does_not_stop_the_others(connected: Connect, record: Path) -> None:
    def one_cut(request: Request) -> Reply:
        return Reply(completion("x", "length" if request.prompt == "0" else "stop"))

    client, endpoint = connected(one_cut)
    questions = [prompt(str(number)) for number in range(4)]
    for _ in range(2):  # the next time it is asked again, and it alone
        with pytest.raises(PclipError, match="cut off at the bound on tokens, at character 1;"):
            client.answers(questions)
    assert len(endpoint.requests) == 5
    assert len(read_record(record)) == 5


def test_an_incomplete_answer_can_be_wanted(connected: Connect) -> None:
    client, endpoint = connected(
        lambda request: Reply(completion("x", "length")), incomplete="return"
    )
    for _ in range(2):
        assert client.answers([prompt("a")])[0].finish_reason == "length"
    assert len(endpoint.requests) == 1


def test_it_can_be_asked_in_a_notebook(connected: Connect) -> None:
    client, _ = connected(shout)

    async def cell() -> str:
        return client.answers([prompt("a")])[0].text

    assert asyncio.run(cell()) == "A"


def test_newer_models_name_the_bound_on_tokens_otherwise(connected: Connect, record: Path) -> None:
    def as_openai_does(request: Request) -> str | Reply:
        if "max_tokens" in request.body:
            said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return refusal(400, said, code="unsupported_parameter", param="max_tokens")
        return "fine"

    client, endpoint = connected(as_openai_does, bounds=Bounds(concurrency=1))
    client.answers([prompt("a"), prompt("b")])
    assert len(endpoint.requests) == 3
    assert read_record(record)[0].parameters["max_completion_tokens"] == 2048


def test_tokens_and_their_cost_are_counted(connected: Connect) -> None:
    def one_uncounted(request: Request) -> str | Reply:
        uncounted = {"prompt_tokens": None, "completion_tokens": -1}
        return Reply(completion("x", usage=uncounted)) if request.prompt == "c" else "x"

    client, _ = connected(one_uncounted)
    client.answers([prompt("a"), prompt("b")])
    prices = Prices(prompt=100_000, answer=1_000_000)
    assert client.usage == Usage(
        answered=2, recorded=0, requests=2, prompt_tokens=14, answer_tokens=6, uncounted=0
    )
    assert client.usage.cost(prices) == pytest.approx(14 * 0.1 + 6 * 1)
    assert client.usage.sentence(prices).endswith("; cost: 7.4000")
    client.answers([prompt("c"), prompt("a")])
    assert client.usage.sentence(prices) == (
        "answers: 3 asked for in 3 requests, 1 from the record; tokens: 14 asked, 6 answered; "
        "answers without a count of tokens: 1; cost: at least 7.4000"
    )
    with pytest.raises(PclipError, match="a price of -1"):
        Prices(-1, 0)


def test_importing_the_room_does_not_load_the_library() -> None:
    program = "import sys, pclip.llm; print([m for m in ('openai', 'httpx2') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert json.loads(printed.stdout) == []


@pytest.mark.parametrize("temperature", [-0.1, 2.1, float("nan")])
def test_a_temperature_out_of_bounds(connected: Connect, temperature: float) -> None:
    with pytest.raises(PclipError, match="expected 0 to 2"):
        connected(shout, temperature=temperature)
