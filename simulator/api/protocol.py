"""The requests that vLLM takes. Fields that it knows and that change nothing here, and unknown ones, are accepted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
TokenId = Annotated[int, Field(ge=0, le=INT64_MAX)]
Int64 = Annotated[int, Field(ge=INT64_MIN, le=INT64_MAX)]
MOST_STOP_CHARACTERS = 1000
StopString = Annotated[str, Field(max_length=MOST_STOP_CHARACTERS)]


class OpenAIModel(BaseModel):
    """OpenAI's interface allows further fields everywhere."""

    model_config = ConfigDict(extra="allow")


class StreamOptions(OpenAIModel):
    """What a stream says of usage."""

    include_usage: bool | None = True
    continuous_usage_stats: bool | None = False


class JsonSchema(OpenAIModel):
    """A schema that the answer keeps to."""

    name: str
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None


class ResponseFormat(OpenAIModel):
    """The form of the answer."""

    type: Literal["text", "json_object", "json_schema", "structural_tag"]
    json_schema: JsonSchema | None = None


class StructuredOutputs(OpenAIModel):
    """vLLM's own way to ask for a form."""

    json_: str | dict[str, Any] | None = Field(default=None, alias="json")
    regex: str | None = None
    choice: list[str] | None = None
    grammar: str | None = None
    json_object: bool | None = None
    structural_tag: str | None = None


class SamplingRequest(OpenAIModel):
    """What both completion endpoints take."""

    model: str | None = None
    n: int | None = 1
    seed: Int64 | None = None
    stop: StopString | list[StopString] | None = None
    stop_token_ids: list[int] | None = None
    include_stop_str_in_output: bool = False
    ignore_eos: bool = False
    min_tokens: int = 0
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    response_format: ResponseFormat | None = None
    structured_outputs: StructuredOutputs | None = None
    truncate_prompt_tokens: Annotated[int, Field(ge=-1, le=INT64_MAX)] | None = None
    prompt_logprobs: int | None = None
    use_beam_search: bool = False
    return_token_ids: bool | None = None
    return_schedule: bool | None = None
    """Our own: whether each chunk of a stream says when the schedule had its newest token."""
    return_tokens_as_token_ids: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[TokenId, float] | None = None
    """By token id; biases beyond -100 and 100 count as these, as in vLLM."""
    user: str | None = None

    @property
    def choices(self) -> int:
        """Answers to each prompt."""
        return 1 if self.n is None else self.n

    @property
    def stop_strings(self) -> tuple[str, ...]:
        """``stop`` as a list."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def usage_at_end(self) -> bool:
        """Whether a stream ends with a usage chunk."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def usage_in_chunks(self) -> bool:
        """Whether every chunk of a stream says the usage so far."""
        return self.usage_at_end and bool(self.stream_options and self.stream_options.continuous_usage_stats)


class CompletionRequest(SamplingRequest):
    """``POST /v1/completions``."""

    prompt: str | list[TokenId] | list[list[TokenId]] | list[str] | None = None
    prompt_embeds: Any = None
    max_tokens: int | None = 16
    echo: bool | None = False
    logprobs: int | None = None
    suffix: str | None = None

    @field_validator("max_tokens", mode="before")
    @classmethod
    def _null_is_the_default(cls, value: Any) -> Any:
        return 16 if value is None else value


class ContentPart(OpenAIModel):
    """A piece of a message's content."""

    type: str
    text: str | None = None


class Message(OpenAIModel):
    """One turn of a conversation."""

    role: str
    content: str | list[str | ContentPart] | None = None

    @property
    def text(self) -> str:
        """Its content; parts are joined by line breaks, as vLLM does for templates that take text alone."""
        if isinstance(self.content, list):
            return "\n".join(part if isinstance(part, str) else part.text or "" for part in self.content)
        return self.content or ""

    def for_template(self) -> dict[str, Any]:
        """What the chat template reads."""
        return self.model_dump(exclude={"content"}) | {"content": self.text}


class FunctionDefinition(OpenAIModel):
    """A function that the model may call; ``parameters`` is a JSON schema."""

    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Tool(OpenAIModel):
    """A tool of the request."""

    type: Literal["function"] = "function"
    function: FunctionDefinition


class NamedFunction(OpenAIModel):
    """The name of a tool."""

    name: Annotated[str, Field(min_length=1)]


class NamedToolChoice(OpenAIModel):
    """The one tool that has to be called."""

    type: Literal["function"] = "function"
    function: NamedFunction


class ChatRequest(SamplingRequest):
    """``POST /v1/chat/completions``."""

    messages: list[Message]
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    logprobs: bool | None = False
    top_logprobs: int | None = 0
    tools: list[Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedToolChoice | None = None
    parallel_tool_calls: bool | None = True
    add_generation_prompt: bool = True
    continue_final_message: bool = False
    chat_template: str | None = None
    chat_template_kwargs: dict[str, Any] | None = None
    reasoning_effort: str | None = None


class TokenizeRequest(OpenAIModel):
    """``POST /tokenize``: a prompt or a conversation."""

    model: str | None = None
    prompt: str | None = None
    messages: list[Message] | None = None
    tools: list[Tool] | None = None
    add_generation_prompt: bool = True
    add_special_tokens: bool | None = None
    return_token_strs: bool | None = False


class DetokenizeRequest(OpenAIModel):
    """``POST /detokenize``."""

    model: str | None = None
    tokens: list[TokenId]


class EmbeddingRequest(OpenAIModel):
    """``POST /v1/embeddings``, which a generating model refuses."""

    model: str | None = None
