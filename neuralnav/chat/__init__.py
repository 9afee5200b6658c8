"""The chat's server: who may reach it, where it works, how a turn is shown. An entrance, which only the command line imports."""
