"""The chat's server: who may reach it, where it works, how a turn is shown. Only the command line imports it."""
