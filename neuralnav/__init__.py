"""NeuralNav: from a sentence about a need to a model server that is shown to meet its SLOs."""

__version__ = "0.1.0"
