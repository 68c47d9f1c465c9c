"""YAML for the tests, in one place: CloudFormation has tags of its own."""

from typing import Any

import yaml


class _CloudFormation(yaml.SafeLoader):
    """Understands `!Sub` and its like, as {tag: value}."""


def _tagged(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


_CloudFormation.add_multi_constructor("!", _tagged)


def load_yaml(text: str | bytes) -> dict[str, Any]:
    """A mapping in plain YAML."""
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def load_template(text: str | bytes) -> dict[str, Any]:
    """A CloudFormation template; an intrinsic function is a mapping of its short name to its argument."""
    loaded = yaml.load(text, Loader=_CloudFormation)
    assert isinstance(loaded, dict)
    return loaded
