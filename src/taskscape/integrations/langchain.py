"""An example selector for LangChain's few-shot prompts that chooses by task. Needs ``taskscape[langchain]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskscape.errors import UsageError
from taskscape.extras import require
from taskscape.integrations.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.example_selectors import BaseExampleSelector
else:
    BaseExampleSelector = require("langchain_core.example_selectors", purpose="TaskExampleSelector").BaseExampleSelector


class TaskExampleSelector(BaseExampleSelector):  # type: ignore[misc]
    r"""Choose for each query the examples whose task is nearest, the nearest last.

    Parameters
    ----------
    examples
        Dictionaries with at least one of `input_keys`.
    input_keys
        Fields that make up a request, in examples and in queries alike; those that are there are joined by a blank
        line. Answers do not belong here.
    **settings
        `encoder`, `k`, `diversity`, `same_task` and `copies` of `taskscape.integrations.pool.Pool`.

    Raises
    ------
    UsageError
        An example has none of the fields, or a setting is out of range.

    Examples
    --------
    >>> from langchain_core.prompts import FewShotPromptTemplate, PromptTemplate  # doctest: +SKIP
    >>> selector = TaskExampleSelector(examples, k=4)  # doctest: +SKIP
    >>> FewShotPromptTemplate(  # doctest: +SKIP
    ...     example_selector=selector,
    ...     example_prompt=PromptTemplate.from_template("{instruction}\n{output}"),
    ...     suffix="{instruction}\n",
    ...     input_variables=["instruction"],
    ... ).format(instruction="Write a haiku about snow.")
    """

    def __init__(
        self,
        examples: Sequence[Mapping[str, Any]] = (),
        *,
        input_keys: Sequence[str] = ("instruction", "input"),
        **settings: Any,
    ) -> None:
        self.input_keys = tuple(input_keys)
        self.examples: list[dict[str, Any]] = []
        self._pool = Pool(**settings)
        self._pool.add([self._request(example) for example in examples])
        self.examples += map(dict, examples)

    def add_example(self, example: Mapping[str, Any]) -> None:
        """Add one example."""
        self._pool.add([self._request(example)])
        self.examples.append(dict(example))

    def select_examples(self, input_variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Choose examples for a query: at most k, the nearest last, as a few-shot prompt wants them."""
        chosen = self._pool.choose(self._request(input_variables))
        return [self.examples[place] for place, _ in reversed(chosen)]

    def _request(self, values: Mapping[str, Any]) -> str:
        parts = [str(values[key]) for key in self.input_keys if values.get(key)]
        if not parts:
            keys = ", ".join(map(repr, values)) or "none"
            raise UsageError(f"None of the fields {', '.join(self.input_keys)} is there (there are: {keys}). "
                             "Name the right ones by input_keys.")  # fmt: skip
        return "\n\n".join(parts)
