"""Single modules of trainers, run without the gigabytes of the whole trainers.

Imports of such a module that it does not need for reading rows are replaced by empty modules."""

import functools
import importlib.util
import logging
import sys
import types
from pathlib import Path


def package_folder(package):
    """The folder of an installed package, without importing it."""
    return Path(importlib.util.find_spec(package).submodule_search_locations[0])


def module(name, **contents):
    """Registers a fake module with these contents."""
    fake = types.ModuleType(name)
    fake.__path__ = []
    fake.__dict__.update(contents)
    sys.modules[name] = fake
    return fake


def load(name, file):
    spec = importlib.util.spec_from_file_location(name, file)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@functools.cache
def swift_inputs():
    """`TemplateInputs` of ms-swift, which parses a row of a training file."""
    file = package_folder("swift") / "template" / "template_inputs.py"
    module("swift")
    module("swift.utils", get_logger=logging.getLogger)
    module("swift.template")
    anything = object
    module("swift.template.utils", Messages=list, Tool=anything, get_last_user_round=None, messages_to_history=None)
    return load("swift.template.template_inputs", file).TemplateInputs


@functools.cache
def sentence_transformers_collator():
    """`BaseDataCollator` of Sentence Transformers, which turns the columns of a batch into inputs."""
    file = package_folder("sentence_transformers") / "base" / "data_collator.py"
    warnings = []

    class Logger:
        def warning(self, message):
            warnings.append(message)

        warning_once = warning

    module("torch", Tensor=type("Tensor", (), {}))
    module("transformers")
    module("transformers.utils", logging=types.SimpleNamespace(get_logger=lambda name: Logger()))
    collator = load("foreign_data_collator", file).BaseDataCollator
    # A later check for torch must not find this one.
    for name in ("torch", "transformers", "transformers.utils"):
        del sys.modules[name]
    return collator, warnings
