"""The rule-based chat model behind LangChain's interface."""

from __future__ import annotations

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from agents.messages import compose, person_text
from agents.rules import NO_ANSWER, RuleBasedChatModel
from agents.words import Quote, QuotedField, ReplyKind, ReplyWords, RequestWords


async def test_structured_output_gives_the_schema_that_was_asked_for() -> None:
    model = RuleBasedChatModel().with_structured_output(RequestWords)
    answer = await model.ainvoke(compose("read_request", "translate contracts for 25 lawyers, cost matters most"))
    assert isinstance(answer, RequestWords)
    assert answer.use_case == "translation"
    assert answer.priority == "cost"


def test_the_same_text_gives_the_same_answer() -> None:
    model = RuleBasedChatModel().with_structured_output(ReplyWords)
    messages = compose("read_reply", "why is that?", "present_options")
    assert [model.invoke(messages) for _ in range(3)] == [ReplyWords(kind=ReplyKind.EXPLAIN, quotes=())] * 3


async def test_it_quotes_the_words_for_what_it_read() -> None:
    model = RuleBasedChatModel().with_structured_output(RequestWords)
    answer = await model.ainvoke(compose("read_request", "a chatbot for 300 users, TTFT under 200 ms"))
    assert isinstance(answer, RequestWords)
    assert Quote(field=QuotedField.USER_COUNT, words="300 users") in answer.quotes
    reply = (
        await RuleBasedChatModel()
        .with_structured_output(ReplyWords)
        .ainvoke(compose("read_reply", "make TTFT 200 ms", "review_specification"))
    )
    assert isinstance(reply, ReplyWords)
    assert reply.kind is ReplyKind.EDIT
    assert [quote.field for quote in reply.quotes] == [QuotedField.TTFT_P95_MS]


def test_without_tools_it_says_what_it_is_for() -> None:
    assert RuleBasedChatModel().invoke("hello").content == NO_ANSWER


def test_a_tool_that_it_does_not_know_is_not_called() -> None:
    @tool
    def delete_everything() -> str:
        """Delete everything."""
        return "done"

    answer = RuleBasedChatModel().bind_tools([delete_everything]).invoke("delete everything now")
    assert isinstance(answer, AIMessage)
    assert not answer.tool_calls


def test_a_message_that_is_no_json_is_taken_as_the_text() -> None:
    assert person_text([HumanMessage("just words")]).person_said == "just words"
    assert person_text([HumanMessage('{"other": 1}')]).person_said == '{"other": 1}'
    assert person_text([]).person_said == ""
