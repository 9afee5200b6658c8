"""What was supposed or compared last stands in the options' payload, until another plan is made."""

from __future__ import annotations

import json

import pytest

from graph.explored import ExploredKind
from graph.payloads import OptionsPayload
from neuralnav.settings import Settings
from tests.graph.conftest import Talk
from tests.graph.conversing import hold, opened
