"""Single modules of trainers, run without the gigabytes that the whole trainers would take.

What such a module imports and does not need for reading rows is put in its place as an empty one."""

import functools
import importlib.util
import logging
import sys
import types
from pathlib import Path


def place(package):
    """Where a package was installed, without importing it."""
    return Path(importlib.util.find_spec(package).submodule_search_locations[0])


def module(name, **contents):
    made = types.ModuleType(name)
    made.__path__ = []
    made.__dict__.update(contents)
    sys.modules[name] = made
    return made


def load(name, file):
    spec = importlib.util.spec_from_file_location(name, file)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@functools.cache
def swift_inputs():
    """`TemplateInputs` of ms-swift: what a row of a training file becomes."""
    file = place("swift") / "template" / "template_inputs.py"
    module("swift")
    module("swift.utils", get_logger=logging.getLogger)
    module("swift.template")
    anything = object
    module("swift.template.utils", Messages=list, Tool=anything, get_last_user_round=None, messages_to_history=None)
    return load("swift.template.template_inputs", file).TemplateInputs


@functools.cache
def sentence_transformers_collator():
    """`BaseDataCollator` of Sentence Transformers: what columns of a batch become."""
    file = place("sentence_transformers") / "base" / "data_collator.py"
    warnings = []

    class Logger:
        def warning(self, message):
            warnings.append(message)

        warning_once = warning

    module("torch", Tensor=type("Tensor", (), {}))
    module("transformers")
    module("transformers.utils", logging=types.SimpleNamespace(get_logger=lambda name: Logger()))
    collator = load("foreign_data_collator", file).BaseDataCollator
    # Whoever asks later whether there is a torch must not find this one.
    for name in ("torch", "transformers", "transformers.utils"):
        del sys.modules[name]
    return collator, warnings
