"""What vLLM refuses in a well-formed request, in its words, and what the simulator cannot imitate, in ours."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.api.errors import ApiError, invalid, shortened, unknown_model
from simulator.api.protocol import ChatRequest, CompletionRequest, ContentPart, NamedToolChoice, SamplingRequest

MOST_SEQUENCES = 1024
"""Answers of one request, to all its prompts together; vLLM's bound for prompts."""
MOST_STOP_STRINGS = 128
MOST_ANSWER_TOKENS = 2**21
"""Of all answers to one request: 16 of 131,072 or 1,024 of 2,048. A token takes about ten bytes until it is sent."""


def check_model(name: str | None, served: tuple[str, ...]) -> None:
    """Refuse a model that is not served; none named means the first."""
    if name and name not in served:
        raise unknown_model(name)


def check_sampling(request: SamplingRequest) -> None:
    """Refuse values out of vLLM's ranges."""
    for message in _range_problems(request):
        raise ApiError(message)
    if request.stream_options is not None and not request.stream:
        raise invalid("Stream options can only be defined when `stream=True`.", "stream_options")
    if request.choices > MOST_SEQUENCES:
        raise invalid(f"n must be at most {MOST_SEQUENCES}, got {shortened(request.choices)}.", "n")
    if len(request.stop_strings) > MOST_STOP_STRINGS:
        raise invalid(f"stop can hold at most {MOST_STOP_STRINGS} strings.", "stop", len(request.stop_strings))
    if any(not stop for stop in request.stop_strings):
        raise ApiError("stop cannot contain an empty string.")
    if request.use_beam_search:
        raise invalid("Beam search is not simulated.", "use_beam_search", value=True)
    if request.prompt_logprobs is not None:
        raise invalid("Logprobs of prompts are not simulated.", "prompt_logprobs", request.prompt_logprobs)
    _check_form(request)


def _range_problems(request: SamplingRequest) -> Iterator[str]:
    if request.choices < 1:
        yield f"n must be at least 1, got {shortened(request.choices)}."
    for name in ("presence_penalty", "frequency_penalty"):
        value = getattr(request, name)
        if value is not None and not -2 <= value <= 2:
            yield f"{name} must be in [-2, 2], got {value}."
    if request.repetition_penalty is not None and not request.repetition_penalty > 0:
        yield f"repetition_penalty must be greater than zero, got {request.repetition_penalty}."
    if request.temperature is not None and not request.temperature >= 0:
        yield f"temperature must be non-negative, got {request.temperature}."
    if request.top_p is not None and not 0 < request.top_p <= 1:
        yield f"top_p must be in (0, 1], got {request.top_p}."
    if request.top_k is not None and request.top_k < -1:
        yield f"top_k must be 0 (disable), or at least 1, got {shortened(request.top_k)}."
    if request.min_p is not None and not 0 <= request.min_p <= 1:
        yield f"min_p must be in [0, 1], got {request.min_p}."
    if request.min_tokens < 0:
        yield f"min_tokens must be greater than or equal to 0, got {shortened(request.min_tokens)}."


def _check_form(request: SamplingRequest) -> None:
    form = request.response_format
    if form is not None and form.type == "structural_tag":
        raise invalid("Structural tags are not simulated.", "response_format")
    if form is not None and form.type == "json_schema" and form.json_schema is None:
        words = "When response_format type is 'json_schema', the 'json_schema' field must be provided."
        raise invalid(words, "response_format")
    wanted = request.structured_outputs
    if wanted is None:
        return
    if sum(one is not None for one in (wanted.json_, wanted.regex, wanted.choice)) > 1:
        raise ApiError("You can only use one kind of constraints for structured outputs ('json', 'regex' or 'choice').")
    for name in ("regex", "grammar", "structural_tag"):
        if getattr(wanted, name) is not None:
            raise invalid(f"structured_outputs.{name} is not simulated; json, json_object and choice are.", name)
    if wanted.choice is not None and not all(wanted.choice or [""]):
        raise invalid("structured_outputs.choice must hold strings that are not empty.", "structured_outputs")


def check_completion(request: CompletionRequest, max_logprobs: int) -> None:
    """Refuse what the endpoint for plain prompts does not take."""
    check_sampling(request)
    if request.prompt_embeds is not None:
        raise ApiError("You must set `--enable-prompt-embeds` to input `prompt_embeds`.")
    if request.prompt is None or request.prompt == "":
        raise invalid("Either prompt or prompt_embeds must be provided and non-empty.", "prompt")
    if isinstance(request.prompt, list) and (not request.prompt or [] in request.prompt):
        raise ApiError("The decoder prompt cannot be empty")
    _check_logprobs(request.logprobs, "logprobs", max_logprobs)
    prompts = prompt_count(request)
    if prompts * request.choices > MOST_SEQUENCES:
        words = (
            f"prompt list length {prompts} with n={request.choices} exceeds the maximum of {MOST_SEQUENCES} answers."
        )
        raise invalid(words, "prompt")


def check_size(answer_tokens: int, field: str) -> None:
    """Refuse answers that have too many tokens together; ``field`` is the parameter that allows each its length."""
    if answer_tokens > MOST_ANSWER_TOKENS:
        words = (
            f"The answers to one request can have at most {MOST_ANSWER_TOKENS} tokens together, these would have "
            f"{answer_tokens} or more. Please lower {field}, n or the number of prompts."
        )
        raise invalid(words, field, answer_tokens)


def prompt_count(request: CompletionRequest) -> int:
    """Prompts of a request: a list of token ids is one."""
    prompt = request.prompt
    return len(prompt) if isinstance(prompt, list) and prompt and not isinstance(prompt[0], int) else 1


def check_chat(request: ChatRequest, max_logprobs: int, *, auto_tool_choice: bool) -> None:
    """Refuse what the chat endpoint does not take."""
    check_sampling(request)
    said = "add_generation_prompt" in request.model_fields_set
    if request.continue_final_message and said and request.add_generation_prompt:
        raise ApiError("Cannot set both `continue_final_message` and `add_generation_prompt` to True.")
    _check_logprobs(request.top_logprobs, "top_logprobs", max_logprobs)
    if request.top_logprobs and not request.logprobs:
        raise invalid("when using `top_logprobs`, `logprobs` must be set to true.", "top_logprobs")
    for message in request.messages:
        for part in message.content if isinstance(message.content, list) else ():
            _check_part(part)
    _check_tools(request, auto_tool_choice=auto_tool_choice)


def _check_logprobs(wanted: int | None, name: str, most: int) -> None:
    if wanted is None or 0 <= wanted <= most:
        return
    if wanted < -1:
        raise invalid(f"`{name}` must be a positive value or -1.", name, wanted)
    shown = "all tokens" if wanted == -1 else shortened(wanted)
    words = f"Requested sample logprobs of {shown}, which is greater than max allowed: {most}"
    raise invalid(words, "logprobs", wanted)


def _check_part(part: str | ContentPart) -> None:
    if isinstance(part, str) or (part.type in ("text", "input_text", "refusal") and part.text is not None):
        return
    kind = part.type.removesuffix("_url").removeprefix("input_")
    if kind in ("image", "audio", "video"):
        raise ApiError(f"At most 0 {kind}(s) may be provided in one prompt.")
    raise invalid(f"Unknown part type: {shortened(part.type)}", "messages")


def _check_tools(request: ChatRequest, *, auto_tool_choice: bool) -> None:
    choice, tools = tool_choice(request), request.tools
    if tools == []:
        words = "`tools` must not be an empty array. Either provide at least one tool or omit the field entirely."
        raise invalid(words, "tools")
    if choice in (None, "none"):
        return
    if tools is None:
        raise invalid("When using `tool_choice`, `tools` must be set.", "tool_choice")
    if choice == "auto" and not auto_tool_choice:
        raise ApiError('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
    if isinstance(choice, NamedToolChoice) and choice.function.name not in {tool.function.name for tool in tools}:
        words = "The tool specified in `tool_choice` does not match any of the specified `tools`"
        raise invalid(words, "tool_choice")


def tool_choice(request: ChatRequest) -> str | NamedToolChoice | None:
    """``tool_choice``, which is ``auto`` for a request that has tools and says nothing."""
    if request.tool_choice is None and "tool_choice" not in request.model_fields_set and request.tools:
        return "auto"
    return request.tool_choice
