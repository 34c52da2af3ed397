"""``taskscape infer``: a model's answers to prompts, as AlpacaEval reads them."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from taskscape.cli.inputs import check_beside, open_data, write_rejects
from taskscape.cli.options import OutputFile, Reading, Running, with_groups

ASKING = "Asking"
Prompts = Annotated[
    str,
    typer.Argument(
        metavar="PROMPTS", help="A file of `taskscape demos --as …`, or any instruction file.", show_default=False
    ),
]
Model = Annotated[str, typer.Option(metavar="NAME", help="Model on the server.", show_default=False)]
BaseUrl = Annotated[
    str,
    typer.Option(metavar="URL", help="OpenAI-compatible server, such as http://127.0.0.1:8000/v1.", show_default=False),
]
Api = Annotated[
    Literal["chat", "completions"],
    typer.Option(help="Send messages, or the prompt's text as it is (for --as alpaca or chatml).",
                 rich_help_panel=ASKING),
]  # fmt: skip
System = Annotated[str | None, typer.Option(metavar="TEXT", help="System message.", rich_help_panel=ASKING)]
Temperature = Annotated[float, typer.Option(help="Randomness of the answers.", min=0, rich_help_panel=ASKING)]
MaxTokens = Annotated[
    int | None, typer.Option(metavar="N", help="Longest answer.", min=1, rich_help_panel=ASKING, show_default=False)
]
Timeout = Annotated[float, typer.Option(metavar="S", help="Seconds until a try is given up.", rich_help_panel=ASKING)]
KeyVariable = Annotated[
    str, typer.Option(metavar="NAME", help="Environment variable that holds the key.", rich_help_panel=ASKING)
]
Concurrency = Annotated[int, typer.Option(metavar="N", help="Requests at once.", rich_help_panel=ASKING, min=1)]
Rate = Annotated[
    float | None, typer.Option(metavar="N", help="Most requests a minute.", rich_help_panel=ASKING, min=0.01)
]
Generator = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the answerer in the file; by default the model's.")
]


@with_groups
def infer(
    prompts: Prompts,
    output: OutputFile,
    model: Model,
    base_url: BaseUrl,
    reading: Reading,
    running: Running,
    *,
    generator: Generator = None,
    api: Api = "chat",
    system: System = None,
    temperature: Temperature = 0.0,
    max_tokens: MaxTokens = None,
    timeout: Timeout = 300.0,
    key_variable: KeyVariable = "OPENAI_API_KEY",
    concurrency: Concurrency = 8,
    rate: Rate = None,
) -> None:
    """Ask a model every prompt and write `instruction`, `output`, `generator` and `dataset` of each to a JSON file.

    Answers are kept in FILE.answers.jsonl as they come: cut off, or with some prompts failed, the same command asks
    only what is still open. Failed rows are listed in FILE.failed.jsonl.

    Example: `taskscape infer prompts.jsonl -o outputs.json --model llama-3 --base-url http://127.0.0.1:8000/v1`
    """
    from taskscape.benchmark.inference import Inference, write_outputs
    from taskscape.endpoints import AnswerLog, Endpoint
    from taskscape.errors import EndpointError, UsageError
    from taskscape.records.output import check_place

    if output.suffix != ".json":
        raise UsageError(f"{output}: outputs are written as a JSON array: name a .json file")
    check_place(output)
    console = running.console
    endpoint = Endpoint(
        base_url, key_variable=key_variable, concurrency=concurrency, requests_per_minute=rate, timeout=timeout
    )
    dataset = open_data(prompts, reading, console)
    kept, failed = (output.with_name(f"{output.name}.{what}.jsonl") for what in ("answers", "failed"))
    check_beside(output, dataset, also=[kept, failed])
    answers = AnswerLog(kept)
    settings = {"temperature": temperature, **({"max_tokens": max_tokens} if max_tokens else {})}
    inference = Inference(endpoint, model, answers, api, settings, system)
    with console.progress("asking") as progress:
        failures = inference.run(dataset, progress)
    written = write_outputs(output, dataset, inference, failures, generator=generator or model)
    write_rejects(dataset, None, output, console)
    usage = endpoint.usage
    figures = {
        "output": str(output),
        "outputs": written.outputs,
        "failed": len(written.failed),
        "rejected": dataset.rejects.count,
        "requests": usage.requests,
        "retries": usage.retries,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }
    line = f"{output}: {written.outputs:,} outputs of {generator or model}; {usage.requests:,} requests"
    console.result(figures, line)
    if written.failed:
        first = written.failed[0]
        raise EndpointError(
            f"{len(written.failed):,} of {written.outputs + len(written.failed):,} prompts have no answer, the first "
            f"in row {first['row']}: {first['reason']}. They are in {output.name}.failed.jsonl; "
            "run the same command again to ask only these."
        )
